import { type FlatForest, forestShape } from '../flat-forest.ts'
import { addSavings } from './visit-paths.ts'

/** Whether a walk needs no more than `feature` and `threshold`. */
function isPlain(forest: FlatForest): boolean {
  const { ranges, terms } = forestShape(forest)
  return !ranges && terms === 1
}

function lacksValue(rows: Float32Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (Number.isNaN(rows[i]!)) return true
  return false
}

/**
 * Adds to `saved`, for each column, the path length that the cuts on it saved a row, summed over the trees.
 *
 * @param row - `[columns]`, finite or NaN.
 * @remarks O(trees × depth), O(nodes) at worst for a row with missing values.
 */
export function explainRow(forest: FlatForest, row: Float32Array, saved: Float64Array): void {
  const { roots, feature, threshold, left, value } = forest
  if (!isPlain(forest) || lacksValue(row, 0, row.length)) {
    addSavings(forest, row, saved)
    return
  }
  for (let t = 0; t + 1 < roots.length; t++) {
    let i = roots[t]!
    for (let next = left[i]!; next !== i; next = left[i]!) {
      const column = feature[i]!
      const child = next + +(row[column]! > threshold[i]!)
      saved[column] = saved[column]! + (value[i]! - value[child]!)
      i = child
    }
  }
}

/**
 * What {@link explainRow} gives, summed over many rows.
 *
 * @remarks Rows without missing values are only counted in their leaves; what all of them saved follows from the counts at the
 * end, in O(nodes). Counts are whole numbers and all other rows are added in their order, so that the sum does not depend on the
 * batches. 8 bytes a node.
 */
export class ExplanationSum {
  readonly #forest: FlatForest
  readonly #depths: Uint32Array
  readonly #columns: number
  readonly #counts: Float64Array
  readonly #saved: Float64Array

  /** @param depths - Depth of the deepest leaf of each tree. */
  constructor(forest: FlatForest, depths: Uint32Array, columns: number) {
    this.#forest = forest
    this.#depths = depths
    this.#columns = columns
    this.#counts = new Float64Array(forest.left.length)
    this.#saved = new Float64Array(columns)
  }

  /** @param rows - `[count, columns]`, row-major, finite or NaN. */
  add(rows: Float32Array, count: number): void {
    const columns = this.#columns
    const plain = isPlain(this.#forest)
    const complete = new Uint32Array(count)
    let found = 0
    for (let k = 0; k < count; k++) {
      const start = k * columns
      if (plain && !lacksValue(rows, start, start + columns)) complete[found++] = start
      else explainRow(this.#forest, rows.subarray(start, start + columns), this.#saved)
    }
    for (let t = 0; t < this.#depths.length; t++) {
      countLeaves(
        this.#forest,
        this.#forest.roots[t]!,
        this.#depths[t]!,
        rows,
        complete.subarray(0, found),
        this.#counts,
      )
    }
  }

  /** `[columns]` The sum over all rows and trees. */
  finish(): Float64Array {
    const { roots, feature, left, value } = this.#forest
    const counts = this.#counts.slice()
    const saved = this.#saved.slice()
    for (let t = 0; t + 1 < roots.length; t++) {
      // A child stands after its parent: from the last node on, both children are complete.
      for (let i = roots[t + 1]! - 1; i >= roots[t]!; i--) {
        const l = left[i]!
        if (l === i) continue
        counts[i] = counts[l]! + counts[l + 1]!
        const column = feature[i]!
        const ofLeft = counts[l]! * (value[i]! - value[l]!)
        saved[column] = saved[column]! + ofLeft + counts[l + 1]! * (value[i]! - value[l + 1]!)
      }
    }
    return saved
  }
}

/** Counts the leaf that each row reaches in one tree; `starts` are the places of the rows in `rows`. */
function countLeaves(
  forest: FlatForest,
  root: number,
  depth: number,
  rows: Float32Array,
  starts: Uint32Array,
  counts: Float64Array,
): void {
  const { feature, threshold, left } = forest
  let k = 0
  // Independent walks of a fixed length overlap in the processor; a deep tree would make most of the steps vain ones.
  for (; depth <= 20 && k + 4 <= starts.length; k += 4) {
    const a = starts[k]!
    const b = starts[k + 1]!
    const c = starts[k + 2]!
    const d = starts[k + 3]!
    let i = root
    let j = root
    let m = root
    let n = root
    for (let step = 0; step < depth; step++) {
      i = left[i]! + +(rows[a + feature[i]!]! > threshold[i]!)
      j = left[j]! + +(rows[b + feature[j]!]! > threshold[j]!)
      m = left[m]! + +(rows[c + feature[m]!]! > threshold[m]!)
      n = left[n]! + +(rows[d + feature[n]!]! > threshold[n]!)
    }
    counts[i] = counts[i]! + 1
    counts[j] = counts[j]! + 1
    counts[m] = counts[m]! + 1
    counts[n] = counts[n]! + 1
  }
  for (; k < starts.length; k++) {
    const a = starts[k]!
    let i = root
    for (let next = left[i]!; next !== i; next = left[i]!) i = next + +(rows[a + feature[i]!]! > threshold[i]!)
    counts[i] = counts[i]! + 1
  }
}
