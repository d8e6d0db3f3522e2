import { NotFoundError, ParameterError } from '../errors.ts'
import { assertKnownKeys, checkNumber } from '../options.ts'
import { checkTable } from './check-table.ts'
import { exactBatches, sliceColumn } from './exact-batches.ts'
import { safeIntegers } from './safe-integers.ts'
import type { ColumnType, ColumnValues, Table, TableBatch, TableColumn } from './table.ts'

/** Rows in a batch unless an option says otherwise. */
const defaultBatchRows = 4096

/** What a catalogue says of one of its columns before rows are read. */
export interface CatalogueColumn {
  readonly name: string
  /** The same in every batch. 64-bit integers are `float64` when every one lies within ±(2^53 - 1), else `text`. */
  readonly type: ColumnType
  /** Values per row; 0 when rows vary in length. */
  readonly width: number
  readonly unit?: string
  readonly description?: string
  readonly ucd?: string
}

/** How to iterate a {@link Catalogue}. */
export interface CatalogueBatchOptions {
  /**
   * Names of the columns, in the order of the batches.
   * @defaultValue all, in the order of the file
   */
  readonly columns?: readonly string[] | undefined
  /**
   * Rows in every batch but the last, which may have fewer.
   * @defaultValue 4096
   */
  readonly batchRows?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A table of any size, in memory or on disk, that is read in batches, again and again. */
export interface Catalogue {
  /** In the order of the file. */
  readonly columns: readonly CatalogueColumn[]
  /** Rows, where they are known before reading. */
  readonly rowCount?: number
  /**
   * The rows in their order; a table of no rows gives no batch.
   *
   * @throws NotFoundError for an unknown column, UnsupportedError for one that was left out, ParameterError for a wrong option, both when called. Iterating throws what the file's
   * reader throws, and `signal.reason` when aborted.
   */
  batches(options?: CatalogueBatchOptions): AsyncIterable<TableBatch>
}

/** What a format gives to {@link catalogueFrom}. */
export interface PieceSource {
  readonly columns: readonly CatalogueColumn[]
  readonly rowCount?: number
  /** Types that a column could have beside its own without loss, should another file of the same catalogue need it. */
  readonly alternatives: ReadonlyMap<string, readonly ColumnType[]>
  /** Columns that are left out, and why. */
  readonly unreadable?: ReadonlyMap<string, Error>
  /**
   * Consecutive rows in pieces of any size.
   *
   * @param columns - The wanted ones, in order, each of its own type or an alternative one.
   * @param rows - A number of rows that suits who asks.
   */
  pieces(columns: readonly CatalogueColumn[], rows: number, signal: AbortSignal | undefined): AsyncIterable<Table>
}

/** A catalogue over one format's pieces. */
export function catalogueFrom(source: PieceSource): Catalogue {
  const byName = new Map(source.columns.map((column) => [column.name, column]))
  return {
    columns: source.columns,
    ...(source.rowCount === undefined ? {} : { rowCount: source.rowCount }),
    batches: (options: CatalogueBatchOptions = {}): AsyncGenerator<TableBatch> => {
      assertKnownKeys('catalogue: batches', options, ['columns', 'batchRows', 'signal'])
      const { batchRows = defaultBatchRows, signal } = options
      checkNumber('catalogue: batchRows', batchRows, { integer: true, min: 1 })
      const columns = chooseColumns(byName, options.columns, source.unreadable)
      return exactBatches(source.pieces(columns, batchRows, signal), batchRows, signal)
    },
  }
}

function chooseColumns(
  byName: ReadonlyMap<string, CatalogueColumn>,
  wanted: readonly string[] | undefined,
  unreadable: ReadonlyMap<string, Error> | undefined,
): CatalogueColumn[] {
  if (!wanted) return [...byName.values()]
  if (new Set(wanted).size < wanted.length || wanted.length === 0) {
    throw new ParameterError(`catalogue: columns must be some, none of them twice. Received [${wanted.join(', ')}].`)
  }
  return wanted.map((name) => {
    const column = byName.get(name)
    if (column) return column
    const reason = unreadable?.get(name)
    if (reason) throw reason
    const known = [...byName.keys()].slice(0, 50).join(', ')
    throw new NotFoundError(`catalogue: column must exist. Received ${name}; the catalogue has ${known}.`)
  })
}

/**
 * A table in memory as a catalogue.
 *
 * @param table - Not copied: batches that are whole columns share it.
 * @returns Its rows; 64-bit integers by the rule of {@link CatalogueColumn.type}.
 * @throws ParameterError, ShapeError when the table's columns are not as long as it says.
 */
export function catalogueOf(table: Table): Catalogue {
  if (table.columns.size > 0) checkTable('catalogueOf', table, true)
  return catalogueFrom(tablePieces(withSafeIntegers(table)))
}

/** The pieces of a table in memory. */
export function tablePieces(table: Table): PieceSource {
  return {
    columns: [...table.columns].map(([name, column]) => describeColumn(name, column)),
    rowCount: table.rowCount,
    alternatives: new Map([...table.columns].map(([name, { values }]) => [name, numericAlternatives(typeOf(values))])),
    async *pieces(columns, rows, signal) {
      for (let start = 0; start < table.rowCount; start += rows) {
        signal?.throwIfAborted()
        const end = Math.min(table.rowCount, start + rows)
        const part = columns.map(({ name, type }): [string, TableColumn] => {
          const column = sliceColumn(table.columns.get(name) as TableColumn, start, end)
          return [name, asType(column, type)]
        })
        yield { rowCount: end - start, columns: new Map(part) }
      }
    },
  }
}

/** The types that values of a type can have as well. */
export function numericAlternatives(type: ColumnType): readonly ColumnType[] {
  return type === 'text' || type === 'float64' ? [] : ['float64']
}

/** A column's values in an alternative type. */
export function asType(column: TableColumn, type: ColumnType): TableColumn {
  const { values } = column
  if (typeOf(values) === type || values.length === 0) {
    return values.length === 0 ? { ...column, values: emptyOf(type) } : column
  }
  if (type === 'float64') {
    const numberOf = (value: unknown): number => (value === '' ? Number.NaN : Number(value))
    return { ...column, values: Float64Array.from(values as ArrayLike<unknown>, numberOf) }
  }
  return {
    ...column,
    values: Array.from(values as ArrayLike<number>, (value) => (Number.isNaN(value) ? '' : String(value))),
  }
}

function emptyOf(type: ColumnType): ColumnValues {
  switch (type) {
    case 'text':
    case 'boolean':
      return []
    case 'uint8':
      return new Uint8Array(0)
    case 'int16':
      return new Int16Array(0)
    case 'int32':
      return new Int32Array(0)
    case 'int64':
      return new BigInt64Array(0)
    case 'uint64':
      return new BigUint64Array(0)
    case 'float32':
      return new Float32Array(0)
    case 'float64':
      return new Float64Array(0)
  }
}

/** What a catalogue says of a column. */
export function describeColumn(name: string, { values, width, unit, description, ucd }: TableColumn): CatalogueColumn {
  return {
    name,
    type: typeOf(values),
    width,
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(ucd === undefined ? {} : { ucd }),
  }
}

/** The type of a column's values; no values at all in a plain array are text. */
export function typeOf(values: ColumnValues): ColumnType {
  if (values instanceof Float64Array) return 'float64'
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Int32Array) return 'int32'
  if (values instanceof Int16Array) return 'int16'
  if (values instanceof Uint8Array) return 'uint8'
  if (values instanceof BigInt64Array) return 'int64'
  if (values instanceof BigUint64Array) return 'uint64'
  return typeof values[0] === 'boolean' ? 'boolean' : 'text'
}

/** A table whose 64-bit integers are f64 when every one of a column lies within ±(2^53 - 1), else text. */
export function withSafeIntegers(table: Table): Table {
  const columns = [...table.columns].map(([name, column]): [string, TableColumn] => [
    name,
    column.values instanceof BigInt64Array || column.values instanceof BigUint64Array
      ? { ...column, values: safeIntegers(column.values) }
      : column,
  ])
  return { ...table, columns: new Map(columns) }
}
