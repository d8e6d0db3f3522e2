import type { TreeEnsemble } from './tree-ensemble.ts'

/**
 * What `sumLeafValues` does, for trees with ranges or linear cuts, row by row: the TypeScript twin of the WebAssembly kernel.
 *
 * @param rows - `[count, columns]`, row-major, finite.
 * @param sums - `[count]`, overwritten.
 * @remarks O(count × trees × depth × columns of a cut).
 */
export function sumVariantLeafValues(
  ensemble: TreeEnsemble,
  rows: Float32Array,
  columns: number,
  count: number,
  sums: Float64Array,
): void {
  const { roots, threshold, left, value, low, high } = ensemble
  for (let k = 0; k < count; k++) {
    let sum = 0
    for (let t = 0; t + 1 < roots.length; t++) {
      let i = roots[t]!
      let outside = 0
      for (let next = left[i]!; next !== i; next = left[i]!) {
        const x = cutValue(ensemble, i, rows, k * columns)
        if (low && high) outside += +(x < low[i]!) + +(x > high[i]!)
        i = next + +(x > threshold[i]!)
      }
      sum += value[i]! - outside
    }
    sums[k] = sum
  }
}

function cutValue(ensemble: TreeEnsemble, i: number, rows: Float32Array, row: number): number {
  const { left, feature, termColumns, termWeights, termCentres } = ensemble
  if (!termColumns || !termWeights || !termCentres) return rows[row + feature[i]!]!
  const terms = termColumns.length / left.length
  let sum = 0
  for (let j = i * terms; j < (i + 1) * terms; j++) {
    sum += termWeights[j]! * (rows[row + termColumns[j]!]! - termCentres[j]!)
  }
  return Math.fround(sum)
}
