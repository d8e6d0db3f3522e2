import { type RowSource, type RunOptions, readRows } from '@astronomaly/core'
import { TreeEvaluator } from '@astronomaly/core/kernels'
import type { FlatForest } from '../flat-forest.ts'
import { checkValues, type MissingRule } from '../forest-rows.ts'
import { sumPathLengthsOfRow } from './visit-paths.ts'

/** Path lengths of consecutive rows, summed over the trees. */
export interface SumBatch {
  /** Number of the first row in the source. */
  readonly start: number
  /** `[rows]` */
  readonly sums: Float64Array
}

/** A batch long enough that handing it to a thread costs little, and short enough that memory stays small. */
const batchBytes = 2 ** 20
/** Path lengths of a batch, some 50 ms of work: an abort can arrive between batches only. */
const batchLengths = 2 ** 23
/** Rows of a batch where all of them may have missing values, each of which takes as long as hundreds of complete ones. */
const batchMissing = 512

/** Sums path lengths over the trees of a forest: complete rows by core's kernel, rows with missing values one by one. */
export class PathLengthSums {
  readonly #forest: FlatForest
  readonly #columns: number
  readonly #missing: MissingRule
  readonly #trees: TreeEvaluator

  constructor(forest: FlatForest, columns: number, missing: MissingRule) {
    this.#forest = forest
    this.#columns = columns
    this.#missing = missing
    this.#trees = new TreeEvaluator(forest, columns)
  }

  /**
   * The sums of rows in memory.
   *
   * @param data - `[count, columns]`, row-major, not checked yet.
   * @throws NumericalError for a value that no forest can take.
   */
  ofRows(data: Float32Array, count: number): Float64Array {
    const sums = new Float64Array(count)
    const finite = this.#trees.sum(data, count, sums)
    this.#finish({ start: 0, count, data, sums, finite })
    return sums
  }

  /**
   * The sums of all rows of a source, in its order.
   *
   * @throws NumericalError for a value that no forest can take; what the source throws; `signal.reason` when aborted.
   */
  async *ofSource(source: RowSource, run: RunOptions): AsyncGenerator<SumBatch> {
    const { signal, onProgress } = run
    const total = source.rowCount
    const trees = this.#forest.roots.length - 1
    const most = Math.min(batchBytes / (4 * this.#columns), batchLengths / trees)
    const batchSize = Math.max(64, Math.floor(this.#missing === 'both-ways' ? Math.min(most, batchMissing) : most))
    const batches = readRows('isolation forest, score', source, { batchSize, signal })
    for await (const batch of this.#trees.sumBatches(batches, run)) {
      this.#finish(batch)
      yield batch
      onProgress?.({ stage: 'score', done: batch.start + batch.count, total })
    }
  }

  #finish(batch: { start: number; count: number; data: Float32Array; sums: Float64Array; finite: boolean }): void {
    const { start, count, sums, finite } = batch
    if (finite) return
    const columns = this.#columns
    const data = batch.data.subarray(0, count * columns)
    checkValues('isolation forest, score', data, columns, start, this.#missing)
    for (let k = 0; k < count; k++) {
      const row = data.subarray(k * columns, (k + 1) * columns)
      if (row.some(Number.isNaN)) sums[k] = sumPathLengthsOfRow(this.#forest, row)
    }
  }
}
