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

/** One named column of a {@link Table}. */
export interface TableColumn {
  /** The values, row after row: row `r` owns `values[r * width .. r * width + width)`. */
  readonly values: ColumnValues
  /** Values per row: 1 for an ordinary column, more for a column of fixed-length lists. */
  readonly width: number
  /** The unit as the file writes it ('deg', 'mag', 'Jy / beam'), where the file names one. */
  readonly unit?: string
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
}
