import { createRandom } from '@astronomaly/core'
import { RowSample } from './row-sample.ts'
import type { ResolvedSlidingOptions } from './sliding-options.ts'
import type { TreeSchedule } from './tree-schedule.ts'

/** The samples of the trees that a sliding forest will grow next, in the order of their births. */
export class SampleQueue {
  readonly #columns: number
  readonly #options: ResolvedSlidingOptions
  readonly #schedule: TreeSchedule
  readonly #samples: RowSample[] = []
  /** j of the tree whose sample begins next. */
  #next = 0

  constructor(columns: number, options: ResolvedSlidingOptions, schedule: TreeSchedule) {
    this.#columns = columns
    this.#options = options
    this.#schedule = schedule
  }

  /** Number of the row that the next sample begins with. */
  get nextStart(): number {
    return this.#schedule.start(this.#next)
  }

  /** Begins the samples that are due when `count` rows have been seen. */
  begin(count: number): void {
    for (; this.nextStart <= count; this.#next++) {
      const random = createRandom(this.#options.seed, 'iforest.sliding', this.#next)
      this.#samples.push(new RowSample(random, this.#options.sampleSize, this.#columns, this.nextStart))
    }
  }

  /** Takes the rows from number `first` to `end` of the stream; `data` holds them from row `offset` on. */
  add(data: Float32Array, offset: number, first: number, end: number): void {
    for (const sample of this.#samples) sample.add(data, offset, first, end)
  }

  /** The sample of the tree whose turn it is, which leaves the queue. */
  shift(): RowSample {
    return this.#samples.shift()!
  }

  /** `[places held, columns]`: the rows of all samples when `count` rows have been seen. */
  rows(count: number): Float32Array {
    const parts = this.#samples.map((sample) => sample.rows(count))
    const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      rows.set(part, at)
      at += part.length
    }
    return rows
  }

  /**
   * Fills an empty queue with what {@link SampleQueue.rows} gave.
   *
   * @param birth - j of the tree that is grown next.
   * @returns Whether `rows` has the length that it should.
   */
  restore(birth: number, count: number, rows: Float32Array): boolean {
    const { sampleSize, seed } = this.#options
    const held = (start: number): number => Math.min(sampleSize, count - start) * this.#columns
    this.#next = birth
    let expected = 0
    for (let j = birth; this.#schedule.start(j) <= count; j++) expected += held(this.#schedule.start(j))
    if (rows.length !== expected) return false
    for (let at = 0; this.nextStart <= count; this.#next++) {
      const start = this.nextStart
      const own = rows.slice(at, at + held(start))
      at += own.length
      const random = createRandom(seed, 'iforest.sliding', this.#next)
      this.#samples.push(new RowSample(random, sampleSize, this.#columns, start, count, own))
    }
    return true
  }
}
