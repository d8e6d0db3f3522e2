import { AstronomalyError, FormatError, UnsupportedError } from '@astronomaly/core'
import { type ByteSource, readExactly } from '@astronomaly/fits/bytes'
import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { textParsers } from './parquet-column.ts'
import { checkParquetChunk, chunkRange, type Expansion } from './parquet-pages.ts'

/** What is known of a Parquet file before its rows are read. */
export interface ParquetFile {
  /** Names the file in errors. */
  readonly name: string
  readonly metadata: FileMetaData
  /** The columns by name, in the order of the file. */
  readonly trees: ReadonlyMap<string, SchemaTree>
  readonly schema: SchemaTree
  /** The units that `encodeParquetTable` writes, by column. */
  readonly units: ReadonlyMap<string, string>
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
    return { name, metadata, trees, schema, units: unitsOf(metadata), dataEnd: size - 8 - metadata.metadata_length }
  })
}

/** @throws UnsupportedError for a codec that cannot be read. */
function checkCodecs(metadata: FileMetaData, source: string): void {
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: chunk } of columns) {
      if (chunk && chunk.codec !== 'UNCOMPRESSED' && !(chunk.codec in compressors)) {
        throw new UnsupportedError(
          `parquet: codec must be one of ${Object.keys(compressors).join(', ')}. Received ${chunk.codec} (${source}).`,
        )
      }
    }
  }
}

/** The key of the file's metadata that holds the units, as JSON. */
export const unitsKey = 'astronomaly.units'

function unitsOf(metadata: FileMetaData): ReadonlyMap<string, string> {
  const text = metadata.key_value_metadata?.find(({ key }) => key === unitsKey)?.value
  if (text === undefined) return new Map()
  const units: unknown = JSON.parse(text)
  return new Map(Object.entries(units ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** A column chunk that is to be read. */
interface ChosenChunk {
  readonly name: string
  readonly chunk: ColumnMetaData
  /** The schema from the root to the column's values. */
  readonly path: readonly SchemaTree[]
  readonly start: number
  readonly end: number
}

function chooseChunk({ name: source, schema, dataEnd }: ParquetFile, group: RowGroup, name: string): ChosenChunk {
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data
  if (!chunk) throw new FormatError('parquet: row group must have every column', { source, keyword: name })
  const path = [schema]
  for (const part of chunk.path_in_schema) {
    const child = path.at(-1)?.children.find(({ element }) => element.name === part)
    if (!child) throw new FormatError('parquet: column must be in the schema', { source, keyword: name })
    path.push(child)
  }
  const isFlat = path.length === 2 && path[1]?.element.repetition_type !== 'REPEATED' && !path[1]?.children.length
  if (isFlat && chunk.num_values !== group.num_rows) {
    const rule = `column must have ${group.num_rows} values`
    throw new FormatError(`parquet: ${rule}. Received ${chunk.num_values}`, { source, keyword: name })
  }
  return { name, chunk, path, ...chunkRange(chunk, dataEnd, source) }
}

/**
 * Columns of a row group, one after another, as the decoder gives their values.
 *
 * @param columns - Names of columns that the file has.
 * @param expansion - Of this group, and of others that are held with it.
 * @throws FormatError when the group is damaged or would expand too far, and `signal.reason` when aborted.
 */
export async function* readParquetGroup(
  source: ByteSource,
  file: ParquetFile,
  group: RowGroup,
  columns: readonly string[],
  expansion: Expansion,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly name: string; readonly values: ArrayLike<unknown> }> {
  const rows = Number(group.num_rows)
  const chunks = columns.map((name) => chooseChunk(file, group, name))
  for (const { name, chunk } of chunks) expansion.add(8 * Math.max(rows, Number(chunk.num_values)), name)
  for (const { name, chunk, path, start, end } of chunks) {
    signal?.throwIfAborted()
    const values = await guardParquet(file.name, async () => {
      const bytes = await readExactly(source, start, end, { signal })
      const scan = await parquetScan({
        file: {
          byteLength: file.dataEnd,
          slice: (from, to = file.dataEnd) => bytes.slice(from - start, to - start).buffer as ArrayBuffer,
        },
        metadata: { ...file.metadata, num_rows: group.num_rows, row_groups: [group] },
        columns: [name],
        compressors: checkParquetChunk(bytes, chunk, path, expansion, file.name),
        parsers: textParsers(name),
        useOffsetIndex: false,
      })
      return scan.readColumn({ column: name, rowStart: 0, rowEnd: rows })
    })
    if (values.length !== rows) {
      throw new FormatError(`parquet: column must have ${rows} rows. Received ${values.length}`, {
        source: file.name,
        keyword: name,
      })
    }
    yield { name, values }
  }
}
