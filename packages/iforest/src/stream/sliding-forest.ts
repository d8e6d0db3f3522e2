import {
  createRandom,
  FormatError,
  type Matrix,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { averagePathLength } from '../average-path-length.ts'
import type { FlatForest } from '../flat-forest.ts'
import { checkedRows, checkWorkers, readForestRows } from '../forest-rows.ts'
import { type TreeGrower, treeGrower } from '../grow/grow-forest.ts'
import { IsolationForestModel, type ScoreBatch } from '../isolation-forest-model.ts'
import { toScores } from '../score/to-scores.ts'
import { decodeSliding, encodeSliding } from './encode-sliding.ts'
import { repeat } from './reservoir.ts'
import { RowSample } from './row-sample.ts'
import { SampleQueue } from './sample-queue.ts'
import {
  checkSlidingColumns,
  type ResolvedSlidingOptions,
  resolveSlidingOptions,
  type SlidingIsolationForestOptions,
} from './sliding-options.ts'
import { splitForest } from './split-forest.ts'
import { TreeRing } from './tree-ring.ts'
import { TreeSchedule } from './tree-schedule.ts'

const fitting = 'isolation forest, fit'
/** The score of a row before there are trees: nothing can be told apart yet. */
const neutral = 0.5

/**
 * An isolation forest that follows a stream: trees are grown on recent rows at a steady pace, each in the place of the oldest, so
 * that what the stream was like more than `window` rows ago is forgotten.
 *
 * @remarks When `sampleSize` rows have come, all trees are grown on them. From then on a tree is grown every window / (2 trees) rows,
 * on a uniform sample of the window / 2 rows before, and is dropped window / 2 rows later. Unlike iForestASD (Ding & Fei), which
 * throws the whole forest away when it takes the rate of anomalies for a sign of drift, this needs no threshold and never starts from
 * nothing; unlike half-space trees (Tan, Ting & Liu), it needs no range of the columns beforehand.
 *
 * The state depends on the rows, their order, the options and the seed, never on the sizes of batches. It takes, besides the trees,
 * about trees × sampleSize × columns × 4 bytes, whatever the window: each tree to come keeps its own reservoir. A row costs
 * O(trees × sampleSize / window) copies of it and as many steps of growing, times a logarithm.
 * @see Ding & Fei 2013, doi:10.3182/20130902-3-CN-3020.00044; Tan, Ting & Liu 2011, doi:10.5591/978-1-57735-516-8/IJCAI11-254
 */
export class SlidingIsolationForest {
  /** Columns of every row. */
  readonly columns: number
  /** The options with every default filled in, frozen. */
  readonly options: ResolvedSlidingOptions
  readonly #schedule: TreeSchedule
  readonly #grow: TreeGrower
  #count = 0
  readonly #normaliser: number
  /** Tree n stands in place n mod `trees`. */
  #trees: TreeRing | undefined
  /** Rows for the first trees, until there are trees. */
  #first: RowSample
  #samples: SampleQueue
  /** j of the tree that is grown next. */
  #birth = 0
  #model: IsolationForestModel | undefined

  /**
   * @param columns - Of every row, an integer ≥ 1.
   * @throws ShapeError for no columns, ParameterError for an option that is unknown or out of its range, when `featuresPerTree`
   * exceeds the columns, or when the samples would not fit in memory.
   */
  constructor(columns: number, options: SlidingIsolationForestOptions = {}) {
    this.options = resolveSlidingOptions(options)
    if (!(Number.isInteger(columns) && columns >= 1)) {
      throw new ShapeError(`SlidingIsolationForest: needs at least 1 column. Received ${columns}.`)
    }
    this.columns = columns
    checkSlidingColumns(columns, this.options)
    const { trees, sampleSize, seed } = this.options
    this.#schedule = new TreeSchedule(this.options)
    this.#normaliser = trees * averagePathLength(sampleSize, { convention: this.options.pathLength })
    this.#grow = treeGrower(columns, sampleSize, this.options)
    this.#first = new RowSample(createRandom(seed, 'iforest.sliding-first'), sampleSize, columns, 0)
    this.#samples = new SampleQueue(columns, this.options, this.#schedule)
    this.#samples.begin(0)
  }

  /** Rows seen so far. */
  get count(): number {
    return this.#count
  }

  /** Whether there are trees: `sampleSize` rows have come. */
  get ready(): boolean {
    return this.#count >= this.options.sampleSize
  }

  /**
   * Learns rows.
   *
   * @param rows - `[n, columns]`, n ≥ 0, compared as f32. ±Infinity is rejected; NaN is what `missing` says.
   * @throws ShapeError for another number of columns, NumericalError for a value that is not finite; no row is learned then.
   */
  update(rows: Matrix<Float32Array> | Matrix<Float64Array>): void {
    this.#take(checkedRows(fitting, rows, this.columns, this.#count, this.options.missing))
  }

  /**
   * Scores each row by the forest of the rows before it, then learns it: what a detector does with a stream of alerts.
   *
   * @returns `[n]` f64 in (0, 1], higher = more anomalous; 0.5 for the first `sampleSize` rows, before there are trees.
   * @throws What {@link update} throws; no row is learned then.
   */
  scoreAndUpdate(rows: Matrix<Float32Array> | Matrix<Float64Array>): Float64Array {
    const data = checkedRows(fitting, rows, this.columns, this.#count, this.options.missing)
    const scores = new Float64Array(data.length / this.columns).fill(neutral)
    this.#take(data, scores)
    return scores
  }

  /**
   * {@link scoreAndUpdate} for all rows of a source, batch by batch: the rows of a batch have been learned when its scores come.
   *
   * @throws What {@link update} throws, for the batch that is wrong, and `signal.reason` when aborted between batches.
   */
  async *follow(rows: Rows, run: RunOptions = {}): AsyncGenerator<ScoreBatch, void, undefined> {
    checkWorkers(run)
    const source = toRowSource(rows)
    this.#checkColumns(source.columns)
    for await (const { start, count, data } of readForestRows('score', source, this.options.missing, run)) {
      const scores = new Float64Array(count).fill(neutral)
      this.#take(data, scores)
      yield { start, scores }
    }
  }

  /**
   * Scores a matrix by the forest of the moment, without a promise and without learning it.
   *
   * @returns `[n]` f64 in (0, 1], higher = more anomalous: what `scoreMatrix` of {@link model} gives.
   * @throws ShapeError before there are trees and for another number of columns, NumericalError for a value that is not finite.
   */
  scoreMatrix(rows: Matrix<Float32Array> | Matrix<Float64Array>): Float64Array {
    return this.model().scoreMatrix(rows)
  }

  /**
   * The forest of the moment as a model that no longer changes.
   *
   * @throws ShapeError before there are trees.
   * @remarks O(nodes) after a tree has been grown; else the same model again.
   */
  model(): IsolationForestModel {
    if (this.#model) return this.#model
    const { missing, pathLength, sampleSize } = this.options
    if (!this.#trees) {
      throw new ShapeError(
        `SlidingIsolationForest: needs ${sampleSize} rows before it has trees. Received ${this.#count}.`,
      )
    }
    const forest = this.#trees.toForest()
    this.#model = new IsolationForestModel({
      forest,
      columns: this.columns,
      sampleSize,
      missing,
      pathLength,
      offset: 0.5,
    })
    return this.#model
  }

  /** The whole state as bytes, packed anew at each call. */
  get buffer(): ArrayBuffer {
    const { columns, options } = this
    const model = this.ready ? this.model() : undefined
    const first = this.ready ? new Float32Array(0) : this.#first.rows(this.#count)
    return encodeSliding({ columns, options, count: this.#count, model, first, rows: this.#samples.rows(this.#count) })
  }

  /**
   * The forest whose state {@link SlidingIsolationForest.buffer} packed; it goes on to the bits of one that never stopped. The bytes
   * are copied.
   *
   * @throws FormatError when a byte is missing or changed, or a field out of its range.
   */
  static from(buffer: ArrayBuffer): SlidingIsolationForest {
    const { columns, options, count, model, first, rows } = decodeSliding(buffer)
    const forest = new SlidingIsolationForest(columns, options)
    forest.#count = count
    forest.#model = model
    if (model) forest.#trees = new TreeRing(splitForest(model.forest), columns, options.missing)
    forest.#first.add(first, 0, 0, first.length / columns)
    forest.#birth = forest.#schedule.unborn(count)
    forest.#samples = new SampleQueue(columns, options, forest.#schedule)
    if (forest.#samples.restore(forest.#birth, count, rows)) return forest
    throw new FormatError(
      `sliding-isolation-forest state: rows must be those of the trees to come. Received ${rows.length} values`,
      { keyword: 'rows' },
    )
  }

  /** Scores rows, if `scores` are wanted, and learns them, stopping wherever the forest changes. */
  #take(data: Float32Array, scores?: Float64Array): void {
    const { columns } = this
    const added = data.length / columns
    for (let offset = 0; offset < added; ) {
      const first = this.#count
      const birth = this.#trees ? this.#schedule.birth(this.#birth) : this.options.sampleSize
      const next = Math.min(added, offset + birth - first)
      if (scores && this.#trees) {
        const sums = this.#trees.sum(data.subarray(offset * columns, next * columns), next - offset)
        scores.set(toScores(sums, this.#normaliser), offset)
      }
      this.#learn(data, offset, next)
      offset = next
      this.#growTrees()
    }
  }

  /** Lets the samples take the rows from `offset` to `end` of `data`, stopping wherever a sample begins. */
  #learn(data: Float32Array, offset: number, end: number): void {
    for (let from = offset; from < end; ) {
      const first = this.#count
      const to = Math.min(end, from + this.#samples.nextStart - first)
      this.#count = first + to - from
      if (!this.#trees) this.#first.add(data, from, first, this.#count)
      this.#samples.add(data, from, first, this.#count)
      this.#samples.begin(this.#count)
      from = to
    }
  }

  /** Grows the trees that are due. */
  #growTrees(): void {
    if (!this.ready) return
    const { missing, trees } = this.options
    if (!this.#trees) {
      const grown = Array.from({ length: trees }, (_, tree) => this.#growTree(this.#first, tree))
      this.#trees = new TreeRing(grown, this.columns, missing)
    }
    for (; this.#schedule.birth(this.#birth) === this.#count; this.#birth++) {
      this.#trees.replace(this.#birth % trees, this.#growTree(this.#samples.shift(), trees + this.#birth))
      this.#model = undefined
    }
  }

  #growTree(sample: RowSample, tree: number): FlatForest {
    const { bootstrap, sampleSize, seed } = this.options
    const rows = Uint32Array.from({ length: sampleSize }, (_, k) => k)
    if (!bootstrap) return this.#grow(sample.rows(this.#count), rows, tree)
    const random = createRandom(seed, 'iforest.bootstrap', tree)
    const drawn = repeat(random.shuffle(rows), this.#count - sample.start, random)
    return this.#grow(sample.rows(this.#count), drawn, tree)
  }

  #checkColumns(columns: number): void {
    if (columns === this.columns) return
    throw new ShapeError(`SlidingIsolationForest: rows must have ${this.columns} columns. Received ${columns}.`)
  }
}
