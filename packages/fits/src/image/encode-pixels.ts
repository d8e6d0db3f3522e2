import { describeValue, ParameterError, ShapeError } from '@astronomaly/core'
import { swapBigEndian } from '../bytes/byte-order.ts'
import type { FitsCard } from '../header/fits-card.ts'
import type { FitsHeader } from '../header/fits-header.ts'

/** Pixels as they can be written; their type decides BITPIX. */
export type FitsPixels =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** How pixels of a type are stored: what FITS lacks is shifted by half of its range. */
interface StoredType {
  readonly bitpix: number
  /** BZERO. */
  readonly zero?: number | bigint
}

const storedTypes: ReadonlyMap<unknown, StoredType> = new Map<unknown, StoredType>([
  [Float32Array, { bitpix: -32 }],
  [Float64Array, { bitpix: -64 }],
  [Uint8Array, { bitpix: 8 }],
  [Int8Array, { bitpix: 8, zero: -128 }],
  [Int16Array, { bitpix: 16 }],
  [Uint16Array, { bitpix: 16, zero: 2 ** 15 }],
  [Int32Array, { bitpix: 32 }],
  [Uint32Array, { bitpix: 32, zero: 2 ** 31 }],
  [BigInt64Array, { bitpix: 64 }],
  [BigUint64Array, { bitpix: 64, zero: 2n ** 63n }],
])

function storedType(subject: string, data: FitsPixels): StoredType {
  for (const [type, stored] of storedTypes) if (data instanceof (type as new () => FitsPixels)) return stored
  throw new ParameterError(
    `${subject}: data must be a typed array of numbers or big integers, such as Float32Array. Received ${(data as object | undefined)?.constructor?.name}.`,
  )
}

/** Pixels in the order of bytes and with the shift that FITS wants. */
export function storedBytes(subject: string, data: FitsPixels): Uint8Array<ArrayBuffer> {
  const { zero } = storedType(subject, data)
  const size = data.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(data.byteLength)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  swapBigEndian(bytes, size)
  // A shift by half the range turns the highest bit.
  if (zero !== undefined) for (let at = 0; at < bytes.length; at += size) bytes[at]! ^= 0x80
  return bytes
}

/** Number of pixels. @throws ParameterError when the shape is no array; ShapeError when it is no shape. */
export function countPixels(subject: string, shape: readonly number[]): number {
  if (!Array.isArray(shape)) {
    throw new ParameterError(`${subject}: shape must be an array of axis lengths. Received ${describeValue(shape)}.`)
  }
  const sound =
    shape.length >= 1 && shape.length <= 999 && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  const count = shape.reduce((a, b) => a * b, 1)
  if (sound && Number.isSafeInteger(count)) return count
  throw new ShapeError(`${subject}: shape must have 1 to 999 axis lengths >= 0. Received [${shape}].`)
}

/** What an image HDU says of itself besides its pixels. */
export interface ImageCardsOptions {
  /** Whether it is an extension, or a primary HDU with or without extensions behind it. */
  readonly place: 'alone' | 'first' | 'extension'
  /** Further cards, those of a header that was read without its structure. */
  readonly header: FitsHeader | readonly FitsCard[]
}

const structural = /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|END|CHECKSUM|DATASUM|CONTINUE)$/

/** The cards of an image HDU; without `data`, of one that has none. */
export function imageCards(
  subject: string,
  data: FitsPixels | undefined,
  shape: readonly number[],
  { place, header }: ImageCardsOptions,
): FitsCard[] {
  const { bitpix, zero } = data ? storedType(subject, data) : { bitpix: 8 }
  const further = furtherCards(subject, header)
  if (zero !== undefined && further.some(({ keyword }) => /^(BZERO|BSCALE)$/i.test(keyword))) {
    throw new ParameterError(
      `${subject}: header must leave BZERO and BSCALE to data of type ${data!.constructor.name}.`,
    )
  }
  return [
    place === 'extension'
      ? { keyword: 'XTENSION', value: 'IMAGE', comment: 'image extension' }
      : { keyword: 'SIMPLE', value: true, comment: 'conforms to FITS standard' },
    { keyword: 'BITPIX', value: bitpix, comment: 'array data type' },
    { keyword: 'NAXIS', value: shape.length, comment: 'number of array dimensions' },
    ...shape.map((_, i): FitsCard => ({ keyword: `NAXIS${i + 1}`, value: shape[shape.length - 1 - i]! })),
    ...(place === 'first' ? [{ keyword: 'EXTEND', value: true, comment: 'extensions follow' }] : []),
    ...(place === 'extension'
      ? [
          { keyword: 'PCOUNT', value: 0, comment: 'no parameters' },
          { keyword: 'GCOUNT', value: 1, comment: 'one group' },
        ]
      : []),
    ...(zero === undefined
      ? []
      : [
          { keyword: 'BSCALE', value: 1 },
          { keyword: 'BZERO', value: zero, comment: 'shift of the stored integers' },
        ]),
    ...further,
  ]
}

/** Cards of the user; a header that was read loses what the pixels decide. */
export function furtherCards(subject: string, header: FitsHeader | readonly FitsCard[]): readonly FitsCard[] {
  if ('withoutStructure' in header) return header.withoutStructure().cards
  for (const { keyword } of header) {
    if (structural.test(keyword.toUpperCase())) {
      throw new ParameterError(`${subject}: header must leave the structure to data and shape. Received ${keyword}.`)
    }
  }
  return header
}
