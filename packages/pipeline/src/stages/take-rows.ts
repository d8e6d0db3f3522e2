import { type Matrix, matrix } from '@astronomaly/core'

/** The given rows of a contiguous matrix, copied. */
export function takeRows(x: Matrix, rows: readonly number[]): Matrix {
  const columns = x.shape[1]
  const out = new Float32Array(rows.length * columns)
  rows.forEach((row, i) => {
    out.set(x.data.subarray(row * columns, (row + 1) * columns), i * columns)
  })
  return matrix(out, rows.length, columns)
}
