import {
  definedOnly,
  NotFoundError,
  type OptionRules,
  ParameterError,
  passedOption,
  resolveOptions,
  runRules,
  type Warning,
} from '@astronomaly/core'
import {
  type ColumnValues,
  catalogueFrom,
  checkTable,
  gatherTable,
  type Table,
  type TableColumn,
} from '@astronomaly/core/table'
import { type ByteSource, memoryByteSource } from '@astronomaly/fits/bytes'
import { type ColumnSource, parquetWriteBuffer, type SchemaElement } from 'hyparquet-writer'
import { parquetPieces } from './parquet-pieces.ts'
import { unitsKey } from './parquet-reader.ts'

function elementOf(values: ColumnValues): Omit<SchemaElement, 'name'> {
  if (values instanceof Float64Array) return { type: 'DOUBLE' }
  if (values instanceof Float32Array) return { type: 'FLOAT' }
  if (values instanceof Int32Array) return { type: 'INT32' }
  if (values instanceof Int16Array) return { type: 'INT32', converted_type: 'INT_16' }
  if (values instanceof Uint8Array) return { type: 'INT32', converted_type: 'UINT_8' }
  if (values instanceof BigInt64Array) return { type: 'INT64' }
  if (values instanceof BigUint64Array) return { type: 'INT64', converted_type: 'UINT_64' }
  if (typeof values[0] === 'boolean') return { type: 'BOOLEAN' }
  return { type: 'BYTE_ARRAY', converted_type: 'UTF8' }
}

/** The parts of a file's metadata that hold the units and notes of a table. */
export function metadataOf({ columns, notes }: Table): { readonly key: string; readonly value: string }[] {
  const units = [...columns].flatMap(([name, { unit }]) => (unit === undefined ? [] : [[name, unit] as const]))
  return [
    ...(units.length > 0 ? [{ key: unitsKey, value: JSON.stringify(Object.fromEntries(units)) }] : []),
    ...Array.from(notes ?? [], ([key, value]) => ({ key, value })),
  ]
}

/** Columns of lists: three schema elements, as the Parquet format has them since 2.0. */
export function schemaOf(name: string, { values, width }: TableColumn): SchemaElement[] {
  const element = { ...elementOf(values), repetition_type: 'REQUIRED' } as const
  if (width === 1) return [{ ...element, name }]
  return [
    { name, repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { ...element, name: 'element' },
  ]
}

export function sourceOf(name: string, { values, width }: TableColumn, rowCount: number): ColumnSource {
  const plain = values instanceof Int16Array || values instanceof Uint8Array ? Int32Array.from(values) : values
  // A dictionary would take -0 for 0.
  const encoding =
    values instanceof Float64Array || values instanceof Float32Array ? { encoding: 'PLAIN' as const } : {}
  const list = (row: number): ColumnSource['data'] => {
    const values: unknown[] = []
    for (let i = row * width; i < (row + 1) * width; i++) values.push(plain[i])
    return values
  }
  const data = width === 1 ? plain : Array.from({ length: rowCount }, (_, row) => list(row))
  return { name, data: data as ColumnSource['data'], ...encoding }
}

/**
 * Writes a table as a Parquet file, compressed with Snappy.
 *
 * @param table - Columns of width 1 become flat required columns (DOUBLE, FLOAT, INT32, INT64, BOOLEAN, UTF8), wider ones lists.
 * Missing values are written as tables hold them: NaN and ''.
 * @returns The file; the same table gives the same bytes.
 * @throws ParameterError when the table has no column; ShapeError when a column's length is wrong.
 * @remarks O(values); row groups of 100,000 rows. Units go into the file's metadata under `astronomaly.units`, notes under their names.
 * @see https://parquet.apache.org/docs/file-format/
 */
export function encodeParquetTable(table: Table): Uint8Array {
  checkTable('encodeParquetTable', table)
  const columns = [...table.columns]
  const metadata = metadataOf(table)
  return new Uint8Array(
    parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.flatMap(([name, column]) => schemaOf(name, column)),
      ],
      columnData: columns.map(([name, column]) => sourceOf(name, column, table.rowCount)),
      rowGroupSize: 100_000,
      createdBy: 'astronomaly',
      ...definedOnly({ kvMetadata: metadata.length > 0 ? metadata : undefined }),
    }),
  )
}

/** What to read of a Parquet file. */
export interface ParquetOptions {
  /**
   * Names of the columns to read, in the order of the result.
   * @defaultValue all, in the order of the file
   */
  readonly columns?: readonly string[] | undefined
  /** Told of columns that are left out since they cannot be read and no `columns` name them. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

const decodeRules = {
  columns: passedOption<readonly string[]>(),
  onWarning: runRules.onWarning,
} satisfies OptionRules<ParquetOptions>

/**
 * Reads a Parquet file (flat columns and lists of equal length; every codec but LZO).
 *
 * @param bytes - The whole file.
 * @param source - Named in errors: a path, URL or description.
 * @returns float and double as Float32Array and Float64Array; integers of at most 32 bits as the smallest of Uint8Array,
 * Int16Array and Int32Array that their declared type fits (uint32: Float64Array), or Float64Array when some are missing;
 * 64-bit integers as Float64Array when every one lies within ±(2^53 - 1), else as text, so that identifiers stay exact;
 * booleans as booleans, or 1, 0 and NaN when some are missing; decimals as Float64Array; text, UUID and JSON as text; dates and
 * times as ISO 8601 in UTC. Missing values are NaN, in text ''. Lists of equal length make a column of that width.
 * Where no columns are named, those are left out with a warning that are structs, maps, lists of differing length, or bytes that are not
 * UTF-8.
 * @throws FormatError when the file is damaged or would expand, in the columns that are read, to more than 64 MiB and 1,000 times its size;
 * UnsupportedError for encryption, and such columns where they are named;
 * NotFoundError when a wanted column is missing, ParameterError when one is named twice.
 * @remarks The whole of what `openCatalogue` gives in batches: what only values tell of a type is read once beforehand. Page checksums are
 * not verified.
 */
export async function decodeParquetTable(
  bytes: Uint8Array,
  source: string,
  options: ParquetOptions = {},
): Promise<Table> {
  const { columns, onWarning } = resolveOptions('decodeParquetTable', options, decodeRules)
  const choose = columns && ((known: ReadonlyMap<string, unknown>) => knownColumns(columns, known))
  const open = async (): Promise<ByteSource> => memoryByteSource(bytes, source)
  return gatherTable(catalogueFrom(await parquetPieces(open, source, { choose, onWarning })))
}

/** @throws NotFoundError for a name that is not known; ParameterError for one that is given twice. */
export function knownColumns(names: readonly string[], known: ReadonlyMap<string, unknown>): readonly string[] {
  if (new Set(names).size < names.length) {
    throw new ParameterError(`parquet: columns must be named once each. Received [${names.join(', ')}].`)
  }
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return names
  throw new NotFoundError(`parquet: column ${unknown} must exist. Known: ${[...known.keys()].join(', ')}.`)
}
