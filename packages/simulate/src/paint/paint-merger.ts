import type { Random } from '@astronomaly/core'
import { addBlob, type Canvas, createCanvas } from './canvas.ts'
import { type Colours, drawBasics, drawBetween, drawColours, partFlux } from './galaxy-statistics.ts'
import { addSersic, type Painted } from './painted.ts'
import { convolve } from './psf.ts'
import { type Encounter, followOrbit, tidalEncounter } from './tidal-encounter.ts'

/** A merger's geometry on the sky, in pixels. */
interface Projection {
  readonly x: number
  readonly y: number
  readonly scale: number
  readonly across: readonly [number, number, number]
  readonly down: readonly [number, number, number]
}

/** A pair of galaxies in an encounter, ready to be painted. */
export interface MergerModel {
  readonly encounter: Encounter
  readonly projection: Projection
  readonly particles: number
  readonly radius: number
  readonly shares: readonly [number, number]
  readonly bulges: readonly [number, number]
  readonly colours: readonly { readonly bulge: Colours; readonly disc: Colours }[]
  readonly starburst: number
  readonly burstColours: Colours
  readonly parameters: Painted['parameters']
}

/**
 * Draws an encounter: mass ratio 0.3 to 1, closest approach 0.25 to 0.8 disc radii, seen 1 to 4.5 time units later, discs tilted by
 * up to 55° to the orbit (prograde, which is what makes tails), viewed within 53° of the orbit's pole.
 */
export function drawMerger(
  random: Random,
  basics: {
    readonly magnitude: number
    readonly redshift: number
    readonly radius: number
    readonly x: number
    readonly y: number
  },
  size: number,
): MergerModel {
  const { massRatio, pericentre, time } = drawOrbit(random)
  const tilt = (): number => ((random.uniform() < 0.5 ? -1 : 1) * drawBetween(random, 0, 55) * Math.PI) / 180
  const inclinations = [tilt(), tilt()] as const
  const nodes = [2 * Math.PI * random.uniform(), 2 * Math.PI * random.uniform()] as const
  const particles = 5000
  const encounter = tidalEncounter({ massRatio, pericentre, time, inclinations, nodes, particles }, random)
  const view = Math.acos(drawBetween(random, 0.6, 1))
  const spin = 2 * Math.PI * random.uniform()
  const turn = 2 * Math.PI * random.uniform()
  const axis = (phase: number): [number, number, number] => {
    const u = Math.cos(turn + phase)
    const v = Math.sin(turn + phase) * Math.cos(view)
    return [
      u * Math.cos(spin) - v * Math.sin(spin),
      u * Math.sin(spin) + v * Math.cos(spin),
      Math.sin(turn + phase) * Math.sin(view),
    ]
  }
  const across = axis(0)
  const down = axis(Math.PI / 2)
  const scale = Math.min(1.7 * basics.radius, 0.18 * size)
  const [cx, cy, cz] = encounter.companion
  const weight = massRatio / (1 + massRatio)
  const middle = (d: readonly number[]): number => scale * weight * (cx * d[0]! + cy * d[1]! + cz * d[2]!)
  const projection = { x: basics.x - middle(across), y: basics.y - middle(down), scale, across, down }
  const early = random.uniform() < 0.3
  const kind = early ? 'old' : 'young'
  const colours = [0, 1].map(() => {
    const bulge = drawColours(random, 'old', basics.redshift)
    const disc = drawColours(random, kind, basics.redshift)
    return { bulge, disc: [0.6 * disc[0] + 0.4 * bulge[0], 0.6 * disc[1] + 0.4 * bulge[1]] as const }
  })
  const shares = [1 - weight, weight] as const
  const bulges = [drawBetween(random, 0.1, 0.35), drawBetween(random, 0.1, 0.35)] as const
  const starburst = early ? 0 : drawBetween(random, 0, 0.12)
  return {
    encounter,
    projection,
    particles,
    radius: scale,
    shares,
    bulges,
    colours,
    starburst,
    burstColours: drawColours(random, 'starburst', basics.redshift),
    parameters: { massRatio, pericentre, time, inclinations, nodes, bulges, starburst, early },
  }
}

/** An orbit whose nuclei are seen apart but not far apart: 0.5 to 1.5 disc radii in space. */
function drawOrbit(random: Random): { massRatio: number; pericentre: number; time: number } {
  for (let tries = 0; ; tries++) {
    const massRatio = drawBetween(random, 0.3, 1)
    const pericentre = drawBetween(random, 0.25, 0.8)
    const time = drawBetween(random, 1, 4.5)
    const [x, y] = followOrbit(massRatio, pericentre, time).slice(-3)
    const apart = Math.hypot(x!, y!)
    if ((apart > 0.5 && apart < 1.5) || tries === 100) return { massRatio, pericentre, time }
  }
}

/** Position of a point of the encounter on the picture. */
function project({ x, y, scale, across, down }: Projection, p: ArrayLike<number>, at = 0): [number, number] {
  const [a, b, c] = [p[at]!, p[at + 1]!, p[at + 2]!]
  return [
    x + scale * (a * across[0] + b * across[1] + c * across[2]),
    y + scale * (a * down[0] + b * down[1] + c * down[2]),
  ]
}

/**
 * Adds the stars of one galaxy of a merger: its particles, smoothed by 1.2 pixels, and its bulge with a few star-forming knots.
 *
 * @param body - Without it only stars that the encounter has thrown out further than 1.15 of the disc's radius are added.
 */
export function addMergerGalaxy(
  canvas: Canvas,
  model: MergerModel,
  galaxy: 0 | 1,
  magnitude: number,
  random: Random,
  body = true,
): void {
  const { encounter, projection, particles } = model
  const { width, height } = canvas
  const home = galaxy === 0 ? [0, 0, 0] : encounter.companion
  const extent = galaxy === 0 ? 1 : Math.sqrt(model.shares[1] / model.shares[0])
  const map = new Float64Array(width * height)
  for (let i = galaxy * particles; i < (galaxy + 1) * particles; i++) {
    const p = encounter.positions
    const away = Math.hypot(p[3 * i]! - home[0]!, p[3 * i + 1]! - home[1]!, p[3 * i + 2]! - home[2]!)
    if (!body && away < 1.15 * extent) continue
    const [x, y] = project(projection, p, 3 * i)
    addBilinear(map, width, height, x, y, encounter.weights[i]!)
  }
  const smooth = convolve(map, width, height, [
    { sigma: Math.max(0.8, 0.03 * model.radius), weight: 0.4 },
    { sigma: Math.max(1.4, 0.07 * model.radius), weight: 0.6 },
  ])
  const share = model.shares[galaxy]
  const bulge = model.bulges[galaxy]
  const { disc, bulge: bulgeColours } = model.colours[galaxy]!
  const flux = partFlux(magnitude, share * (1 - bulge) * (1 - model.starburst), disc)
  for (const [band, plane] of canvas.planes.entries()) {
    for (let p = 0; p < plane.length; p++) plane[p] = plane[p]! + flux[band]! * smooth[p]!
  }
  if (!body) return
  const [x, y] = project(projection, home)
  const frame = { x, y, angle: Math.PI * random.uniform(), axisRatio: drawBetween(random, 0.6, 1) }
  const radius = model.radius * extent * drawBetween(random, 0.08, 0.16)
  addSersic(
    canvas,
    frame,
    { radius, index: drawBetween(random, 1.5, 3.5) },
    partFlux(magnitude, share * bulge, bulgeColours),
  )
  if (model.starburst === 0) return
  const burst = partFlux(magnitude, share * model.starburst, model.burstColours)
  const knots = 6
  for (let k = 0; k < knots; k++) {
    const star = galaxy * particles + random.integer(particles)
    const [kx, ky] =
      k < 2 ? [x + random.normal(), y + random.normal()] : project(projection, encounter.positions, 3 * star)
    const part = k < 2 ? 0.35 : 0.3 / (knots - 2)
    addBlob(
      canvas,
      kx,
      ky,
      drawBetween(random, 0.7, 1.3),
      burst.map((f) => f * part),
    )
  }
}

/** Two galaxies in collision, their nuclei still apart, with bridges and tails. See {@link drawMerger} for what is drawn. */
export function paintMerger(random: Random, size: number): Painted {
  const basics = drawBasics(random, size, 15.3, 18.2)
  const model = drawMerger(random, basics, size)
  const light = createCanvas(size, size)
  addMergerGalaxy(light, model, 0, basics.magnitude, random)
  addMergerGalaxy(light, model, 1, basics.magnitude, random)
  return {
    light,
    type: 'COMP',
    expRadius: basics.radius,
    devRadius: 0.3 * basics.radius,
    roughness: 0.9,
    parameters: { ...basics, ...model.parameters },
  }
}

function addBilinear(map: Float64Array, width: number, height: number, x: number, y: number, weight: number): void {
  const left = Math.floor(x)
  const top = Math.floor(y)
  if (!(left >= 0 && top >= 0 && left < width - 1 && top < height - 1)) return
  const u = x - left
  const v = y - top
  const p = top * width + left
  map[p] = map[p]! + weight * (1 - u) * (1 - v)
  map[p + 1] = map[p + 1]! + weight * u * (1 - v)
  map[p + width] = map[p + width]! + weight * (1 - u) * v
  map[p + width + 1] = map[p + width + 1]! + weight * u * v
}
