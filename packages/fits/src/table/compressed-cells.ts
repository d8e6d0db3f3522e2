import { FormatError, type FormatErrorDetails, UnsupportedError } from '@astronomaly/core'
import { gunzip } from '../bytes/gunzip.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import type { CompressedTile } from '../tile-codecs/compressed-tile.ts'
import { mostRicePixels, type RiceCoding } from '../tile-codecs/decode-rice.ts'
import { decodeTiles } from '../tile-codecs/tile-decoder.ts'
import { bytesOf, type ElementCode } from './binary-table-layout.ts'

/** How a column of a compressed table is packed. */
const columnAlgorithms = ['RICE_1', 'GZIP_1', 'GZIP_2', 'NOCOMPRESS'] as const
/** One of {@link columnAlgorithms}. */
export type ColumnAlgorithm = (typeof columnAlgorithms)[number]

/** Deflate cannot shrink data further than this. */
const mostDeflate = 1032

/** Rice code of table columns has blocks of 32 integers. */
const riceBlock = 32

/** The algorithm of a column. @throws UnsupportedError for others, FormatError for Rice code of what are no integers. */
export function columnAlgorithm(header: FitsHeader, number: number, code: ElementCode): ColumnAlgorithm {
  const named = header.text(`ZCTYP${number}`)?.trim()
  if (named === undefined) throw header.fault(`ZCTYP${number}`, 'must be present')
  const algorithm = columnAlgorithms.find((known) => known === named)
  if (!algorithm) {
    throw new UnsupportedError(
      `FITS table: compression must be ${columnAlgorithms.join(', ')}. Received ${named} for column ${number}${header.source === undefined ? '' : ` (${header.source})`}.`,
    )
  }
  if (algorithm === 'RICE_1' && !'BIJ'.includes(code)) {
    throw header.fault(`ZCTYP${number}`, `must not be RICE_1 for elements ${code}`)
  }
  return algorithm
}

function riceCoding(code: ElementCode): RiceCoding {
  return { blockSize: riceBlock, bytesPerPixel: code === 'B' ? 1 : code === 'I' ? 2 : 4 }
}

/** Most bytes that `packed` bytes can stand for. */
export function mostUnpackedBytes(algorithm: ColumnAlgorithm, code: ElementCode, packed: number): number {
  if (algorithm === 'RICE_1') return bytesOf(code, mostRicePixels(packed, riceCoding(code)))
  return algorithm === 'NOCOMPRESS' ? packed : packed * mostDeflate
}

/**
 * Unpacks elements of one type.
 *
 * @param place - What errors name: the file and the column.
 * @returns `length` bytes, big-endian elements one after the other.
 * @throws FormatError when the bytes stand for more or fewer.
 */
export async function unpackElements(
  bytes: Uint8Array,
  algorithm: ColumnAlgorithm,
  code: ElementCode,
  length: number,
  place: FormatErrorDetails,
): Promise<Uint8Array> {
  if (length > mostUnpackedBytes(algorithm, code, bytes.length)) {
    throw new FormatError(
      `FITS table: compressed column must stand for ${length} bytes. Its ${bytes.length} bytes cannot.`,
      place,
    )
  }
  if (length === 0) return new Uint8Array(0)
  if (algorithm === 'RICE_1') {
    const width = bytesOf(code, 1)
    const integers = await decodeIntegers(bytes, length / width, riceCoding(code))
    if (integers) return bigEndian(integers, width)
    throw new FormatError(`FITS table: Rice code must stand for ${length / width} integers. It does not.`, place)
  }
  const unpacked = algorithm === 'NOCOMPRESS' ? bytes : await inflate(bytes, length, place)
  if (unpacked.length !== length) {
    throw new FormatError(
      `FITS table: compressed column must stand for ${length} bytes. Received ${unpacked.length}.`,
      place,
    )
  }
  return algorithm === 'GZIP_2' ? unshuffle(unpacked, elementWidth(code)) : unpacked
}

async function inflate(bytes: Uint8Array, length: number, place: FormatErrorDetails): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, { maxBytes: length })
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new FormatError(`FITS table: compressed column must hold sound gzip data of ${length} bytes.`, {
      ...place,
      cause,
    })
  }
}

function elementWidth(code: ElementCode): number {
  if (code === 'C' || code === 'M') return bytesOf(code, 1) / 2
  return bytesOf(code, 1)
}

/** The integers that Rice code stands for; undefined when they are fewer. */
async function decodeIntegers(
  bytes: Uint8Array,
  count: number,
  coding: RiceCoding,
): Promise<ArrayLike<number> | undefined> {
  const tile: CompressedTile = {
    ...coding,
    coding: 'rice',
    bytes,
    gzipped: false,
    rows: 1,
    columns: count,
    floatBytes: 0,
    smooth: false,
    dither: 0,
    scale: 1,
    zero: 0,
    blank: undefined,
    sequence: 0,
  }
  async function* alone(): AsyncGenerator<CompressedTile> {
    yield tile
  }
  for await (const { found } of decodeTiles(alone(), { wide: true })) if (typeof found !== 'string') return found
  return undefined
}

function bigEndian(integers: ArrayLike<number>, width: number): Uint8Array {
  const out = new Uint8Array(integers.length * width)
  const view = new DataView(out.buffer)
  if (width === 1) out.set(integers)
  else if (width === 2) for (let i = 0; i < integers.length; i++) view.setInt16(2 * i, integers[i]!)
  else for (let i = 0; i < integers.length; i++) view.setInt32(4 * i, integers[i]!)
  return out
}

/** Bytes of the same place of every element stand together; puts each element's together again. */
function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.length / width
  const out = new Uint8Array(bytes.length)
  for (let k = 0; k < width; k++) for (let i = 0; i < count; i++) out[i * width + k] = bytes[k * count + i]!
  return out
}
