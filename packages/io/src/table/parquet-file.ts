import { type FileHandle, open } from 'node:fs/promises'
import {
  AstronomalyError,
  assertKnownKeys,
  type BatchOptions,
  checkNumber,
  FormatError,
  matrix,
  NotFoundError,
  ParameterError,
  type RowBatch,
  type RowSource,
  UnsupportedError,
} from '@astronomaly/core'
import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { kindOf, leafOf, textParsers } from './parquet-column.ts'
import { checkParquetChunk, chunkRange, expansionLimit } from './parquet-pages.ts'
import { checkCodecs, type ParquetOptions } from './parquet-table.ts'

/** What is known of a file before its rows are read. */
interface ParquetFile {
  readonly path: string
  readonly metadata: FileMetaData
  readonly schema: SchemaTree
  /** Where the metadata begin: no chunk may reach beyond. */
  readonly dataEnd: number
  readonly columns: readonly string[]
}

/**
 * The number columns of a Parquet file as a row source.
 *
 * @param options - `columns` names the columns, in their order. By default these are all floating point and decimal ones and the
 * integers of at most 32 bits, in the order of the file; 64-bit integers are mostly identifiers, and booleans flags: name them if
 * they are meant.
 * @returns A source of known `rowCount` that can be iterated again and again. Values are rounded to f32; a missing one is NaN.
 * @throws NotFoundError when the file or a column is missing; UnsupportedError for a column that is named and holds no plain
 * numbers, for encryption and unknown codecs; ParameterError when there is no column left; FormatError when the file is
 * damaged. Iterating throws FormatError when a row group is damaged or would expand to more than 64 MiB and 1,000 times its size,
 * and `signal.reason` when aborted.
 * @remarks Reads row group by row group, in each the wanted columns alone. Memory holds one row group as f32 and one of its columns,
 * raw and decoded. Batches end with their row group.
 * @see https://parquet.apache.org/docs/file-format/
 */
export async function parquetRowSource(path: string, options: ParquetOptions = {}): Promise<RowSource> {
  assertKnownKeys('parquetRowSource', options, ['columns'])
  const file = await readFileMetadata(path, options.columns)
  const rowCount = Number(file.metadata.num_rows)
  return {
    columns: file.columns.length,
    rowCount,
    batches: ({ batchSize = 4096, signal }: BatchOptions = {}): AsyncGenerator<RowBatch> => {
      checkNumber('parquetRowSource: batchSize', batchSize, { integer: true, min: 1 })
      return iterate(file, batchSize, signal)
    },
  }
}

async function withFile<T>(path: string, body: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new NotFoundError(`parquet: file must exist. Received ${path}.`, { cause })
  })
  try {
    return await body(file)
  } finally {
    await file.close()
  }
}

async function readBytes(file: FileHandle, path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start)
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done)
    if (bytesRead === 0) throw new FormatError('parquet: file ends too early', { source: path, offset: start + done })
    done += bytesRead
  }
  return bytes
}

/** Turns what the decoder throws into a FormatError. */
async function guarded<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof AstronomalyError || (error as NodeJS.ErrnoException).syscall) throw error
    throw new FormatError(`parquet: file is damaged: ${(error as Error).message}`, { source: path, cause: error })
  }
}

function readFileMetadata(path: string, wanted: readonly string[] | undefined): Promise<ParquetFile> {
  return withFile(path, (file) =>
    guarded(path, async () => {
      const { size } = await file.stat()
      const begin = new TextDecoder('latin1').decode(await readBytes(file, path, 0, Math.min(4, size)))
      if (begin === 'PARE') throw new UnsupportedError(`parquet: encrypted files cannot be read. Received ${path}.`)
      if (begin !== 'PAR1') throw new FormatError('parquet: file must begin with PAR1', { source: path, offset: 0 })
      const metadata = await parquetMetadataAsync(
        { byteLength: size, slice: async (start, end = size) => (await readBytes(file, path, start, end)).buffer },
        { geoparquet: false },
      )
      checkCodecs(metadata, path)
      const schema = parquetSchema(metadata)
      const columns = chooseColumns(schema, wanted, path)
      const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
      if (!(BigInt(rows) === metadata.num_rows && metadata.row_groups.every((group) => group.num_rows >= 0n))) {
        throw new FormatError(`parquet: row groups must have ${metadata.num_rows} rows in all. Received ${rows}`, {
          source: path,
        })
      }
      return { path, metadata, schema, dataEnd: size - 8 - metadata.metadata_length, columns }
    }),
  )
}

function chooseColumns(schema: SchemaTree, wanted: readonly string[] | undefined, path: string): string[] {
  const byName = new Map(schema.children.map((tree) => [tree.element.name, tree]))
  if (byName.size < schema.children.length) throw new FormatError('parquet: column names must differ', { source: path })
  const names = (wanted ?? [...byName.keys()]).filter((name) => {
    const tree = byName.get(name)
    if (!tree) throw new NotFoundError(`parquet: column ${name} must exist. Known: ${[...byName.keys()].join(', ')}.`)
    const kind = plainKind(tree)
    if (!wanted) return kind !== undefined && kind !== 'text' && kind !== 'int64' && kind !== 'boolean'
    if (kind !== undefined && kind !== 'text') return true
    throw new UnsupportedError(
      `parquetRowSource: column ${name} must hold plain numbers. Received ${kind ?? 'another type'}.`,
    )
  })
  if (names.length > 0) return names
  throw new ParameterError(`parquetRowSource: needs at least one number column. Received none (${path}).`)
}

/** The kind of a column without lists; undefined for what a row cannot hold. */
function plainKind(tree: SchemaTree): ReturnType<typeof kindOf> | undefined {
  try {
    const { element, isList } = leafOf(tree)
    return isList ? undefined : kindOf(element)
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}

async function* iterate(
  parquet: ParquetFile,
  batchSize: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowBatch> {
  const columns = parquet.columns.length
  let first = 0
  for (const group of parquet.metadata.row_groups) {
    signal?.throwIfAborted()
    const rows = Number(group.num_rows)
    if (rows === 0) continue
    const data = await withFile(parquet.path, (file) =>
      guarded(parquet.path, () => readGroup(file, parquet, group, signal)),
    )
    for (let start = 0; start < rows; start += batchSize) {
      signal?.throwIfAborted()
      const end = Math.min(rows, start + batchSize)
      const part = data.subarray(start * columns, end * columns)
      yield { start: first + start, rows: matrix(part, end - start, columns) }
    }
    first += rows
  }
}

async function readGroup(
  file: FileHandle,
  { path, metadata, schema, dataEnd, columns }: ParquetFile,
  group: RowGroup,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const rows = Number(group.num_rows)
  const chunks = columns.map((name) => {
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data
    if (!chunk) throw new FormatError('parquet: row group must have every column', { source: path, keyword: name })
    if (chunk.num_values !== group.num_rows) {
      throw new FormatError(`parquet: column must have ${rows} values. Received ${chunk.num_values}`, {
        source: path,
        keyword: name,
      })
    }
    return { name, chunk, ...chunkRange(chunk, dataEnd, path) }
  })
  const limit = expansionLimit(chunks.reduce((sum, { start, end }) => sum + end - start, 0))
  const budget = { left: limit - 8 * rows * columns.length }
  if (!(budget.left >= 0)) {
    throw new FormatError(`parquet: row group must expand to at most ${limit} bytes. Received more`, { source: path })
  }
  const data = new Float32Array(rows * columns.length)
  for (const [c, { name, chunk, start, end }] of chunks.entries()) {
    signal?.throwIfAborted()
    const bytes = await readBytes(file, path, start, end)
    checkParquetChunk(bytes, chunk, schema, budget, path)
    const scan = await parquetScan({
      file: { byteLength: dataEnd, slice: (from, to = dataEnd) => bytes.slice(from - start, to - start).buffer },
      metadata: { ...metadata, num_rows: group.num_rows, row_groups: [group] },
      columns: [name],
      compressors,
      parsers: textParsers,
      useOffsetIndex: false,
    })
    const values = await scan.readColumn({ column: name, rowStart: 0, rowEnd: rows })
    if (values.length !== rows) {
      throw new FormatError(`parquet: column must have ${rows} rows. Received ${values.length}`, {
        source: path,
        keyword: name,
      })
    }
    let at = c
    for (let row = 0; row < rows; row++) {
      const value: unknown = values[row]
      data[at] = value === null || value === undefined ? Number.NaN : Number(value)
      at += columns.length
    }
  }
  return data
}
