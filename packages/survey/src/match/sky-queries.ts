import { letEventsIn, type RunOptions } from '@astronomaly/core'
import type { SkyPoints, SkyPositions, SkyQuery, SkyTree } from '@astronomaly/io/sky'

/** Searches between two checks of the signal: some tens of milliseconds. */
export const batchRows = 32_768

/** Rows that are searched for from the same leaves. */
const neighbours = 32

type QueryRunOptions = Pick<RunOptions, 'signal' | 'onProgress'>

/** Greatest squared chord of some searches, by the first of them and the diagonal of a box around all. */
export type GroupLimit = (first: SkyQuery, diagonal: number) => number

/** The left rows as searches, neighbours after each other. */
export class SkyQueries {
  constructor(
    readonly positions: SkyPositions,
    readonly points: SkyPoints,
    readonly run: QueryRunOptions,
  ) {}

  /**
   * Calls `search` for each row; events are let in and the signal is checked in between.
   *
   * @param limit - Of the searches of some neighbours, which then begin at those leaves of the tree that any of them can reach.
   */
  async each(tree: SkyTree, limit: GroupLimit, search: (query: SkyQuery, row: number) => void): Promise<void> {
    const { rows } = this.points
    for (let from = 0; from < rows.length; from += batchRows) {
      await letEventsIn()
      this.run.signal?.throwIfAborted()
      const to = Math.min(from + batchRows, rows.length)
      try {
        for (let first = from; first < to; first += neighbours) {
          const last = Math.min(first + neighbours, to)
          this.#enter(tree, first, last, limit)
          for (let i = first; i < last; i++) search(this.#query(i), rows[i]!)
        }
      } finally {
        tree.leave()
      }
      this.run.onProgress?.({ stage: 'cross-match', done: to, total: rows.length })
    }
  }

  #query(i: number): SkyQuery {
    const { rows, vectors } = this.points
    const { raDeg, decDeg } = this.positions
    const row = rows[i]!
    return {
      raDeg: raDeg[row]!,
      decDeg: decDeg[row]!,
      x: vectors[3 * i]!,
      y: vectors[3 * i + 1]!,
      z: vectors[3 * i + 2]!,
    }
  }

  /** Prepares a tree for searches from some neighbours. */
  #enter(tree: SkyTree, first: number, last: number, limit: GroupLimit): void {
    const { vectors } = this.points
    const box = this.#box.fill(Infinity, 0, 3).fill(-Infinity, 3)
    for (let at = 3 * first; at < 3 * last; at += 3) {
      for (let k = 0; k < 3; k++) {
        const value = vectors[at + k]!
        if (value < box[k]!) box[k] = value
        if (value > box[3 + k]!) box[3 + k] = value
      }
    }
    tree.leave()
    const diagonal = Math.hypot(box[3]! - box[0]!, box[4]! - box[1]!, box[5]! - box[2]!)
    tree.enter(box, limit(this.#query(first), diagonal))
  }

  readonly #box = new Float64Array(6)
}
