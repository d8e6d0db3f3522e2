import {
  assertKnownKeys,
  checkNumber,
  finiteRows,
  type Matrix,
  NumericalError,
  ParameterError,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { leadingEigen } from './leading-eigen.ts'
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
  readonly standardise?: boolean
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

function resolve(options: StreamingPcaOptions): ResolvedPcaOptions {
  assertKnownKeys('StreamingPca', options, ['components', 'standardise', 'groups'])
  const { standardise = false, groups } = options
  const components = resolveComponents(options.components)
  checkBoolean('StreamingPca: standardise', standardise)
  if (groups !== undefined && !Array.isArray(groups)) {
    throw new ParameterError(`StreamingPca: groups must be an array. Received ${String(groups)}.`)
  }
  if (groups && options.standardise !== undefined) {
    throw new ParameterError('StreamingPca: standardise must be said for each group where there are groups.')
  }
  if (groups?.length === 0) throw new ParameterError('StreamingPca: groups must hold at least one. Received none.')
  const resolved = groups?.map((group) => {
    if (typeof group !== 'object' || group === null) {
      throw new ParameterError(`StreamingPca: groups must hold objects. Received ${String(group)}.`)
    }
    assertKnownKeys('StreamingPca: groups', group, ['columns', 'standardise'])
    const columns = checkNumber('StreamingPca: groups.columns', group.columns, { integer: true, min: 1 })
    const own = checkBoolean('StreamingPca: groups.standardise', group.standardise ?? false)
    return Object.freeze({ columns, standardise: own })
  })
  return Object.freeze({ components, standardise, groups: resolved && Object.freeze(resolved) })
}

function resolveComponents(
  components: StreamingPcaOptions['components'] = { variance: 0.95 },
): ResolvedPcaOptions['components'] {
  if (typeof components !== 'object' || components === null) {
    return checkNumber('StreamingPca: components', components, { integer: true, min: 1 })
  }
  assertKnownKeys('StreamingPca: components', components, ['variance'])
  const variance = checkNumber('StreamingPca: components.variance', components.variance, { above: 0, max: 1 })
  return Object.freeze({ variance })
}

function checkBoolean(subject: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new ParameterError(`${subject} must be true or false. Received ${String(value)}.`)
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
 * doubles. Time: n d²/2 multiply-adds and one {@link leadingEigen}, 2 d³ operations and more with the number of components. A million
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
   * @returns A model that does not depend on the batch size of the source.
   * @throws ShapeError for fewer than two rows, no column, more components than columns, or groups that have another number
   * of columns together; NumericalError for NaN or infinity.
   */
  async fit(rows: Rows, run: RunOptions = {}): Promise<PcaModel> {
    run.signal?.throwIfAborted()
    const source = toRowSource(rows)
    if (source.columns < 1) throw new ShapeError('StreamingPca: needs at least one column. Received none.')
    const state = new ScatterMatrix(source.columns)
    for await (const batch of unroundedBatches(rows, run.signal ? { signal: run.signal } : {})) {
      run.signal?.throwIfAborted()
      this.partialFit(state, batch.rows)
      const total = source.rowCount
      run.onProgress?.({ stage: 'pca', done: state.count, ...(total === undefined ? {} : { total }) })
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
      const found = Math.sqrt(scatter[j * d + j]! / (count - 1))
      // A constant column keeps a rounding error of a few ulp of its mean.
      return found > 1e-12 * Math.abs(m) ? found : 0
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
    const solved = leadingEigen(covariance, d, wanted)
    const { vectors, values } = solved.vectors.length > 0 ? solved : leadingEigen(covariance, d, 1)
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
