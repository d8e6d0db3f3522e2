import { createRandom, type Matrix, type Seed } from '@astronomaly/core'
import type { FeatureMap } from './report-data.ts'

/** Points of the map: as many as an eye can use. */
const mostPoints = 4000

/**
 * The first two principal components of a sample of all objects and of the first of the ranking.
 *
 * @param features - `[objects, components]`; a second component that is not there is 0.
 * @param order - Rows by the current score, of which the first `top` are marked.
 */
export function mapFeatures(
  features: Matrix,
  ids: readonly string[],
  order: Uint32Array,
  seed: Seed,
  top: number,
): FeatureMap {
  const [rows, columns] = features.shape
  const at = (row: number, column: number): number => (column < columns ? features.data[row * columns + column]! : 0)
  const sample = createRandom(seed, 'pipeline.map').sample(rows, Math.min(rows, mostPoints)).sort()
  return {
    xLabel: 'principal component 1',
    yLabel: 'principal component 2',
    x: Array.from(sample, (row) => at(row, 0)),
    y: Array.from(sample, (row) => at(row, 1)),
    top: Array.from(order.subarray(0, top), (row, i) => ({ x: at(row, 0), y: at(row, 1), id: ids[row]!, rank: i + 1 })),
  }
}
