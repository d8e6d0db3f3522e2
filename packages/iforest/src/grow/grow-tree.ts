import type { Random } from '@astronomaly/core'
import { allocateForest, type FlatForest, firstNodes } from '../flat-forest.ts'

/** How one tree is grown. */
export interface GrowOptions {
  /** Deepest leaf allowed, ≥ 0. */
  readonly maxDepth: number
  /** Columns that may be split; permuted. */
  readonly features: Uint32Array
  /** c(n): what a leaf of n rows adds to its depth. */
  readonly pathLength: (rows: number) => number
  /**
   * Whether each node keeps the range of the column that it splits.
   * @defaultValue false
   */
  readonly ranges?: boolean | undefined
}

/** Memory for growing trees of up to so many rows, used again from tree to tree. */
export interface GrowScratch {
  /** The nodes of the tree grown last. */
  readonly tree: FlatForest
  /** Where each row begins in the data; a node owns a run of them. */
  readonly places: Int32Array
  /** Rows on their way to a right child. */
  readonly right: Int32Array
  /** Values of the rows of a node in the column that is looked at. */
  readonly values: Float32Array
}

/** Most nodes of a tree. */
export function mostNodesOf(rows: number, maxDepth: number): number {
  return Math.min(2 * rows - 1, maxDepth < 31 ? 2 ** (maxDepth + 1) - 1 : Number.POSITIVE_INFINITY)
}

/** Scratch for trees of up to `rows` rows. */
export function allocateScratch(
  rows: number,
  { maxDepth, ranges = false }: Omit<GrowOptions, 'features'>,
): GrowScratch {
  return {
    tree: allocateForest(1, mostNodesOf(rows, maxDepth), { ranges }),
    places: new Int32Array(rows),
    right: new Int32Array(rows),
    values: new Float32Array(rows),
  }
}

/**
 * Grows one isolation tree: at each node a column uniform among those that are not constant there, and a threshold uniform in
 * (min, max), until a node holds one row, only equal rows, or lies at `maxDepth`.
 *
 * @param data - `[…, columns]`, row-major, finite or NaN, fewer than 2^31 values.
 * @param rows - The rows of `data` that the tree is grown on.
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
  options: GrowOptions,
): FlatForest {
  const scratch = allocateScratch(rows.length, options)
  for (let k = 0; k < rows.length; k++) scratch.places[k] = rows[k]! * columns
  return firstNodes(scratch.tree, growInto(scratch, data, rows.length, random, options))
}

/**
 * What {@link growTree} does, into memory that is at hand.
 *
 * @param scratch - Its first `count` places say where the rows begin in `data`; permuted.
 * @returns Number of nodes: the first so many of `scratch.tree` are the tree.
 */
export function growInto(
  scratch: GrowScratch,
  data: Float32Array,
  count: number,
  random: Random,
  { maxDepth, features, pathLength }: GrowOptions,
): number {
  const { places, right, values } = scratch
  const { feature, threshold, left, size, value, low: lows, high: highs } = scratch.tree
  // Right children that wait: node, start, end, depth and candidates of each.
  const waiting: number[] = []
  let nodes = 1
  let node = 0
  let start = 0
  let end = count
  let depth = 0
  let candidates = features.length
  for (;;) {
    size[node] = end - start
    value[node] = depth + pathLength(end - start)
    let cut = false
    // A column that is constant here is constant below: it leaves the candidates of the whole subtree. Subtrees permute only
    // the candidates that they were given, so the set that a sibling finds is the parent's.
    while (!cut && end - start > 1 && depth < maxDepth && candidates > 0) {
      const pick = candidates > 1 ? random.integer(candidates) : 0
      const column = features[pick]!
      let low = Number.POSITIVE_INFINITY
      let high = Number.NEGATIVE_INFINITY
      let missing = 0
      for (let k = start; k < end; k++) {
        const x = data[places[k]! + column]!
        values[k] = x
        if (x < low) low = x
        if (x > high) high = x
        missing |= +Number.isNaN(x)
      }
      if (!(high > low)) {
        candidates--
        features[pick] = features[candidates]!
        features[candidates] = column
        continue
      }
      cut = true
      const at = Math.fround(low + random.uniform() * (high - low))
      const limit = at < high ? at : low
      feature[node] = column
      threshold[node] = limit
      left[node] = nodes
      if (lows && highs) {
        lows[node] = low
        highs[node] = high
      }
      if (missing !== 0) replaceMissing(values, start, end, limit, random)
      let middle = start
      let above = 0
      // Without a branch, which would be mispredicted half of the time: every row is written to both sides.
      for (let k = start; k < end; k++) {
        const place = places[k]!
        const goesRight = +(values[k]! > limit)
        places[middle] = place
        right[above] = place
        above += goesRight
        middle += 1 - goesRight
      }
      for (let k = 0; k < above; k++) places[middle + k] = right[k]!
      depth++
      waiting.push(nodes + 1, middle, end, depth, candidates)
      node = nodes
      end = middle
      nodes += 2
    }
    if (cut) continue
    left[node] = node
    feature[node] = 0
    threshold[node] = Number.POSITIVE_INFINITY
    if (lows && highs) {
      lows[node] = Number.NEGATIVE_INFINITY
      highs[node] = Number.POSITIVE_INFINITY
    }
    if (waiting.length === 0) return nodes
    candidates = waiting.pop()!
    depth = waiting.pop()!
    end = waiting.pop()!
    start = waiting.pop()!
    node = waiting.pop()!
  }
}

/** Sends each row without a value to a side at random, with the sides' shares of the rows that have one. */
function replaceMissing(values: Float32Array, start: number, end: number, limit: number, random: Random): void {
  let below = 0
  let above = 0
  for (let k = start; k < end; k++) {
    if (values[k]! <= limit) below++
    else if (values[k]! > limit) above++
  }
  const share = below / (below + above)
  for (let k = start; k < end; k++) {
    if (Number.isNaN(values[k]!)) values[k] = random.uniform() < share ? limit : Number.POSITIVE_INFINITY
  }
}
