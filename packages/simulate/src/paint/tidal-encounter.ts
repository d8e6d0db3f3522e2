import type { Random } from '@astronomaly/core'

/** How two discs meet; lengths in radii of the first disc, G = mass of the first galaxy = 1. */
export interface EncounterOptions {
  /** Mass of the second galaxy over that of the first, above 0. */
  readonly massRatio: number
  /** Distance at closest approach. */
  readonly pericentre: number
  /** Time after closest approach at which the pair is seen; a turn at the first disc's edge takes 2π. */
  readonly time: number
  /** Angle of each disc's spin to the orbit's spin, radians: 0 is prograde, π retrograde. */
  readonly inclinations: readonly [number, number]
  /** Where each disc's line of nodes lies on the orbit, radians. */
  readonly nodes: readonly [number, number]
  /** Test particles in each disc. */
  readonly particles: number
}

/** Where an encounter leaves its stars: positions relative to the first nucleus, x and y on the orbit's plane, z across. */
export interface Encounter {
  /** `[2 × particles × 3]`, first galaxy's particles first. */
  readonly positions: Float64Array
  /** Share of its galaxy's disc light of each particle. */
  readonly weights: Float64Array
  /** Distance of each particle from its own nucleus before the encounter. */
  readonly origins: Float64Array
  /** Position of the second nucleus. */
  readonly companion: readonly [number, number, number]
}

const softening = 0.15
const step = 0.04
/** The encounter starts this long before closest approach. */
const lead = 3.5

/**
 * Follows the stars of two discs through an encounter: the restricted three-body problem of Toomre and Toomre, with friction.
 *
 * @remarks The nuclei are softened point masses on a parabolic orbit that loses energy to friction while they overlap, so that they fall
 * back together; stars are massless. Leapfrog with step 0.04. Discs are exponential with scale length 0.45 of their radius, cut at 1.15
 * radii; outer stars are sampled more often and weigh less, so that tails are smooth. O(particles × (lead + time) / step).
 * @see Toomre & Toomre 1972, {@link https://doi.org/10.1086/151823}
 */
export function tidalEncounter(options: EncounterOptions, random: Random): Encounter {
  const { massRatio, pericentre, time, particles } = options
  const orbit = followOrbit(massRatio, pericentre, time)
  const count = 2 * particles
  const positions = new Float64Array(3 * count)
  const weights = new Float64Array(count)
  const origins = new Float64Array(count)
  for (let galaxy = 0; galaxy < 2; galaxy++) {
    const mass = galaxy === 0 ? 1 : massRatio
    const extent = Math.sqrt(mass)
    let total = 0
    for (let i = galaxy * particles; i < (galaxy + 1) * particles; i++) {
      const r = 1.15 * random.uniform() ** 0.75
      // Drawn density ∝ r^(1/3) in radius; an exponential disc has r exp(−r / 0.45).
      const weight = r ** (2 / 3) * Math.exp(-r / 0.45)
      weights[i] = weight
      total += weight
      origins[i] = r
      followStar(orbit, massRatio, galaxy, r * extent, options, random, positions, 3 * i)
    }
    for (let i = galaxy * particles; i < (galaxy + 1) * particles; i++) weights[i] = weights[i]! / total
  }
  const last = orbit.length - 3
  return { positions, weights, origins, companion: [orbit[last]!, orbit[last + 1]!, orbit[last + 2]!] }
}

/** The cube of the distance whose square is given. */
function cubed(square: number): number {
  return square * Math.sqrt(square)
}

/** The second nucleus relative to the first, three numbers a step, from 3.5 time units before closest approach to `time` after. */
export function followOrbit(massRatio: number, pericentre: number, time: number): Float64Array {
  const steps = Math.round((lead + time) / step)
  const total = 1 + massRatio
  const pull = (x: number, y: number): number => -total / cubed(x * x + y * y + softening * softening)
  // From closest approach of a parabola backwards, so that the orbit passes it at the stated distance.
  let x = pericentre
  let y = 0
  let vx = 0
  let vy = Math.sqrt((2 * total) / Math.hypot(pericentre, softening))
  const before = Math.round(lead / step)
  const orbit = new Float64Array(3 * (steps + 1))
  for (let k = before; k >= 0; k--) {
    orbit[3 * k] = x
    orbit[3 * k + 1] = y
    const half = (-step / 2) * pull(x, y)
    vx += half * x
    vy += half * y
    x -= step * vx
    y -= step * vy
    const other = (-step / 2) * pull(x, y)
    vx += other * x
    vy += other * y
  }
  x = pericentre
  y = 0
  vx = 0
  vy = Math.sqrt((2 * total) / Math.hypot(pericentre, softening))
  for (let k = before + 1; k <= steps; k++) {
    const drag = 1 - step * 0.6 * Math.exp(-(x * x + y * y))
    const half = (step / 2) * pull(x, y)
    vx = (vx + half * x) * drag
    vy = (vy + half * y) * drag
    x += step * vx
    y += step * vy
    const other = (step / 2) * pull(x, y)
    vx += other * x
    vy += other * y
    orbit[3 * k] = x
    orbit[3 * k + 1] = y
  }
  return orbit
}

/** Moves one star of a disc to the end of the orbit; positions are relative to the first nucleus. */
function followStar(
  orbit: Float64Array,
  massRatio: number,
  galaxy: number,
  radius: number,
  options: EncounterOptions,
  random: Random,
  positions: Float64Array,
  at: number,
): void {
  const mass = galaxy === 0 ? 1 : massRatio
  const tilt = options.inclinations[galaxy]!
  const node = options.nodes[galaxy]!
  const phase = 2 * Math.PI * random.uniform()
  const speed = radius * Math.sqrt(mass / cubed(radius * radius + softening * softening))
  const heat = 0.04 * speed
  const place = (u: number, v: number, w: number): [number, number, number] => {
    const y = v * Math.cos(tilt) - w * Math.sin(tilt)
    return [
      u * Math.cos(node) - y * Math.sin(node),
      u * Math.sin(node) + y * Math.cos(node),
      v * Math.sin(tilt) + w * Math.cos(tilt),
    ]
  }
  let [x, y, z] = place(radius * Math.cos(phase), radius * Math.sin(phase), 0.02 * random.normal())
  let [vx, vy, vz] = place(
    -speed * Math.sin(phase) + heat * random.normal(),
    speed * Math.cos(phase) + heat * random.normal(),
    heat * random.normal(),
  )
  const soft = softening * softening
  // x, y, z are relative to the star's own nucleus; the other nucleus stands at ± the orbit, and its pull on the own
  // nucleus is subtracted because the frame falls with it.
  const side = galaxy === 0 ? 1 : -1
  const otherMass = galaxy === 0 ? massRatio : 1
  const steps = orbit.length / 3 - 1
  for (let k = 0; k <= steps; k++) {
    const cx = side * orbit[3 * k]!
    const cy = side * orbit[3 * k + 1]!
    const ownPull = -mass / cubed(x * x + y * y + z * z + soft)
    const dx = x - cx
    const dy = y - cy
    const otherPull = -otherMass / cubed(dx * dx + dy * dy + z * z + soft)
    const fall = otherMass / cubed(cx * cx + cy * cy + soft)
    const kick = k === 0 || k === steps ? step / 2 : step
    vx += kick * (ownPull * x + otherPull * dx - fall * cx)
    vy += kick * (ownPull * y + otherPull * dy - fall * cy)
    vz += kick * (ownPull * z + otherPull * z)
    if (k < steps) {
      x += step * vx
      y += step * vy
      z += step * vz
    }
  }
  const end = 3 * steps
  positions[at] = x + (galaxy === 1 ? orbit[end]! : 0)
  positions[at + 1] = y + (galaxy === 1 ? orbit[end + 1]! : 0)
  positions[at + 2] = z
}
