import {
  collectRows,
  createRandom,
  decodeModel,
  definedOnly,
  encodeModel,
  type Filled,
  FormatError,
  finiteRows,
  flagOption,
  type ModelContent,
  numberOption,
  ParameterError,
  pacer,
  type RowSource,
  type Rows,
  type RunOptions,
  resolveOptions,
  type Seed,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { type EvaluatorRows, TreeEvaluator } from '@astronomaly/core/kernels'
import { forEachBlock } from '../gaussian-process/block-loop.ts'
import { seedOption } from '../seed-option.ts'
import { ensembleOf, type ForestNodes } from './forest-ensemble.ts'
import { growTree, prepareTable } from './regression-tree.ts'

/** How a {@link RandomForestRegressor} grows its trees. */
export interface RandomForestOptions {
  /** @defaultValue 200 */
  readonly trees?: number | undefined
  /**
   * Whether each tree sees a sample with replacement, as large as the data.
   * @defaultValue true
   */
  readonly bootstrap?: boolean | undefined
  /** @defaultValue 0 */
  readonly seed?: Seed | undefined
}

const rules = {
  trees: numberOption(200, { integer: true, min: 1, max: 1_000_000 }),
  bootstrap: flagOption(true),
  seed: seedOption('active-learning.forest'),
}

const kind = 'random-forest-regressor'
const version = 1
const rowBlock = 1024

/**
 * Random-forest regression (Breiman 2001): the mean of many fully grown regression trees.
 *
 * @remarks The defaults are scikit-learn's but for 200 trees, as in the paper: squared error, all features at every split,
 * unlimited depth, leaves of one row, bootstrap. One deviation: scikit-learn never splits values closer than 1e-7; here any
 * two different values can be split, because features have no fixed scale. The random streams differ from scikit-learn's.
 * @see Breiman 2001, doi:10.1023/A:1010933404324
 */
export class RandomForestRegressor {
  /** The options with their defaults filled in. */
  readonly options: Filled<RandomForestOptions>

  /** @throws ParameterError for an unknown option or one outside its range. */
  constructor(options: RandomForestOptions = {}) {
    this.options = Object.freeze(resolveOptions('RandomForestRegressor', options, rules))
  }

  /**
   * Grows the trees.
   *
   * @param rows - `[rows, columns]`, at least one row; collected in memory. NaN and infinity are rejected.
   * @param targets - One finite number per row.
   * @throws ShapeError | ParameterError
   * @remarks O(trees · columns · rows · depth) after one sort of each column. `workers` change nothing: one thread grows
   * all trees. Progress stage `'random-forest'`.
   */
  async fit(rows: Rows, targets: ArrayLike<number>, run: RunOptions = {}): Promise<RandomForestModel> {
    run.signal?.throwIfAborted()
    const table = await collectRows(rows, { signal: run.signal })
    const [count, columns] = table.shape
    const subject = 'RandomForestRegressor.fit'
    if (count === 0) throw new ShapeError(`${subject}: needs at least one row. Received 0.`)
    if (targets.length !== count) {
      throw new ShapeError(`${subject}: needs one target per row (${count}). Received ${targets.length}.`)
    }
    for (let i = 0; i < count; i++) {
      if (!Number.isFinite(targets[i]))
        throw new ParameterError(`${subject}: targets must be finite. Received ${targets[i]} at row ${i}.`)
    }
    const training = prepareTable(finiteRows(subject, table, { columns }), count, columns, Float64Array.from(targets))
    const feature: number[] = []
    const threshold: number[] = []
    const right: number[] = []
    const value: number[] = []
    const { trees, bootstrap, seed } = this.options
    const roots = new Uint32Array(trees)
    await forEachBlock('random-forest', trees, 1, run, (tree) => {
      const nodes = growTree(training, createRandom(seed, 'active-learning.forest', tree), bootstrap)
      const root = feature.length
      roots[tree] = root
      for (let i = 0; i < nodes.feature.length; i++) {
        feature.push(nodes.feature[i]!)
        threshold.push(nodes.threshold[i]!)
        right.push(nodes.feature[i]! < 0 ? 0 : root + nodes.right[i]!)
        value.push(nodes.value[i]!)
      }
    })
    return RandomForestModel.from(
      encodeModel({
        kind,
        version,
        meta: { ...this.options, columns },
        arrays: {
          roots,
          feature: Int32Array.from(feature),
          threshold: Float64Array.from(threshold),
          right: Uint32Array.from(right),
          value: Float64Array.from(value),
        },
      }),
    )
  }
}

/** A fitted {@link RandomForestRegressor}: immutable, and one buffer. */
export class RandomForestModel {
  /** The model as bytes: for a file, a worker, a cache. */
  readonly buffer: ArrayBuffer
  /** Columns that rows must have. */
  readonly columns: number
  /** Number of trees. */
  readonly trees: number
  readonly #evaluator: TreeEvaluator

  private constructor(buffer: ArrayBuffer, nodes: ForestNodes) {
    this.buffer = buffer
    this.columns = nodes.columns
    this.trees = nodes.roots.length
    this.#evaluator = new TreeEvaluator(ensembleOf(nodes), nodes.columns)
  }

  /** Reads {@link RandomForestModel.buffer} back. @throws FormatError for anything else. */
  static from(buffer: ArrayBuffer): RandomForestModel {
    return new RandomForestModel(buffer, checkNodes(decodeModel(buffer, kind, version)))
  }

  /**
   * The mean prediction of the trees.
   *
   * @param rows - Streamed in batches; NaN and infinity are rejected.
   * @param run - With `workers` that many threads walk the trees; the bits are the same.
   * @returns One number per row, within the range of the targets.
   * @throws ShapeError for another number of columns.
   * @remarks O(rows · trees · depth). Progress stage `'random-forest.predict'`.
   */
  async predict(rows: Rows, run: RunOptions = {}): Promise<Float64Array> {
    const source = toRowSource(rows)
    if (source.columns !== this.columns) {
      throw new ShapeError(`RandomForestModel.predict: needs ${this.columns} columns. Received ${source.columns}.`)
    }
    const pause = pacer(run.signal)
    const parts: Float64Array[] = []
    let done = 0
    for await (const { sums, count } of this.#evaluator.sumBatches(checkedBatches(source, run), run)) {
      parts.push(sums.map((sum) => sum / this.trees))
      done += count
      run.onProgress?.(definedOnly({ stage: 'random-forest.predict', done, total: source.rowCount }))
      await pause()
    }
    const all = new Float64Array(done)
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}

async function* checkedBatches(source: RowSource, { signal }: RunOptions): AsyncGenerator<EvaluatorRows> {
  const { columns } = source
  for await (const { rows, start } of source.batches({ batchSize: rowBlock, signal })) {
    yield { start, count: rows.shape[0], data: finiteRows('RandomForestModel.predict', rows, { columns, start }) }
  }
}

function checkNodes({ meta, arrays }: ModelContent): ForestNodes {
  const fail = (keyword: string): never => {
    throw new FormatError('random forest: field is missing or inconsistent', { source: `${kind} model`, keyword })
  }
  const columns = meta.columns as number
  const { roots, feature, threshold, right, value } = arrays
  if (!(Number.isInteger(columns) && columns >= 0)) fail('columns')
  if (!(roots instanceof Uint32Array && roots.length > 0)) return fail('roots')
  if (!(feature instanceof Int32Array && feature.length > 0)) return fail('feature')
  const count = feature.length
  if (!(threshold instanceof Float64Array && threshold.length === count)) return fail('threshold')
  if (!(right instanceof Uint32Array && right.length === count)) return fail('right')
  if (!(value instanceof Float64Array && value.length === count)) return fail('value')
  // Trees stand in pre-order one after the other, so that every walk ends: behind a leaf comes the right child of the last node that
  // waits for one, or the next root.
  const waiting: number[] = []
  let tree = 0
  for (let i = 0; i < count; i++) {
    if (feature[i]! < -1 || feature[i]! >= columns) fail('feature')
    if (!Number.isFinite(threshold[i])) fail('threshold')
    if (!Number.isFinite(value[i])) fail('value')
    if (i === 0 || feature[i - 1]! < 0) {
      if (waiting.length === 0 && roots[tree++] !== i) fail('roots')
      else if (waiting.length > 0 && waiting.pop() !== i) fail('right')
    }
    if (feature[i]! >= 0) waiting.push(right[i]!)
  }
  if (waiting.length > 0) fail('right')
  if (tree !== roots.length) fail('roots')
  return { columns, roots, feature, threshold, right, value }
}
