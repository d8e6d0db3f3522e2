import type { SchemaElement } from 'hyparquet'
import { checkDeltas } from './parquet-deltas.ts'
import type { CheckedPageHeader } from './parquet-page-header.ts'
import { checkRuns } from './parquet-runs.ts'

/** What the checks of a page need to know of its column. */
export interface PageContext {
  readonly element: SchemaElement
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
 * @returns The check of what is left when it has been unpacked: of a page of version 2 that are the values.
 */
export function checkDataPage(
  header: CheckedPageHeader,
  bytes: Uint8Array,
  context: PageContext,
): { readonly packed: Uint8Array; readonly size: number; readonly check: (unpacked: Uint8Array) => void } {
  const { fail } = context
  const { uncompressed_page_size: size, data_page_header_v2: v2, data_page_header: v1 } = header
  if (v2) {
    const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = v2
    const { num_values: count, encoding } = v2
    const levels = repetition + definition
    if (!(repetition >= 0 && definition >= 0 && levels <= bytes.length && levels <= size)) {
      fail('levels must end inside the page')
    }
    checkLevels(bytes, 0, repetition, count, context.largestRepetition, fail)
    const present = checkLevels(bytes, repetition, levels, count, context.largestDefinition, fail)
    if (present !== count - v2.num_nulls) fail(`page must have ${count - v2.num_nulls} values. Received ${present}`)
    const check = (data: Uint8Array): void => checkValues(data, 0, encoding, present, 2, context)
    return { packed: bytes.subarray(levels), size: size - levels, check }
  }
  const check = (data: Uint8Array): void => checkPlainPage(data, v1?.num_values ?? 0, v1?.encoding ?? '', context)
  return { packed: bytes, size, check }
}

/** Checks a page of version 1, of which levels and values are packed together. */
function checkPlainPage(data: Uint8Array, count: number, encoding: string, context: PageContext): void {
  let at = 0
  let present = count
  for (const largest of [context.largestRepetition, context.largestDefinition]) {
    if (largest === 0) continue
    const end = at + 4 + lengthAt(data, at, context.fail)
    present = checkLevels(data, at + 4, end, count, largest, context.fail)
    at = end
  }
  if (context.largestDefinition === 0) present = count
  checkValues(data, at, encoding, present, 1, context)
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
