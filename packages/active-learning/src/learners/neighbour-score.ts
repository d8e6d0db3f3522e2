import { ParameterError, ShapeError } from '@astronomaly/core'

/** The three columns that the neighbour score combines. */
export interface NeighbourScoreInput {
  /** Detector scores scaled to 0 … 5: S. */
  readonly scaledScore: ArrayLike<number>
  /** Ratings predicted from the labels, clipped to 0.1 … 5 here: U. */
  readonly predictedRating: ArrayLike<number>
  /** Distance to the nearest labelled object divided by its mean over all objects: d0 ≥ 0. */
  readonly relativeDistance: ArrayLike<number>
  /** How fast trust in the prediction fades with distance: α. @defaultValue 1 */
  readonly alpha?: number | undefined
}

/**
 * The factor in (0, 1] by which the neighbour score lowers a detector score: tanh(exp(α d0) − 1 + artanh f),
 * f = 0.1 + 0.85 U / 5.
 *
 * @param predictedRating - U, clipped to 0.1 … 5.
 * @param relativeDistance - d0 ≥ 0. Far from any label the factor is 1.
 */
export function neighbourFactor(predictedRating: number, relativeDistance: number, alpha = 1): number {
  const fraction = 0.1 + (0.85 * Math.min(5, Math.max(0.1, predictedRating))) / 5
  return Math.tanh(Math.exp(alpha * relativeDistance) - 1 + Math.atanh(fraction))
}

/**
 * The neighbour score S' = S · {@link neighbourFactor}.
 *
 * @returns One number per object, higher = more interesting, never above `scaledScore`.
 * @throws ShapeError when the columns differ in length.
 * @see Lochner & Bassett 2021, doi:10.1016/j.ascom.2021.100481, eq. 2
 */
export function neighbourScore(input: NeighbourScoreInput): Float64Array {
  const { scaledScore, predictedRating, relativeDistance, alpha = 1 } = input
  const count = scaledScore.length
  if (predictedRating.length !== count || relativeDistance.length !== count) {
    throw new ShapeError(
      `neighbourScore: columns must have one length. Received ${count}, ${predictedRating.length}, ${relativeDistance.length}.`,
    )
  }
  const score = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    score[i] = scaledScore[i]! * neighbourFactor(predictedRating[i]!, relativeDistance[i]!, alpha)
  }
  return score
}

/**
 * Detector scores stretched linearly to 0 … 5: 5 (s − min) / (max − min).
 *
 * @returns All 5 when every score is the same: then nothing is known against any object, and labels alone decide.
 * @throws ParameterError when a score is not finite.
 */
export function scaleScores(scores: ArrayLike<number>): Float64Array {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!
    if (!Number.isFinite(score))
      throw new ParameterError(`scaleScores: scores must be finite. Received ${score} at ${i}.`)
    if (score < lowest) lowest = score
    if (score > highest) highest = score
  }
  return Float64Array.from(scores, (s) => (highest > lowest ? (5 * (s - lowest)) / (highest - lowest) : 5))
}
