import type { Image } from '@astronomaly/core'

/** An object to be cut out. */
export interface CutoutObject {
  readonly id: string
  /** ICRS, whatever the frames of the mosaics. */
  readonly raDeg: number
  readonly decDeg: number
  /** Side on the sky in pixels of the mosaic, such as `cutoutSide` gives; not with `sizeArcsec`. */
  readonly sidePixels?: number
  /** Side on the sky in seconds of arc. */
  readonly sizeArcsec?: number
}

/** Where the pixels of a cut-out are on the sky: a gnomonic (TAN) projection around its middle. */
export interface CutoutGrid {
  /** Place of the reference pixel on the sky, ICRS. */
  readonly raDeg: number
  readonly decDeg: number
  /** Reference pixel, 0-based: the middle of the image. */
  readonly x: number
  readonly y: number
  /** Degrees a pixel: east by x, east by y, north by x, north by y (CD1_1, CD1_2, CD2_1, CD2_2). */
  readonly cd: readonly [number, number, number, number]
}

/** A cut-out. */
export interface Cutout {
  readonly status: 'cut'
  readonly id: string
  /**
   * `[side, side, bands]`, NaN where missing. Rows in the order of the mosaic's file, or to the north. Values are the mosaic's own:
   * surface brightness is kept, and flux in a pixel of another size is not.
   */
  readonly image: Image<Float32Array>
  /** Bands of the channels. */
  readonly bands: readonly string[]
  /** Name of each channel's mosaic; `undefined` where none covers the object, and the channel is NaN. */
  readonly mosaics: readonly (string | undefined)[]
  /** Place of the object in the image, 0-based: its middle, ((side − 1) / 2, (side − 1) / 2), unless it was shifted or not resampled. */
  readonly x: number
  readonly y: number
  /** Pixels of the mosaic along a pixel of the image. */
  readonly step: number
  readonly grid: CutoutGrid
  /** Values that are NaN. */
  readonly missing: number
  /** What is odd: bands that no mosaic covers, a shift. */
  readonly warnings: readonly string[]
}

/**
 * Why an object has no cut-out: its position or size is missing or no number; it is larger than allowed; no mosaic of any wanted band
 * covers it; it reaches over an edge; its bands lie on different grids, which without interpolation cannot be aligned; or a
 * mosaic cannot be read.
 */
export type RejectionReason =
  | 'no-position'
  | 'no-size'
  | 'too-large'
  | 'not-covered'
  | 'edge'
  | 'other-grid'
  | 'unreadable'

/** An object without a cut-out. */
export interface RejectedCutout {
  readonly status: 'rejected'
  readonly id: string
  readonly reason: RejectionReason
  /** The reason with its particulars. */
  readonly message: string
}
