import type { PageHeader, SchemaElement } from 'hyparquet'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import type { CompressionCodec } from 'hyparquet/src/types.js'
import { compressors } from 'hyparquet-compressors'
import { checkRuns } from './parquet-runs.ts'

/** What the checks of a page need to know of its column. */
export interface PageContext {
  readonly element: SchemaElement
  readonly codec: CompressionCodec
  readonly largestRepetition: number
  readonly largestDefinition: number
  /** Values in the dictionary page of the chunk. */
  readonly dictionary: number
  /** Called with the broken rule; must throw. */
  readonly fail: (what: string) => never
}

const bitsOf = (largest: number): number => 32 - Math.clz32(largest)

/**
 * Checks the levels, dictionary indices and delta headers of a data page, on which the decoder relies when it allocates and loops.
 *
 * @param bytes - The page as it stands in the file, without its header.
 */
export function checkDataPage(header: PageHeader, bytes: Uint8Array, context: PageContext): void {
  const { codec, fail } = context
  const v2 = header.data_page_header_v2
  const count = (v2 ?? header.data_page_header)?.num_values ?? 0
  if (v2) {
    const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = v2
    const levels = repetition + definition
    if (!(repetition >= 0 && definition >= 0 && levels <= bytes.length)) fail('levels must end inside the page')
    checkLevels(bytes, 0, repetition, count, context.largestRepetition, fail)
    const present = checkLevels(bytes, repetition, levels, count, context.largestDefinition, fail)
    if (present !== count - v2.num_nulls) fail(`page must have ${count - v2.num_nulls} values. Received ${present}`)
    const packed = bytes.subarray(levels)
    const size = header.uncompressed_page_size - levels
    if (size < 0) fail('levels must end inside the page')
    const data = v2.is_compressed === false ? packed : decompressPage(packed, size, codec, compressors)
    checkValues(data, 0, v2.encoding, present, 2, context)
    return
  }
  const data = decompressPage(bytes, header.uncompressed_page_size, codec, compressors)
  let at = 0
  let present = count
  for (const largest of [context.largestRepetition, context.largestDefinition]) {
    if (largest === 0) continue
    const end = at + 4 + lengthAt(data, at, fail)
    present = checkLevels(data, at + 4, end, count, largest, fail)
    at = end
  }
  if (context.largestDefinition === 0) present = count
  checkValues(data, at, header.data_page_header?.encoding ?? '', present, 1, context)
}

function lengthAt(data: Uint8Array, at: number, fail: PageContext['fail']): number {
  if (at + 4 > data.length) fail('levels must end inside the page')
  return new DataView(data.buffer, data.byteOffset).getUint32(at, true)
}

function checkLevels(
  data: Uint8Array,
  start: number,
  end: number,
  count: number,
  largest: number,
  fail: PageContext['fail'],
): number {
  return largest === 0 ? count : checkRuns(data, start, end, { width: bitsOf(largest), count, largest }, fail)
}

function checkValues(
  data: Uint8Array,
  at: number,
  encoding: string,
  count: number,
  version: 1 | 2,
  context: PageContext,
): void {
  const { element, dictionary, fail } = context
  if (count === 0) return
  if (encoding.endsWith('_DICTIONARY')) {
    if (dictionary === 0) fail('page must follow a dictionary')
    const width = data[at] ?? fail('page must have indices')
    // Version 1 pages of one repeated value may leave the run out.
    if (width > 0 || version === 2) {
      checkRuns(data, at + 1, data.length, { width, count, largest: dictionary - 1 }, fail)
    }
  } else if (encoding === 'RLE') {
    checkRuns(data, at + 4, at + 4 + lengthAt(data, at, fail), { width: 1, count, largest: 1 }, fail)
  } else if (encoding === 'BYTE_STREAM_SPLIT') {
    if (count * (element.type_length ?? 1) > data.length) fail('values must end inside the page')
  } else if (encoding.startsWith('DELTA_')) {
    checkDeltas(data, at, encoding, count, fail)
  }
}

/** Bounds of what writers use (128 values in 4 parts); a block is allocated before it is read. */
const largestBlock = 2 ** 16

function checkDeltas(
  data: Uint8Array,
  start: number,
  encoding: string,
  count: number,
  fail: PageContext['fail'],
): void {
  const reader = { view: new DataView(data.buffer, data.byteOffset, data.byteLength), offset: start }
  const checkHeader = (): void => {
    const [block, parts, values] = [0, 1, 2].map((_, i) => varIntAt(data, reader.offset, i)) as [number, number, number]
    if (!(parts > 0 && block > 0 && block <= largestBlock && block % parts === 0 && values === count)) {
      fail(`deltas must have blocks of up to ${largestBlock} values, ${count} in all`)
    }
  }
  checkHeader()
  if (encoding !== 'DELTA_BYTE_ARRAY') return
  const prefixes = new Int32Array(count)
  deltaBinaryUnpack(reader, count, prefixes)
  checkHeader()
  const suffixes = new Int32Array(count)
  deltaBinaryUnpack(reader, count, suffixes)
  let previous = 0
  let left = data.length - reader.offset
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [prefixes[i] as number, suffixes[i] as number]
    if (!(prefix >= 0 && prefix <= previous && suffix >= 0 && suffix <= left)) fail('text must end inside the page')
    previous = prefix + suffix
    left -= suffix
  }
}

/** The unsigned variable-length integer that follows `skip` others; NaN when there is none of fewer than 2^35. */
function varIntAt(data: Uint8Array, start: number, skip: number): number {
  let at = start
  for (let i = 0; ; i++) {
    let value = 0
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
      byte = data[at++] ?? Number.NaN
      if (Number.isNaN(byte) || shift > 28) return Number.NaN
      value += (byte % 128) * 2 ** shift
    }
    if (i === skip) return value
  }
}
