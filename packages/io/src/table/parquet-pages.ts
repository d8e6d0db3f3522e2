import { FormatError } from '@astronomaly/core'
import type { ColumnMetaData, FileMetaData, SchemaTree } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath, isFlatColumn } from 'hyparquet/src/schema.js'
import { checkDataPage } from './parquet-page.ts'

/** Decoded bytes that are always allowed, whatever the size of the file. */
const alwaysAllowed = 64 * 2 ** 20
/** Decoded bytes for each byte of the file: about what deflate reaches at best (1032). */
const largestRatio = 1000

/**
 * Checks a Parquet file as far as decoding relies on it: column chunks and pages lie inside the file, counts of rows and values
 * agree, the decoded size is bounded, and runs, levels, dictionary indices and deltas are in range.
 *
 * @param schema - The tree of the file's columns.
 * @param wanted - Names of the columns that will be decoded.
 * @throws FormatError when a rule is broken, among them that the file may not expand to more than 64 MiB and more than 1,000
 * times its size.
 * @remarks O(values); each page is decompressed once here and once again when it is decoded. Memory: one page.
 */
export function checkParquetPages(
  bytes: Uint8Array,
  metadata: FileMetaData,
  schema: SchemaTree,
  wanted: ReadonlySet<string>,
  source: string,
): void {
  const dataEnd = bytes.length - 8 - metadata.metadata_length
  const limit = expansionLimit(bytes.length)
  const chunks: ColumnMetaData[] = []
  let rows = 0
  let decoded = 0
  for (const group of metadata.row_groups) {
    rows += Number(group.num_rows)
    for (const { meta_data: chunk } of group.columns) {
      if (!chunk) throw new FormatError('parquet: column chunk must have metadata', { source })
      const keyword = chunk.path_in_schema.join('.')
      const flat = isFlatColumn(getTreePath(schema, chunk.path_in_schema))
      if (flat && chunk.num_values !== group.num_rows) {
        throw new FormatError(`parquet: column must have ${group.num_rows} values. Received ${chunk.num_values}`, {
          source,
          keyword,
        })
      }
      decoded += 8 * Number(chunk.num_values)
      if (!(decoded <= limit)) {
        throw new FormatError(`parquet: file must expand to at most ${limit} bytes. Received more`, { source, keyword })
      }
      if (wanted.has(chunk.path_in_schema[0] ?? '')) chunks.push(chunk)
    }
  }
  if (BigInt(rows) !== metadata.num_rows || rows < 0) {
    throw new FormatError(`parquet: row groups must have ${metadata.num_rows} rows in all. Received ${rows}`, {
      source,
    })
  }
  const budget = { left: limit - decoded }
  for (const chunk of chunks) {
    const { start, end } = chunkRange(chunk, dataEnd, source)
    checkParquetChunk(bytes.subarray(start, end), chunk, schema, budget, source)
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

/** Decoded bytes that `bytes` of a file may expand to. */
export function expansionLimit(bytes: number): number {
  return Math.max(alwaysAllowed, largestRatio * bytes)
}

/**
 * Checks the pages of one column chunk as {@link checkParquetPages} does.
 *
 * @param bytes - The chunk: the range that {@link chunkRange} gives.
 * @param budget - Decoded bytes that are left to the file; what this chunk needs is taken from it.
 * @throws FormatError
 */
export function checkParquetChunk(
  bytes: Uint8Array,
  chunk: ColumnMetaData,
  schema: SchemaTree,
  budget: { left: number },
  source: string,
): void {
  const { start, end } = chunkRange(chunk, Number.POSITIVE_INFINITY, source)
  const path = getTreePath(schema, chunk.path_in_schema)
  let offset = start
  const fail = (rule: string): never => {
    throw new FormatError(`parquet: ${rule}`, { source, keyword: chunk.path_in_schema.join('.'), offset })
  }
  const context = {
    element: (path.at(-1) as SchemaTree).element,
    codec: chunk.codec,
    largestRepetition: getMaxRepetitionLevel(path),
    largestDefinition: getMaxDefinitionLevel(path),
    fail,
  }
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const wanted = Number(chunk.num_values)
  let values = 0
  let dictionary = 0
  while (values < wanted && reader.offset < end - start) {
    offset = start + reader.offset
    const page = parquetHeader(reader)
    const { compressed_page_size: size, uncompressed_page_size: fullSize } = page
    if (!(size >= 0 && fullSize >= 0 && reader.offset + size <= end - start)) fail('page must lie inside its chunk')
    budget.left -= fullSize
    if (budget.left < 0) fail('file must expand to at most 64 MiB or 1000 times its size. Received more')
    if (page.dictionary_page_header) {
      dictionary = page.dictionary_page_header.num_values
      if (!(dictionary >= 0 && dictionary <= fullSize)) fail('dictionary must fit its page')
    } else {
      const count = (page.data_page_header_v2 ?? page.data_page_header)?.num_values ?? 0
      if (!(count >= 0 && count <= wanted - values)) fail(`pages must have ${wanted} values in all`)
      values += count
      checkDataPage(page, bytes.subarray(reader.offset, reader.offset + size), { ...context, dictionary })
    }
    reader.offset += size
  }
  if (values !== wanted) fail(`pages must have ${wanted} values. Received ${values}`)
}
