import { createRandom, type Matrix, matrix } from '@astronomaly/core'

/** Rows of a stream, and which of them are anomalies. */
export interface DriftingRows {
  readonly rows: Matrix<Float32Array>
  readonly anomalies: Uint8Array
}

export const driftColumns = 4

/**
 * Normal numbers around a centre that moves; one row in fifty is an anomaly, five deviations from the centre of its time in every
 * column, to either side.
 */
export function driftingRows(count: number, centreOf: (row: number) => number, seed = 1): DriftingRows {
  const random = createRandom(seed, 'drifting-rows')
  const anomalies = Uint8Array.from({ length: count }, () => Number(random.uniform() < 0.02))
  const data = new Float32Array(count * driftColumns)
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / driftColumns)
    const away = anomalies[row] ? 5 * Math.sign(random.uniform() - 0.5) : 0
    data[i] = centreOf(row) + random.normal() + away
  }
  return { rows: matrix(data, count, driftColumns), anomalies }
}
