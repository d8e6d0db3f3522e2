import { type FlatForest, forestShape } from '../flat-forest.ts'
import { cutValue, isOutside } from './cut-value.ts'

/**
 * Walks one row through one tree; a missing value (NaN) goes to both children, weighted by their shares of the training rows.
 *
 * @param onStep - Called for each step with the weight in (0, 1] that takes it, and whether the row lies outside the range of the
 * cut, so that the step adds nothing to the path length.
 * @param onLeaf - Called for each leaf reached; the weights of all leaves sum to 1.
 * @remarks A row without NaN takes one path of weight 1. O(nodes) at worst.
 */
export function visitPaths(
  forest: FlatForest,
  root: number,
  row: Float32Array,
  onStep: (parent: number, child: number, weight: number, outside: boolean) => void,
  onLeaf: (leaf: number, weight: number) => void,
): void {
  const { threshold, left, size } = forest
  const nodes = [root]
  const weights = [1]
  while (nodes.length > 0) {
    const i = nodes.pop()!
    const weight = weights.pop()!
    const l = left[i]!
    if (l === i) {
      onLeaf(i, weight)
      continue
    }
    const x = cutValue(forest, i, row)
    const outside = isOutside(forest, i, x)
    const share = Number.isNaN(x) ? size[l]! / size[i]! : x <= threshold[i]! ? 1 : 0
    for (const [child, part] of [
      [l + 1, 1 - share],
      [l, share],
    ] as const) {
      if (part === 0) continue
      onStep(i, child, weight * part, outside)
      nodes.push(child)
      weights.push(weight * part)
    }
  }
}

/** The path length of one row, which may have missing values, summed over the trees. */
export function sumPathLengthsOfRow(forest: FlatForest, row: Float32Array): number {
  let sum = 0
  for (let t = 0; t + 1 < forest.roots.length; t++) {
    let tree = 0
    visitPaths(
      forest,
      forest.roots[t]!,
      row,
      (_parent, _child, weight, outside) => {
        if (outside) tree -= weight
      },
      (leaf, weight) => {
        tree += weight * forest.value[leaf]!
      },
    )
    sum += tree
  }
  return sum
}

/**
 * Adds to `saved`, for each column, the path length that the cuts on it saved a row, summed over the trees.
 *
 * @param row - `[columns]`, finite or NaN.
 * @remarks What an oblique cut saved is shared among its columns by the sizes of their terms, |weight × (value − centre)|: equally
 * when all are 0, and among the missing ones alone when some are.
 */
export function addSavings(forest: FlatForest, row: Float32Array, saved: Float64Array): void {
  const { roots, feature, value } = forest
  const shares = new Float64Array(forestShape(forest).terms)
  const onStep = (parent: number, child: number, weight: number, outside: boolean): void => {
    const amount = weight * (value[parent]! - value[child]! + Number(outside))
    if (!forest.termColumns) {
      const column = feature[parent]!
      saved[column] = saved[column]! + amount
      return
    }
    shareOut(forest, parent, row, shares)
    for (let j = 0; j < shares.length; j++) {
      const column = forest.termColumns[parent * shares.length + j]!
      saved[column] = saved[column]! + amount * shares[j]!
    }
  }
  for (let t = 0; t + 1 < roots.length; t++) visitPaths(forest, roots[t]!, row, onStep, () => {})
}

/** The share of each term in a cut: see {@link addSavings}. */
function shareOut(forest: FlatForest, node: number, row: Float32Array, shares: Float64Array): void {
  const first = node * shares.length
  const weights = forest.termWeights!.subarray(first, first + shares.length)
  let total = 0
  let missing = 0
  for (let j = 0; j < shares.length; j++) {
    const x = row[forest.termColumns![first + j]!]!
    shares[j] = Math.abs(weights[j]! * (x - forest.termCentres![first + j]!))
    if (Number.isNaN(shares[j]!) && weights[j] !== 0) missing++
    else total += shares[j]!
  }
  if (missing > 0)
    for (let j = 0; j < shares.length; j++) shares[j] = Number(weights[j] !== 0 && Number.isNaN(shares[j]!))
  else if (total === 0) for (let j = 0; j < shares.length; j++) shares[j] = Number(weights[j] !== 0)
  const sum = shares.reduce((a, b) => a + b)
  for (let j = 0; j < shares.length; j++) shares[j] = shares[j]! / sum
}
