import type { ColumnType, TableBatch, TableColumn } from './table.ts'

/** What a catalogue says of one of its columns before rows are read. */
export interface CatalogueColumn extends Omit<TableColumn, 'values' | 'offsets'> {
  readonly name: string
  /** The same in every batch. 64-bit integers are `float64` when every one lies within ±(2^53 - 1), else `text`. */
  readonly type: ColumnType
  /** Values per row; 0 when rows vary in length. */
  readonly width: number
  /** False where a width of 0 means that rows hold nothing, and not that they vary in length. */
  readonly ragged?: boolean
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
  /**
   * Rows to read, `[from, to]`: from the first, 0-based, up to but without the last.
   * @defaultValue all
   */
  readonly rows?: readonly [number, number] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A table of any size, in memory or on disk, that is read in batches, again and again. */
export interface Catalogue {
  /** In the order of the file. */
  readonly columns: readonly CatalogueColumn[]
  /** Rows, where they are known before reading. */
  readonly rowCount?: number | undefined
  /**
   * The rows in their order; a table of no rows gives no batch.
   *
   * @throws NotFoundError for an unknown column, UnsupportedError for one that was left out, ParameterError for a wrong option, both when called. Iterating throws what the file's
   * reader throws, and `signal.reason` when aborted.
   */
  batches(options?: CatalogueBatchOptions): AsyncIterable<TableBatch>
}

/** What is wanted of the rows of a {@link PieceSource}. */
export interface PieceOptions {
  /** `[from, to)`; `to` may lie beyond the last row. */
  readonly rows: readonly [number, number]
  /** Rows that whoever asks holds at a time. */
  readonly batchRows: number
  readonly signal: AbortSignal | undefined
}

/** What a format gives to {@link catalogueFrom}. */
export interface PieceSource {
  readonly columns: readonly CatalogueColumn[]
  readonly rowCount?: number | undefined
  /** Types that a column could have beside its own without loss, should another file of the same catalogue need it. */
  readonly alternatives: ReadonlyMap<string, readonly ColumnType[]>
  /** Columns that are left out, and why. */
  readonly unreadable?: ReadonlyMap<string, Error> | undefined
  /**
   * Consecutive rows in pieces of any size.
   *
   * @param columns - The wanted ones, in order, each of its own type or an alternative one.
   * @param options - Of rows that are not wanted a source that cannot seek may give those before, and give pieces until it is left.
   */
  pieces(columns: readonly CatalogueColumn[], options: PieceOptions): AsyncIterable<TableBatch>
}
