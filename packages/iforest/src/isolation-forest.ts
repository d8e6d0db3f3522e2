import {
  createRandom,
  ParameterError,
  quantile,
  type Random,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { pathLengthFunction } from './average-path-length.ts'
import { type DrawnRows, distinct, drawRows } from './draw-rows.ts'
import { concatForests, type FlatForest } from './flat-forest.ts'
import {
  type IsolationForestOptions,
  type ResolvedIsolationForestOptions,
  resolveForestOptions,
} from './forest-options.ts'
import { growTree } from './grow-tree.ts'
import { IsolationForestModel } from './isolation-forest-model.ts'
import { checkWorkers, pacer } from './read-batches.ts'

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
    this.options = resolveForestOptions(options)
  }

  /**
   * Grows the trees in one pass over the rows (two with a numeric `contamination`).
   *
   * @param rows - `[n, columns]`, n ≥ 1, columns ≥ 1, compared as f32. ±Infinity is rejected; NaN is what `missing` says. A source
   * that does not know its number of rows is sampled by reservoirs; the trees then differ from those of the same rows counted.
   * @returns A model that depends on the rows, their order, the options and the seed alone; never on batches or workers.
   * @throws ShapeError for no rows, no columns or a source that breaks its promises, ParameterError when
   * `featuresPerTree` exceeds the columns or the drawn rows would not fit in memory, NumericalError for a value that is not
   * finite, and `signal.reason` when aborted.
   * @remarks O(trees × sampleSize × log sampleSize) time besides the pass, O(trees × sampleSize × columns) memory.
   */
  async fit(rows: Rows, run: RunOptions = {}): Promise<IsolationForestModel> {
    const { trees, bootstrap, contamination, missing, pathLength, sampleSize, seed } = this.options
    checkWorkers(run)
    run.signal?.throwIfAborted()
    const source = toRowSource(rows)
    const { columns } = source
    if (!(Number.isInteger(columns) && columns >= 1)) {
      throw new ShapeError(`isolation forest, fit: needs at least 1 column. Received ${columns}.`)
    }
    const features = this.#countFeatures(columns)
    const randomOf = (tree: number): Random => createRandom(seed, 'iforest.rows', tree)
    const drawn = await drawRows(source, { sampleSize, bootstrap, missing, trees, randomOf }, run)
    const model = new IsolationForestModel({
      forest: await this.#grow(drawn, columns, features, run),
      columns,
      sampleSize: drawn.sampleSize,
      missing,
      pathLength,
      offset: 0.5,
    })
    if (contamination === 'auto') return model
    return model.withOffset(quantile(await model.score(source, run), 1 - contamination))
  }

  #countFeatures(columns: number): number {
    const { featuresPerTree } = this.options
    if (featuresPerTree === 'all') return columns
    if (typeof featuresPerTree === 'object') return Math.max(1, Math.floor(featuresPerTree.fraction * columns))
    if (featuresPerTree <= columns) return featuresPerTree
    throw new ParameterError(
      `IsolationForest: featuresPerTree must be <= the ${columns} columns. Received ${featuresPerTree}.`,
    )
  }

  async #grow(drawn: DrawnRows, columns: number, featureCount: number, run: RunOptions): Promise<FlatForest> {
    const { bootstrap, maxDepth, pathLength, seed } = this.options
    const size = drawn.sampleSize
    const deepest =
      maxDepth === 'auto'
        ? Math.ceil(Math.log2(Math.max(size, 2)))
        : maxDepth === 'unlimited'
          ? Number.POSITIVE_INFINITY
          : maxDepth
    const pathLengthOf = pathLengthFunction(size, pathLength)
    const pace = pacer()
    const grown: FlatForest[] = []
    for (const [tree, rows] of drawn.trees.entries()) {
      await pace()
      run.signal?.throwIfAborted()
      const random = createRandom(seed, 'iforest.tree', tree)
      const features =
        featureCount === columns
          ? Uint32Array.from({ length: columns }, (_, i) => i)
          : random.sample(columns, featureCount)
      // A row drawn twice changes no range; counted once, as in scikit-learn, it is isolated when it is alone.
      const own = bootstrap ? distinct([rows]) : rows.slice()
      grown.push(growTree(drawn.data, columns, own, random, { maxDepth: deepest, features, pathLength: pathLengthOf }))
    }
    return concatForests(grown)
  }
}
