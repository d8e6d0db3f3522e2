import {
  assertKnownKeys,
  type BatchOptions,
  checkNumber,
  matrix,
  NotFoundError,
  ParameterError,
  type RowBatch,
  type RowSource,
  UnsupportedError,
} from '@astronomaly/core'
import type { ByteSource } from '@astronomaly/fits/bytes'
import { fileByteSource } from '@astronomaly/fits/node'
import type { RowGroup, SchemaTree } from 'hyparquet'
import { columnOf } from './parquet-column.ts'
import { type ParquetFile, readParquetFile, readParquetGroup } from './parquet-reader.ts'
import type { ParquetOptions } from './parquet-table.ts'
import type { ValueKind } from './settled-type.ts'

/** A file and the columns of it that are wanted. */
interface ChosenColumns {
  readonly path: string
  readonly file: ParquetFile
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
export async function parquetRowSource(
  path: string,
  options: Pick<ParquetOptions, 'columns'> = {},
): Promise<RowSource> {
  assertKnownKeys('parquetRowSource', options, ['columns'])
  const file = await withFile(path, (source) => readParquetFile(source, path))
  const columns = chooseColumns(file.trees, options.columns, path)
  const rowCount = Number(file.metadata.num_rows)
  return {
    columns: columns.length,
    rowCount,
    batches: ({ batchSize = 4096, signal }: BatchOptions = {}): AsyncGenerator<RowBatch> => {
      checkNumber('parquetRowSource: batchSize', batchSize, { integer: true, min: 1 })
      return iterate({ path, file, columns }, batchSize, signal)
    },
  }
}

async function withFile<T>(path: string, body: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await fileByteSource(path)
  try {
    return await body(source)
  } finally {
    await source.close()
  }
}

function chooseColumns(
  byName: ReadonlyMap<string, SchemaTree>,
  wanted: readonly string[] | undefined,
  path: string,
): string[] {
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
function plainKind(tree: SchemaTree): ValueKind | undefined {
  try {
    const { kind, isList } = columnOf(tree)
    return isList ? undefined : kind
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}

async function* iterate(
  { path, file, columns }: ChosenColumns,
  batchSize: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowBatch> {
  const width = columns.length
  let first = 0
  for (const group of file.metadata.row_groups) {
    signal?.throwIfAborted()
    const rows = Number(group.num_rows)
    if (rows === 0) continue
    const data = await withFile(path, (source) => readGroup(source, file, group, columns, signal))
    for (let start = 0; start < rows; start += batchSize) {
      signal?.throwIfAborted()
      const end = Math.min(rows, start + batchSize)
      yield { start: first + start, rows: matrix(data.subarray(start * width, end * width), end - start, width) }
    }
    first += rows
  }
}

async function readGroup(
  source: ByteSource,
  file: ParquetFile,
  group: RowGroup,
  columns: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const rows = Number(group.num_rows)
  let data: Float32Array | undefined
  let c = 0
  for await (const { values } of readParquetGroup(source, file, group, columns, signal)) {
    // Not before the first column has been read: only then the group's size has been checked.
    data ??= new Float32Array(rows * columns.length)
    let at = c++
    for (let row = 0; row < rows; row++) {
      const value: unknown = values[row]
      data[at] = value === null || value === undefined ? Number.NaN : Number(value)
      at += columns.length
    }
  }
  return data ?? new Float32Array(0)
}
