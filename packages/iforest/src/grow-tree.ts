import type { Random } from '@astronomaly/core'
import { allocateForest, type FlatForest } from './flat-forest.ts'

/** How one tree is grown. */
export interface GrowOptions {
  /** Deepest leaf allowed, ≥ 0. */
  readonly maxDepth: number
  /** Columns that may be split; permuted. */
  readonly features: Uint32Array
  /** c(n): what a leaf of n rows adds to its depth. */
  readonly pathLength: (rows: number) => number
}

/**
 * Grows one isolation tree: at each node a column uniform among those that are not constant there, and a threshold uniform in
 * (min, max), until a node holds one row, only equal rows, or lies at `maxDepth`.
 *
 * @param data - `[…, columns]`, row-major, finite or NaN.
 * @param rows - The rows of `data` that the tree is grown on; permuted.
 * @remarks The threshold, rounded to f32, lies in [min, max), so that both children are non-empty. A row that lacks the value of
 * the split goes to a child at random with the children's shares of the rows that have it: in the mean, both ways.
 * A column counts as constant when its minimum equals its maximum; scikit-learn also takes a range up to 1e-7 for none.
 * O(rows × depth) time.
 */
export function growTree(
  data: Float32Array,
  columns: number,
  rows: Uint32Array,
  random: Random,
  { maxDepth, features, pathLength }: GrowOptions,
): FlatForest {
  const most = Math.min(2 * rows.length - 1, maxDepth < 31 ? 2 ** (maxDepth + 1) - 1 : Number.POSITIVE_INFINITY)
  const tree = allocateForest(1, most)
  let nodes = 1
  const stack = [{ node: 0, start: 0, end: rows.length, depth: 0, candidates: features.length }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, start, end, depth } = top
    let { candidates } = top
    tree.size[node] = end - start
    tree.value[node] = depth + pathLength(end - start)
    tree.left[node] = node
    if (end - start < 2 || depth >= maxDepth) continue
    // A column that is constant here is constant below: it leaves the candidates of the whole subtree. Subtrees permute only
    // the candidates that they were given, so the set that a sibling finds is the parent's.
    while (candidates > 0) {
      const pick = random.integer(candidates)
      const column = features[pick]!
      let low = Number.POSITIVE_INFINITY
      let high = Number.NEGATIVE_INFINITY
      for (let k = start; k < end; k++) {
        const x = data[rows[k]! * columns + column]!
        if (x < low) low = x
        if (x > high) high = x
      }
      if (!(high > low)) {
        candidates--
        features[pick] = features[candidates]!
        features[candidates] = column
        continue
      }
      const cut = Math.fround(low + random.uniform() * (high - low))
      const threshold = cut < high ? cut : low
      const middle = partition(data, columns, column, rows, start, end, threshold, random)
      tree.feature[node] = column
      tree.threshold[node] = threshold
      tree.left[node] = nodes
      stack.push({ node: nodes + 1, start: middle, end, depth: depth + 1, candidates })
      stack.push({ node: nodes, start, end: middle, depth: depth + 1, candidates })
      nodes += 2
      break
    }
  }
  return {
    roots: Uint32Array.of(0, nodes),
    feature: tree.feature.slice(0, nodes),
    threshold: tree.threshold.slice(0, nodes),
    left: tree.left.slice(0, nodes),
    size: tree.size.slice(0, nodes),
    value: tree.value.slice(0, nodes),
  }
}

/** Reorders `rows[start … end)` so that those at or below the threshold come first; returns where the others begin. */
function partition(
  data: Float32Array,
  columns: number,
  column: number,
  rows: Uint32Array,
  start: number,
  end: number,
  threshold: number,
  random: Random,
): number {
  let below = 0
  let above = 0
  for (let k = start; k < end; k++) {
    const x = data[rows[k]! * columns + column]!
    if (x <= threshold) below++
    else if (x > threshold) above++
  }
  const share = below / (below + above)
  let middle = start
  for (let k = start; k < end; k++) {
    const row = rows[k]!
    const x = data[row * columns + column]!
    if (!(x <= threshold || (Number.isNaN(x) && random.uniform() < share))) continue
    rows[k] = rows[middle]!
    rows[middle++] = row
  }
  return middle
}
