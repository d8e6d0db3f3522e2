import {
  checkNumber,
  decodeModel,
  definedOnly,
  FormatError,
  finiteRows,
  isMatrix,
  type Matrix,
  type Rows,
  type RunOptions,
  ShapeError,
} from '@astronomaly/core'
import { forEachBlock } from './block-loop.ts'
import { type CovarianceForm, type GaussianProcessKernel, thetaLayout } from './covariance.ts'
import { MarginalLikelihood } from './marginal-likelihood.ts'
import { Posterior, type PosteriorState } from './posterior.ts'

export const modelKind = 'gaussian-process'
export const modelVersion = 1
const rowBlock = 256
const kernels: readonly unknown[] = ['matern-1.5', 'matern-2.5', 'rational-quadratic'] satisfies GaussianProcessKernel[]

/** What a Gaussian process says of each row. */
export interface GaussianProcessPrediction {
  /** Posterior mean, one per row. */
  readonly mean: Float64Array
  /** Standard deviation of an observation, noise included; > 0. */
  readonly std: Float64Array
}

/** A log marginal likelihood with its gradient by log hyper-parameter. */
export interface LogMarginalLikelihood {
  /** −∞ when the covariance is singular there; then the gradient is 0. */
  readonly value: number
  readonly gradient: Float64Array
}

/** A fitted `GaussianProcess`: immutable, and one buffer. */
export class GaussianProcessModel {
  /** The model as bytes: for a file, a worker, a cache. */
  readonly buffer: ArrayBuffer
  /** Columns that rows must have. */
  readonly columns: number
  /** Number of training rows. */
  readonly rowCount: number
  /** The prior mean: 0, or the constant that generalised least squares gives. */
  readonly priorMean: number
  /** Log marginal likelihood at the model's θ. */
  readonly logLikelihood: number
  readonly #state: PosteriorState
  readonly #targets: Float64Array
  readonly #constantMean: boolean

  private constructor(buffer: ArrayBuffer, { state, targets, constantMean, logLikelihood }: CheckedModel) {
    this.buffer = buffer
    this.columns = state.form.columns
    this.rowCount = state.count
    this.priorMean = state.mean
    this.logLikelihood = logLikelihood
    this.#state = state
    this.#targets = targets
    this.#constantMean = constantMean
  }

  /** Reads {@link GaussianProcessModel.buffer} back. @throws FormatError for anything else. */
  static from(buffer: ArrayBuffer): GaussianProcessModel {
    return new GaussianProcessModel(buffer, readModel(buffer))
  }

  /** log hyper-parameters: amplitude, shape, length scales, linear, noise, those that there are. A copy. */
  get theta(): Float64Array {
    return Float64Array.from(this.#state.theta)
  }

  /** The hyper-parameters by name; those that the form lacks are left out. */
  get hyperparameters(): {
    readonly amplitude?: number
    readonly shape?: number
    readonly lengthScales: Float64Array
    readonly linear?: number
    readonly noise: number
  } {
    const { form, theta } = this.#state
    const layout = thetaLayout(form)
    const value = (at: number): number => Math.exp(theta[at]!)
    const valueIfAny = (at: number): number | undefined => (at < 0 ? undefined : value(at))
    return definedOnly({
      amplitude: valueIfAny(layout.amplitude),
      shape: valueIfAny(layout.shape),
      lengthScales: Float64Array.from({ length: layout.lengthScales }, (_, j) => value(layout.lengthScale + j)),
      linear: valueIfAny(layout.linear),
      noise: value(layout.noise),
    })
  }

  /**
   * The log marginal likelihood of the training data at any θ.
   *
   * @param theta - log hyper-parameters; the model's own by default.
   * @throws ShapeError for another number of them, ParameterError for one that is not finite.
   */
  logMarginalLikelihood(theta: ArrayLike<number> = this.#state.theta): LogMarginalLikelihood {
    const { form, rows, count } = this.#state
    const likelihood = new MarginalLikelihood(form, {
      rows,
      count,
      targets: this.#targets,
      constantMean: this.#constantMean,
    })
    if (theta.length !== likelihood.layout.size) {
      throw new ShapeError(
        `logMarginalLikelihood: theta must have ${likelihood.layout.size} numbers. Received ${theta.length}.`,
      )
    }
    for (let j = 0; j < theta.length; j++) checkNumber(`logMarginalLikelihood: theta[${j}]`, theta[j])
    const gradient = new Float64Array(likelihood.layout.size)
    return { value: likelihood.evaluate(theta, gradient), gradient }
  }

  /**
   * Mean and standard deviation of rows.
   *
   * @param rows - Streamed in batches; a matrix of doubles is used without rounding. NaN and infinity are rejected.
   * @throws ShapeError for another number of columns.
   * @remarks μ = m + kᵀ(K + noise I)⁻¹(y − m); σ² = k(x, x) + noise − ‖L⁻¹k‖². Per row n (columns + n/2) multiply-adds for n
   * training rows; memory for 64 rows × n at a time. `workers` change nothing: one thread does it all. Progress stage
   * `'gaussian-process.predict'`.
   */
  async predict(rows: Rows, run: RunOptions = {}): Promise<GaussianProcessPrediction> {
    const subject = 'GaussianProcessModel.predict'
    const columns = isMatrix(rows) ? rows.shape[1] : rows.columns
    if (columns !== this.columns) {
      throw new ShapeError(`${subject}: needs ${this.columns} columns. Received ${columns}.`)
    }
    const parts: GaussianProcessPrediction[] = []
    let done = 0
    const posterior = new Posterior(this.#state)
    const predictPart = async (
      part: Matrix<Float32Array> | Matrix<Float64Array>,
      start: number,
      partRun: RunOptions,
    ): Promise<void> => {
      const count = part.shape[0]
      const data = finiteRows<Float32Array | Float64Array>(subject, part, { columns: this.columns, start })
      const mean = new Float64Array(count)
      const std = new Float64Array(count)
      await forEachBlock('gaussian-process.predict', count, rowBlock, partRun, (from, to) =>
        posterior.predict(data, from, to, mean, std),
      )
      for (let i = 0; i < count; i++) std[i] = Math.sqrt(std[i]!)
      parts.push({ mean, std })
      done += count
    }
    if (isMatrix(rows)) await predictPart(rows, 0, run)
    else {
      const quiet: RunOptions = { signal: run.signal }
      for await (const batch of rows.batches(quiet)) {
        await predictPart(batch.rows, batch.start, quiet)
        run.onProgress?.(definedOnly({ stage: 'gaussian-process.predict', done, total: rows.rowCount }))
      }
    }
    if (parts.length === 1) return parts[0]!
    const mean = new Float64Array(done)
    const std = new Float64Array(done)
    let at = 0
    for (const part of parts) {
      mean.set(part.mean, at)
      std.set(part.std, at)
      at += part.mean.length
    }
    return { mean, std }
  }
}

/** The kernels behind {@link GaussianProcessModel.predict}, for learners that have all rows in memory. Reads the model's buffer. */
export function posteriorOf(model: GaussianProcessModel): Posterior {
  return new Posterior(readModel(model.buffer).state)
}

interface CheckedModel {
  readonly state: PosteriorState
  readonly targets: Float64Array
  readonly constantMean: boolean
  readonly logLikelihood: number
}

function readModel(buffer: ArrayBuffer): CheckedModel {
  const { meta, arrays } = decodeModel(buffer, modelKind, modelVersion)
  const fail = (keyword: string): never => {
    throw new FormatError('gaussian process: field is missing or inconsistent', {
      source: `${modelKind} model`,
      keyword,
    })
  }
  const { kernel, amplitude, ard, linear, columns, constantMean } = meta
  if (!kernels.includes(kernel)) fail('kernel')
  if (typeof amplitude !== 'boolean') return fail('amplitude')
  if (typeof ard !== 'boolean') return fail('ard')
  if (typeof linear !== 'boolean') return fail('linear')
  if (typeof constantMean !== 'boolean') return fail('constantMean')
  if (!(typeof columns === 'number' && Number.isInteger(columns) && columns >= 0)) return fail('columns')
  const form: CovarianceForm = { kernel: kernel as GaussianProcessKernel, amplitude, ard, linear, columns }
  const doubles = (name: string, length: number): Float64Array => {
    const array = arrays[name]
    if (!(array instanceof Float64Array && array.length === length)) return fail(name)
    for (const value of array) if (!Number.isFinite(value)) fail(name)
    return array
  }
  const count = arrays.weights?.length ?? 0
  if (count === 0) fail('weights')
  const factor = doubles('factor', count * count)
  for (let i = 0; i < count; i++) if (!(factor[i * count + i]! > 0)) fail('factor')
  const mean = doubles('mean', 2)
  return {
    state: {
      form,
      theta: doubles('theta', thetaLayout(form).size),
      rows: doubles('rows', count * columns),
      count,
      factor,
      weights: doubles('weights', count),
      mean: mean[0]!,
    },
    targets: doubles('targets', count),
    constantMean,
    logLikelihood: mean[1]!,
  }
}
