import type { EvaluatorRows, EvaluatorSums } from '@astronomaly/core'
import { type FlatForest, forestShape, treeDepths } from '../flat-forest.ts'

/** Rows of a block: with all its trees walked before the next, 256 rows of some 30 columns stay in the first-level cache. */
const blockRows = 256
/** Deeper trees are walked row by row: a walk of fixed length would go on in vain after most leaves. */
const deepestInterleaved = 20

/**
 * Sums path lengths in forests with ranges or oblique cuts, in the way that core's `TreeEvaluator` does in plain ones.
 *
 * @remarks A row's sum has the bits of `sumPathLengthsOfRow`, whatever rows stand beside it.
 * O(rows × trees × depth × columns of a cut) time on one thread.
 */
export class VariantEvaluator {
  readonly #forest: FlatForest
  readonly #columns: number
  readonly #depths: Uint32Array
  readonly #low: Float32Array
  readonly #high: Float32Array

  /** @param columns - Columns of the rows. */
  constructor(forest: FlatForest, columns: number) {
    const nodes = forest.left.length
    this.#forest = forest
    this.#columns = columns
    this.#depths = treeDepths(forest)
    this.#low = forest.low ?? new Float32Array(nodes).fill(Number.NEGATIVE_INFINITY)
    this.#high = forest.high ?? new Float32Array(nodes).fill(Number.POSITIVE_INFINITY)
  }

  /**
   * @param rows - `[count, columns]`, row-major.
   * @param sums - `[count]`, overwritten by the sums over the trees, in their order.
   * @returns Whether all values are finite; if not, the sums of the rows at fault are not meant to be used.
   */
  sum(rows: Float32Array, count: number, sums: Float64Array): boolean {
    const columns = this.#columns
    const { terms } = forestShape(this.#forest)
    sums.fill(0, 0, count)
    let odd = 0
    for (let i = 0; i < count * columns; i++) odd += rows[i]! - rows[i]!
    for (let start = 0; start < count; start += blockRows) {
      const end = Math.min(count, start + blockRows)
      for (let t = 0; t < this.#depths.length; t++) {
        const root = this.#forest.roots[t]!
        const depth = this.#depths[t]!
        if (terms === 1) this.#walkAlongAxes(root, depth, rows, columns, start, end, sums)
        else this.#walkTerms(root, depth, terms, rows, columns, start, end, sums)
      }
    }
    return odd === 0
  }

  /** Sums for batches of rows, in their order. */
  async *sumBatches(batches: AsyncIterable<EvaluatorRows>): AsyncGenerator<EvaluatorSums> {
    for await (const batch of batches) {
      const sums = new Float64Array(batch.count)
      yield { ...batch, sums, finite: this.sum(batch.data, batch.count, sums) }
    }
  }

  #walkAlongAxes(
    root: number,
    depth: number,
    rows: Float32Array,
    columns: number,
    start: number,
    end: number,
    sums: Float64Array,
  ): void {
    const { feature, threshold, left, value } = this.#forest
    const low = this.#low
    const high = this.#high
    let k = start
    for (; depth <= deepestInterleaved && k + 4 <= end; k += 4) {
      const a = k * columns
      const b = a + columns
      const c = b + columns
      const d = c + columns
      let h = root
      let i = root
      let j = root
      let m = root
      let outside0 = 0
      let outside1 = 0
      let outside2 = 0
      let outside3 = 0
      for (let step = 0; step < depth; step++) {
        const w = rows[a + feature[h]!]!
        const x = rows[b + feature[i]!]!
        const y = rows[c + feature[j]!]!
        const z = rows[d + feature[m]!]!
        outside0 += +(w < low[h]!) + +(w > high[h]!)
        outside1 += +(x < low[i]!) + +(x > high[i]!)
        outside2 += +(y < low[j]!) + +(y > high[j]!)
        outside3 += +(z < low[m]!) + +(z > high[m]!)
        h = left[h]! + +(w > threshold[h]!)
        i = left[i]! + +(x > threshold[i]!)
        j = left[j]! + +(y > threshold[j]!)
        m = left[m]! + +(z > threshold[m]!)
      }
      sums[k] = sums[k]! + (value[h]! - outside0)
      sums[k + 1] = sums[k + 1]! + (value[i]! - outside1)
      sums[k + 2] = sums[k + 2]! + (value[j]! - outside2)
      sums[k + 3] = sums[k + 3]! + (value[m]! - outside3)
    }
    for (; k < end; k++) {
      const a = k * columns
      let i = root
      let outside = 0
      for (let next = left[i]!; next !== i; next = left[i]!) {
        const x = rows[a + feature[i]!]!
        outside += +(x < low[i]!) + +(x > high[i]!)
        i = next + +(x > threshold[i]!)
      }
      sums[k] = sums[k]! + (value[i]! - outside)
    }
  }

  #walkTerms(
    root: number,
    depth: number,
    terms: number,
    rows: Float32Array,
    columns: number,
    start: number,
    end: number,
    sums: Float64Array,
  ): void {
    const { threshold, left, value } = this.#forest
    const column = this.#forest.termColumns!
    const weight = this.#forest.termWeights!
    const centre = this.#forest.termCentres!
    const low = this.#low
    const high = this.#high
    let k = start
    for (; depth <= deepestInterleaved && k + 4 <= end; k += 4) {
      const a = k * columns
      const b = a + columns
      const c = b + columns
      const d = c + columns
      let h = root
      let i = root
      let j = root
      let m = root
      let outside0 = 0
      let outside1 = 0
      let outside2 = 0
      let outside3 = 0
      for (let step = 0; step < depth; step++) {
        let w = 0
        let x = 0
        let y = 0
        let z = 0
        for (let term = 0; term < terms; term++) {
          const p = h * terms + term
          const q = i * terms + term
          const r = j * terms + term
          const s = m * terms + term
          w += weight[p]! * (rows[a + column[p]!]! - centre[p]!)
          x += weight[q]! * (rows[b + column[q]!]! - centre[q]!)
          y += weight[r]! * (rows[c + column[r]!]! - centre[r]!)
          z += weight[s]! * (rows[d + column[s]!]! - centre[s]!)
        }
        w = Math.fround(w)
        x = Math.fround(x)
        y = Math.fround(y)
        z = Math.fround(z)
        outside0 += +(w < low[h]!) + +(w > high[h]!)
        outside1 += +(x < low[i]!) + +(x > high[i]!)
        outside2 += +(y < low[j]!) + +(y > high[j]!)
        outside3 += +(z < low[m]!) + +(z > high[m]!)
        h = left[h]! + +(w > threshold[h]!)
        i = left[i]! + +(x > threshold[i]!)
        j = left[j]! + +(y > threshold[j]!)
        m = left[m]! + +(z > threshold[m]!)
      }
      sums[k] = sums[k]! + (value[h]! - outside0)
      sums[k + 1] = sums[k + 1]! + (value[i]! - outside1)
      sums[k + 2] = sums[k + 2]! + (value[j]! - outside2)
      sums[k + 3] = sums[k + 3]! + (value[m]! - outside3)
    }
    for (; k < end; k++) {
      const a = k * columns
      let i = root
      let outside = 0
      for (let next = left[i]!; next !== i; next = left[i]!) {
        let sum = 0
        for (let p = i * terms; p < (i + 1) * terms; p++) sum += weight[p]! * (rows[a + column[p]!]! - centre[p]!)
        const x = Math.fround(sum)
        outside += +(x < low[i]!) + +(x > high[i]!)
        i = next + +(x > threshold[i]!)
      }
      sums[k] = sums[k]! + (value[i]! - outside)
    }
  }
}
