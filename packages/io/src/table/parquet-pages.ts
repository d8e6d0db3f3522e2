import { FormatError } from '@astronomaly/core'
import type { ColumnMetaData, Compressors, SchemaTree } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { checkDataPage } from './parquet-page.ts'
import { readPageHeader } from './parquet-page-header.ts'

/** Decoded bytes that are always allowed, whatever the size of the file. */
const alwaysAllowed = 64 * 2 ** 20
/** Decoded bytes for each byte of the file: about what deflate reaches at best (1032). */
const largestRatio = 1000

/**
 * How far what is held at a time may expand: to 64 MiB, or to 1,000 times the size of the file.
 *
 * @remarks A few bytes can say that there are billions of values; but a column of one value takes next to none, however many rows it has, so that
 * the measure is the file and not the column.
 */
export class Expansion {
  private readonly source: string
  private readonly limit: number
  private decoded = 0

  /** @param fileBytes - Size of the file. */
  constructor(source: string, fileBytes: number) {
    this.source = source
    this.limit = Math.max(alwaysAllowed, largestRatio * fileBytes)
  }

  /** Takes note of decoded bytes. @throws FormatError when they are too many. */
  add(decoded: number, keyword?: string): void {
    this.decoded += decoded
    if (this.decoded <= this.limit) return
    const rule = `row groups must expand to at most ${this.limit} bytes, 64 MiB or 1000 times the file`
    throw new FormatError(`parquet: ${rule}. Received more`, { source: this.source, keyword })
  }
}

/** Where a column chunk lies in its file. @throws FormatError unless that is before `dataEnd`. */
export function chunkRange(
  chunk: ColumnMetaData,
  dataEnd: number,
  source: string,
): { readonly start: number; readonly end: number } {
  const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset)
  const end = start + Number(chunk.total_compressed_size)
  if (start >= 4 && end >= start && end <= dataEnd) return { start, end }
  throw new FormatError('parquet: column chunk must lie inside the file', {
    source,
    keyword: chunk.path_in_schema.join('.'),
    offset: start,
  })
}

/** A page that the decoder will unpack. */
interface PackedPage {
  readonly packed: Uint8Array
  /** Bytes unpacked. */
  readonly size: number
  readonly check: (unpacked: Uint8Array) => void
  readonly fail: (rule: string) => never
}

/**
 * Checks the pages of a column chunk as far as decoding relies on it: they lie inside the chunk, counts of values agree, the decoded size is
 * bounded, and runs, levels, dictionary indices and deltas are in range.
 *
 * @param bytes - The chunk: the range that {@link chunkRange} gives.
 * @param path - The schema from the root to the column's values.
 * @returns What the decoder is to unpack pages with: each page is unpacked once, and checked before the decoder gets it.
 * @throws FormatError when a rule is broken.
 * @remarks O(values). Memory: one page.
 */
export function checkParquetChunk(
  bytes: Uint8Array,
  chunk: ColumnMetaData,
  path: readonly SchemaTree[],
  expansion: Expansion,
  source: string,
): Compressors {
  const { start } = chunkRange(chunk, Number.POSITIVE_INFINITY, source)
  const keyword = chunk.path_in_schema.join('.')
  const isPacked = chunk.codec !== 'UNCOMPRESSED'
  const context = {
    element: (path.at(-1) as SchemaTree).element,
    largestRepetition: path.filter(({ element }) => element.repetition_type === 'REPEATED').length,
    largestDefinition: path.slice(1).filter(({ element }) => element.repetition_type !== 'REQUIRED').length,
  }
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const wanted = Number(chunk.num_values)
  const pages: PackedPage[] = []
  let values = 0
  let dictionary = 0
  while (values < wanted && reader.offset < bytes.length) {
    const offset = start + reader.offset
    const fail = (rule: string): never => {
      throw new FormatError(`parquet: ${rule}`, { source, keyword, offset })
    }
    const page = readPageHeader(reader, fail)
    const { compressed_page_size: length, uncompressed_page_size: size } = page
    if (!(length >= 0 && size >= 0 && reader.offset + length <= bytes.length)) fail('page must lie inside its chunk')
    expansion.add(size, keyword)
    const packed = bytes.subarray(reader.offset, reader.offset + length)
    reader.offset += length
    if (page.type === 'DICTIONARY_PAGE') {
      dictionary = page.dictionary_page_header?.num_values ?? fail('page must have the header of its type')
      if (!(dictionary >= 0 && dictionary <= size)) fail('dictionary must fit its page')
      if (isPacked) pages.push({ packed, size, check: () => undefined, fail })
      continue
    }
    const isSecond = page.type === 'DATA_PAGE_V2'
    if (!isSecond && page.type !== 'DATA_PAGE') fail('page must be one of data or a dictionary')
    // The decoder goes by the type, whichever headers there are.
    const header = {
      ...page,
      data_page_header_v2: isSecond ? page.data_page_header_v2 : undefined,
    } as typeof page
    const { num_values: count } =
      (isSecond ? page.data_page_header_v2 : page.data_page_header) ?? fail('page must have the header of its type')
    if (!(count >= 0 && count <= wanted - values)) fail(`pages must have ${wanted} values in all`)
    values += count
    const rest = checkDataPage(header, packed, { ...context, dictionary, fail })
    if (isPacked && page.data_page_header_v2?.is_compressed !== false) pages.push({ ...rest, fail })
    else rest.check(rest.packed)
  }
  if (values !== wanted) {
    throw new FormatError(`parquet: pages must have ${wanted} values. Received ${values}`, { source, keyword })
  }
  return isPacked ? { [chunk.codec]: unpacker(pages, chunk, source) } : {}
}

/** Unpacks the pages in their order, in which the decoder asks for them, and checks each. */
function unpacker(
  pages: readonly PackedPage[],
  { codec, path_in_schema: path }: ColumnMetaData,
  source: string,
): (packed: Uint8Array, size: number) => Uint8Array {
  const unpack = compressors[codec] as (packed: Uint8Array, size: number) => Uint8Array
  let next = 0
  return (packed, size) => {
    const page = pages[next++]
    if (page?.size !== size || page.packed.length !== packed.length) {
      throw new FormatError('parquet: pages must be those of the column', { source, keyword: path.join('.') })
    }
    const unpacked = unpack(packed, size)
    if (unpacked.length !== size) page.fail(`page must unpack to ${size} bytes. Received ${unpacked.length}`)
    page.check(unpacked)
    return unpacked
  }
}
