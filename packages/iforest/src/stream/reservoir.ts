import type { Random } from '@astronomaly/core'
import { exp, expm1, ln, ln1p } from '@astronomaly/core/numeric'

/**
 * Decides which rows of a stream enter a uniform sample without replacement, and which place each takes: algorithm L, by skips.
 *
 * @remarks It never looks at a row, so that the same random stream and number of rows always lead to the same state: a reservoir
 * is stored as a row count and comes back by {@link Reservoir.skipTo}. O(size × log(rows / size)) numbers drawn in all.
 * @see Li 1994, doi:10.1145/198429.198435
 */
export class Reservoir {
  readonly #random: Random
  readonly #size: number
  /** Li's W: each row has a uniform key, the sample is the rows of the `size` smallest, and W is the greatest of these. */
  #weight = 1
  #next: number

  /**
   * @param random - Its own from now on.
   * @param size - Places, ≥ 1.
   * @param seen - Rows that the places already hold a sample of, drawn elsewhere; they fill the first of them.
   */
  constructor(random: Random, size: number, seen = 0) {
    this.#random = random
    this.#size = size
    this.#next = seen
    if (seen < size) return
    // The size-th smallest of `seen` uniform keys, from the smallest up: 1 − key shrinks by the largest of those that are left.
    let log = 0
    for (let j = 0; j < size; j++) log += ln(1 - random.uniform()) / (seen - j)
    this.#weight = -expm1(log)
    this.#skip(seen - 1)
  }

  /** Number of the next row that enters. */
  get next(): number {
    return this.#next
  }

  /** The place that row {@link Reservoir.next} takes; then moves `next` on. */
  enter(): number {
    const row = this.#next
    const place = row < this.#size ? row : this.#random.integer(this.#size)
    if (row < this.#size - 1) {
      this.#next = row + 1
    } else {
      this.#weight *= this.#largestOf()
      this.#skip(row)
    }
    return place
  }

  /** Goes on as if rows up to `seen` had passed. */
  skipTo(seen: number): void {
    while (this.#next < seen) this.enter()
  }

  /** The largest of `size` uniform numbers. */
  #largestOf(): number {
    // 1 − u is in (0, 1], so no logarithm is −Infinity.
    return exp(ln(1 - this.#random.uniform()) / this.#size)
  }

  #skip(row: number): void {
    const skipped = Math.floor(ln(1 - this.#random.uniform()) / ln1p(-this.#weight))
    // A weight that underflows to 0 skips for ever, as it should.
    this.#next = row + 1 + (Number.isNaN(skipped) ? Number.POSITIVE_INFINITY : skipped)
  }
}

/**
 * Turns rows drawn without replacement from `count`, in random order, into as many drawn with replacement: each draw repeats
 * one of the `used` different rows so far with probability used / count, and else takes the next new one.
 */
export function repeat(rows: Uint32Array, count: number, random: Random): Uint32Array {
  let used = 0
  return rows.map(() => {
    const draw = random.integer(count)
    return draw < used ? rows[draw]! : rows[used++]!
  })
}
