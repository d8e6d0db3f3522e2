import type { CelestialAxes } from './celestial-axes.ts'
import { degreesPerUnit } from './linear-part.ts'
import type { MapCards } from './map-cards.ts'
import type { SpherePole } from './sphere-rotation.ts'

const radian = Math.PI / 180

/** Sine of an angle in degrees, exact at multiples of 90. */
function sinDeg(angle: number): number {
  const turned = ((angle % 360) + 360) % 360
  if (turned % 90 === 0) return [0, 1, 0, -1][(turned / 90) % 4]!
  return Math.sin(angle * radian)
}

const cosDeg = (angle: number): number => sinDeg(angle + 90)

/** The point that CRVAL names on the native sphere, and its names in the sky, all in degrees. */
export interface ReferencePoint {
  /** Native longitude φ₀ and latitude θ₀. */
  readonly phi0: number
  readonly theta0: number
  /** Celestial longitude α₀ and latitude δ₀. */
  readonly lon0: number
  readonly lat0: number
  /** Native longitude φ_p of the celestial pole (LONPOLE). */
  readonly phiPole: number
  /** Celestial latitude of the native pole (LATPOLE), to choose between two. */
  readonly latPole: number
}

/**
 * The reference point of a map, PVi_1 to PVi_4 of the longitude's axis before LONPOLE and LATPOLE.
 *
 * @throws FormatError when its latitude is beyond a pole.
 */
export function readReferencePoint(
  cards: MapCards,
  axes: CelestialAxes,
  theta0Deg: number,
  parameters: ReadonlyMap<number, number>,
): ReferencePoint {
  const lon0 = (cards.number(`CRVAL${axes.lon}`) ?? 0) * degreesPerUnit(cards, axes.lon)
  const lat0 = (cards.number(`CRVAL${axes.lat}`) ?? 0) * degreesPerUnit(cards, axes.lat)
  if (Math.abs(lat0) > 90) {
    throw cards.header.fault(cards.key(`CRVAL${axes.lat}`), `must be a latitude from -90 to 90. Received ${lat0}`)
  }
  const phi0 = parameters.get(1) ?? 0
  const theta0 = parameters.get(2) ?? theta0Deg
  if (Math.abs(theta0) > 90) {
    throw cards.header.fault(cards.key(`PV${axes.lon}_2`), `must be a latitude from -90 to 90. Received ${theta0}`)
  }
  // 999 stands for a default that some writers put into the card.
  const given = parameters.get(3) ?? cards.number('LONPOLE')
  const phiPole = given === undefined || given === 999 ? phi0 + (lat0 >= theta0 ? 0 : 180) : given
  const latPole = parameters.get(4) ?? cards.number('LATPOLE') ?? 90
  return { phi0, theta0, lon0, lat0, phiPole, latPole: latPole === 999 ? 90 : latPole }
}

/** Roundings that are forgiven where a latitude reaches its limit, in degrees. */
const slack = 1e-10

/**
 * The native pole on the sky.
 *
 * @returns `undefined` when there is none: the reference point cannot have its latitude with this LONPOLE.
 * @remarks Of two poles that fit, the nearer to LATPOLE; of two as near, that of equation 8 with its minus sign. Where any
 * latitude fits (δ₀ = θ₀ = 0, |φ_p − φ₀| = 90) it is LATPOLE.
 * @see https://doi.org/10.1051/0004-6361:20021327, equations 8 to 10 and the notes after them
 */
export function nativePole({ phi0, theta0, lon0, lat0, phiPole, latPole }: ReferencePoint): SpherePole | undefined {
  if (theta0 === 90) return { lonDeg: lon0, latDeg: lat0, phiDeg: phiPole }
  const turn = phiPole - phi0
  const middle = Math.atan2(sinDeg(theta0), cosDeg(theta0) * cosDeg(turn)) / radian
  // arccos(sin δ₀ / √(1 − s²)) with s = cos θ₀ sin(φ_p − φ₀), as an arc tangent, which keeps its digits near the poles.
  const s = Math.abs(cosDeg(theta0) * sinDeg(turn))
  const room = cosDeg(lat0) - s
  if (room < -slack * radian) return undefined
  let latDeg: number
  if (1 - s < 1e-14) latDeg = Math.max(-90, Math.min(90, latPole))
  else {
    const reach = Math.atan2(Math.sqrt(Math.max(room, 0) * (cosDeg(lat0) + s)), sinDeg(lat0)) / radian
    const fits = [middle - reach, middle + reach]
      .map((angle) => angle - 360 * Math.round(angle / 360))
      .filter((angle) => Math.abs(angle) <= 90 + slack)
      .map((angle) => Math.max(-90, Math.min(90, angle)))
    const [first, second = first] = fits
    if (first === undefined || second === undefined) return undefined
    latDeg = Math.abs(second - latPole) < Math.abs(first - latPole) - slack ? second : first
  }
  return { lonDeg: poleLongitude({ phi0, theta0, lon0, lat0, phiPole, latPole }, latDeg), latDeg, phiDeg: phiPole }
}

function poleLongitude({ phi0, theta0, lon0, lat0, phiPole }: ReferencePoint, latDeg: number): number {
  const turn = phiPole - phi0
  const cosBoth = cosDeg(latDeg) * cosDeg(lat0)
  if (Math.abs(cosDeg(lat0)) < 1e-12) return lon0
  if (Math.abs(cosBoth) < 1e-12) return latDeg > 0 ? lon0 + turn - 180 : lon0 - turn
  const east = (sinDeg(turn) * cosDeg(theta0)) / cosDeg(lat0)
  const north = (sinDeg(theta0) - sinDeg(latDeg) * sinDeg(lat0)) / cosBoth
  return lon0 - Math.atan2(east, north) / radian
}
