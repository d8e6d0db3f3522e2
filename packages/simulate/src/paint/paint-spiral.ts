import type { Random } from '@astronomaly/core'
import { addBlob, createCanvas, type Frame, sumOf } from './canvas.ts'
import { drawBasics, drawBetween, drawColours, drawDiscAxisRatio, partFlux } from './galaxy-statistics.ts'
import { addSersic, type Painted } from './painted.ts'

/** Relative extinction in g, r and z (Milky-Way dust in DECam's bands: 3.214, 2.165, 1.211; Schlafly & Finkbeiner 2011). */
export const dustCurve = [1, 0.674, 0.377] as const

/** One logarithmic spiral mode: strength · cos(arms (θ − ln r / tan pitch) + phase). */
interface SpiralMode {
  readonly arms: number
  readonly cotPitch: number
  readonly phase: number
  readonly strength: number
}

/** A smooth random field over (ln r, θ) that keeps arms from being exact logarithmic spirals. */
interface Waviness {
  readonly turns: number
  readonly radial: number
  readonly phase: number
  readonly amplitude: number
}

/** Logarithm of the arms' contrast at radius r (in scale lengths) and azimuth, in the plane of the disc. */
type SpiralPattern = (r: number, azimuth: number) => number

/**
 * Draws the arms: a two- or three-armed density wave plus weaker modes of 1 to 7 arms with scattered pitch angles, bent by a
 * smooth random field. `order` 1 is a grand design, 0 is flocculent.
 */
function drawPattern(
  random: Random,
  order: number,
  pitchDeg: number,
  sense: number,
): { pattern: SpiralPattern; arms: number } {
  const arms = random.uniform() < 0.75 ? 2 : 3
  const modes: SpiralMode[] = []
  const add = (count: number, strength: number, spread: number): void => {
    const pitch = Math.max(6, pitchDeg * (1 + spread * random.normal()))
    modes.push({
      arms: count,
      cotPitch: sense / Math.tan((pitch * Math.PI) / 180),
      phase: 2 * Math.PI * random.uniform(),
      strength,
    })
  }
  add(arms, 0.35 + 0.65 * order, 0)
  add(1, 0.15 + 0.15 * random.uniform(), 0.2)
  for (let count = arms + 1; count <= 7; count++) {
    add(count, ((0.55 - 0.4 * order) * (0.5 + random.uniform())) / Math.sqrt(count - arms), 0.2)
  }
  const waves: Waviness[] = Array.from({ length: 4 }, (_, i) => ({
    turns: 1 + (i % 3),
    radial: drawBetween(random, 1.5, 5),
    phase: 2 * Math.PI * random.uniform(),
    amplitude: drawBetween(random, 0.08, 0.24),
  }))
  const pattern = (r: number, azimuth: number): number => {
    const logR = Math.log(r + 0.05)
    let bend = 0
    for (const w of waves) bend += w.amplitude * Math.cos(w.turns * azimuth + w.radial * logR + w.phase)
    let sum = 0
    for (const m of modes) sum += m.strength * Math.cos(m.arms * (azimuth + bend - m.cotPitch * logR) + m.phase)
    return sum
  }
  return { pattern, arms }
}

function smoothStep(from: number, to: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - from) / (to - from)))
  return t * t * (3 - 2 * t)
}

/**
 * A spiral galaxy: old exponential disc with weak arms, young disc with strong ones, dust on the arms' inner edge, HII knots along
 * the arms, a bulge, and a bar in 3 of 10.
 *
 * @remarks Pitch 10° to 28°, grand design to flocculent uniform, bulge 0.03 to 0.35 of the r-band light, seen at 70° at most. The young
 * part holds 35 to 70 % of the disc. Knots: luminosities with N(L) ∝ L^(−2) over a factor of 20 (Kennicutt et al. 1989), 2 to 9 % of the
 * disc's light in all. Dust: optical depth up to 0.2 to 0.9 in g on the arms.
 * @see Kennicutt, Edgar & Hodge 1989, {@link https://doi.org/10.1086/167147}
 */
export function paintSpiral(random: Random, size: number): Painted {
  const drawn = drawBasics(random, size, 15.0, 18.3)
  const basics = { ...drawn, radius: Math.min(1.25 * drawn.radius, 0.22 * size) }
  const axisRatio = drawDiscAxisRatio(random, 0.34)
  const bulge = drawBetween(random, 0.03, 0.35)
  const order = random.uniform()
  const pitchDeg = drawBetween(random, 10, 28) * (1 - 0.5 * bulge)
  const sense = random.uniform() < 0.5 ? -1 : 1
  const contrast = drawBetween(random, 0.5, 1.0)
  const youth = drawBetween(random, 0.35, 0.7)
  const opticalDepth = drawBetween(random, 0.2, 0.9)
  const bar = random.uniform() < 0.3 ? drawBetween(random, 0.5, 0.9) : 0
  const { pattern, arms } = drawPattern(random, order, pitchDeg, sense)
  const scale = basics.radius / 1.678
  const start = bar > 0 ? bar : 0.35
  const end = drawBetween(random, 3.2, 4.5)
  const envelope = (r: number): number =>
    smoothStep(0.6 * start, 1.5 * start + 0.3, r) * (1 - 0.7 * smoothStep(0.7 * end, 1.3 * end, r))

  const frame: Frame = { ...basics, axisRatio }
  const cos = Math.cos(frame.angle)
  const sin = Math.sin(frame.angle)
  const old = new Float64Array(size * size)
  const young = new Float64Array(size * size)
  const dust = new Float64Array(size * size)
  const lag = 0.3
  for (let y = 0, p = 0; y < size; y++) {
    for (let x = 0; x < size; x++, p++) {
      const dx = x - frame.x
      const dy = y - frame.y
      const u = (dx * cos + dy * sin) / scale
      const v = (dy * cos - dx * sin) / (axisRatio * scale)
      const r = Math.sqrt(u * u + v * v)
      // Beyond nine scale lengths an exponential disc holds 1e-3 of its light.
      if (r > 9) continue
      const azimuth = Math.atan2(v, u)
      const strength = envelope(r) * contrast
      const wave = pattern(r, azimuth)
      old[p] = Math.exp(-r + 0.25 * strength * wave)
      young[p] = Math.exp(-r / 1.15 + 1.1 * strength * wave) * smoothStep(-0.2, 1.1, r)
      // The same pattern, turned on: gas is shocked and dusty before it reaches the crest and forms stars.
      dust[p] =
        opticalDepth *
        envelope(r) *
        Math.exp(-0.3 * r + 0.9 * pattern(r * (1 + 0.12 * lag), azimuth + sense * lag) - 0.9)
    }
  }
  const oldColours = drawColours(random, 'old', basics.redshift)
  const youngColours = drawColours(random, 'young', basics.redshift)
  const knotColours = drawColours(random, 'starburst', basics.redshift)
  const disc = 1 - bulge
  const knotShare = disc * drawBetween(random, 0.02, 0.09)
  const oldFlux = partFlux(basics.magnitude, disc * (1 - youth), oldColours)
  const youngFlux = partFlux(basics.magnitude, disc * youth - knotShare * 0.9, youngColours)
  const light = createCanvas(size, size)
  const oldSum = sumOf(old)
  const youngSum = sumOf(young)
  for (const [band, plane] of light.planes.entries()) {
    for (let p = 0; p < plane.length; p++) {
      const emitted = (oldFlux[band]! * old[p]!) / oldSum + (youngFlux[band]! * young[p]!) / youngSum
      plane[p] = emitted * Math.exp(-Math.min(2.5, dust[p]!) * dustCurve[band]!)
    }
  }

  // Knots are drawn by rejection, so that they crowd where the arms are; the number of tries is bounded for faint arms.
  const count = 12 + random.integer(50)
  const knots: { x: number; y: number; weight: number }[] = []
  for (let tries = 0; knots.length < count && tries < 40 * count; tries++) {
    const r = -0.9 * Math.log(random.uniform() * random.uniform() + 1e-9)
    const azimuth = 2 * Math.PI * random.uniform()
    const chance = envelope(r) * Math.exp(1.6 * (pattern(r, azimuth) - 1.4))
    if (r > 1.2 * end || random.uniform() > chance) continue
    const u = r * Math.cos(azimuth) * scale
    const v = r * Math.sin(azimuth) * scale * axisRatio
    knots.push({
      x: frame.x + u * cos - v * sin,
      y: frame.y + u * sin + v * cos,
      // The inverse of the distribution of L^-2 between 1 and 20.
      weight: 1 / (1 - 0.95 * random.uniform()),
    })
  }
  const weights = sumOf(knots.map((k) => k.weight))
  const knotFlux = partFlux(basics.magnitude, knotShare, knotColours)
  for (const { x, y, weight } of knots) {
    addBlob(
      light,
      x,
      y,
      drawBetween(random, 0.5, 1.2),
      knotFlux.map((f) => (f * weight) / weights),
    )
  }

  const barShare = bar > 0 ? bulge * drawBetween(random, 0.4, 0.7) : 0
  const bulgeRadius = basics.radius * drawBetween(random, 0.08, 0.2)
  const round = { ...frame, axisRatio: Math.max(axisRatio, 0.6 + 0.4 * axisRatio) }
  const bulgeIndex = drawBetween(random, 1, 3.5)
  addSersic(
    light,
    round,
    { radius: bulgeRadius, index: bulgeIndex },
    partFlux(basics.magnitude, bulge - barShare, oldColours),
  )
  if (barShare > 0) {
    const shape = { radius: 0.75 * bar * scale, index: 0.6 }
    addSersic(
      light,
      { ...frame, angle: frame.angle + drawBetween(random, -0.5, 0.5), axisRatio: 0.3 },
      shape,
      partFlux(basics.magnitude, barShare, oldColours),
    )
  }
  return {
    light,
    type: bulge > 0.2 ? 'COMP' : 'EXP',
    expRadius: basics.radius,
    devRadius: bulge > 0.2 ? bulgeRadius : 0,
    roughness: 0.35,
    parameters: {
      ...basics,
      axisRatio,
      bulge,
      arms,
      order,
      pitchDeg,
      contrast,
      youth,
      opticalDepth,
      bar,
      knots: knots.length,
    },
  }
}
