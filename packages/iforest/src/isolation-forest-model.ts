import {
  checkNumber,
  checkOneOf,
  concatArrays,
  type Matrix,
  ParameterError,
  type RowSource,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { treeDepths } from '@astronomaly/core/kernels'
import { averagePathLength, type PathLengthConvention, pathLengthFunction } from './average-path-length.ts'
import { decodeForest, encodeForest } from './exchange/encode-forest.ts'
import { forestFromJson, forestToJson, type IsolationForestJson } from './exchange/forest-json.ts'
import { checkForest, concatForests, type FlatForest, forestShape, isTrusted } from './flat-forest.ts'
import type { IsolationForestParts } from './forest-parts.ts'
import {
  checkRowCount,
  checkValues,
  checkWorkers,
  type MissingRule,
  missingRules,
  readForestRows,
  rowsAsFloat32,
} from './forest-rows.ts'
import { ExplanationSum, explainRow } from './score/explain-rows.ts'
import { PathLengthSums } from './score/path-length-sums.ts'
import { toScores } from './score/to-scores.ts'

/** Scores that differ by less are equal but for the rounding of their sums. */
const rounding = 1e-12

/** Scores of consecutive rows. */
export interface ScoreBatch {
  /** Number of the first row in the source, 0-based. */
  readonly start: number
  /** `[rows]` f64 in (0, 1], higher = more anomalous. */
  readonly scores: Float64Array
}

/**
 * A fitted isolation forest. Immutable.
 *
 * @remarks The score of a row is 2^(−h / c(ψ)): h the mean over the trees of its path length, which is the depth of its leaf plus
 * c(rows in the leaf), less 1 for each cut whose range the row lies outside when the forest penalizes that, ψ the `sampleSize` and
 * c {@link averagePathLength}. Where ψ is 1, every score is 0.5.
 * @see Liu, Ting & Zhou 2008, doi:10.1109/ICDM.2008.17, eq. 2
 */
export class IsolationForestModel {
  /** Number of columns of the rows. */
  readonly columns: number
  /** Number of trees. */
  readonly trees: number
  /** ψ: rows that each tree was grown on. */
  readonly sampleSize: number
  /** What NaN is: an error, or a missing value. */
  readonly missing: MissingRule
  /** The formula for c(n). */
  readonly pathLength: PathLengthConvention
  /** Score above which a row is an anomaly: 0.5, or the quantile that `contamination` asked for. */
  readonly offset: number
  /** The trees as flat arrays, to be read only. */
  readonly forest: FlatForest
  /** Most columns that a cut combines: 1 for cuts along the axes. */
  readonly dimensions: number
  /** Whether a cut adds nothing to the path length of a row that lies outside the range of its training rows. */
  readonly penalizeRange: boolean
  readonly #normaliser: number
  readonly #sums: PathLengthSums

  /** @throws FormatError when the trees are not consistent, ParameterError for a scalar out of its range. */
  constructor(parts: IsolationForestParts) {
    const { forest, columns, sampleSize, missing, pathLength, offset } = parts
    checkNumber('IsolationForestModel: columns', columns, { integer: true, min: 1 })
    this.#normaliser = averagePathLength(sampleSize, { convention: pathLength })
    if (!isTrusted(forest)) {
      checkForest(forest, columns, pathLengthFunction(sampleSize, pathLength), 'isolation-forest model')
    }
    this.forest = forest
    this.columns = columns
    this.trees = forest.roots.length - 1
    this.sampleSize = sampleSize
    this.missing = checkOneOf('IsolationForestModel: missing', missing, missingRules)
    this.pathLength = pathLength
    this.offset = checkNumber('IsolationForestModel: offset', offset)
    const { ranges, terms } = forestShape(forest)
    this.dimensions = terms
    this.penalizeRange = ranges
    this.#sums = new PathLengthSums(forest, columns, missing)
  }

  /**
   * Scores all rows.
   *
   * @param rows - `[n, columns]`, n ≥ 0, compared as f32. ±Infinity is rejected; NaN is what `missing` says.
   * @returns `[n]` f64 in (0, 1], higher = more anomalous. A row's score does not depend on the rows beside it.
   * @throws ShapeError for another number of columns, NumericalError for a value that is not finite, and
   * `signal.reason` when aborted.
   * @remarks O(n × trees × depth) time, 8 bytes a row: see {@link scoreBatches} for tables that grow without bound.
   */
  async score(rows: Rows, run: RunOptions = {}): Promise<Float64Array> {
    return this.#collect(rows, run, (sums) => this.#toScores(sums))
  }

  /** Scores rows batch by batch, with memory bounded by the batch. Errors are those of {@link score}. */
  async *scoreBatches(rows: Rows, run: RunOptions = {}): AsyncGenerator<ScoreBatch, void, undefined> {
    checkWorkers(run)
    for await (const { start, sums } of this.#sums.ofSource(this.#toSource(rows), run)) {
      yield { start, scores: this.#toScores(sums) }
    }
  }

  /**
   * Scores a matrix at once, without a promise: for a few rows at a time.
   *
   * @returns The bits of {@link score}, whose errors it throws.
   */
  scoreMatrix(rows: Matrix<Float32Array> | Matrix<Float64Array>): Float64Array {
    const data = rowsAsFloat32('isolation forest, score', rows, this.columns)
    return this.#toScores(this.#sums.ofRows(data, rows.shape[0]))
  }

  /**
   * The mean path length of each row over the trees.
   *
   * @returns `[n]` f64, ≥ 0; shorter = more anomalous. Errors are those of {@link score}.
   */
  async pathLengths(rows: Rows, run: RunOptions = {}): Promise<Float64Array> {
    return this.#collect(rows, run, (sums) => {
      for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! / this.trees
      return sums
    })
  }

  /**
   * 1 for each row whose score is above {@link offset} by more than rounding, 1e-12, else 0: `[n]`. Errors are those of {@link score}.
   *
   * @remarks The `offset` of 0.5 means something for the default cuts only: ask for a `contamination` with others.
   */
  async isAnomaly(rows: Rows, run: RunOptions = {}): Promise<Uint8Array> {
    return Uint8Array.from(await this.score(rows, run), (score) => Number(score - this.offset > rounding))
  }

  /**
   * Why a row has its score: the path length that the cuts on each column saved, mean over the trees.
   *
   * @param row - `[columns]`; a missing value is followed both ways, if the model allows it.
   * @returns `[columns]` f64; positive = made the row easier to isolate. The sum is the mean of c(rows of the tree) less the mean
   * path length: without `bootstrap` positive where the score is above 0.5.
   * @throws ShapeError, NumericalError
   * @remarks A cut from a node of a rows to a child of b saves c(a) − 1 − c(b), and with `penalizeRange` 1 more where the row lies
   * outside its range. What an oblique cut saves is shared among its columns by |weight × (value − centre)|.
   */
  explain(row: ArrayLike<number>): Float64Array {
    this.#checkColumns(row.length)
    const data = Float32Array.from(row)
    checkValues('isolation forest, explain', data, this.columns, 0, this.missing)
    const saved = new Float64Array(this.columns)
    explainRow(this.forest, data, saved)
    for (let c = 0; c < saved.length; c++) saved[c] = saved[c]! / this.trees
    return saved
  }

  /**
   * Why rows have their scores: the mean of {@link explain} over them, in one pass with memory bounded by the batch.
   *
   * @param rows - `[n, columns]`, n ≥ 1; values as in {@link score}.
   * @returns `[columns]` f64; positive = made the rows easier to isolate. The sum is the mean of c(rows of the tree) less the mean
   * path length over rows and trees, to rounding. Independent of the batches, bit for bit.
   * @throws ShapeError also for no rows; else the errors of {@link score}.
   * @remarks O(n × trees × depth) time, that of scoring: complete rows are only counted in their leaves. Rows with missing values
   * are explained one by one. O(nodes) memory besides the batch.
   */
  async explainMean(rows: Rows, run: RunOptions = {}): Promise<Float64Array> {
    const source = this.#toSource(rows)
    checkWorkers(run)
    const sum = new ExplanationSum(this.forest, treeDepths(this.forest), this.columns)
    let count = 0
    for await (const batch of readForestRows('explain', source, this.missing, run)) {
      sum.add(batch.data, batch.count)
      count += batch.count
    }
    if (count === 0) throw new ShapeError('isolation forest, explain: needs at least 1 row. Received 0.')
    return sum.finish().map((saved) => saved / (count * this.trees))
  }

  /**
   * The trees of both models as one, this one's first. Fit the parts with different seeds, lest they share their trees.
   *
   * @returns A model with this one's `offset`.
   * @throws ParameterError when columns, sample size, missing rule, path-length formula, dimensions or penalizeRange differ.
   */
  merge(other: IsolationForestModel): IsolationForestModel {
    for (const key of ['columns', 'sampleSize', 'missing', 'pathLength', 'dimensions', 'penalizeRange'] as const) {
      if (this[key] === other[key]) continue
      throw new ParameterError(
        `IsolationForestModel.merge: ${key} must be ${this[key]} in both models. Received ${other[key]}.`,
      )
    }
    return new IsolationForestModel({ ...this.#parts(), forest: concatForests([this.forest, other.forest]) })
  }

  /** The same trees with another `offset`. @throws ParameterError */
  withOffset(offset: number): IsolationForestModel {
    return new IsolationForestModel({ ...this.#parts(), offset })
  }

  /** The whole model as bytes, packed anew at each call: file, cache and worker message. */
  get buffer(): ArrayBuffer {
    return encodeForest(this.#parts())
  }

  /**
   * The model that {@link IsolationForestModel.buffer} packed. The bytes are copied.
   *
   * @throws FormatError when a byte is missing or changed, or a field out of its range.
   */
  static from(buffer: ArrayBuffer): IsolationForestModel {
    return new IsolationForestModel(decodeForest(buffer))
  }

  /** The whole model as a plain object for `JSON.stringify`, which calls this by itself; some 35 bytes of text a node. */
  toJSON(): IsolationForestJson {
    return forestToJson(this.#parts())
  }

  /**
   * The model that {@link toJSON} described, with the same `buffer`.
   *
   * @param json - Of any origin; what `JSON.parse` gives. Not changed.
   * @throws FormatError naming the field that is missing, unknown, of another type or out of its range.
   */
  static fromJSON(json: unknown): IsolationForestModel {
    return new IsolationForestModel(forestFromJson(json))
  }

  #parts(): IsolationForestParts {
    const { forest, columns, sampleSize, missing, pathLength, offset } = this
    return { forest, columns, sampleSize, missing, pathLength, offset }
  }

  #checkColumns(columns: number): void {
    if (columns === this.columns) return
    throw new ShapeError(`IsolationForestModel: rows must have ${this.columns} columns. Received ${columns}.`)
  }

  #toSource(rows: Rows): RowSource {
    const source = toRowSource(rows)
    this.#checkColumns(source.columns)
    return source
  }

  /** What `finish` makes of the sums of all rows; it works on one batch while threads work on the next. */
  async #collect(rows: Rows, run: RunOptions, finish: (sums: Float64Array) => Float64Array): Promise<Float64Array> {
    checkWorkers(run)
    const source = this.#toSource(rows)
    const { rowCount } = source
    const out = rowCount === undefined ? undefined : allocateScores(checkRowCount('isolation forest, score', rowCount))
    const parts: Float64Array[] = []
    for await (const { start, sums } of this.#sums.ofSource(source, run)) {
      if (out) out.set(finish(sums), start)
      else parts.push(finish(sums))
    }
    return out ?? concatArrays(Float64Array, parts)
  }

  #toScores(sums: Float64Array): Float64Array {
    return toScores(sums, this.trees * this.#normaliser)
  }
}

function allocateScores(rows: number): Float64Array {
  try {
    return new Float64Array(rows)
  } catch (cause) {
    throw new ParameterError(
      `isolation forest, score: 8 bytes for each row must fit in memory, else take scoreBatches. Received ${rows} rows.`,
      { cause },
    )
  }
}
