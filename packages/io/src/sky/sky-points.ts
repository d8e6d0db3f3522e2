import { orderPoints } from './order-points.ts'
import type { SkyPositions } from './sky-positions.ts'

const radian = Math.PI / 180

/** A place as it was given and as a unit vector. */
export interface SkyQuery {
  readonly raDeg: number
  readonly decDeg: number
  readonly x: number
  readonly y: number
  readonly z: number
}

/** A query at a place; `undefined` for NaN. */
export function skyQuery(raDeg: number, decDeg: number): SkyQuery | undefined {
  const ra = (raDeg % 360) * radian
  const dec = decDeg * radian
  const level = Math.cos(dec)
  const x = level * Math.cos(ra)
  return Number.isNaN(x) ? undefined : { raDeg, decDeg, x, y: level * Math.sin(ra), z: Math.sin(dec) }
}

/** The rows that have a position, in the order of a curve on which neighbours are near. */
export interface SkyPoints {
  readonly rows: Uint32Array
  /** Unit vectors x, y, z in the order of `rows`. */
  readonly vectors: Float64Array
}

/** Unit vectors of positions, sorted. O(n) time; 48 bytes a row while it runs, of which 28 are returned. */
export function sortedPoints({ raDeg, decDeg }: SkyPositions): SkyPoints {
  const vectors = new Float64Array(3 * raDeg.length)
  const rows = new Uint32Array(raDeg.length)
  let count = 0
  for (let row = 0; row < raDeg.length; row++) {
    const ra = (raDeg[row]! % 360) * radian
    const dec = decDeg[row]! * radian
    const level = Math.cos(dec)
    const x = level * Math.cos(ra)
    if (Number.isNaN(x)) continue
    vectors[3 * row] = x
    vectors[3 * row + 1] = level * Math.sin(ra)
    vectors[3 * row + 2] = Math.sin(dec)
    rows[count++] = row
  }
  const order = count === rows.length ? rows : rows.slice(0, count)
  orderPoints(vectors, order)
  const sorted = new Float64Array(3 * count)
  for (let i = 0; i < count; i++) {
    const at = 3 * order[i]!
    sorted[3 * i] = vectors[at]!
    sorted[3 * i + 1] = vectors[at + 1]!
    sorted[3 * i + 2] = vectors[at + 2]!
  }
  return { rows: order, vectors: sorted }
}
