import { assertKnownKeys, ShapeError } from '@astronomaly/core'
import { encodeHdu } from '../encode-hdu.ts'
import type { FitsCard } from '../header/fits-card.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import { countPixels, type FitsPixels, imageCards, storedBytes } from './encode-pixels.ts'

/** A picture to be written. */
export interface EncodeFitsImageOptions {
  /**
   * Pixels, row-major; NaN is allowed in floating-point arrays. Its type decides BITPIX: −32, −64, 8, 16, 32 or 64; unsigned integers
   * of 16, 32 and 64 bits and signed ones of 8 become the standard's BZERO.
   */
  readonly data: FitsPixels
  /** Axis lengths, slowest first: `[height, width]` or `[planes, height, width]`; 1 to 999 axes. */
  readonly shape: readonly number[]
  /**
   * Further cards, in order. BSCALE, BZERO and BLANK say how to understand `data`; they do not change it. Of a header that was read,
   * the cards that tell how its HDU was stored are left out, and the others written as they were.
   * @defaultValue none
   */
  readonly header?: FitsHeader | readonly FitsCard[] | undefined
}

/**
 * A FITS file of one picture, with DATASUM and CHECKSUM.
 *
 * @returns The whole file; the same input gives the same bytes.
 * @throws ShapeError when data and shape differ; ParameterError for a shape that is no array, and for cards that cannot be written or
 * that describe the structure, which follows from `data` and `shape`.
 */
export function encodeFitsImage(options: EncodeFitsImageOptions): Uint8Array<ArrayBuffer> {
  assertKnownKeys('encodeFitsImage', options, ['data', 'shape', 'header'])
  const { data, shape, header = [] } = options
  assertPixels('encodeFitsImage', data, shape)
  return encodeHdu(
    imageCards('encodeFitsImage', data, shape, { place: 'alone', header }),
    storedBytes('encodeFitsImage', data),
  )
}

/** @throws ShapeError when there are not as many pixels as places. */
export function assertPixels(subject: string, data: FitsPixels, shape: readonly number[]): void {
  const count = countPixels(subject, shape)
  if (count === data.length) return
  throw new ShapeError(
    `${subject}: data must have as many elements as shape has places. Received ${data.length} for [${shape}].`,
  )
}
