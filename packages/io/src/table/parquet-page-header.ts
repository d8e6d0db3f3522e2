import type { PageHeader } from 'hyparquet'

/** Where in a column chunk something is read. */
export interface ChunkReader {
  readonly view: DataView
  offset: number
}

/** What of a page's header its checks and its decoding rely on. */
export type CheckedPageHeader = Pick<
  PageHeader,
  | 'type'
  | 'compressed_page_size'
  | 'uncompressed_page_size'
  | 'data_page_header'
  | 'data_page_header_v2'
  | 'dictionary_page_header'
>

const pageTypes = ['DATA_PAGE', 'INDEX_PAGE', 'DICTIONARY_PAGE', 'DATA_PAGE_V2'] as const
const encodings = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
] as const

/** Structures that stand one in another: a page header has three. */
const deepest = 16

type Fail = (rule: string) => never
type Fields = Readonly<Record<number, unknown>>

/**
 * Reads the header of a page, and leaves the reader at the page.
 *
 * @param fail - Called when it is damaged; must throw. Where it is cut off, a RangeError is thrown.
 * @remarks The header is read again by the decoder, which does not hand it out; what is read here must be what is read there.
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (PageHeader)
 */
export function readPageHeader(reader: ChunkReader, fail: Fail): CheckedPageHeader {
  const fields = readStruct(reader, 0, fail)
  const { 5: data, 7: dictionary, 8: dataV2 } = fields as Readonly<Record<number, Fields | undefined>>
  return {
    type: pageTypes[fields[1] as number] as PageHeader['type'],
    uncompressed_page_size: fields[2] as number,
    compressed_page_size: fields[3] as number,
    data_page_header: data && {
      num_values: data[1] as number,
      encoding: encodingOf(data[2]),
      definition_level_encoding: encodingOf(data[3]),
      repetition_level_encoding: encodingOf(data[4]),
    },
    dictionary_page_header: dictionary && { num_values: dictionary[1] as number, encoding: encodingOf(dictionary[2]) },
    data_page_header_v2: dataV2 && {
      num_values: dataV2[1] as number,
      num_nulls: dataV2[2] as number,
      num_rows: dataV2[3] as number,
      encoding: encodingOf(dataV2[4]),
      definition_levels_byte_length: dataV2[5] as number,
      repetition_levels_byte_length: dataV2[6] as number,
      is_compressed: dataV2[7] === undefined || (dataV2[7] as boolean),
    },
  } as CheckedPageHeader
}

function encodingOf(value: unknown): (typeof encodings)[number] | undefined {
  return encodings[value as number]
}

/** An unsigned integer in groups of seven bits, modulo 2^32. */
export function readVarInt(reader: ChunkReader): number {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = reader.view.getUint8(reader.offset++)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
}

/** A signed integer in groups of seven bits, modulo 2^32. */
export function readZigZag(reader: ChunkReader): number {
  const value = readVarInt(reader)
  return (value >>> 1) ^ -(value & 1)
}

/** The fields of a structure of Thrift's compact protocol by their numbers. */
function readStruct(reader: ChunkReader, depth: number, fail: Fail): Fields {
  if (depth > deepest) fail(`page header must have at most ${deepest} levels`)
  const fields: Record<number, unknown> = {}
  for (let id = 0; ; ) {
    const byte = reader.view.getUint8(reader.offset++)
    if ((byte & 15) === 0) return fields
    id = byte >> 4 === 0 ? readZigZag(reader) : id + (byte >> 4)
    fields[id] = readElement(reader, byte & 15, depth, fail)
  }
}

function readElement(reader: ChunkReader, type: number, depth: number, fail: Fail): unknown {
  switch (type) {
    case 1:
      return true
    case 2:
      return false
    case 3:
      return reader.view.getInt8(reader.offset++)
    case 4:
    case 5:
      return readZigZag(reader)
    case 6:
      while (reader.view.getUint8(reader.offset++) >= 0x80);
      return undefined
    case 7:
      return skip(reader, 8, fail)
    case 8:
      return skip(reader, readVarInt(reader), fail)
    case 9:
      return skipList(reader, depth, fail)
    case 12:
      return readStruct(reader, depth + 1, fail)
    default:
      return fail(`page header must have fields of known types. Received ${type}`)
  }
}

function skip(reader: ChunkReader, bytes: number, fail: Fail): undefined {
  if (!(bytes >= 0 && reader.offset + bytes <= reader.view.byteLength)) fail('page header must end inside its chunk')
  reader.offset += bytes
}

function skipList(reader: ChunkReader, depth: number, fail: Fail): undefined {
  const byte = reader.view.getUint8(reader.offset++)
  const size = byte >> 4 === 15 ? readVarInt(reader) : byte >> 4
  // Each element has a byte at least: a list that says otherwise would be looped over for long.
  if (!(size >= 0 && size <= reader.view.byteLength - reader.offset)) fail('page header must end inside its chunk')
  const type = byte & 15
  for (let i = 0; i < size; i++) readElement(reader, type <= 2 ? 3 : type, depth, fail)
}
