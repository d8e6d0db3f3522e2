import type { FlatForest } from './flat-forest.ts'

/**
 * Walks one row through one tree; a missing value (NaN) goes to both children, weighted by their shares of the training rows.
 *
 * @param onStep - Called for each step with the weight in (0, 1] that takes it.
 * @param onLeaf - Called for each leaf reached; the weights of all leaves sum to 1.
 * @remarks A row without NaN takes one path of weight 1. O(nodes) at worst.
 */
export function visitPaths(
  forest: FlatForest,
  root: number,
  row: Float32Array,
  onStep: (parent: number, child: number, weight: number) => void,
  onLeaf: (leaf: number, weight: number) => void,
): void {
  const { feature, threshold, left, size } = forest
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
    const x = row[feature[i]!]!
    const share = Number.isNaN(x) ? size[l]! / size[i]! : x <= threshold[i]! ? 1 : 0
    for (const [child, part] of [
      [l + 1, 1 - share],
      [l, share],
    ] as const) {
      if (part === 0) continue
      onStep(i, child, weight * part)
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
      () => {},
      (leaf, weight) => {
        tree += weight * forest.value[leaf]!
      },
    )
    sum += tree
  }
  return sum
}
