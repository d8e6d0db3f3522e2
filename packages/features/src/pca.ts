import {
  assertKnownKeys,
  checkNumber,
  finiteRows,
  leadingEigen,
  type Matrix,
  NumericalError,
  ParameterError,
  type Rows,
  type RunOptions,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { PcaModel } from './pca-model.ts'
import { ScatterMatrix } from './scatter-matrix.ts'

/** Options of {@link StreamingPca}. */
export interface StreamingPcaOptions {
  /**
   * How many components: a number, or the fewest whose share of the variance reaches a value in (0, 1].
   * @defaultValue { variance: 0.95 }
   */
  readonly components?: number | { readonly variance: number }
  /**
   * Divide each column by its standard deviation first (constant columns by 1).
   * @defaultValue false, as in the paper
   */
  readonly standardise?: boolean
}

/**
 * Principal component analysis in one pass over rows of any number.
 *
 * @remarks Covariance with n − 1; components in descending variance, each one's entry of largest magnitude positive. State: d²
 * doubles. Time: n d²/2 multiply-adds and one eigenproblem of about 4/3 d³ operations. A million rows are never in memory.
 * At least one component is kept, also when nothing varies.
 * @see Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3.1; Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115
 */
export class StreamingPca {
  /** The options with every default filled in, frozen. */
  readonly options: Readonly<Required<StreamingPcaOptions>>

  /** @throws {@link ParameterError} for an unknown option or one out of its range. */
  constructor(options: StreamingPcaOptions = {}) {
    assertKnownKeys('StreamingPca', options, ['components', 'standardise'])
    const { components = { variance: 0.95 }, standardise = false } = options
    if (typeof components === 'object') {
      checkNumber('StreamingPca: components.variance', components.variance, { above: 0, max: 1 })
    } else checkNumber('StreamingPca: components', components, { integer: true, min: 1 })
    if (typeof standardise !== 'boolean') {
      throw new ParameterError(`StreamingPca: standardise must be true or false. Received ${String(standardise)}.`)
    }
    this.options = Object.freeze({ components, standardise })
  }

  /**
   * Reads all rows once and solves for the components.
   *
   * @param rows - `[n, d]`, n ≥ 2, finite.
   * @returns A model that does not depend on the batch size of the source.
   * @throws {@link ShapeError} for fewer than two rows, no column or more components than columns; {@link NumericalError} for NaN or infinity.
   */
  async fit(rows: Rows, run: RunOptions = {}): Promise<PcaModel> {
    run.signal?.throwIfAborted()
    const source = toRowSource(rows)
    const state = new ScatterMatrix(source.columns)
    for await (const batch of source.batches(run.signal ? { signal: run.signal } : {})) {
      run.signal?.throwIfAborted()
      this.partialFit(state, batch.rows)
      const total = source.rowCount
      run.onProgress?.({ stage: 'pca', done: state.count, ...(total === undefined ? {} : { total }) })
    }
    return this.solve(state)
  }

  /** Adds rows to a state, which other states can be merged into before {@link solve}. */
  partialFit(state: ScatterMatrix, rows: Matrix<Float32Array>): void {
    state.add(finiteRows('StreamingPca', rows, { columns: state.columns, start: state.count }))
  }

  /** The components of all rows that a state has seen. */
  solve(state: ScatterMatrix): PcaModel {
    const { count, mean, scatter } = state.state()
    const d = state.columns
    const { components, standardise } = this.options
    if (d < 1) throw new ShapeError('StreamingPca: needs at least one column. Received none.')
    if (count < 2) throw new ShapeError(`StreamingPca: needs at least two rows. Received ${count}.`)
    if (typeof components === 'number' && components > d) {
      throw new ShapeError(`StreamingPca: components must be <= ${d} columns. Received ${components}.`)
    }
    const scale = new Float64Array(d).fill(1)
    if (standardise) {
      for (let j = 0; j < d; j++) {
        const deviation = Math.sqrt(scatter[j * d + j]! / (count - 1))
        // A constant column keeps a rounding error of a few ulp of its mean.
        if (deviation > 1e-12 * Math.abs(mean[j]!)) scale[j] = deviation
      }
    }
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
    return new PcaModel({ count, mean: mean.slice(), scale, components: vectors, explainedVariance, totalVariance })
  }
}
