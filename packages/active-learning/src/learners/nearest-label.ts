import { contiguousData, type Matrix, type RunOptions } from '@astronomaly/core'
import { forEachBlock } from '../gaussian-process/block-loop.ts'

const rowBlock = 512

/**
 * The Euclidean distance of every row to the nearest labelled row.
 *
 * @param labelled - Row numbers of `features`, at least one.
 * @returns One distance per row; exactly 0 for labelled rows.
 * @remarks Exact: coordinates are subtracted before they are squared, in double precision. A sum that already exceeds the
 * smallest one is abandoned, which helps most when columns come in descending variance, as after PCA.
 * O(rows · labels · columns) time at worst, O(rows) memory.
 */
export async function nearestLabelDistance(
  features: Matrix<Float32Array>,
  labelled: Uint32Array,
  run: RunOptions = {},
): Promise<Float64Array> {
  const [count, columns] = features.shape
  const data = contiguousData(features)
  const reference = new Float32Array(labelled.length * columns)
  labelled.forEach((row, i) => {
    reference.set(data.subarray(row * columns, (row + 1) * columns), i * columns)
  })
  const distance = new Float64Array(count)
  await forEachBlock('nearest-label', count, rowBlock, run, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = i * columns
      let smallest = Number.POSITIVE_INFINITY
      for (let l = 0; l < labelled.length; l++) {
        const other = l * columns
        let sum = 0
        for (let j = 0; j < columns; ) {
          const stop = Math.min(columns, j + 8)
          for (; j < stop; j++) {
            const d = data[row + j]! - reference[other + j]!
            sum += d * d
          }
          if (sum >= smallest) break
        }
        if (sum < smallest) smallest = sum
      }
      distance[i] = Math.sqrt(smallest)
    }
  })
  return distance
}
