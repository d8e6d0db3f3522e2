import { assertKnownKeys, ParameterError, ShapeError } from '@astronomaly/core'
import { encodeHdu } from '../encode-hdu.ts'
import type { FitsCard } from '../header/fits-header.ts'

/** A picture to be written. */
export interface EncodeFitsImageOptions {
  /** Pixels, row-major; NaN is allowed in floating-point arrays. Its type decides BITPIX: −32, −64, 8, 16 or 32. */
  readonly data: Float32Array | Float64Array | Uint8Array | Int16Array | Int32Array
  /** Axis lengths, slowest first: `[height, width]` or `[planes, height, width]`; 1 to 999 axes. */
  readonly shape: readonly number[]
  /**
   * Further cards, in order. BSCALE, BZERO and BLANK say how to understand `data`; they do not change it.
   * @defaultValue none
   */
  readonly header?: readonly FitsCard[]
}

const structural = /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|END|CHECKSUM|DATASUM|CONTINUE)$/

/**
 * A FITS file of one picture, with DATASUM and CHECKSUM.
 *
 * @returns The whole file; the same input gives the same bytes.
 * @throws ShapeError when data and shape differ; ParameterError for cards that cannot be written or that describe
 * the structure, which follows from `data` and `shape`.
 */
export function encodeFitsImage(options: EncodeFitsImageOptions): Uint8Array<ArrayBuffer> {
  assertKnownKeys('encodeFitsImage', options, ['data', 'shape', 'header'])
  const { data, shape, header = [] } = options
  const sound =
    shape.length >= 1 && shape.length <= 999 && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!sound || shape.reduce((a, b) => a * b, 1) !== data.length) {
    throw new ShapeError(
      `encodeFitsImage: data must have as many elements as shape has places. Received ${data.length} for [${shape}].`,
    )
  }
  for (const { keyword } of header) {
    if (structural.test(keyword.toUpperCase())) {
      throw new ParameterError(
        `encodeFitsImage: header must leave the structure to data and shape. Received ${keyword}.`,
      )
    }
  }
  const cards: FitsCard[] = [
    { keyword: 'SIMPLE', value: true, comment: 'conforms to FITS standard' },
    { keyword: 'BITPIX', value: bitpixOf(data), comment: 'array data type' },
    { keyword: 'NAXIS', value: shape.length, comment: 'number of array dimensions' },
    ...shape.map((_, i): FitsCard => ({ keyword: `NAXIS${i + 1}`, value: shape[shape.length - 1 - i]! })),
  ]
  return encodeHdu([...cards, ...header], bigEndian(data))
}

function bitpixOf(data: EncodeFitsImageOptions['data']): number {
  return (data instanceof Float32Array || data instanceof Float64Array ? -8 : 8) * data.BYTES_PER_ELEMENT
}

function bigEndian(data: EncodeFitsImageOptions['data']): Uint8Array {
  const out = new Uint8Array(data.byteLength)
  const view = new DataView(out.buffer)
  if (data instanceof Float32Array) for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i]!)
  else if (data instanceof Float64Array) for (let i = 0; i < data.length; i++) view.setFloat64(8 * i, data[i]!)
  else if (data instanceof Int16Array) for (let i = 0; i < data.length; i++) view.setInt16(2 * i, data[i]!)
  else if (data instanceof Int32Array) for (let i = 0; i < data.length; i++) view.setInt32(4 * i, data[i]!)
  else if (data instanceof Uint8Array) out.set(data)
  else {
    throw new ParameterError(
      'encodeFitsImage: data must be a Float32Array, Float64Array, Uint8Array, Int16Array or Int32Array.',
    )
  }
  return out
}
