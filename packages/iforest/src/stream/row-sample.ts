import type { Random } from '@astronomaly/core'
import { Reservoir } from './reservoir.ts'

const firstRoom = 16

/** A uniform sample without replacement of the rows of a stream from one row on. */
export class RowSample {
  /** Number of the first row that may be drawn. */
  readonly start: number
  readonly #columns: number
  readonly #size: number
  readonly #reservoir: Reservoir
  #rows: Float32Array

  /**
   * @param rows - What {@link RowSample.rows} gave when `count` rows of the stream had been seen; it goes on from there.
   */
  constructor(
    random: Random,
    size: number,
    columns: number,
    start: number,
    count: number = start,
    rows: Float32Array = new Float32Array(0),
  ) {
    this.start = start
    this.#columns = columns
    this.#size = size
    this.#rows = rows
    this.#reservoir = new Reservoir(random, size)
    this.#reservoir.skipTo(count - start)
  }

  /**
   * Takes the rows from number `first` to `end` of the stream, which follow those taken before.
   *
   * @param data - Holds them from row `offset` on.
   */
  add(data: Float32Array, offset: number, first: number, end: number): void {
    const columns = this.#columns
    this.#reserve(Math.min(this.#size, end - this.start))
    const shift = offset + this.start - first
    while (this.#reservoir.next < end - this.start) {
      const from = (this.#reservoir.next + shift) * columns
      const to = this.#reservoir.enter() * columns
      for (let c = 0; c < columns; c++) this.#rows[to + c] = data[from + c]!
    }
  }

  /** `[min(size, count − start), columns]`: the rows drawn when `count` rows of the stream had been seen. A view. */
  rows(count: number): Float32Array {
    return this.#rows.subarray(0, Math.min(this.#size, count - this.start) * this.#columns)
  }

  #reserve(places: number): void {
    if (this.#rows.length >= places * this.#columns) return
    const room = Math.min(this.#size, Math.max(firstRoom, 2 * places))
    const rows = new Float32Array(room * this.#columns)
    rows.set(this.#rows)
    this.#rows = rows
  }
}
