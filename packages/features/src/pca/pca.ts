import {
  checkNumber,
  definedOnly,
  describeValue,
  finiteRows,
  flagOption,
  type Matrix,
  NumericalError,
  ParameterError,
  type Rows,
  type RunOptions,
  resolveOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { symmetricEigen } from '@astronomaly/core/numeric'
import { PcaModel } from './pca-model.ts'
import { ScatterMatrix } from './scatter-matrix.ts'
import { unroundedBatches } from './unrounded-batches.ts'

/** Neighbouring columns of one kind, such as the vector of one encoder. */
export interface ColumnGroup {
  /** How many, ≥ 1. */
  readonly columns: number
  /**
   * Divide each column by its standard deviation before the group is scaled as a whole.
   * @defaultValue false
   */
  readonly standardise?: boolean | undefined
}

/** Options of {@link StreamingPca}. */
export interface StreamingPcaOptions {
  /**
   * How many components: a number, or the fewest whose share of the variance reaches a value in (0, 1].
   * @defaultValue { variance: 0.95 }
   */
  readonly components?: number | { readonly variance: number } | undefined
  /**
   * Divide each column by its standard deviation first (constant columns by 1).
   * @defaultValue false, as in the paper
   */
  readonly standardise?: boolean | undefined
  /**
   * Kinds of columns, in order, together all columns. Each group is brought to the same total variance, 1 over their number, so that
   * neither the units nor the number of its columns give one kind the word. Not together with `standardise`.
   */
  readonly groups?: readonly ColumnGroup[] | undefined
}

/** {@link StreamingPcaOptions} with every default filled in. */
export interface ResolvedPcaOptions {
  readonly components: number | { readonly variance: number }
  readonly standardise: boolean
  readonly groups: readonly Required<ColumnGroup>[] | undefined
}

const varianceRules = {
  variance: (value: unknown, subject: string) => checkNumber(subject, value, { above: 0, max: 1 }),
}

const groupRules = {
  columns: (value: unknown, subject: string) => checkNumber(subject, value, { integer: true, min: 1 }),
  standardise: flagOption(false),
}

const rules = {
  components: (value: StreamingPcaOptions['components'] = { variance: 0.95 }, subject: string) =>
    typeof value === 'object' && value !== null
      ? Object.freeze(resolveOptions(subject, value, varianceRules))
      : checkNumber(subject, value, { integer: true, min: 1 }),
  standardise: flagOption(false),
  groups(value: readonly ColumnGroup[] | undefined, subject: string) {
    if (value === undefined) return undefined
    if (!Array.isArray(value) || value.length === 0) {
      throw new ParameterError(
        `${subject} must be an array of at least one. Received ${describeValue(value) || 'none'}.`,
      )
    }
    return Object.freeze(value.map((group) => Object.freeze(resolveOptions(subject, group as ColumnGroup, groupRules))))
  },
}

function resolve(options: StreamingPcaOptions): ResolvedPcaOptions {
  const resolved = resolveOptions('StreamingPca', options, rules)
  if (resolved.groups && options.standardise !== undefined) {
    throw new ParameterError('StreamingPca: standardise must be said for each group where there are groups.')
  }
  return Object.freeze(resolved)
}

/** What each column is divided by: with groups, such that each of them has a total variance of 1 over their number. */
function columnScale(deviation: Float64Array, { standardise, groups }: ResolvedPcaOptions): Float64Array {
  const scale = new Float64Array(deviation.length).fill(1)
  const divide = (from: number, to: number): void => {
    for (let j = from; j < to; j++) if (deviation[j]! > 0) scale[j] = deviation[j]!
  }
  if (!groups) {
    if (standardise) divide(0, scale.length)
    return scale
  }
  const columns = groups.reduce((sum, group) => sum + group.columns, 0)
  if (columns !== deviation.length) {
    throw new ShapeError(`StreamingPca: groups must have ${deviation.length} columns together. Received ${columns}.`)
  }
  let from = 0
  for (const group of groups) {
    const to = from + group.columns
    if (group.standardise) divide(from, to)
    let variance = 0
    for (let j = from; j < to; j++) variance += (deviation[j]! / scale[j]!) ** 2
    const whole = variance > 0 ? Math.sqrt(variance * groups.length) : 1
    for (let j = from; j < to; j++) scale[j] = scale[j]! * whole
    from = to
  }
  return scale
}

/**
 * Principal component analysis in one pass over rows of any number.
 *
 * @remarks Covariance with n − 1; components in descending variance, each one's entry of largest magnitude positive. State: d²
 * doubles. Time: n d²/2 multiply-adds and one {@link symmetricEigen}, 2 d³ operations and more with the number of components. A million
 * rows are never in memory. At least one component is kept, also when nothing varies.
 * @see Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3.1; Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115
 */
export class StreamingPca {
  /** The options with every default filled in, frozen. */
  readonly options: ResolvedPcaOptions

  /** @throws ParameterError for an unknown option or one out of its range. */
  constructor(options: StreamingPcaOptions = {}) {
    this.options = resolve(options)
  }

  /**
   * Reads all rows once and solves for the components.
   *
   * @param rows - `[n, d]`, n ≥ 2, finite. A matrix of f64 is not rounded; a row source gives f32, so a column whose spread is
   * below 10⁻⁷ of its mean must be shifted by whoever makes the source.
   * @param run - `workers` change nothing: one thread sums the products and solves. Progress stage `'pca'`.
   * @returns A model that does not depend on the batch size of the source.
   * @throws ShapeError for fewer than two rows, no column, more components than columns, or groups that have another number
   * of columns together; NumericalError for NaN or infinity.
   */
  async fit(rows: Rows, run: RunOptions = {}): Promise<PcaModel> {
    run.signal?.throwIfAborted()
    const source = toRowSource(rows)
    if (source.columns < 1) throw new ShapeError('StreamingPca: needs at least one column. Received none.')
    const state = new ScatterMatrix(source.columns)
    for await (const batch of unroundedBatches(rows, { signal: run.signal })) {
      run.signal?.throwIfAborted()
      this.partialFit(state, batch.rows)
      run.onProgress?.(definedOnly({ stage: 'pca', done: state.count, total: source.rowCount }))
    }
    return this.solve(state)
  }

  /**
   * Adds rows to a state, which other states can be merged into before {@link solve}.
   *
   * @param rows - `[n, d]`, finite, d the columns of the state.
   * @throws ShapeError for another number of columns, NumericalError for NaN or infinity; no row is added then.
   */
  partialFit(state: ScatterMatrix, rows: Matrix<Float32Array> | Matrix<Float64Array>): void {
    state.add(
      finiteRows('StreamingPca', rows as Matrix<Float32Array | Float64Array>, {
        columns: state.columns,
        start: state.count,
      }),
    )
  }

  /**
   * The components of all rows that a state has seen. The state stays as it is.
   *
   * @throws ShapeError for fewer than two rows, more components than columns, or groups that have another number of columns
   * together; NumericalError when the variance is not finite.
   */
  solve(state: ScatterMatrix): PcaModel {
    const { count, mean, scatter } = state.state()
    const d = state.columns
    const { components } = this.options
    if (count < 2) throw new ShapeError(`StreamingPca: needs at least two rows. Received ${count}.`)
    if (typeof components === 'number' && components > d) {
      throw new ShapeError(`StreamingPca: components must be <= ${d} columns. Received ${components}.`)
    }
    const deviation = Float64Array.from(mean, (m, j) => {
      const spread = Math.sqrt(scatter[j * d + j]! / (count - 1))
      // A constant column keeps a rounding error of a few ulp of its mean.
      return spread > 1e-12 * Math.abs(m) ? spread : 0
    })
    const scale = columnScale(deviation, this.options)
    const covariance = new Float64Array(d * d)
    let totalVariance = 0
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) covariance[i * d + j] = scatter[i * d + j]! / (count - 1) / scale[i]! / scale[j]!
      totalVariance += covariance[i * d + i]!
    }
    if (!Number.isFinite(totalVariance)) {
      throw new NumericalError(`StreamingPca: the variance must be finite. Received ${totalVariance}.`)
    }
    const wanted = typeof components === 'number' ? components : { share: components.variance }
    const solved = symmetricEigen(covariance, d, wanted)
    const { vectors, values } = solved.vectors.length > 0 ? solved : symmetricEigen(covariance, d, 1)
    const explainedVariance = values.slice(0, vectors.length / d).map((v) => Math.max(0, v))
    return new PcaModel({
      count,
      mean,
      deviation,
      scale,
      components: vectors,
      explainedVariance,
      totalVariance,
    })
  }
}
