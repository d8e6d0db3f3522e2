import { definedOnly } from '@astronomaly/core'
import { type FlatForest, forestShape } from '../flat-forest.ts'

/** Each tree of a forest as one of its own: the inverse of `concatForests`. O(nodes). */
export function splitForest(forest: FlatForest): FlatForest[] {
  const { roots, left, feature, threshold, size, value, low, high, termColumns, termWeights, termCentres } = forest
  const { terms } = forestShape(forest)
  return Array.from({ length: roots.length - 1 }, (_, t) => {
    const start = roots[t]!
    const end = roots[t + 1]!
    return definedOnly({
      roots: Uint32Array.of(0, end - start),
      feature: feature.slice(start, end),
      threshold: threshold.slice(start, end),
      left: left.slice(start, end).map((node) => node - start),
      size: size.slice(start, end),
      value: value.slice(start, end),
      low: low?.slice(start, end),
      high: high?.slice(start, end),
      termColumns: termColumns?.slice(start * terms, end * terms),
      termWeights: termWeights?.slice(start * terms, end * terms),
      termCentres: termCentres?.slice(start * terms, end * terms),
    })
  })
}
