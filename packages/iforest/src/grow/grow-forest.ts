import { createRandom, ParameterError, type Random } from '@astronomaly/core'
import { ceilLog2 } from '@astronomaly/core/numeric'
import { pathLengthFunction } from '../average-path-length.ts'
import type { FlatForest } from '../flat-forest.ts'
import type { ResolvedIsolationForestOptions } from '../forest-options.ts'
import { distinct } from './draw-rows.ts'
import { growTree } from './grow-tree.ts'
import { growVariantTree } from './grow-variant-tree.ts'

/** The options that a tree depends on besides its rows. */
export type TreeOptions = Omit<ResolvedIsolationForestOptions, 'trees' | 'sampleSize' | 'contamination'>

/** Grows the tree of this number on these rows of `data`; neither array is changed. */
export type TreeGrower = (data: Float32Array, rows: Uint32Array, tree: number) => FlatForest

/**
 * Columns that each tree may split on.
 *
 * @throws ParameterError when `featuresPerTree` is more than there are.
 */
export function countFeatures(columns: number, { featuresPerTree }: TreeOptions): number {
  if (featuresPerTree === 'all') return columns
  if (typeof featuresPerTree === 'object') return Math.max(1, Math.floor(featuresPerTree.fraction * columns))
  if (featuresPerTree <= columns) return featuresPerTree
  throw new ParameterError(
    `IsolationForest: featuresPerTree must be <= the ${columns} columns. Received ${featuresPerTree}.`,
  )
}

/**
 * Columns that each cut combines, at most.
 *
 * @throws ParameterError when `featuresPerTree` is more than there are.
 */
export function countTerms(columns: number, options: TreeOptions): number {
  return Math.min(options.dimensions, countFeatures(columns, options))
}

/** The columns that a tree may split on. */
export function chooseFeatures(columns: number, count: number, random: Random): Uint32Array {
  return count === columns ? Uint32Array.from({ length: columns }, (_, i) => i) : random.sample(columns, count)
}

/** Depth at which the trees stop. */
export function deepestOf(sampleSize: number, { maxDepth }: TreeOptions): number {
  if (maxDepth === 'auto') return ceilLog2(Math.max(sampleSize, 2))
  return maxDepth === 'unlimited' ? Number.POSITIVE_INFINITY : maxDepth
}

/**
 * How each tree of a forest is grown. A tree depends on its rows, its number and the options alone.
 *
 * @param sampleSize - Rows that each tree is grown on.
 */
export function treeGrower(columns: number, sampleSize: number, options: TreeOptions): TreeGrower {
  const { bootstrap, pathLength, split, penalizeRange: ranges, seed } = options
  const featureCount = countFeatures(columns, options)
  const deepest = deepestOf(sampleSize, options)
  const pathLengthOf = pathLengthFunction(sampleSize, pathLength)
  const dimensions = countTerms(columns, options)
  return (data, rows, tree) => {
    const random = createRandom(seed, 'iforest.tree', tree)
    const features = chooseFeatures(columns, featureCount, random)
    // A row drawn twice changes no range; counted once, as in scikit-learn, it is isolated when it is alone.
    const own = bootstrap ? distinct([rows]) : rows.slice()
    const how = { maxDepth: deepest, features, pathLength: pathLengthOf, ranges }
    return dimensions === 1 && split === 'uniform'
      ? growTree(data, columns, own, random, how)
      : growVariantTree(data, columns, own, random, { ...how, dimensions, split })
  }
}
