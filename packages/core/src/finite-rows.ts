import { NumericalError, ShapeError } from './errors.ts'
import { contiguousData, type Matrix } from './tensor.ts'

/** What {@link finiteRows} accepts and how it names a place. */
export interface FiniteRowsOptions {
  /** Columns that the rows must have. */
  readonly columns: number
  /**
   * Number of the first row in its source, for the message.
   * @defaultValue 0
   */
  readonly start?: number | undefined
  /**
   * Whether NaN, a missing value, is let through.
   * @defaultValue false
   */
  readonly allowMissing?: boolean | undefined
}

/**
 * The values of a matrix, checked: the gate that every estimator puts before its kernels.
 *
 * @param subject - Begins the message.
 * @returns Row-major without gaps; the same memory when the matrix is contiguous.
 * @throws ShapeError for another rank or number of columns; NumericalError naming row and column of the first
 * infinite value, or NaN unless it is allowed.
 * @remarks O(elements).
 */
export function finiteRows<A extends Float32Array | Float64Array>(
  subject: string,
  rows: Matrix<A>,
  options: FiniteRowsOptions,
): A {
  const { columns, start = 0, allowMissing = false } = options
  if (rows.shape.length !== 2)
    throw new ShapeError(`${subject}: rows must have 2 axes. Received shape [${rows.shape}].`)
  if (rows.shape[1] !== columns) {
    throw new ShapeError(`${subject}: rows must have ${columns} columns. Received ${rows.shape[1]}.`)
  }
  const data = contiguousData(rows)
  // x − x is 0 for every finite x and NaN for the others, so one sum tells whether anything has to be looked for.
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!
  if (sum === 0) return data
  for (let i = 0; i < data.length; i++) {
    const x = data[i]!
    if (Number.isFinite(x) || (allowMissing && Number.isNaN(x))) continue
    const rule = allowMissing ? 'finite or NaN' : 'finite'
    throw new NumericalError(
      `${subject}: values must be ${rule}. Received ${x} in row ${start + Math.floor(i / columns)}, column ${i % columns}.`,
    )
  }
  return data
}
