import {
  choiceOption,
  flagOption,
  matrix,
  numberOption,
  ParameterError,
  passedOption,
  type RunOptions,
  resolveOptions,
} from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { forEachBlock } from '../gaussian-process/block-loop.ts'
import type { GaussianProcessKernel } from '../gaussian-process/covariance.ts'
import { logImprovement } from '../gaussian-process/expected-improvement.ts'
import { GaussianProcess } from '../gaussian-process/gaussian-process.ts'
import { posteriorOf } from '../gaussian-process/gaussian-process-model.ts'
import type { Posterior } from '../gaussian-process/posterior.ts'
import { ratingRange, settleLabels } from '../labels/label.ts'
import { checkLabelCount } from '../labels/label-limit.ts'
import { believeBatch, type Candidates } from './believed-batch.ts'
import { type FeatureScaler, featureScaler } from './feature-scaler.ts'
import {
  checkLearnerInput,
  firstUnlabelled,
  type Learner,
  type LearnerInput,
  type Ranking,
  rankingOf,
} from './learner.ts'
import { scorePrior } from './score-prior.ts'

/** How the forest and the Gaussian process are joined. */
export interface ForestGpOptions {
  /** @defaultValue 'matern-1.5' */
  readonly kernel?: GaussianProcessKernel | undefined
  /**
   * One length scale per column instead of one for all.
   * @defaultValue false
   */
  readonly ard?: boolean | undefined
  /**
   * Whether a linear kernel stands beside the other.
   * @defaultValue true
   */
  readonly linear?: boolean | undefined
  /**
   * What an unlabelled object is worth showing for: `'upper-confidence'` = predicted rating + `exploration` × its standard
   * deviation; `'expected-improvement'` = log of the expected improvement over a rating of 5.
   * @defaultValue 'upper-confidence'
   */
  readonly acquisition?: 'upper-confidence' | 'expected-improvement' | undefined
  /**
   * Weight of the uncertainty in `'upper-confidence'`, ≥ 0.
   * @defaultValue 1
   */
  readonly exploration?: number | undefined
}

const rules = {
  kernel: passedOption<GaussianProcessKernel>(),
  ard: flagOption(false),
  linear: flagOption(true),
  acquisition: choiceOption(['upper-confidence', 'expected-improvement'], 'upper-confidence'),
  exploration: numberOption(1, { min: 0 }),
}

const rowBlock = 256
/** Best unlabelled objects that a diverse batch is chosen from. */
const poolSize = 1000
/** Objects of one batch that are chosen one by one; beyond, the order of the acquisition is good enough. */
const believedMost = 200

/**
 * A Gaussian process on the features whose prior mean is the detector's score, such as an isolation forest's, mapped to ratings. The
 * detector leads while there are few labels, and the labels lead where there are many. What `createLearner()` makes.
 *
 * @remarks Rating = m(score) + f(features) + noise with m as in `scorePrior` and f of covariance σ_f² Matérn(ν = 1.5) + σ_l² x·x′
 * over features centred and scaled by one number. Hyper-parameters maximise likelihood × log-normal priors (medians: σ_f² = 2,
 * ℓ = 2, σ_l² = 1, noise 0.3; spread 0.7) within bounds: with ten labels of 0, likelihood alone says nothing.
 * `score` is the posterior mean, a predicted rating. `selectBatch` takes the highest mean + std one by one, each believed to be
 * as predicted, so that one batch is diverse (the first 200 of a batch, from the best 1,000 objects).
 * Deviation from the design: upper confidence in place of expected improvement, which found fewer (README of the package).
 * Deterministic; the seed is not used. At most 2,000 labels. Edges: no labels: the detector's order.
 * @throws UnsupportedError from `rank` for more labels than that.
 * @see Rasmussen & Williams 2006, §2.7; Srinivas et al. 2010, arXiv:0912.3995; Ginsbourger et al. 2010,
 * doi:10.1007/978-3-642-10701-6_6
 */
export function forestGpLearner(options: ForestGpOptions = {}): Learner {
  const { kernel, ard, linear, acquisition, exploration } = resolveOptions('forestGpLearner', options, rules)
  const prior = (median: number) => ({ median, spread: 0.7 })
  const process = new GaussianProcess({
    kernel,
    ard,
    linear,
    amplitude: true,
    priors: { amplitude: prior(2), shape: prior(1), lengthScale: prior(2), linear: prior(1), noise: prior(0.3) },
    bounds: { amplitude: [0.01, 100], lengthScale: [0.14, 14], linear: [1e-3, 1e3], noise: [0.01, 100] },
  })
  const gain =
    acquisition === 'upper-confidence'
      ? (mean: number, std: number): number => mean + exploration * std
      : (mean: number, std: number): number => logImprovement(mean, std, ratingRange[1])
  return {
    id: 'forest-gp',
    async rank(input: LearnerInput, run: RunOptions = {}): Promise<Ranking> {
      run.signal?.throwIfAborted()
      checkLearnerInput('forest-gp', input)
      const { features, scores } = input
      const { rows, ratings } = settleLabels('forest-gp', input.labels, scores.length)
      if (rows.length === 0) return rankingOf(scores.slice(), rows, { labels: 0 })
      checkLabelCount('forest-gp', rows.length)
      const scaler = featureScaler(features)
      const { rating: priorRating, slope } = scorePrior(scores, rows, ratings)
      const labelled = matrix(scaledRows(scaler, rows), rows.length, scaler.columns)
      const rest = ratings.map((rating, i) => rating - priorRating[rows[i]!]!)
      const model = await process.fit(labelled, rest, run)
      const posterior = posteriorOf(model)

      const count = scores.length
      const mean = new Float64Array(count)
      const variance = new Float64Array(count)
      const block = new Float64Array(Math.min(rowBlock, count) * scaler.columns)
      await forEachBlock('forest-gp', count, rowBlock, run, (from, to) => {
        for (let i = from; i < to; i++) scaler.write(i, block, (i - from) * scaler.columns)
        posterior.predict(block, 0, to - from, mean, variance, from)
        for (let i = from; i < to; i++) mean[i]! += priorRating[i]!
      })
      const { lengthScales, ...others } = model.hyperparameters
      const details = {
        labels: rows.length,
        priorRating,
        priorSlope: slope,
        std: variance.map(Math.sqrt),
        hyperparameters: { ...others, lengthScales: Array.from(lengthScales) },
        logLikelihood: model.logLikelihood,
      }
      const known = { posterior, scaler, labelled: rows, mean: mean.slice(), variance }
      return { score: mean, details, selectBatch: diverseBatches(known, gain) }
    },
  }
}

function scaledRows(scaler: FeatureScaler, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length * scaler.columns)
  for (let i = 0; i < rows.length; i++) scaler.write(rows[i]!, out, i * scaler.columns)
  return out
}

interface Known {
  readonly posterior: Posterior
  readonly scaler: FeatureScaler
  readonly labelled: Uint32Array
  readonly mean: Float64Array
  readonly variance: Float64Array
}

/** A `selectBatch` that chooses as far as it is asked and remembers its choice, so that a batch begins like any longer one. */
function diverseBatches(
  { posterior, scaler, labelled, mean, variance }: Known,
  gain: (mean: number, std: number) => number,
): (count: number) => Uint32Array {
  const chosen: number[] = []
  let order: Uint32Array | undefined
  let believed: Generator<number> | undefined
  return (count) => {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new ParameterError(`selectBatch: count must be an integer >= 0. Received ${String(count)}.`)
    }
    if (!order || !believed) {
      const worth = mean.map((m, i) => gain(m, Math.sqrt(variance[i]!)))
      order = firstUnlabelled(rankDescending(worth), labelled, mean.length)
      const rows = order.subarray(0, poolSize)
      const candidates: Candidates = {
        rows,
        data: scaledRows(scaler, rows),
        columns: scaler.columns,
        mean: Float64Array.from(rows, (row) => mean[row]!),
        variance: Float64Array.from(rows, (row) => variance[row]!),
        labels: labelled.length,
      }
      believed = believeBatch(posterior, candidates, gain)
    }
    while (chosen.length < Math.min(count, believedMost, order.length)) {
      const { value } = believed.next()
      chosen.push(value as number)
    }
    if (count <= chosen.length) return Uint32Array.from(chosen.slice(0, count))
    const first = new Set(chosen)
    return Uint32Array.from([...chosen, ...order.filter((row) => !first.has(row))].slice(0, count))
  }
}
