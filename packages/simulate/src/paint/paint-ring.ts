import type { Random } from '@astronomaly/core'
import { addBlob, addNormalised, type Canvas, createCanvas, integratePixels, sumOf } from './canvas.ts'
import { type Colours, drawBasics, drawBetween, drawColours, partFlux } from './galaxy-statistics.ts'
import { addSersic, type Painted } from './painted.ts'

/** A ring of young stars, lengths in pixels. */
export interface RingModel {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly width: number
  readonly angle: number
  readonly axisRatio: number
  /** How much brighter one side is, 0 to 1. */
  readonly lopsidedness: number
  readonly brightSide: number
  readonly knots: number
  readonly colours: Colours
  readonly knotColours: Colours
}

/** Draws a ring about a centre: radius 0.9 to 1.5 of `reach`, width 0.1 to 0.25 of the radius, axis ratio 0.5 to 1. */
export function drawRing(
  random: Random,
  x: number,
  y: number,
  reach: number,
  redshift: number,
  collisional: boolean,
): RingModel {
  const radius = reach * drawBetween(random, 0.9, 1.5)
  return {
    x,
    y,
    radius,
    width: radius * drawBetween(random, 0.1, collisional ? 0.2 : 0.25),
    angle: Math.PI * random.uniform(),
    axisRatio: drawBetween(random, collisional ? 0.5 : 0.75, 1),
    lopsidedness: collisional ? drawBetween(random, 0.3, 0.75) : drawBetween(random, 0, 0.3),
    brightSide: 2 * Math.PI * random.uniform(),
    knots: collisional ? 14 + random.integer(20) : 6 + random.integer(14),
    colours: mix(
      drawColours(random, 'young', redshift),
      drawColours(random, 'old', redshift),
      drawBetween(random, 0, collisional ? 0.35 : 0.6),
    ),
    knotColours: drawColours(random, 'starburst', redshift),
  }
}

function mix(a: Colours, b: Colours, share: number): Colours {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
}

/** Adds a ring of the given flux; a sharp outer and a soft inner edge, uneven along its round, with knots. */
export function addRing(canvas: Canvas, ring: RingModel, magnitude: number, share: number, random: Random): void {
  const { width, height } = canvas
  const cos = Math.cos(ring.angle)
  const sin = Math.sin(ring.angle)
  const waves = [1, 2, 3, 5, 7].map((turns) => ({
    turns,
    strength: turns === 1 ? ring.lopsidedness : (turns < 4 ? 0.4 : 0.25) * random.uniform(),
    phase: turns === 1 ? ring.brightSide : 2 * Math.PI * random.uniform(),
  }))
  const wobble = waves
    .slice(1)
    .map(({ turns }) => ({ turns, strength: (0.05 * random.uniform()) / turns, phase: 2 * Math.PI * random.uniform() }))
  const along = (azimuth: number): number => {
    let sum = 0
    for (const w of waves) sum += w.strength * Math.cos(w.turns * azimuth - w.phase)
    return Math.exp(sum)
  }
  const edge = (azimuth: number): number => {
    let sum = 1
    for (const w of wobble) sum += w.strength * Math.cos(w.turns * azimuth - w.phase)
    return ring.radius * sum
  }
  const map = integratePixels(width, height, ring.x, ring.y, (dx, dy) => {
    const u = dx * cos + dy * sin
    const v = (dy * cos - dx * sin) / ring.axisRatio
    const azimuth = Math.atan2(v, u)
    const off = Math.hypot(u, v) - edge(azimuth)
    const spread = off > 0 ? 0.75 * ring.width : 1.35 * ring.width
    return along(azimuth) * Math.exp((-0.5 * off * off) / (spread * spread))
  })
  const inKnots = 0.12
  addNormalised(canvas, map, partFlux(magnitude, share * (1 - inKnots), ring.colours))
  const knots = Array.from({ length: ring.knots }, () => {
    let azimuth = 2 * Math.PI * random.uniform()
    for (let tries = 0; tries < 8 && random.uniform() > along(azimuth) / 2; tries++)
      azimuth = 2 * Math.PI * random.uniform()
    const r = edge(azimuth) + 0.5 * ring.width * random.normal()
    const u = r * Math.cos(azimuth)
    const v = r * Math.sin(azimuth) * ring.axisRatio
    return { x: ring.x + u * cos - v * sin, y: ring.y + u * sin + v * cos, weight: 1 / (1 - 0.9 * random.uniform()) }
  })
  const weights = sumOf(knots.map((k) => k.weight))
  const flux = partFlux(magnitude, share * inKnots, ring.knotColours)
  for (const { x, y, weight } of knots) {
    addBlob(
      canvas,
      x,
      y,
      drawBetween(random, 0.6, 1.3),
      flux.map((f) => (f * weight) / weights),
    )
  }
}

/**
 * A ring galaxy: half are of Hoag's kind (round old core, detached blue ring), half collisional (uneven, off-centre ring, a nucleus
 * inside and often the intruder beside it).
 *
 * @see Hoag 1950, {@link https://doi.org/10.1086/106427}; Lynds & Toomre 1976, {@link https://doi.org/10.1086/154730}
 */
export function paintRing(random: Random, size: number): Painted {
  const basics = drawBasics(random, size, 15.3, 17.9)
  const collisional = random.uniform() < 0.5
  const ring = drawRing(random, basics.x, basics.y, Math.max(1.25 * basics.radius, 14), basics.redshift, collisional)
  const limited: RingModel = { ...ring, radius: Math.min(ring.radius, 0.36 * size) }
  const ringShare = drawBetween(random, 0.25, 0.5)
  const discShare = collisional ? drawBetween(random, 0.12, 0.3) : drawBetween(random, 0.04, 0.2)
  const old = drawColours(random, 'old', basics.redshift)
  const light = createCanvas(size, size)
  addRing(light, limited, basics.magnitude, ringShare, random)
  const shift = collisional ? drawBetween(random, 0.1, 0.4) * limited.radius : 0
  const away = 2 * Math.PI * random.uniform()
  const core = {
    x: basics.x + shift * Math.cos(away) * limited.axisRatio,
    y: basics.y + shift * Math.sin(away) * limited.axisRatio,
    angle: limited.angle,
    axisRatio: collisional ? drawBetween(random, 0.6, 0.95) : drawBetween(random, 0.85, 1),
  }
  const coreRadius = limited.radius * drawBetween(random, 0.16, 0.28)
  addSersic(
    light,
    core,
    { radius: coreRadius, index: drawBetween(random, 1.5, 3.5) },
    partFlux(basics.magnitude, 1 - ringShare - discShare, old),
  )
  const disc = { ...core, angle: limited.angle, axisRatio: limited.axisRatio }
  addSersic(light, disc, { radius: 0.95 * limited.radius, index: 0.9 }, partFlux(basics.magnitude, discShare, old))
  const intruder = collisional && random.uniform() < 0.5
  if (intruder) {
    const angle = 2 * Math.PI * random.uniform()
    const distance = drawBetween(random, 1.3, 1.8) * limited.radius
    const frame = {
      x: basics.x + distance * Math.cos(angle),
      y: basics.y + distance * Math.sin(angle),
      angle,
      axisRatio: drawBetween(random, 0.5, 1),
    }
    addSersic(
      light,
      frame,
      { radius: 0.7 * coreRadius, index: 2 },
      partFlux(basics.magnitude + drawBetween(random, 1.3, 2.5), 1, old),
    )
  }
  return {
    light,
    type: 'COMP',
    expRadius: limited.radius,
    devRadius: coreRadius,
    roughness: 0.8,
    parameters: {
      ...basics,
      collisional,
      ringRadius: limited.radius,
      ringWidth: limited.width,
      axisRatio: limited.axisRatio,
      ringShare,
      lopsidedness: limited.lopsidedness,
      intruder,
    },
  }
}
