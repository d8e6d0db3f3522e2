/**
 * The values that one column of a table may hold.
 *
 * @remarks Missing values are NaN in the floating point columns and the empty string in text. Integer
 * and boolean columns have no missing value: a column that needs one is held as floating point or text.
 */
export type ColumnValues =
  | readonly string[]
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint8Array
  | Int16Array
  | readonly boolean[]
  | BigInt64Array
  | BigUint64Array

/** The types of {@link ColumnValues}, by the name of what one value is. */
export type ColumnType = 'text' | 'boolean' | 'uint8' | 'int16' | 'int32' | 'int64' | 'uint64' | 'float32' | 'float64'

/** One named column of a {@link Table}. */
export interface TableColumn {
  /**
   * The values, row after row: row `r` owns `values[r * width .. r * width + width)`, or where there are offsets
   * `values[offsets[r] .. offsets[r + 1])`.
   */
  readonly values: ColumnValues
  /** Values per row: 1 for an ordinary column, more for a column of fixed-length lists, 0 for one whose rows vary in length. */
  readonly width: number
  /** `[rowCount + 1]`, from 0, never falling: where each row's values begin, in a column whose rows vary in length. */
  readonly offsets?: Uint32Array
  /** Axis lengths of a row's values, slowest first, where they have several axes; their product is the width. */
  readonly shape?: readonly number[]
  /** The unit as the file writes it ('deg', 'mag', 'Jy / beam'), where the file names one. */
  readonly unit?: string
  /** What the column holds, in the words of the file, where it says so. */
  readonly description?: string
  /**
   * The unified content descriptor that says what is measured, such as `pos.eq.ra;meta.main`, where the file has one.
   * @see https://www.ivoa.net/documents/UCD1+/
   */
  readonly ucd?: string
}

/**
 * A catalogue: named columns of equal row count, in the order of the file.
 *
 * @remarks Missing values are NaN in floating point columns and '' in text columns.
 */
export interface Table {
  /** Rows, the same in every column. */
  readonly rowCount: number
  /** The columns by name, iterating in the order of the file. */
  readonly columns: ReadonlyMap<string, TableColumn>
  /**
   * Texts about the whole table by name, such as where it comes from. Writers keep them: HISTORY in FITS, INFO in VOTable, `meta` in ECSV,
   * key-value metadata in Parquet; CSV has no place for them. Readers give none.
   */
  readonly notes?: ReadonlyMap<string, string>
}

/** Consecutive rows of a table, as it is read in batches. */
export interface TableBatch extends Table {
  /** Number of the first row, 0-based, in the whole table. */
  readonly start: number
}
