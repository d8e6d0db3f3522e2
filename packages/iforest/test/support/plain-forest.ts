import { createRandom, type Random } from '@astronomaly/core'
import { powerOfTwo } from '@astronomaly/core/numeric'
import { averagePathLength, type FlatForest, type ForeignTree, type PathLengthConvention } from '@astronomaly/iforest'

/** Path length of a row by plain recursion over a forest's arrays; NaN goes both ways. Reads `size`, never `value`. */
export function plainPathLength(
  forest: FlatForest,
  root: number,
  row: ArrayLike<number>,
  convention: PathLengthConvention = 'scikit-learn',
): number {
  let sum = 0
  const visit = (node: number, depth: number, weight: number): void => {
    const left = forest.left[node]!
    if (left === node) {
      sum += weight * (depth + averagePathLength(forest.size[node]!, { convention }))
      return
    }
    const x = row[forest.feature[node]!]!
    if (Number.isNaN(x)) {
      const share = forest.size[left]! / forest.size[node]!
      visit(left, depth + 1, weight * share)
      visit(left + 1, depth + 1, weight * (1 - share))
    } else {
      visit(x <= forest.threshold[node]! ? left : left + 1, depth + 1, weight)
    }
  }
  visit(root, 0, 1)
  return sum
}

/** Score of a row by plain recursion. */
export function plainScore(forest: FlatForest, sampleSize: number, row: ArrayLike<number>): number {
  let sum = 0
  const trees = forest.roots.length - 1
  for (let t = 0; t < trees; t++) sum += plainPathLength(forest, forest.roots[t]!, row)
  const normaliser = averagePathLength(sampleSize)
  return normaliser > 0 ? powerOfTwo(-(sum / (trees * normaliser))) : 0.5
}

/** Path length of a row in a foreign tree, as its own program would find it: thresholds are f64. */
export function foreignPathLength(tree: ForeignTree, row: ArrayLike<number>, split: '<=' | '<'): number {
  let node = 0
  let depth = 0
  while (tree.left[node]! >= 0) {
    const local = tree.feature[node]!
    const x = row[tree.columns ? tree.columns[local]! : local]!
    const goesLeft = split === '<=' ? x <= tree.threshold[node]! : x < tree.threshold[node]!
    node = (goesLeft ? tree.left[node] : tree.right[node])!
    depth++
  }
  return depth + averagePathLength(tree.size[node]!)
}

/** Numbers where comparisons go wrong: signed zeros, denormals, neighbours, extremes. */
export const awkwardNumbers: readonly number[] = [
  0,
  -0,
  1.401298464324817e-45,
  -1.401298464324817e-45,
  1e-40,
  1,
  1 + 2 ** -23,
  1 - 2 ** -24,
  -1,
  -1 - 2 ** -23,
  0.1,
  3e38,
  -3e38,
  1e-20,
  2.5,
]

/** A tree of random shape: `lean` 0.5 gives bushy trees, 1 a chain. Nodes in the order of a walk, as scikit-learn has them. */
export function randomTree(random: Random, columns: number, splits: number, lean: number): ForeignTree {
  const left: number[] = []
  const right: number[] = []
  const feature: number[] = []
  const threshold: number[] = []
  const size: number[] = []
  const add = (inner: number): number => {
    const node = left.length
    left.push(-1)
    right.push(-1)
    feature.push(inner > 0 ? random.integer(columns) : -2)
    const near = awkwardNumbers[random.integer(awkwardNumbers.length)]!
    threshold.push(random.uniform() < 0.5 ? Math.fround(near) : near + random.normal() * 1e-9)
    size.push(inner > 0 ? -1 : 1 + random.integer(5))
    if (inner > 0) {
      const share = lean === 1 ? inner - 1 : Math.min(inner - 1, Math.floor(random.uniform() * inner))
      left[node] = add(inner - 1 - share)
      right[node] = add(share)
    }
    return node
  }
  add(splits)
  return { left, right, feature, threshold, size }
}

/** `[rows, columns]` of awkward numbers, some of them NaN if asked. */
export function awkwardRows(seed: number, rows: number, columns: number, missing = 0): Float32Array {
  const random = createRandom(seed, 'awkward-rows')
  return Float32Array.from({ length: rows * columns }, () =>
    random.uniform() < missing ? Number.NaN : awkwardNumbers[random.integer(awkwardNumbers.length)]!,
  )
}
