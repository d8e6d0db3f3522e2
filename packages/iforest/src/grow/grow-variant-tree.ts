import type { Random } from '@astronomaly/core'
import { allocateForest, type FlatForest, firstNodes } from '../flat-forest.ts'
import { type GrowOptions, mostNodesOf } from './grow-tree.ts'
import { pooledGainThreshold } from './pooled-gain.ts'

/** How a tree is grown whose cuts are not the plain ones. */
export interface GrowVariantOptions extends GrowOptions {
  /** k: most columns that a cut combines, ≥ 1. */
  readonly dimensions: number
  /** Whether the threshold is uniform in (min, max) or the one of the greatest pooled gain. */
  readonly split: 'uniform' | 'pooled-gain'
}

const largest = 3.4028234663852886e38

/**
 * Grows one isolation tree of oblique cuts, of pooled-gain thresholds, or of both.
 *
 * @param data - `[…, columns]`, row-major, finite or NaN.
 * @param rows - The rows of `data` that the tree is grown on; permuted.
 * @remarks At each node k columns are drawn without replacement among those that vary there (or all of them, if fewer do). With
 * k = 1 the cut is on that column. Above, each column's values, less their mean in the node, are weighted by a standard normal
 * number divided by their standard deviation in the node, and summed; when rounding leaves no two different sums, the first
 * column is cut alone. A row that lacks a value of the cut goes to a child at random, as in `growTree`, and counts in no statistic.
 * O(rows × depth × (k + log rows)) time.
 */
export function growVariantTree(
  data: Float32Array,
  columns: number,
  rows: Uint32Array,
  random: Random,
  { maxDepth, features, pathLength, ranges = false, dimensions, split }: GrowVariantOptions,
): FlatForest {
  const tree = allocateForest(1, mostNodesOf(rows.length, maxDepth), { ranges, terms: dimensions })
  const cut = new Cut(data, columns, rows, dimensions)
  let nodes = 1
  const stack = [{ node: 0, start: 0, end: rows.length, depth: 0, candidates: features.length }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, start, end, depth } = top
    tree.size[node] = end - start
    tree.value[node] = depth + pathLength(end - start)
    tree.left[node] = node
    if (end - start < 2 || depth >= maxDepth) continue
    const candidates = cut.choose(features, top.candidates, start, end, random)
    if (cut.count === 0) continue
    cut.project(start, end, random)
    const threshold = split === 'uniform' ? cut.uniformThreshold(random) : cut.pooledThreshold()
    const middle = cut.partition(threshold, start, end, random)
    cut.store(tree, node, threshold)
    tree.left[node] = nodes
    stack.push({ node: nodes + 1, start: middle, end, depth: depth + 1, candidates })
    stack.push({ node: nodes, start, end: middle, depth: depth + 1, candidates })
    nodes += 2
  }
  return firstNodes(tree, nodes)
}

/** One cut in the making: its columns, weights and centres, and the value that it gives each row of the node. */
class Cut {
  readonly #data: Float32Array
  readonly #columns: number
  readonly #rows: Uint32Array
  readonly #chosen: Int32Array
  readonly #weights: Float32Array
  readonly #centres: Float32Array
  /** Of the rows from `start` to `end`, in their order. */
  readonly #values: Float32Array
  readonly #sorted: Float32Array
  #present = 0
  #low = 0
  #high = 0
  /** Columns that the cut combines: 0 when none varies. */
  count = 0

  constructor(data: Float32Array, columns: number, rows: Uint32Array, dimensions: number) {
    this.#data = data
    this.#columns = columns
    this.#rows = rows
    this.#chosen = new Int32Array(dimensions)
    this.#weights = new Float32Array(dimensions)
    this.#centres = new Float32Array(dimensions)
    this.#values = new Float32Array(rows.length)
    this.#sorted = new Float32Array(rows.length)
  }

  /**
   * Draws the columns of the cut from the first `candidates` features, permuting these alone.
   *
   * @returns The candidates of both children: constant columns that were met have left them, to the places behind.
   */
  choose(features: Uint32Array, candidates: number, start: number, end: number, random: Random): number {
    this.count = 0
    // Not looked at yet: [0, open); chosen: [open, candidates).
    let open = candidates
    while (open > 0 && this.count < this.#chosen.length) {
      const pick = random.integer(open)
      const column = features[pick]!
      features[pick] = features[--open]!
      features[open] = column
      if (this.#varies(column, start, end)) {
        this.#chosen[this.count++] = column
      } else {
        features[open] = features[--candidates]!
        features[candidates] = column
      }
    }
    return candidates
  }

  #varies(column: number, start: number, end: number): boolean {
    let first = Number.NaN
    for (let k = start; k < end; k++) {
      const x = this.#data[this.#rows[k]! * this.#columns + column]!
      if (Number.isNaN(first)) first = x
      else if (x !== first && !Number.isNaN(x)) return true
    }
    return false
  }

  /** Finds the weights, and from them the value of each row: NaN where a term is missing. */
  project(start: number, end: number, random: Random): void {
    if (this.#chosen.length === 1) {
      this.#measure(start, end)
      return
    }
    let terms = 0
    for (let j = 0; j < this.count; j++) {
      const column = this.#chosen[j]!
      this.#weigh(terms, column, random.normal(), start, end)
      // A weight may round to 0 beside a spread of 1e38.
      if (this.#weights[terms] !== 0) this.#chosen[terms++] = column
    }
    const first = this.#chosen[0]!
    this.count = terms
    this.#measure(start, end)
    if (this.#high > this.#low) return
    this.#weigh(0, first, 1, start, end)
    this.count = 1
    this.#measure(start, end)
  }

  /** Centre and weight `normal`/s of a column, s its standard deviation over the node's rows. */
  #weigh(term: number, column: number, normal: number, start: number, end: number): void {
    const data = this.#data
    const rows = this.#rows
    const columns = this.#columns
    let present = 0
    let sum = 0
    for (let k = start; k < end; k++) {
      const x = data[rows[k]! * columns + column]!
      if (Number.isNaN(x)) continue
      sum += x
      present++
    }
    const mean = sum / present
    let squares = 0
    for (let k = start; k < end; k++) {
      const d = data[rows[k]! * columns + column]! - mean
      if (!Number.isNaN(d)) squares += d * d
    }
    const weight = normal / Math.sqrt(squares / present)
    this.#weights[term] = Math.max(-largest, Math.min(largest, weight))
    this.#centres[term] = mean
  }

  #measure(start: number, end: number): void {
    const data = this.#data
    const rows = this.#rows
    const oblique = this.#chosen.length > 1
    const first = this.#chosen[0]!
    this.#low = Number.POSITIVE_INFINITY
    this.#high = Number.NEGATIVE_INFINITY
    this.#present = 0
    for (let k = start; k < end; k++) {
      const at = rows[k]! * this.#columns
      let value = 0
      if (oblique) {
        for (let j = 0; j < this.count; j++) {
          value += this.#weights[j]! * (data[at + this.#chosen[j]!]! - this.#centres[j]!)
        }
        value = Math.fround(value)
      } else {
        value = data[at + first]!
      }
      this.#values[k - start] = value
      if (Number.isNaN(value)) continue
      this.#sorted[this.#present++] = value
      if (value < this.#low) this.#low = value
      if (value > this.#high) this.#high = value
    }
  }

  /** The threshold, rounded to f32, lies in [min, max), so that both children are non-empty. */
  uniformThreshold(random: Random): number {
    const threshold = Math.fround(this.#low + random.uniform() * (this.#high - this.#low))
    return threshold < this.#high ? threshold : this.#low
  }

  pooledThreshold(): number {
    return pooledGainThreshold(this.#sorted.subarray(0, this.#present).sort())
  }

  /** Reorders the rows so that those at or below the threshold come first; returns where the others begin. */
  partition(threshold: number, start: number, end: number, random: Random): number {
    const rows = this.#rows
    let below = 0
    for (let k = 0; k < end - start; k++) if (this.#values[k]! <= threshold) below++
    const share = below / this.#present
    let middle = start
    for (let k = start; k < end; k++) {
      const row = rows[k]!
      const x = this.#values[k - start]!
      if (!(x <= threshold || (Number.isNaN(x) && random.uniform() < share))) continue
      rows[k] = rows[middle]!
      rows[middle++] = row
    }
    return middle
  }

  store(tree: FlatForest, node: number, threshold: number): void {
    const { termColumns, termWeights, termCentres } = tree
    const first = this.#chosen[0]!
    tree.feature[node] = first
    tree.threshold[node] = threshold
    if (tree.low && tree.high) {
      tree.low[node] = this.#low
      tree.high[node] = this.#high
    }
    if (!termColumns || !termWeights || !termCentres) return
    const terms = this.#chosen.length
    for (let j = 0; j < terms; j++) {
      const used = j < this.count
      termColumns[node * terms + j] = used ? this.#chosen[j]! : first
      termWeights[node * terms + j] = used ? this.#weights[j]! : 0
      termCentres[node * terms + j] = used ? this.#centres[j]! : 0
    }
  }
}
