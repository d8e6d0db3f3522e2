import {
  createRandom,
  encodeModel,
  type Filled,
  finiteRows,
  isMatrix,
  NumericalError,
  ParameterError,
  pacer,
  type Rows,
  type RunOptions,
  ShapeError,
} from '@astronomaly/core'
import { type CovarianceForm, type ThetaLayout, thetaLayout } from './covariance.ts'
import { GaussianProcessModel, modelKind, modelVersion } from './gaussian-process-model.ts'
import {
  type GaussianProcessOptions,
  hyperparameterKinds,
  resolveGaussianProcessOptions,
} from './gaussian-process-options.ts'
import { MarginalLikelihood } from './marginal-likelihood.ts'
import { minimizeInBox } from './minimize-in-box.ts'
import { medianPairDistance } from './pair-distance.ts'

/**
 * Gaussian-process regression with Matérn or rational-quadratic covariance and white noise, exact.
 *
 * @remarks The log marginal likelihood is maximised by projected L-BFGS in log space. With the defaults it is scikit-learn's
 * `Matern(nu=1.5) + WhiteKernel()`, `normalize_y=False`. One deviation: besides scikit-learn's start at 1.0 a second one is at
 * the median distance of the rows, because with many columns the likelihood is flat around 1.0.
 * @see Rasmussen & Williams 2006, chapters 2 and 5
 */
export class GaussianProcess {
  /** The options with their defaults filled in; `start` is empty when it was not given. */
  readonly options: Filled<GaussianProcessOptions>

  /** @throws ParameterError for an unknown option or one outside its range. */
  constructor(options: GaussianProcessOptions = {}) {
    this.options = resolveGaussianProcessOptions(options)
  }

  /**
   * Finds the hyper-parameters and solves for the weights.
   *
   * @param rows - `[rows, columns]`, at least one row; collected in memory, a matrix of doubles without rounding. NaN and
   * infinity are rejected.
   * @param targets - One finite number per row.
   * @throws ShapeError | ParameterError; NumericalError when the covariance is singular at every start.
   * @remarks About n³/2 multiply-adds for each of some 20 to 50 evaluations a start, and 8 n² bytes a few times over.
   * `workers` change nothing: one thread does it all. Progress stage `'gaussian-process'`, in starts.
   */
  async fit(rows: Rows, targets: ArrayLike<number>, run: RunOptions = {}): Promise<GaussianProcessModel> {
    const subject = 'GaussianProcess.fit'
    run.signal?.throwIfAborted()
    const { data, count, columns } = await collectDoubles(subject, rows, run)
    if (count === 0) throw new ShapeError(`${subject}: needs at least one row. Received 0.`)
    if (targets.length !== count) {
      throw new ShapeError(`${subject}: needs one target per row (${count}). Received ${targets.length}.`)
    }
    for (let i = 0; i < count; i++) {
      if (!Number.isFinite(targets[i]))
        throw new ParameterError(`${subject}: targets must be finite. Received ${targets[i]} at row ${i}.`)
    }
    const { kernel, amplitude, ard, linear, mean, start, optimize } = this.options
    const form: CovarianceForm = { kernel, amplitude, ard, linear, columns }
    const layout = thetaLayout(form)
    if (start.length !== 0 && start.length !== layout.size) {
      throw new ParameterError(`${subject}: start must have ${layout.size} numbers. Received ${start.length}.`)
    }
    const training = { rows: data, count, targets: Float64Array.from(targets), constantMean: mean === 'constant' }
    const likelihood = new MarginalLikelihood(form, training)
    const { priors } = this.options
    const first =
      start.length === 0 ? fill(layout, (name) => Math.log(priors[name]?.median ?? 1)) : Float64Array.from(start)
    const theta = optimize ? await this.#search(likelihood, first, training, columns, run) : first
    const solution = likelihood.solve(theta)
    if (!solution) {
      throw new NumericalError(
        `${subject}: covariance must be positive definite. Received theta [${Array.from(theta)}].`,
      )
    }
    return GaussianProcessModel.from(
      encodeModel({
        kind: modelKind,
        version: modelVersion,
        meta: { ...form, constantMean: training.constantMean },
        arrays: {
          theta,
          rows: data,
          targets: training.targets,
          factor: solution.factor,
          weights: solution.weights,
          mean: Float64Array.of(solution.mean, solution.logLikelihood),
        },
      }),
    )
  }

  async #search(
    likelihood: MarginalLikelihood,
    first: Float64Array,
    training: { readonly rows: Float64Array; readonly count: number; readonly targets: Float64Array },
    columns: number,
    run: RunOptions,
  ): Promise<Float64Array> {
    const { bounds, priors, restarts, seed } = this.options
    const { layout } = likelihood
    const [lower, upper] = [0, 1].map((side) => fill(layout, (name) => Math.log(bounds[name]![side]!))) as [
      Float64Array,
      Float64Array,
    ]
    let square = 0
    for (const target of training.targets) square += target * target
    const variance = square > 0 ? square / training.count : 1
    const distance = medianPairDistance(training.rows, training.count, columns)
    const scale = fill(layout, (name) => {
      const prior = priors[name]
      if (prior) return Math.log(prior.median)
      if (name === 'lengthScale') return Math.log(distance)
      if (name === 'linear') return Math.log(variance / (distance * distance))
      return name === 'shape' ? 0 : Math.log(name === 'noise' ? 0.1 * variance : variance)
    })
    const centre = fill(layout, (name) => Math.log(priors[name]?.median ?? 1))
    const precision = fill(layout, (name) => (priors[name] ? priors[name].spread ** -2 : 0))
    const random = createRandom(seed, 'active-learning.gaussian-process')
    const starts: Float64Array[] = [first]
    if (scale.some((v, j) => v !== first[j])) starts.push(scale)
    for (let k = 0; k < restarts; k++) {
      starts.push(scale.map((v) => v + (2 * random.uniform() - 1) * Math.LN10))
    }
    const pause = pacer(run.signal)
    let best: Float64Array = first.map((v, j) => Math.min(upper[j]!, Math.max(lower[j]!, v)))
    let lowest = Number.POSITIVE_INFINITY
    for (const [k, start] of starts.entries()) {
      const minimum = await minimizeInBox(
        (x, gradient) => {
          let cost = -likelihood.evaluate(x, gradient)
          for (let j = 0; j < x.length; j++) {
            const away = x[j]! - centre[j]!
            gradient[j] = precision[j]! * away - gradient[j]!
            cost += 0.5 * precision[j]! * away * away
          }
          return cost
        },
        start,
        lower,
        upper,
        { gradientTolerance: 1e-5, valueTolerance: 1e-11, maxIterations: 200, pause },
      )
      if (minimum.value < lowest) {
        lowest = minimum.value
        best = minimum.x
      }
      run.onProgress?.({ stage: 'gaussian-process', done: k + 1, total: starts.length })
    }
    return best
  }
}

function fill(layout: ThetaLayout, of: (name: (typeof hyperparameterKinds)[number]) => number): Float64Array {
  const out = new Float64Array(layout.size)
  for (const name of hyperparameterKinds) {
    const at = layout[name]
    if (at >= 0) out.fill(of(name), at, at + (name === 'lengthScale' ? layout.lengthScales : 1))
  }
  return out
}

async function collectDoubles(
  subject: string,
  rows: Rows,
  run: RunOptions,
): Promise<{ data: Float64Array; count: number; columns: number }> {
  if (isMatrix(rows)) {
    return {
      data: Float64Array.from(finiteRows<Float32Array | Float64Array>(subject, rows, { columns: rows.shape[1] })),
      count: rows.shape[0],
      columns: rows.shape[1],
    }
  }
  const parts: Float32Array[] = []
  let count = 0
  for await (const batch of rows.batches({ signal: run.signal })) {
    parts.push(finiteRows(subject, batch.rows, { columns: rows.columns, start: batch.start }))
    count += batch.rows.shape[0]
  }
  const data = new Float64Array(count * rows.columns)
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return { data, count, columns: rows.columns }
}
