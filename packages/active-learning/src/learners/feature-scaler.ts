import { contiguousData, type Matrix } from '@astronomaly/core'

/** Moves features to mean 0 and divides all columns by one number, so that rows have a mean squared length of 1. */
export interface FeatureScaler {
  readonly columns: number
  /** Writes row `row`, scaled, to `out` from `at` on. */
  write(row: number, out: Float64Array, at: number): void
}

/**
 * A scaler fitted to all rows.
 *
 * @remarks Columns keep their proportions: after PCA these carry meaning, and a column of little variance stays small.
 * Equal rows become 0.
 */
export function featureScaler(features: Matrix<Float32Array>): FeatureScaler {
  const [count, columns] = features.shape
  const data = contiguousData(features)
  const centre = new Float64Array(columns)
  for (let i = 0; i < count; i++) for (let j = 0; j < columns; j++) centre[j]! += data[i * columns + j]!
  for (let j = 0; j < columns; j++) centre[j]! /= count
  let total = 0
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < columns; j++) {
      const d = data[i * columns + j]! - centre[j]!
      total += d * d
    }
  }
  const scale = total > 0 ? 1 / Math.sqrt(total / count) : 1
  return {
    columns,
    write(row, out, at) {
      const base = row * columns
      for (let j = 0; j < columns; j++) out[at + j] = (data[base + j]! - centre[j]!) * scale
    },
  }
}
