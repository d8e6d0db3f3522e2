import { describeValue, ParameterError, type Random, ShapeError } from '@astronomaly/core'
import { ln } from '@astronomaly/core/numeric'

/** Draws in a row that may hit nothing new before a tree draws by keys instead. */
const mostMisses = 64

/**
 * Draws row numbers with probability proportional to weights.
 *
 * @remarks 8 bytes a row for the running sums, besides the weights themselves.
 */
export class WeightedRows {
  readonly #weights: ArrayLike<number>
  /** Sums of the weights up to and with each row, as shares of the greatest weight. */
  readonly #sums: Float64Array
  /** The last row that can be drawn. */
  readonly #last: number
  /** Rows of weight > 0. */
  readonly positive: number

  /**
   * @param weights - `[rowCount]`, finite, ≥ 0, not all 0; kept, not copied.
   * @throws ShapeError for another number of weights, ParameterError for another value.
   */
  constructor(weights: ArrayLike<number>, rowCount: number) {
    if (weights.length !== rowCount) {
      throw new ShapeError(
        `isolation forest, fit: weights must be one for each of ${rowCount} rows. Received ${weights.length}.`,
      )
    }
    let greatest = 0
    let positive = 0
    let last = 0
    for (let i = 0; i < rowCount; i++) {
      const weight = weights[i]!
      if (!(typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
        throw new ParameterError(
          `isolation forest, fit: weights must be finite and >= 0. Received ${describeValue(weight)} for row ${i}.`,
        )
      }
      if (weight === 0) continue
      positive++
      last = i
      greatest = Math.max(greatest, weight)
    }
    if (positive === 0) throw new ParameterError('isolation forest, fit: weights must not all be 0. Received only 0.')
    this.#weights = weights
    this.#last = last
    this.positive = positive
    this.#sums = new Float64Array(rowCount)
    let sum = 0
    for (let i = 0; i < rowCount; i++) {
      sum += weights[i]! / greatest
      this.#sums[i] = sum
    }
  }

  /** One row, by its share of the weight. O(log rows). */
  draw(random: Random): number {
    const sums = this.#sums
    const wanted = random.uniform() * sums[this.#last]!
    // The first row whose sum lies above: never one of weight 0, whose sum is that of the row before.
    let low = 0
    let high = this.#last
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sums[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low
  }

  /**
   * `count` different rows, one after another, each by its share of the weight that is left: successive sampling.
   *
   * @param count - At most {@link positive}.
   * @remarks Rows drawn already are drawn again and passed over, O(count × log rows), until that hits nothing new 64 times in a
   * row: then the rest is drawn by keys E / w, E a standard exponential number of each row and w its weight, of which the smallest
   * win. That is O(rows × log rows) and the same distribution; the keys are compared by their logarithms, so that no weight over-
   * or underflows.
   * @see Efraimidis & Spirakis 2006, doi:10.1016/j.ipl.2005.11.003
   */
  sample(count: number, random: Random): Uint32Array {
    const taken = new Set<number>()
    for (let misses = 0; taken.size < count && misses < mostMisses; misses++) {
      const row = this.draw(random)
      if (taken.has(row)) continue
      taken.add(row)
      misses = -1
    }
    const out = new Uint32Array(count)
    let filled = 0
    for (const row of taken) out[filled++] = row
    if (filled < count) {
      const { rows, keys } = this.#drawKeys(taken, random)
      // Equal keys, which have next to no probability, stay in the order of the rows.
      const order = Array.from(rows.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b)
      for (let i = 0; filled < count; i++) out[filled++] = rows[order[i]!]!
    }
    return out
  }

  #drawKeys(taken: ReadonlySet<number>, random: Random): { rows: Uint32Array; keys: Float64Array } {
    const left = this.positive - taken.size
    const rows = new Uint32Array(left)
    const keys = new Float64Array(left)
    let at = 0
    for (let row = 0; row <= this.#last; row++) {
      if (this.#weights[row] === 0 || taken.has(row)) continue
      rows[at] = row
      // 1 − u is in (0, 1]: E is 0 at worst, and its logarithm −Infinity, the smallest of all keys.
      keys[at++] = ln(-ln(1 - random.uniform())) - ln(this.#weights[row]!)
    }
    return { rows, keys }
  }
}
