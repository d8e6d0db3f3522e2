import { assertKnownKeys, checkNumber, FormatError, NotFoundError } from '@astronomaly/core'
import type { FitsHeader } from '../header/fits-header.ts'
import { eachHdu, type FitsHdu, hduData, pixelCount } from '../list-hdus.ts'
import { decodeTiledImage } from '../tiles/tiled-image.ts'
import { decodePixels, type PixelArray, pixelScaling } from './decode-pixels.ts'

/** The picture of one HDU. */
export interface FitsImage {
  /**
   * Pixels, row-major, NaN where missing. f32 for 8 and 16-bit integers and single precision, f64 for wider types, so that
   * every value of the file is held exactly, 64-bit integers beyond 2^53 and scaled values excepted.
   */
  readonly data: PixelArray
  /** Axis lengths, slowest first: `[height, width]`, `[planes, height, width]`. Row 0 is the file's first row, by convention the bottom. */
  readonly shape: readonly number[]
  readonly header: FitsHeader
  readonly hdu: FitsHdu
}

/** How to read a picture. */
export interface ReadFitsImageOptions {
  /** Names the file in errors. */
  readonly source?: string
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue the first one that holds pixels
   */
  readonly hdu?: number | string
  /**
   * Most pixels.
   * @defaultValue 2^28
   */
  readonly maxPixels?: number
}

const keys = ['source', 'hdu', 'maxPixels']

/**
 * Reads a picture from a FITS file: BITPIX 8, 16, 32, 64, −32 and −64 with BSCALE, BZERO and BLANK, plain or tile-compressed (RICE_1,
 * GZIP_1, GZIP_2, PLIO_1, NOCOMPRESS, with dithered quantisation).
 *
 * @param bytes - A whole FITS file.
 * @throws FormatError when the file is truncated, contradicts itself or has more than `maxPixels`,
 * NotFoundError when it has no such HDU, UnsupportedError for other compressions.
 * @remarks Sizes are checked against the bytes at hand before anything is allocated.
 */
export async function readFitsImage(bytes: Uint8Array, options: ReadFitsImageOptions = {}): Promise<FitsImage> {
  assertKnownKeys('readFitsImage', options, keys)
  for (const hdu of eachHdu(bytes, options.source)) {
    const wanted =
      options.hdu === undefined
        ? hdu.kind === 'image' || hdu.kind === 'compressed-image'
        : options.hdu === hdu.index || options.hdu === hdu.name
    if (wanted) return decodeHduImage(bytes, hdu, options)
  }
  const place = options.source === undefined ? '' : ` (${options.source})`
  if (options.hdu === undefined) {
    throw new FormatError('FITS: file must hold an image. It has none.', {
      ...(options.source === undefined ? {} : { source: options.source }),
    })
  }
  throw new NotFoundError(`readFitsImage: hdu must exist. Received ${options.hdu}${place}.`)
}

/** The picture of an HDU that has been found. */
export async function decodeHduImage(
  bytes: Uint8Array,
  hdu: FitsHdu,
  options: ReadFitsImageOptions = {},
): Promise<FitsImage> {
  const { header, shape, bitpix } = hdu
  const maxPixels = checkNumber('readFitsImage: maxPixels', options.maxPixels ?? 2 ** 28, { integer: true, min: 1 })
  if (hdu.kind !== 'image' && hdu.kind !== 'compressed-image') {
    throw new FormatError(`FITS: HDU ${hdu.index} must hold an image. It is of kind ${hdu.kind}.`, {
      offset: hdu.headerOffset,
      ...(header.source === undefined ? {} : { source: header.source }),
    })
  }
  const count = pixelCount(shape, header, hdu.kind === 'image' ? 'NAXIS' : 'ZNAXIS')
  const data = hduData(bytes, hdu)
  if (count > maxPixels) {
    throw new FormatError(`FITS: image must have at most ${maxPixels} pixels. Received [${shape}].`, {
      offset: hdu.headerOffset,
      ...(header.source === undefined ? {} : { source: header.source }),
    })
  }
  const pixels =
    hdu.kind === 'image'
      ? decodePixels(data, bitpix, count, pixelScaling(header, bitpix))
      : await decodeTiledImage(data, hdu)
  return { data: pixels, shape, header, hdu }
}
