import { choiceOption, numberOption, passedOption, type RunOptions, resolveOptions } from '@astronomaly/core'
import type { GaussianProcessKernel } from '../gaussian-process/covariance.ts'
import { logExpectedImprovement } from '../gaussian-process/expected-improvement.ts'
import { GaussianProcess } from '../gaussian-process/gaussian-process.ts'
import { settleLabels } from '../labels/label.ts'
import { checkLabelCount } from '../labels/label-limit.ts'
import { checkLearnerInput, type Learner, type LearnerInput, type Ranking, rankingOf } from './learner.ts'
import { takeRows } from './take-rows.ts'

/** How direct regression is made. */
export interface DirectRegressionOptions {
  /** @defaultValue 'matern-1.5' */
  readonly kernel?: GaussianProcessKernel | undefined
  /**
   * ξ: by how much the highest rating so far is to be exceeded. Chooses what is shown next.
   * @defaultValue 0.5
   */
  readonly xi?: number | undefined
  /**
   * What {@link Ranking.score} is: the predicted rating, or the log expected improvement.
   * @defaultValue 'mean'
   */
  readonly score?: 'mean' | 'acquisition' | undefined
  /**
   * Random starts of the search for hyper-parameters, beside 1.0 and the data's own scale.
   * @defaultValue 1
   */
  readonly restarts?: number | undefined
}

const rules = {
  kernel: passedOption<GaussianProcessKernel>(),
  xi: numberOption(0.5),
  score: choiceOption(['mean', 'acquisition'], 'mean'),
  restarts: numberOption(1),
}

/**
 * Direct regression: a Gaussian process (Matérn ν = 1.5, unit amplitude, zero mean, white noise) predicts ratings from the
 * features; what is shown next has the highest expected improvement. The detector is used before the first label only.
 * Compatibility mode: exact as published.
 *
 * @remarks The published runs order the list itself by expected improvement too. Here `score` is the predicted rating unless
 * asked otherwise: expected improvement is small near everything that is already known, so that a list by it has known
 * objects of high rating far down. On 12 public tables (60 labels) the first tenth of the list holds 63 % of the anomalies by
 * predicted rating and 55 % by expected improvement with ξ = 0.5; on four picture sets (200 labels) 52 % and 54 %.
 * Learning uses the features as they are, unscaled. At most 2,000 labels.
 * Edges: no labels: the detector's order.
 * @throws UnsupportedError from `rank` for more labels than that.
 * @see Walmsley et al. 2022, doi:10.1093/mnras/stac525, §5; Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3.2
 */
export function directRegressionLearner(options: DirectRegressionOptions = {}): Learner {
  const { kernel, xi, score: by, restarts } = resolveOptions('directRegressionLearner', options, rules)
  const { options: process } = new GaussianProcess({ kernel, restarts })
  return {
    id: 'gp',
    async rank(input: LearnerInput, run: RunOptions = {}): Promise<Ranking> {
      run.signal?.throwIfAborted()
      checkLearnerInput('gp', input)
      const { features, scores, seed = 0 } = input
      const { rows, ratings } = settleLabels('gp', input.labels, scores.length)
      if (rows.length === 0) return rankingOf(scores.slice(), rows, { labels: 0 })
      checkLabelCount('gp', rows.length)
      const model = await new GaussianProcess({ ...process, seed }).fit(takeRows(features, rows), ratings, run)
      const { mean, std } = await model.predict(features, run)
      const logImprovement = logExpectedImprovement(mean, std, { best: ratings.reduce((a, b) => Math.max(a, b)), xi })
      const { lengthScales, noise } = model.hyperparameters
      const details = {
        labels: rows.length,
        predictedRating: mean.slice(),
        std,
        logExpectedImprovement: logImprovement,
        lengthScale: lengthScales[0],
        noise,
        logLikelihood: model.logLikelihood,
      }
      const score = by === 'mean' ? mean : logImprovement.slice()
      return rankingOf(score, rows, details, logImprovement)
    },
  }
}
