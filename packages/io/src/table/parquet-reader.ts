import { AstronomalyError, FormatError, UnsupportedError } from '@astronomaly/core'
import { type ByteSource, readExactly } from '@astronomaly/fits/bytes'
import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { isFlatColumn } from 'hyparquet/src/schema.js'
import { compressors } from 'hyparquet-compressors'
import { textParsers } from './parquet-column.ts'
import { checkParquetChunk, chunkRange, expansionLimit } from './parquet-pages.ts'
import { checkCodecs } from './parquet-table.ts'

/** What is known of a Parquet file before its rows are read. */
export interface ParquetFile {
  /** Names the file in errors. */
  readonly name: string
  readonly metadata: FileMetaData
  /** The columns by name, in the order of the file. */
  readonly trees: ReadonlyMap<string, SchemaTree>
  readonly schema: SchemaTree
  /** Where the metadata begin: no chunk may reach beyond. */
  readonly dataEnd: number
}

/** Turns what the decoder throws into a FormatError. */
export async function guardParquet<T>(name: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof AstronomalyError || (error as NodeJS.ErrnoException).syscall) throw error
    if ((error as Error).name === 'AbortError') throw error
    throw new FormatError(`parquet: file is damaged: ${(error as Error).message}`, { source: name, cause: error })
  }
}

/**
 * Reads the metadata of a Parquet file and checks what reading its rows relies on.
 *
 * @throws FormatError when the file is damaged; UnsupportedError for encryption and unknown codecs.
 */
export function readParquetFile(source: ByteSource, name: string): Promise<ParquetFile> {
  return guardParquet(name, async () => {
    const size = source.byteLength
    const begin = new TextDecoder('latin1').decode(await source.slice(0, Math.min(4, size)))
    if (begin === 'PARE') throw new UnsupportedError(`parquet: encrypted files cannot be read. Received ${name}.`)
    if (begin !== 'PAR1') throw new FormatError('parquet: file must begin with PAR1', { source: name, offset: 0 })
    const slice = async (start: number, end = size): Promise<ArrayBuffer> =>
      (await readExactly(source, start, end)).slice().buffer as ArrayBuffer
    const metadata = await parquetMetadataAsync({ byteLength: size, slice }, { geoparquet: false })
    checkCodecs(metadata, name)
    const schema = parquetSchema(metadata)
    const trees = new Map(schema.children.map((tree) => [tree.element.name, tree]))
    if (trees.size < schema.children.length)
      throw new FormatError('parquet: column names must differ', { source: name })
    const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
    if (!(BigInt(rows) === metadata.num_rows && metadata.row_groups.every((group) => group.num_rows >= 0n))) {
      throw new FormatError(`parquet: row groups must have ${metadata.num_rows} rows in all. Received ${rows}`, {
        source: name,
      })
    }
    return { name, metadata, trees, schema, dataEnd: size - 8 - metadata.metadata_length }
  })
}

/**
 * Columns of a row group, one after another, as the decoder gives their values.
 *
 * @param columns - Names of columns that the file has.
 * @throws FormatError when the group is damaged or would expand to more than 64 MiB and 1,000 times its size, and `signal.reason`
 * when aborted.
 */
export async function* readParquetGroup(
  source: ByteSource,
  { name: file, metadata, trees, schema, dataEnd }: ParquetFile,
  group: RowGroup,
  columns: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<{ readonly name: string; readonly values: ArrayLike<unknown> }> {
  const rows = Number(group.num_rows)
  let decoded = 0
  let stored = 0
  const chunks = columns.map((name) => {
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data
    if (!chunk) throw new FormatError('parquet: row group must have every column', { source: file, keyword: name })
    if (isFlatColumn([trees.get(name) as SchemaTree]) && chunk.num_values !== group.num_rows) {
      throw new FormatError(`parquet: column must have ${rows} values. Received ${chunk.num_values}`, {
        source: file,
        keyword: name,
      })
    }
    const range = chunkRange(chunk, dataEnd, file)
    decoded += 8 * Math.max(rows, Number(chunk.num_values))
    stored += range.end - range.start
    return { name, chunk, ...range }
  })
  const limit = expansionLimit(stored)
  const budget = { left: limit - decoded }
  if (!(budget.left >= 0)) {
    throw new FormatError(`parquet: row group must expand to at most ${limit} bytes. Received more`, { source: file })
  }
  for (const { name, chunk, start, end } of chunks) {
    signal?.throwIfAborted()
    const values = await guardParquet(file, async () => {
      const bytes = await readExactly(source, start, end, signal ? { signal } : {})
      checkParquetChunk(bytes, chunk, schema, budget, file)
      const scan = await parquetScan({
        file: {
          byteLength: dataEnd,
          slice: (from, to = dataEnd) => bytes.slice(from - start, to - start).buffer as ArrayBuffer,
        },
        metadata: { ...metadata, num_rows: group.num_rows, row_groups: [group] },
        columns: [name],
        compressors,
        parsers: textParsers(name),
        useOffsetIndex: false,
      })
      return scan.readColumn({ column: name, rowStart: 0, rowEnd: rows })
    })
    if (values.length !== rows) {
      throw new FormatError(`parquet: column must have ${rows} rows. Received ${values.length}`, {
        source: file,
        keyword: name,
      })
    }
    yield { name, values }
  }
}
