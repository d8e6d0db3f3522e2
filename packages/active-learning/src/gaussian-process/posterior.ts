import {
  type CovarianceForm,
  type CovarianceValues,
  covariancesWith,
  covarianceValues,
  type KernelProfile,
  kernelProfile,
  thetaLayout,
} from './covariance.ts'

const blockRows = 64

/** All that a prediction needs. */
export interface PosteriorState {
  readonly form: CovarianceForm
  /** log hyper-parameters. */
  readonly theta: ArrayLike<number>
  /** Training rows, `[count × columns]`. */
  readonly rows: Float64Array
  readonly count: number
  /** Cholesky factor of K + noise I, row-major. */
  readonly factor: Float64Array
  readonly weights: Float64Array
  readonly mean: number
}

/**
 * The posterior of a Gaussian process over rows in memory: synchronous kernels without checks.
 *
 * @remarks Every row is treated alone, so that no result depends on the rows beside it.
 */
export class Posterior {
  readonly #state: PosteriorState
  readonly #values: CovarianceValues
  readonly #profile: KernelProfile
  readonly #block: Float64Array

  constructor(state: PosteriorState) {
    this.#state = state
    this.#values = covarianceValues(thetaLayout(state.form), state.theta)
    this.#profile = kernelProfile(state.form.kernel, this.#values.shape)
    this.#block = new Float64Array(state.count * blockRows)
  }

  /** Variance of the noise. */
  get noise(): number {
    return this.#values.noise
  }

  /** Prior variance of one row, without noise. */
  #priorVariance(data: ArrayLike<number>, offset: number): number {
    const { columns } = this.#state.form
    const { amplitude, linear } = this.#values
    if (linear === 0) return amplitude
    let square = 0
    for (let j = 0; j < columns; j++) square += data[offset + j]! * data[offset + j]!
    return amplitude + linear * square
  }

  /**
   * Mean and variance (noise included) of rows `from` to `to` of `data`, written from `at` on.
   *
   * @remarks Per row n (columns + n/2) multiply-adds, n = training rows.
   */
  predict(
    data: ArrayLike<number>,
    from: number,
    to: number,
    mean: Float64Array,
    variance: Float64Array,
    at: number = from,
  ): void {
    const { form, rows, count, factor, weights } = this.#state
    const { columns } = form
    const block = this.#block
    for (let start = from; start < to; start += blockRows) {
      const width = Math.min(blockRows, to - start)
      for (let i = 0; i < width; i++) {
        const offset = (start + i) * columns
        covariancesWith(form, this.#values, this.#profile, data, offset, rows, count, block, i, blockRows)
        const out = at + start - from + i
        mean[out] = this.#state.mean
        variance[out] = this.#priorVariance(data, offset) + this.#values.noise
      }
      const first = at + start - from
      for (let k = 0; k < count; k++) {
        const row = k * blockRows
        const weight = weights[k]!
        for (let i = 0; i < width; i++) mean[first + i]! += weight * block[row + i]!
      }
      for (let k = 0; k < count; k++) {
        const row = k * blockRows
        for (let l = 0; l < k; l++) {
          const f = factor[k * count + l]!
          const other = l * blockRows
          for (let i = 0; i < width; i++) block[row + i]! -= f * block[other + i]!
        }
        const pivot = 1 / factor[k * count + k]!
        for (let i = 0; i < width; i++) {
          const v = block[row + i]! * pivot
          block[row + i] = v
          variance[first + i]! -= v * v
        }
      }
      // Rounding can eat the signal's share of the variance, never the noise.
      for (let i = 0; i < width; i++) {
        variance[first + i] = Math.max(variance[first + i]!, this.#values.noise)
      }
    }
  }

  /** L⁻¹k(x) of the row at `offset`, written to `out` from `at` on. */
  whiten(data: ArrayLike<number>, offset: number, out: Float64Array, at: number): void {
    const { form, rows, count, factor } = this.#state
    covariancesWith(form, this.#values, this.#profile, data, offset, rows, count, out, at, 1)
    for (let k = 0; k < count; k++) {
      let sum = out[at + k]!
      for (let l = 0; l < k; l++) sum -= factor[k * count + l]! * out[at + l]!
      out[at + k] = sum / factor[k * count + k]!
    }
  }

  /** Prior covariances of the row at `offset` with `count` rows of `others`, without noise. */
  priorCovariances(data: ArrayLike<number>, offset: number, others: Float64Array, count: number): Float64Array {
    const out = new Float64Array(count)
    covariancesWith(this.#state.form, this.#values, this.#profile, data, offset, others, count, out, 0, 1)
    return out
  }
}
