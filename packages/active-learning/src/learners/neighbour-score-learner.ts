import { numberOption, type RunOptions, resolveOptions } from '@astronomaly/core'
import { settleLabels } from '../labels/label.ts'
import { RandomForestRegressor } from '../random-forest/random-forest-regressor.ts'
import { checkLearnerInput, type Learner, type LearnerInput, type Ranking, rankingOf } from './learner.ts'
import { nearestLabelDistance } from './nearest-label.ts'
import { neighbourScore, scaleScores } from './neighbour-score.ts'
import { takeRows } from './take-rows.ts'

/** How the neighbour score is made. */
export interface NeighbourScoreOptions {
  /**
   * How fast trust in the predicted rating fades with distance, > 0.
   * @defaultValue 1
   */
  readonly alpha?: number | undefined
  /**
   * Trees of the regressor.
   * @defaultValue 200
   */
  readonly trees?: number | undefined
}

const rules = {
  alpha: numberOption(1, { above: 0 }),
  trees: numberOption(200, { integer: true, min: 1 }),
}

/**
 * The neighbour score: a random forest predicts ratings from the features, and the prediction lowers the detector's score
 * near labelled objects and leaves it alone far from them. Compatibility mode: exact as published.
 *
 * @remarks Distances are normalised by their mean over all objects, labelled ones (distance 0) included. Defined edges:
 * no labels: the scaled detector score; all detector scores equal: see {@link scaleScores}; mean distance 0 (all labelled,
 * or all rows equal): d0 = 0; one label: its rating is predicted everywhere. Unlike the reference program, the regressor
 * never sees its own earlier outputs as features. With `workers` threads predict and measure distances; the bits are the same.
 * @see Lochner & Bassett 2021, doi:10.1016/j.ascom.2021.100481; Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3.2
 */
export function neighbourScoreLearner(options: NeighbourScoreOptions = {}): Learner {
  const { alpha, trees } = resolveOptions('neighbourScoreLearner', options, rules)
  return {
    id: 'neighbour-score',
    async rank(input: LearnerInput, run: RunOptions = {}): Promise<Ranking> {
      run.signal?.throwIfAborted()
      checkLearnerInput('neighbour-score', input)
      const { features, scores, seed = 0 } = input
      const { rows, ratings } = settleLabels('neighbour-score', input.labels, scores.length)
      const scaledScore = scaleScores(scores)
      if (rows.length === 0) return rankingOf(scaledScore, rows, { labels: 0 })
      const model = await new RandomForestRegressor({ trees, seed }).fit(takeRows(features, rows), ratings, run)
      const predictedRating = await model.predict(features, run)
      const relativeDistance = divideByMean(await nearestLabelDistance(features, rows, run))
      const score = neighbourScore({ scaledScore, predictedRating, relativeDistance, alpha })
      return rankingOf(score, rows, { labels: rows.length, predictedRating, relativeDistance })
    },
  }
}

function divideByMean(distance: Float64Array): Float64Array {
  let sum = 0
  for (let i = 0; i < distance.length; i++) sum += distance[i]!
  const mean = sum / distance.length
  return mean > 0 ? distance.map((d) => d / mean) : distance
}
