import { type FlatForest, forestShape } from '../flat-forest.ts'

/**
 * The value that a cut compares with its threshold: of one column, or of the sum of an oblique cut's terms, in f64 in their order
 * and rounded to f32.
 *
 * @param row - `[columns]`
 * @returns NaN when a column of the cut is missing.
 */
export function cutValue(forest: FlatForest, node: number, row: Float32Array): number {
  const { feature, termColumns, termWeights, termCentres } = forest
  if (!termColumns || !termWeights || !termCentres) return row[feature[node]!]!
  const { terms } = forestShape(forest)
  let sum = 0
  for (let j = node * terms; j < (node + 1) * terms; j++) {
    sum += termWeights[j]! * (row[termColumns[j]!]! - termCentres[j]!)
  }
  return Math.fround(sum)
}

/** Whether a value lies outside the range of the node's training rows, where the forest keeps ranges. NaN does not. */
export function isOutside({ low, high }: FlatForest, node: number, value: number): boolean {
  return low !== undefined && high !== undefined && (value < low[node]! || value > high[node]!)
}
