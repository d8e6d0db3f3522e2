import { median } from '@astronomaly/core'

/** Pairs that a median is taken over at most. */
const mostPairs = 100_000

/**
 * The median Euclidean distance between two rows that differ.
 *
 * @param rows - `[count × columns]`
 * @returns 1 when no two rows differ.
 * @remarks All pairs of up to 447 rows; of more, every so-many-th row.
 */
export function medianPairDistance(rows: ArrayLike<number>, count: number, columns: number): number {
  const step = Math.max(1, Math.ceil(count / Math.floor(Math.sqrt(2 * mostPairs))))
  const distances: number[] = []
  for (let i = 0; i < count; i += step) {
    for (let k = 0; k < i; k += step) {
      let square = 0
      for (let j = 0; j < columns; j++) {
        const d = rows[i * columns + j]! - rows[k * columns + j]!
        square += d * d
      }
      if (square > 0) distances.push(Math.sqrt(square))
    }
  }
  return distances.length > 0 ? median(distances) : 1
}
