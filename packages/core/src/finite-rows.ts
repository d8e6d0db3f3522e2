import { NumericalError, ShapeError } from './errors.ts'
import { contiguousData, type Matrix } from './tensor.ts'

/**
 * The values of a matrix, checked: the gate that every estimator puts before its kernels.
 *
 * @param subject - Begins the message.
 * @param options - `columns` is the number that the rows must have, `start` the number of the first row in its source, by default 0, or
 * the numbers of all; `allowMissing` lets NaN, a missing value, through, and `hint` ends the message.
 * @returns Row-major without gaps; the same memory when the matrix is contiguous.
 * @throws ShapeError for another rank or number of columns; NumericalError naming row and column of the first
 * infinite value, or NaN unless it is allowed.
 * @remarks O(elements).
 */
export function finiteRows<A extends Float32Array | Float64Array>(
  subject: string,
  rows: Matrix<A>,
  options: {
    readonly columns: number
    readonly start?: number | Uint32Array | undefined
    readonly allowMissing?: boolean | undefined
    readonly hint?: ((value: number) => string) | undefined
  },
): A {
  const { columns, start = 0, allowMissing = false, hint = () => '' } = options
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
    const k = Math.floor(i / columns)
    const row = typeof start === 'number' ? start + k : start[k]
    throw new NumericalError(
      `${subject}: values must be ${rule}. Received ${x} in row ${row}, column ${i % columns}.${hint(x)}`,
    )
  }
  return data
}
