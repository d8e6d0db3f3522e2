import { ShapeError, UnsupportedError } from '@astronomaly/core'
import type { SkyFrame } from '../sky/sky-frame.ts'
import type { Distortion } from './distortion.ts'
import type { LinearPart } from './linear-part.ts'
import type { Projection } from './projections.ts'
import type { PixelPosition, SkyWcs } from './sky-wcs.ts'
import type { SphereRotation } from './sphere-rotation.ts'

const radian = Math.PI / 180

/** The steps of a map, each of which can be undone. */
export interface MapSteps {
  readonly linear: LinearPart
  readonly distortion: Distortion | undefined
  readonly projection: Projection
  /** Where the reference point is in the projection's plane, in radians. */
  readonly shift: readonly [number, number]
  readonly rotation: SphereRotation
}

/** What is said of a map beside its steps. */
export interface MapDescription extends Pick<SkyWcs, 'projection' | 'distortion' | 'frame' | 'equinox' | 'axes'> {
  /** The frame of the map's own coordinates; `undefined` when it is not followed to ICRS. */
  readonly sky: SkyFrame | undefined
}

/** The map that takes the steps. */
export function createSkyWcs(steps: MapSteps, { sky, ...description }: MapDescription): SkyWcs {
  const { linear, distortion, projection, shift, rotation } = steps
  const { x0, y0 } = linear
  const [a, b, c, d] = linear.matrix
  const determinant = a * d - b * c
  // One buffer serves every step: a method is done with it before another can begin.
  const at = new Float64Array(3)

  /** World coordinates of a pixel into `at`. */
  const toWorld = (x: number, y: number): boolean => {
    let [u, v] = [x - x0, y - y0]
    if (distortion?.onPixels) {
      distortion.apply(u, v, at)
      u = at[0]!
      v = at[1]!
    }
    at[0] = a * u + b * v
    at[1] = c * u + d * v
    if (distortion && !distortion.onPixels) distortion.apply(at[0], at[1], at)
    const found = projection.toSphere(at[0]! * radian + shift[0], at[1]! * radian + shift[1], at)
    if (!found) return false
    rotation.toCelestial(at[0]!, at[1]!, at[2]!, at)
    return true
  }

  /** The pixel of world coordinates into `at`. */
  const toPixel = (lonDeg: number, latDeg: number): boolean => {
    if (!(Math.abs(latDeg) <= 90) || !Number.isFinite(lonDeg)) return false
    rotation.toNative(lonDeg, latDeg, at)
    if (!projection.toPlane(at[0]!, at[1]!, at[2]!, at)) return false
    let [u, v] = [(at[0]! - shift[0]) / radian, (at[1]! - shift[1]) / radian]
    if (distortion && !distortion.onPixels) {
      if (!distortion.solve(u, v, at)) return false
      u = at[0]!
      v = at[1]!
    }
    at[0] = (d * u - b * v) / determinant
    at[1] = (a * v - c * u) / determinant
    if (distortion?.onPixels && !distortion.solve(at[0], at[1], at)) return false
    at[0] = x0 + at[0]!
    at[1] = y0 + at[1]!
    return Number.isFinite(at[0] + at[1])
  }

  const known = (): SkyFrame => {
    if (sky) return sky
    throw new UnsupportedError(
      `WCS: frames must be ICRS, FK5, FK4, galactic, supergalactic or ecliptic for ICRS positions. Received ${description.frame}.`,
    )
  }
  const toSky = (x: number, y: number): boolean => {
    if (!toWorld(x, y)) return false
    known().toIcrs(at[0]!, at[1]!, at)
    return true
  }
  const fromSky = (raDeg: number, decDeg: number): boolean => {
    if (!(Math.abs(decDeg) <= 90) || !Number.isFinite(raDeg)) return false
    known().fromIcrs(raDeg, decDeg, at)
    return toPixel(at[0]!, at[1]!)
  }
  const place = (): PixelPosition => ({ x: at[0]!, y: at[1]! })

  return {
    ...description,
    pixelToWorld: (x, y) =>
      toWorld(x, y) ? { lonDeg: at[0]!, latDeg: at[1]! } : { lonDeg: Number.NaN, latDeg: Number.NaN },
    worldToPixel: (lonDeg, latDeg) => (toPixel(lonDeg, latDeg) ? place() : undefined),
    pixelToSky(x, y) {
      known()
      return toSky(x, y) ? { raDeg: at[0]!, decDeg: at[1]! } : { raDeg: Number.NaN, decDeg: Number.NaN }
    },
    skyToPixel(raDeg, decDeg) {
      known()
      return fromSky(raDeg, decDeg) ? place() : undefined
    },
    pixelsToSky(x, y) {
      known()
      const [raDeg, decDeg] = mapPairs('pixelsToSky: x and y', x, y, toSky, at)
      return { raDeg, decDeg }
    },
    skyToPixels(raDeg, decDeg) {
      known()
      const [x, y] = mapPairs('skyToPixels: raDeg and decDeg', raDeg, decDeg, fromSky, at)
      return { x, y }
    },
    pixelScaleDeg(x, y) {
      if (x === undefined && y === undefined) return Math.sqrt(Math.abs(determinant))
      return localScale(x ?? Number.NaN, y ?? Number.NaN, toWorld, at)
    },
  }
}

type PairMap = (first: number, second: number) => boolean

/** Two columns through a map; NaN where it has no answer. */
function mapPairs(
  subject: string,
  first: Float64Array,
  second: Float64Array,
  map: PairMap,
  pair: Float64Array,
): [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>] {
  if (first.length !== second.length) {
    throw new ShapeError(`${subject} must have the same length. Received ${first.length} and ${second.length}.`)
  }
  const out: [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>] = [
    new Float64Array(first.length),
    new Float64Array(first.length),
  ]
  for (let i = 0; i < first.length; i++) {
    const found = map(first[i]!, second[i]!)
    out[0][i] = found ? pair[0]! : Number.NaN
    out[1][i] = found ? pair[1]! : Number.NaN
  }
  return out
}

/** √|area| of the pixel at (x, y) in degrees, by the cross product of its two middle lines on the unit sphere. */
function localScale(x: number, y: number, toWorld: PairMap, pair: Float64Array): number {
  const direction = (px: number, py: number): readonly [number, number, number] | undefined => {
    if (!toWorld(px, py)) return undefined
    const [lon, lat] = [pair[0]! * radian, pair[1]! * radian]
    return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)]
  }
  const [left, right, low, high] = [
    direction(x - 0.5, y),
    direction(x + 0.5, y),
    direction(x, y - 0.5),
    direction(x, y + 0.5),
  ]
  if (!left || !right || !low || !high) return Number.NaN
  const [u, v] = [right.map((value, i) => value - left[i]!), high.map((value, i) => value - low[i]!)] as [
    [number, number, number],
    [number, number, number],
  ]
  const area = Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
  return Math.sqrt(area) / radian
}
