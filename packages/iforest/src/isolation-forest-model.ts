import {
  checkNumber,
  checkOneOf,
  contiguousData,
  type Matrix,
  ParameterError,
  type RowSource,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { averagePathLength, type PathLengthConvention, pathLengthFunction } from './average-path-length.ts'
import { decodeForest, encodeForest } from './encode-forest.ts'
import { checkForest, concatForests, type FlatForest, treeDepths } from './flat-forest.ts'
import { checkRowCount, checkValues, checkWorkers, type MissingRule, readBatches } from './read-batches.ts'
import { sumPathLengths } from './sum-path-lengths.ts'
import { sumPathLengthsOfRow, visitPaths } from './visit-paths.ts'

/** All that a model consists of. */
export interface IsolationForestParts {
  readonly forest: FlatForest
  /** Number of columns of the rows, ≥ 1. */
  readonly columns: number
  /** ψ: rows that each tree was grown on, ≥ 1. */
  readonly sampleSize: number
  readonly missing: MissingRule
  readonly pathLength: PathLengthConvention
  /** Score above which a row is an anomaly. */
  readonly offset: number
}

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
 * c(rows in the leaf), ψ the `sampleSize` and c {@link averagePathLength}. Where ψ is 1, every score is 0.5.
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
  readonly #depths: Uint32Array
  readonly #normaliser: number

  /** @throws FormatError when the trees are not consistent, ParameterError for a scalar out of its range. */
  constructor(parts: IsolationForestParts) {
    const { forest, columns, sampleSize, missing, pathLength, offset } = parts
    checkNumber('IsolationForestModel: columns', columns, { integer: true, min: 1 })
    this.#normaliser = averagePathLength(sampleSize, { convention: pathLength })
    checkForest(forest, columns, pathLengthFunction(sampleSize, pathLength), 'isolation-forest model')
    this.forest = forest
    this.columns = columns
    this.trees = forest.roots.length - 1
    this.sampleSize = sampleSize
    this.missing = checkOneOf('IsolationForestModel: missing', missing, ['reject', 'both-ways'])
    this.pathLength = pathLength
    this.offset = checkNumber('IsolationForestModel: offset', offset)
    this.#depths = treeDepths(forest)
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
    const lengths = await this.#sumAll(rows, run)
    return this.#toScores(lengths)
  }

  /** Scores rows batch by batch, with memory bounded by the batch. Errors are those of {@link score}. */
  async *scoreBatches(rows: Rows, run: RunOptions = {}): AsyncGenerator<ScoreBatch, void, undefined> {
    for await (const { start, sums } of this.#sumBatches(this.#toSource(rows), run)) {
      yield { start, scores: this.#toScores(sums) }
    }
  }

  /**
   * Scores a matrix at once, without a promise: for a few rows at a time.
   *
   * @returns The bits of {@link score}, whose errors it throws.
   */
  scoreMatrix(rows: Matrix<Float32Array> | Matrix<Float64Array>): Float64Array {
    if (rows.shape.length !== 2) {
      throw new ShapeError(`isolation forest, score: rows must have 2 axes. Received shape [${rows.shape}].`)
    }
    this.#checkColumns(rows.shape[1])
    const values = contiguousData(rows as Matrix<Float32Array | Float64Array>)
    const data = values instanceof Float32Array ? values : Float32Array.from(values)
    checkValues('isolation forest, score', data, this.columns, 0, this.missing)
    return this.#toScores(this.#sum(data, rows.shape[0]))
  }

  /**
   * The mean path length of each row over the trees.
   *
   * @returns `[n]` f64, ≥ 0; shorter = more anomalous. Errors are those of {@link score}.
   */
  async pathLengths(rows: Rows, run: RunOptions = {}): Promise<Float64Array> {
    const lengths = await this.#sumAll(rows, run)
    for (let i = 0; i < lengths.length; i++) lengths[i] = lengths[i]! / this.trees
    return lengths
  }

  /** 1 for each row whose score is above {@link offset}, else 0: `[n]`. Errors are those of {@link score}. */
  async isAnomaly(rows: Rows, run: RunOptions = {}): Promise<Uint8Array> {
    return Uint8Array.from(await this.score(rows, run), (score) => Number(score > this.offset))
  }

  /**
   * Why a row has its score: the path length that the cuts on each column saved, mean over the trees.
   *
   * @param row - `[columns]`; a missing value is followed both ways, if the model allows it.
   * @returns `[columns]` f64; positive = made the row easier to isolate. The sum is the mean of c(rows of the tree) less the mean
   * path length, so it is positive where the score is above 0.5.
   * @throws ShapeError, NumericalError
   * @remarks A cut from a node of a rows to a child of b saves c(a) − 1 − c(b).
   */
  explain(row: ArrayLike<number>): Float64Array {
    this.#checkColumns(row.length)
    const data = Float32Array.from(row)
    checkValues('isolation forest, explain', data, this.columns, 0, this.missing)
    const { roots, feature, value } = this.forest
    const saved = new Float64Array(this.columns)
    const onStep = (parent: number, child: number, weight: number): void => {
      const column = feature[parent]!
      saved[column] = saved[column]! + weight * (value[parent]! - value[child]!)
    }
    for (let t = 0; t < this.trees; t++) visitPaths(this.forest, roots[t]!, data, onStep, () => {})
    for (let c = 0; c < saved.length; c++) saved[c] = saved[c]! / this.trees
    return saved
  }

  /**
   * The trees of both models as one, this one's first. Fit the parts with different seeds, lest they share their trees.
   *
   * @returns A model with this one's `offset`.
   * @throws ParameterError when columns, sample size, missing rule or path-length formula differ.
   */
  merge(other: IsolationForestModel): IsolationForestModel {
    for (const key of ['columns', 'sampleSize', 'missing', 'pathLength'] as const) {
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

  async *#sumBatches(source: RowSource, run: RunOptions): AsyncGenerator<{ start: number; sums: Float64Array }> {
    checkWorkers(run)
    for await (const { start, count, data } of readBatches('score', source, this.missing, run)) {
      yield { start, sums: this.#sum(data, count) }
    }
  }

  async #sumAll(rows: Rows, run: RunOptions): Promise<Float64Array> {
    const source = this.#toSource(rows)
    const { rowCount } = source
    const out = rowCount === undefined ? undefined : new Float64Array(checkRowCount('score', rowCount))
    const parts: Float64Array[] = []
    for await (const { start, sums } of this.#sumBatches(source, run)) {
      if (out) out.set(sums, start)
      else parts.push(sums)
    }
    return out ?? concat(parts)
  }

  #sum(data: Float32Array, count: number): Float64Array {
    const { columns } = this
    const sums = new Float64Array(count)
    sumPathLengths(this.forest, this.#depths, data, columns, count, sums)
    if (this.missing === 'reject') return sums
    for (let k = 0; k < count; k++) {
      const row = data.subarray(k * columns, (k + 1) * columns)
      if (row.some(Number.isNaN)) sums[k] = sumPathLengthsOfRow(this.forest, row)
    }
    return sums
  }

  #toScores(sums: Float64Array): Float64Array {
    const all = this.trees * this.#normaliser
    for (let i = 0; i < sums.length; i++) sums[i] = all > 0 ? 2 ** -(sums[i]! / all) : 0.5
    return sums
  }
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
