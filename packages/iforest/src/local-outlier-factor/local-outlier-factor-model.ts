import {
  assertMatrix,
  checkNumber,
  concatArrays,
  contiguousData,
  FormatError,
  finiteRows,
  type Matrix,
  matrix,
  pacer,
  type RowSource,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { type Nearest, NeighbourSearch } from '@astronomaly/core/kernels'
import { checkWorkers } from '../forest-rows.ts'
import type { ScoreBatch } from '../isolation-forest-model.ts'
import { decodeLocalOutlierFactor, encodeLocalOutlierFactor } from './encode-local-outlier-factor.ts'
import { densest, outlierFactor, reachabilityDensity } from './local-outlier-factor-density.ts'
import type { LocalOutlierFactorParts } from './local-outlier-factor-parts.ts'
import { readFiniteBatches } from './local-outlier-factor-rows.ts'
import { type NeighbourTask, neighbourTasks } from './local-outlier-factor-tasks.ts'

/**
 * Fitted rows with their densities. Immutable.
 *
 * @remarks The score of a row is the mean density of its k nearest fitted rows, divided by its own density: about 1 among rows that
 * lie as densely as itself, the higher the more it lies apart. See {@link LocalOutlierFactorModel.trainingScores} for the fitted
 * rows.
 * @see Breunig, Kriegel, Ng & Sander 2000, doi:10.1145/342009.335388, definition 7
 */
export class LocalOutlierFactorModel {
  /** Number of columns of the rows. */
  readonly columns: number
  /** k: neighbours of each row. */
  readonly neighbours: number
  /** Score above which a row is an anomaly: 1.5, or the quantile that `contamination` asked for. */
  readonly offset: number
  /** `[n, columns]`, row-major: the fitted rows, to be read only. */
  readonly rows: Float32Array
  /** `[n]`, distance from each fitted row to the k-th nearest of the others, to be read only. */
  readonly kDistances: Float64Array
  /** `[n]`, local reachability density of each fitted row, to be read only. */
  readonly densities: Float64Array
  /**
   * `[n]`, the score of each fitted row among the others, higher = more anomalous: scikit-learn's `-negative_outlier_factor_`. To be
   * read only.
   */
  readonly trainingScores: Float64Array
  #search: NeighbourSearch | undefined

  /** @throws FormatError when the arrays are not consistent, ParameterError for a scalar out of its range. */
  constructor(parts: LocalOutlierFactorParts) {
    const { rows, columns, neighbours, kDistances, densities, trainingScores, offset } = parts
    this.columns = checkNumber('LocalOutlierFactorModel: columns', columns, { integer: true, min: 1 })
    this.neighbours = checkNumber('LocalOutlierFactorModel: neighbours', neighbours, { integer: true, min: 1 })
    this.offset = checkNumber('LocalOutlierFactorModel: offset', offset)
    checkArrays(parts)
    this.rows = rows
    this.kDistances = kDistances
    this.densities = densities
    this.trainingScores = trainingScores
  }

  /**
   * Scores rows as new ones, each against the fitted rows alone: scikit-learn's `-score_samples` with `novelty=True`.
   *
   * @param rows - `[n, columns]`, n ≥ 0, finite; rounded to 32-bit floats.
   * @returns `[n]` f64, > 0, higher = more anomalous. A row's score does not depend on the rows beside it. A row that was fitted is
   * its own nearest neighbour here: its score without itself is in {@link trainingScores}.
   * @throws ShapeError for another number of columns, NumericalError for a value that is not finite, and `signal.reason` when
   * aborted.
   * @remarks O(n × fitted rows × columns) time, 8 bytes a row: see {@link scoreBatches} for tables that grow without bound.
   */
  async score(rows: Rows, run: RunOptions = {}): Promise<Float64Array> {
    const parts: Float64Array[] = []
    for await (const { scores } of this.scoreBatches(rows, run)) parts.push(scores)
    return concatArrays(Float64Array, parts)
  }

  /** Scores rows batch by batch, with memory bounded by the batch. Errors are those of {@link score}. */
  async *scoreBatches(rows: Rows, run: RunOptions = {}): AsyncGenerator<ScoreBatch, void, undefined> {
    checkWorkers(run)
    const pace = pacer(run.signal)
    for await (const { start, count, data } of readFiniteBatches('score', this.#toSource(rows), run)) {
      const scores = new Float64Array(count)
      for await (const { task, found } of this.#neighbours.nearestOf(this.#tasks(data), run)) {
        this.#toScores(task, found, scores)
        await pace()
      }
      yield { start, scores }
    }
  }

  /**
   * Scores a matrix at once, without a promise: for a few rows at a time.
   *
   * @param rows - As for {@link score}, and the same errors.
   */
  scoreMatrix(rows: Matrix<Float32Array> | Matrix<Float64Array>): Float64Array {
    assertMatrix(rows, 'local outlier factor, score: rows')
    const [count, columns] = rows.shape
    // A finite 64-bit value may be infinite as a 32-bit one.
    const data = Float32Array.from(contiguousData(rows as Matrix<Float32Array | Float64Array>))
    finiteRows('local outlier factor, score', matrix(data, count, columns), { columns: this.columns })
    const scores = new Float64Array(count)
    for (const task of this.#tasks(data)) {
      const length = task.count * task.k
      const found = { squares: new Float64Array(length), numbers: new Uint32Array(length) }
      this.#neighbours.nearest(task, found)
      this.#toScores(task, found, scores)
    }
    return scores
  }

  /** 1 for each row whose score is above {@link offset}, else 0: `[n]`. Errors are those of {@link score}. */
  async isAnomaly(rows: Rows, run: RunOptions = {}): Promise<Uint8Array> {
    return Uint8Array.from(await this.score(rows, run), (score) => Number(score > this.offset))
  }

  /** The same rows with another `offset`. @throws ParameterError */
  withOffset(offset: number): LocalOutlierFactorModel {
    return new LocalOutlierFactorModel({ ...this.#parts(), offset })
  }

  /** The whole model as bytes, packed anew at each call: 4 for each fitted value and 24 for each fitted row. */
  get buffer(): ArrayBuffer {
    return encodeLocalOutlierFactor(this.#parts())
  }

  /**
   * The model that {@link LocalOutlierFactorModel.buffer} packed. The bytes are copied.
   *
   * @throws FormatError when a byte is missing or changed, or a field out of its range.
   */
  static from(buffer: ArrayBuffer): LocalOutlierFactorModel {
    return new LocalOutlierFactorModel(decodeLocalOutlierFactor(buffer))
  }

  #parts(): LocalOutlierFactorParts {
    const { rows, columns, neighbours, kDistances, densities, trainingScores, offset } = this
    return { rows, columns, neighbours, kDistances, densities, trainingScores, offset }
  }

  #toSource(rows: Rows): RowSource {
    const source = toRowSource(rows)
    if (source.columns === this.columns) return source
    throw new ShapeError(`LocalOutlierFactorModel: rows must have ${this.columns} columns. Received ${source.columns}.`)
  }

  get #neighbours(): NeighbourSearch {
    this.#search ??= new NeighbourSearch(this.rows, this.columns)
    return this.#search
  }

  #tasks(data: Float32Array): Generator<NeighbourTask> {
    return neighbourTasks(this.#neighbours, data, this.neighbours, false)
  }

  #toScores({ rows, k }: NeighbourTask, { squares, numbers }: Nearest, scores: Float64Array): void {
    const lists = { distances: squares.map(Math.sqrt), numbers, k }
    for (const [q, i] of rows.entries()) {
      scores[i] = outlierFactor(lists, q, this.densities, reachabilityDensity(lists, q, this.kDistances))
    }
  }
}

function checkArrays(parts: LocalOutlierFactorParts): void {
  const { rows, columns, neighbours, kDistances, densities, trainingScores } = parts
  const reject = (keyword: string, rule: string, received: unknown): never => {
    throw new FormatError(`local-outlier-factor model: ${keyword} must ${rule}. Received ${String(received)}`, {
      keyword,
    })
  }
  const n = rows.length / columns
  if (!(Number.isInteger(n) && n >= 2)) reject('rows', `be 2 or more rows of ${columns} values`, rows.length)
  if (neighbours > n - 1) reject('neighbours', `be at most ${n - 1}, one less than there are rows`, neighbours)
  const odd = rows.findIndex((x) => !Number.isFinite(x))
  if (odd >= 0) reject('rows', 'be finite', rows[odd])
  for (const [keyword, array, rule, holds] of [
    ['kDistances', kDistances, 'be finite and >= 0', (x: number) => x >= 0 && x < Number.POSITIVE_INFINITY],
    ['densities', densities, `be > 0 and <= ${densest}`, (x: number) => x > 0 && x <= densest],
    ['trainingScores', trainingScores, 'be finite and > 0', (x: number) => x > 0 && x < Number.POSITIVE_INFINITY],
  ] as const) {
    if (array.length !== n) reject(keyword, `have ${n} elements, one a row`, array.length)
    const at = array.findIndex((x) => !holds(x))
    if (at >= 0) reject(keyword, rule, array[at])
  }
}
