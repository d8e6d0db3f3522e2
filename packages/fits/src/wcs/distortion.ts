import type { DistortionName } from './sky-wcs.ts'

/** A polynomial step of a map; both directions write to `out`. */
export interface Distortion {
  readonly name: DistortionName
  /** Whether it acts on pixels from the reference pixel, before the matrix; else on degrees in the plane, after it. */
  readonly onPixels: boolean
  /** From the image's side to the sky's. */
  apply(u: number, v: number, out: Float64Array): void
  /** From the sky's side to the image's; `false` when there is no solution near. */
  solve(f: number, g: number, out: Float64Array): boolean
}
