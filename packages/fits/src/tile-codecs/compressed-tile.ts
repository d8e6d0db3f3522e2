/** A tile of a compressed picture, and how its pixels come from it. */
export interface CompressedTile {
  /**
   * How its numbers are coded: `'raw'` is big-endian as it stands, `'shuffled'` has the first bytes of all numbers first, then the
   * second ones, and so on.
   */
  readonly coding: 'rice' | 'hcompress' | 'plio' | 'raw' | 'shuffled'
  readonly bytes: Uint8Array
  /** Whether the bytes are gzipped: see `canGunzip`. */
  readonly gzipped: boolean
  /** Lengths of the slower and the faster axis: `rows × columns` pixels. */
  readonly rows: number
  readonly columns: number
  /** Bytes of a floating-point pixel that is coded `'raw'` or `'shuffled'`; 0 where these are integers of 1, 2 or 4 bytes. */
  readonly floatBytes: 0 | 4 | 8
  /** With `'rice'`: pixels coded with one number of split bits. */
  readonly blockSize: number
  /** With `'rice'`. */
  readonly bytesPerPixel: 1 | 2 | 4
  /** With `'hcompress'`: whether coefficients that were rounded are interpolated. */
  readonly smooth: boolean
  /** 0: an integer is worth integer × scale + zero. 1 and 2: SUBTRACTIVE_DITHER_1 and _2. Pixels that are no integers stay as they are. */
  readonly dither: 0 | 1 | 2
  readonly scale: number
  readonly zero: number
  /** The integer that stands for a missing pixel. */
  readonly blank: number | undefined
  /** Place in the sequence of random numbers, 0 to 9,999: number of the tile, 0-based, plus ZDITHER0 − 1, modulo 10,000. */
  readonly sequence: number
}

/** Pixels of a tile: f32, or f64 where that was asked for. */
export type TilePixels = Float32Array | Float64Array

/** What can be wrong with a tile. */
export type TileFault = 'code' | 'gzip' | 'gzip-too-long' | 'length'

/** Most bytes that the numbers of a tile can take without compression. */
export function mostRawBytes({ rows, columns, floatBytes }: CompressedTile): number {
  return rows * columns * (floatBytes || 4)
}
