import { contiguousData, type Matrix, matrix } from '@astronomaly/core'

/** The named rows as a new matrix. */
export function takeRows(features: Matrix<Float32Array>, rows: Uint32Array): Matrix<Float32Array> {
  const columns = features.shape[1]
  const data = contiguousData(features)
  const taken = new Float32Array(rows.length * columns)
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * columns, (row + 1) * columns), i * columns)
  })
  return matrix(taken, rows.length, columns)
}
