import { NumericalError } from '@astronomaly/core'
import { cholesky, solveLower, solveUpper } from '@astronomaly/core/numeric'
import {
  type CovarianceForm,
  type CovarianceValues,
  covarianceValues,
  kernelProfile,
  type ThetaLayout,
  thetaLayout,
} from './covariance.ts'
import { inverseFromFactor } from './inverse-from-factor.ts'

/** Added to the diagonal, as scikit-learn does; far below the smallest noise allowed. */
export const jitter = 1e-10

/** Training data of a Gaussian process. */
export interface TrainingData {
  /** `[count × columns]` */
  readonly rows: Float64Array
  readonly count: number
  readonly targets: Float64Array
  /** Whether a constant mean is estimated (generalised least squares), or 0 is taken. */
  readonly constantMean: boolean
}

/** What is solved once the hyper-parameters are known. */
export interface Solution {
  /** Cholesky factor of K + noise I, row-major. */
  readonly factor: Float64Array
  /** (K + noise I)⁻¹ (y − mean) */
  readonly weights: Float64Array
  readonly mean: number
  readonly logLikelihood: number
}

/**
 * The log marginal likelihood of θ with its gradient; distances are computed once.
 *
 * @remarks log p = −½ yᵀK⁻¹y − Σ log Lᵢᵢ − n/2 log 2π; ∂/∂θⱼ = ½ tr((ααᵀ − K⁻¹) ∂K/∂θⱼ). With a constant mean y is replaced by
 * y − m, m = 1ᵀK⁻¹y / 1ᵀK⁻¹1, where the likelihood is highest, so that m adds nothing to the gradient.
 * About n³/2 multiply-adds with gradient, n³/6 without.
 * @see Rasmussen & Williams 2006, eq. 2.30 and 5.9
 */
export class MarginalLikelihood {
  readonly layout: ThetaLayout
  readonly #form: CovarianceForm
  readonly #data: TrainingData
  /** Squared distances, lower triangle packed by rows; empty with one length scale per column. */
  readonly #squares: Float64Array
  readonly #dots: Float64Array

  constructor(form: CovarianceForm, data: TrainingData) {
    this.#form = form
    this.#data = data
    this.layout = thetaLayout(form)
    const { rows, count } = data
    const pairs = (count * (count + 1)) / 2
    this.#squares = new Float64Array(form.ard ? 0 : pairs)
    this.#dots = new Float64Array(form.linear ? pairs : 0)
    const { columns } = form
    for (let i = 0, p = 0; i < count; i++) {
      for (let k = 0; k <= i; k++, p++) {
        let square = 0
        let dot = 0
        for (let j = 0; j < columns; j++) {
          const a = rows[i * columns + j]!
          const b = rows[k * columns + j]!
          square += (a - b) * (a - b)
          dot += a * b
        }
        if (!form.ard) this.#squares[p] = square
        if (form.linear) this.#dots[p] = dot
      }
    }
  }

  /** Solves for θ; undefined when K is not positive definite in double precision. */
  solve(theta: ArrayLike<number>): Solution | undefined {
    const values = covarianceValues(this.layout, theta)
    return this.#factor(this.#covariance(values))
  }

  /** log p(y | θ), and its gradient where `gradient` is given; −∞ and 0 when K is not positive definite. */
  evaluate(theta: ArrayLike<number>, gradient?: Float64Array): number {
    const values = covarianceValues(this.layout, theta)
    const solution = this.#factor(this.#covariance(values))
    gradient?.fill(0)
    if (!solution) return Number.NEGATIVE_INFINITY
    if (gradient) this.#addGradient(values, solution, gradient)
    return solution.logLikelihood
  }

  #pairSquare(p: number, i: number, k: number, inverseSquares: Float64Array): number {
    if (!this.#form.ard) return this.#squares[p]! * inverseSquares[0]!
    const { columns } = this.#form
    const { rows } = this.#data
    let r2 = 0
    for (let j = 0; j < columns; j++) {
      const d = rows[i * columns + j]! - rows[k * columns + j]!
      r2 += d * d * inverseSquares[j]!
    }
    return r2
  }

  #covariance(values: CovarianceValues): Float64Array {
    const { count } = this.#data
    const { linear } = this.#form
    const profile = kernelProfile(this.#form.kernel, values.shape)
    const k = new Float64Array(count * count)
    for (let i = 0, p = 0; i < count; i++) {
      for (let j = 0; j <= i; j++, p++) {
        let value = values.amplitude * profile.value(this.#pairSquare(p, i, j, values.inverseSquares))
        if (linear) value += values.linear * this.#dots[p]!
        k[i * count + j] = value
      }
      k[i * count + i]! += values.noise + jitter
    }
    return k
  }

  #factor(covariance: Float64Array): Solution | undefined {
    const { count, targets, constantMean } = this.#data
    let factor: Float64Array
    try {
      factor = cholesky(covariance, count)
    } catch (error) {
      if (error instanceof NumericalError) return undefined
      throw error
    }
    let half = solveLower(factor, count, targets)
    let mean = 0
    if (constantMean) {
      const ones = solveLower(factor, count, new Float64Array(count).fill(1))
      mean = dot(ones, half) / dot(ones, ones)
      half = half.map((v, i) => v - mean * ones[i]!)
    }
    let logLikelihood = -0.5 * dot(half, half) - 0.5 * count * Math.log(2 * Math.PI)
    for (let i = 0; i < count; i++) logLikelihood -= Math.log(factor[i * count + i]!)
    if (!Number.isFinite(logLikelihood)) return undefined
    return { factor, weights: solveUpper(factor, count, half), mean, logLikelihood }
  }

  #addGradient(values: CovarianceValues, { factor, weights }: Solution, gradient: Float64Array): void {
    const { count, rows } = this.#data
    const { ard, linear, columns, kernel } = this.#form
    const { layout } = this
    const inverse = inverseFromFactor(factor, count)
    const profile = kernelProfile(kernel, values.shape)
    const { amplitude, inverseSquares } = values
    for (let i = 0, p = 0; i < count; i++) {
      for (let k = 0; k <= i; k++, p++) {
        // Off the diagonal a pair stands for two entries of the trace, which takes the factor ½ away.
        const inner = weights[i]! * weights[k]! - inverse[i * count + k]!
        const weight = i === k ? 0.5 * inner : inner
        if (i === k) gradient[layout.noise]! += weight * values.noise
        if (linear) gradient[layout.linear]! += weight * values.linear * this.#dots[p]!
        const r2 = this.#pairSquare(p, i, k, inverseSquares)
        const scaled = weight * amplitude
        if (layout.amplitude >= 0) gradient[layout.amplitude]! += scaled * profile.value(r2)
        if (layout.shape >= 0) gradient[layout.shape]! += scaled * profile.shapeSlope(r2)
        const slope = scaled * profile.slope(r2)
        if (!ard) gradient[layout.lengthScale]! += slope * r2
        else {
          for (let j = 0; j < columns; j++) {
            const d = rows[i * columns + j]! - rows[k * columns + j]!
            gradient[layout.lengthScale + j]! += slope * d * d * inverseSquares[j]!
          }
        }
      }
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
