import { meanAndStd, median, quantile } from '@astronomaly/core'

/** What the detector's score alone says of ratings. */
export interface ScorePrior {
  /** Rating expected of each object before its features are looked at. */
  readonly rating: Float64Array
  /** Rating per unit of the standardised score, ≥ 0. */
  readonly slope: number
}

/** The slope that is believed before any label: half the range of ratings from the median to 2.5 spreads above it. */
const priorSlope = 1
/** How many squared spreads of labelled scores the prior slope is worth. */
const priorWeight = 3

/**
 * Detector scores mapped to ratings: m = b t, where t is the score's distance from the median in units of the distance to
 * the 84 % quantile.
 *
 * @param labelled - Row numbers, with one rating each.
 * @returns Ratings that may lie outside 0 to 5. All 0 when the scores are all equal.
 * @remarks b is ridge regression through the origin, (Σ t y + w)/(Σ t² + w) with w = 3, cut at 0: a typical object is taken
 * to be of no interest, so that labels of 0 at the top of a misleading detector lower b.
 */
export function scorePrior(scores: Float64Array, labelled: Uint32Array, ratings: Float64Array): ScorePrior {
  const middle = median(scores)
  const above = quantile(scores, 0.841) - middle
  const { std } = meanAndStd(scores)
  const unit = above > 0 ? above : std > 0 ? std : 1
  const standardised = scores.map((score) => (score - middle) / unit)
  let products = priorWeight * priorSlope
  let squares = priorWeight
  labelled.forEach((row, i) => {
    products += standardised[row]! * ratings[i]!
    squares += standardised[row]! * standardised[row]!
  })
  const slope = Math.max(0, products / squares)
  return { rating: standardised.map((t) => slope * t), slope }
}
