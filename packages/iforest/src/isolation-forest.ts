import {
  createRandom,
  type Matrix,
  matrix,
  numberOption,
  type OptionRules,
  ParameterError,
  passedOption,
  quantile,
  type Rows,
  type RunOptions,
  resolveOptions,
  runRules,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { forestRules, type IsolationForestOptions, type ResolvedIsolationForestOptions } from './forest-options.ts'
import { checkedRows, checkWorkers } from './forest-rows.ts'
import { autoSampleSize, checkDimensions } from './grow/draw-limits.ts'
import { drawRows } from './grow/draw-rows.ts'
import type { DrawnRows } from './grow/drawn-rows.ts'
import { countFeatures, countTerms } from './grow/grow-forest.ts'
import { growTrees } from './grow/grow-trees.ts'
import { sampleByKernel } from './grow/isolation-tree-kernel.ts'
import { IsolationForestModel } from './isolation-forest-model.ts'
import { ForestReservoirs } from './stream/forest-reservoirs.ts'

/** Most drawn rows that `solve` scores for a `contamination`. */
const mostScored = 65_536

/** How to fit. */
export interface FitOptions extends RunOptions {
  /**
   * One relative weight for each row, finite, ≥ 0, not all 0: each tree draws its rows by their shares of the weight that is left
   * (successive sampling), or with `bootstrap` by their shares of all. A row of weight 0 is never drawn. Only for rows whose number
   * is known. Use them where rows stand for different numbers of objects, or to keep rows out of the crowd that others are compared
   * with: what is rarely drawn is isolated sooner.
   * @defaultValue equal weights
   * @see Efraimidis & Spirakis 2006, doi:10.1016/j.ipl.2005.11.003
   */
  readonly weights?: ArrayLike<number> | undefined
}

const fitRules = { ...runRules, weights: passedOption<ArrayLike<number>>() } satisfies OptionRules<FitOptions>

/** What `fitScore` gives. */
export interface FitScore {
  readonly model: IsolationForestModel
  /** `[n]` f64 in (0, 1], higher = more anomalous: the scores of the rows that were fitted. */
  readonly scores: Float64Array
}

/** How a state begins. */
export interface StartOptions {
  /**
   * Number of this state among those that are to be merged, an integer ≥ 0: each part draws by random numbers of its own.
   * @defaultValue 0
   */
  readonly part?: number | undefined
}

const startRules = { part: numberOption(0, { integer: true, min: 0 }) } satisfies OptionRules<StartOptions>

/**
 * Isolation forest: random cuts isolate an unusual row in few steps, an ordinary one in many.
 *
 * @remarks The algorithm of the paper with scikit-learn's defaults: 100 trees, each grown on 256 rows drawn without replacement,
 * to the depth ⌈log2 256⌉; a column uniform among those that are not constant in the node, a threshold uniform in the column's
 * range, `x ≤ threshold` to the left, compared as 32-bit floats.
 * @see Liu, Ting & Zhou 2008, doi:10.1109/ICDM.2008.17
 */
export class IsolationForest {
  /** The options with every default filled in, frozen. */
  readonly options: ResolvedIsolationForestOptions

  /** @throws ParameterError for an unknown option or one out of its range. */
  constructor(options: IsolationForestOptions = {}) {
    this.options = Object.freeze(resolveOptions('IsolationForest', options, forestRules))
  }

  /**
   * Grows the trees.
   *
   * @param rows - `[n, columns]`, n ≥ 1, columns ≥ 1, compared as f32. ±Infinity is rejected; NaN is what `missing` says. A source
   * that does not know its number of rows is sampled by reservoirs; the trees then differ from those of the same rows counted.
   * @returns A model that depends on the rows, their order, the options, the weights and the seed alone; never on batches or
   * workers.
   * @throws ShapeError for no rows, no columns, another number of weights or a source that breaks its promises, ParameterError when
   * `featuresPerTree` exceeds the columns, a weight is out of its range, there are weights but no `rowCount`, an option is unknown,
   * or the drawn rows would not fit in memory, NumericalError for a value that is not finite, and `signal.reason` when aborted.
   * @remarks Of a matrix or a source that can `gather`, only the drawn rows are read and checked, the others when they are scored;
   * any other source is read and checked once from end to end. A numeric `contamination` reads all rows once more.
   * O(trees × sampleSize × log sampleSize) time besides, O(trees × sampleSize × columns) memory.
   */
  async fit(rows: Rows, options: FitOptions = {}): Promise<IsolationForestModel> {
    const model = await this.#fitTrees(rows, 0, options)
    return this.options.contamination === 'auto' ? model : this.#contaminate(model, await model.score(rows, options))
  }

  /**
   * Grows the trees and scores the rows that they were grown on.
   *
   * @param rows - As in {@link IsolationForest.fit}, which this is followed by `model.score`; read at most twice, with a numeric
   * `contamination` too.
   * @returns The model, and its scores `[n]` f64 in (0, 1], higher = more anomalous.
   * @throws What `fit` and `score` throw.
   */
  async fitScore(rows: Rows, options: FitOptions = {}): Promise<FitScore> {
    const model = await this.#fitTrees(rows, 0, options)
    const scores = await model.score(rows, options)
    return { model: this.options.contamination === 'auto' ? model : this.#contaminate(model, scores), scores }
  }

  /**
   * Adds trees to a model: from `model.trees` up to the `trees` of this estimator.
   *
   * @param model - A model that an estimator of the same options but fewer `trees` has fitted.
   * @param rows - The rows that the model was fitted on; then the result has the bits of a fit with all trees at once. Other rows
   * with as many to draw are accepted: the new trees are theirs.
   * @returns A new model; the old one stays as it is. With a numeric `contamination` its `offset` comes from `rows`.
   * @throws ParameterError when columns, sampleSize, missing, pathLength, dimensions or penalizeRange are not those of the model, or
   * it has as many trees already; else what `fit` throws.
   */
  async extend(model: IsolationForestModel, rows: Rows, options: FitOptions = {}): Promise<IsolationForestModel> {
    if (!(model instanceof IsolationForestModel)) {
      throw new ParameterError(
        `IsolationForest.extend: model must be an IsolationForestModel. Received ${typeof model}.`,
      )
    }
    const { trees, missing, pathLength, penalizeRange, contamination } = this.options
    if (model.trees >= trees) {
      throw new ParameterError(
        `IsolationForest.extend: model must have fewer than the ${trees} trees of the options. Received ${model.trees}.`,
      )
    }
    const { columns } = toRowSource(rows)
    type Shared = 'columns' | 'sampleSize' | 'missing' | 'pathLength' | 'dimensions' | 'penalizeRange'
    const same = (name: Shared, wanted: unknown): void => {
      if (model[name] === wanted) return
      throw new ParameterError(
        `IsolationForest.extend: ${name} must be the model's ${model[name]}. Received ${wanted}.`,
      )
    }
    same('columns', columns)
    same('missing', missing)
    same('pathLength', pathLength)
    same('dimensions', countTerms(columns, this.options))
    same('penalizeRange', penalizeRange)
    const added = await this.#fitTrees(rows, model.trees, options)
    same('sampleSize', added.sampleSize)
    const extended = model.merge(added)
    return contamination === 'auto' ? extended : this.#contaminate(extended, await extended.score(rows, options))
  }

  /** A model of the trees from number `first` on. */
  async #fitTrees(rows: Rows, first: number, options: FitOptions): Promise<IsolationForestModel> {
    const { weights, ...run } = resolveOptions('isolation forest, fit', options, fitRules)
    const { trees, bootstrap, missing, sampleSize, seed } = this.options
    run.signal?.throwIfAborted()
    const { columns } = toRowSource(rows)
    if (!(Number.isInteger(columns) && columns >= 1)) {
      throw new ShapeError(`isolation forest, fit: needs at least 1 column. Received ${columns}.`)
    }
    countFeatures(columns, this.options)
    const drawn = await drawRows(
      rows,
      {
        ...{ sampleSize, bootstrap, missing, trees, first, seed },
        randomOf: (tree) => createRandom(seed, 'iforest.rows', tree),
        sampleOf: (tree, n, count) => sampleByKernel(seed, 'iforest.rows', tree, n, count),
        weights,
      },
      run,
    )
    return this.#grow(drawn, columns, run, first)
  }

  #contaminate(model: IsolationForestModel, scores: Float64Array): IsolationForestModel {
    return model.withOffset(quantile(scores, 1 - Number(this.options.contamination)))
  }

  /**
   * A state that has seen no rows: rows come in by {@link IsolationForest.partialFit}, other states by its `merge`, and
   * {@link IsolationForest.solve} grows the trees.
   *
   * @param columns - Of every row, an integer ≥ 1.
   * @throws ShapeError for no columns, ParameterError when `featuresPerTree` exceeds them, the drawn rows would not fit in memory,
   * `sampleSize` is a fraction, or for an option unknown or out of its range.
   * @remarks The state takes trees × sampleSize × columns × 4 bytes, however many rows it sees.
   */
  start(columns: number, options: StartOptions = {}): ForestReservoirs {
    const { part } = resolveOptions('IsolationForest.start', options, startRules)
    const state = ForestReservoirs.start(columns, { ...this.options, part })
    checkDimensions(state.trees, state.sampleSize, countTerms(columns, this.options))
    return state
  }

  /**
   * Adds rows to a state. Batches of any sizes lead to the same state.
   *
   * @param rows - `[n, columns]`, n ≥ 0, compared as f32. ±Infinity is rejected; NaN is what `missing` says.
   * @throws ShapeError for another number of columns, NumericalError for a value that is not finite, ParameterError for a state of
   * other options; no row is added then.
   */
  partialFit(state: ForestReservoirs, rows: Matrix<Float32Array> | Matrix<Float64Array>): void {
    this.#checkState(state)
    state.add(checkedRows('isolation forest, fit', rows, state.columns, state.count, state.missing))
  }

  /**
   * Grows the trees on the rows that a state has drawn. The state stays as it is and can take more rows, also meanwhile.
   *
   * @returns The model that `fit` gives for a source of the same rows that does not know how many they are; but with a numeric
   * `contamination`, `fit` takes the `offset` from all rows, and this from those that were drawn, 65,536 at most.
   * @throws ShapeError for no rows, ParameterError for a state of other options, and `signal.reason` when aborted.
   * @remarks O(trees × sampleSize × log sampleSize) time and a copy of the state.
   */
  async solve(state: ForestReservoirs, run: RunOptions = {}): Promise<IsolationForestModel> {
    const { bootstrap, contamination } = this.options
    checkWorkers(run)
    run.signal?.throwIfAborted()
    this.#checkState(state)
    const { columns } = state
    const { data, trees, sampleSize } = state.drawn(bootstrap)
    const drawn = { data: data.slice(), trees, sampleSize }
    const model = await this.#grow(drawn, columns, run)
    if (contamination === 'auto') return model
    const scored = Math.min(data.length / columns, Math.max(sampleSize, mostScored))
    const sample = matrix(drawn.data.subarray(0, scored * columns), scored, columns)
    return model.withOffset(quantile(await model.score(sample, run), 1 - contamination))
  }

  #checkState(state: ForestReservoirs): void {
    if (!(state instanceof ForestReservoirs)) {
      throw new ParameterError(`IsolationForest: state must be one that start gave. Received ${typeof state}.`)
    }
    const { trees, missing, sampleSize } = this.options
    const wanted = { trees, missing, sampleSize: sampleSize === 'auto' ? autoSampleSize : sampleSize }
    for (const name of ['trees', 'missing', 'sampleSize'] as const) {
      if (state[name] === wanted[name]) continue
      throw new ParameterError(`IsolationForest: the state's ${name} must be ${wanted[name]}. Received ${state[name]}.`)
    }
  }

  async #grow(drawn: DrawnRows, columns: number, run: RunOptions, first = 0): Promise<IsolationForestModel> {
    const { missing, pathLength, sampleSize: wanted } = this.options
    const { sampleSize } = drawn
    if (typeof wanted === 'number' && sampleSize < wanted) {
      run.onWarning?.({
        message: `isolation forest: sampleSize ${wanted} is more than there are rows; each tree takes all ${sampleSize}.`,
      })
    }
    return new IsolationForestModel({
      forest: await growTrees(drawn, columns, first, this.options, run),
      columns,
      sampleSize,
      missing,
      pathLength,
      offset: 0.5,
    })
  }
}
