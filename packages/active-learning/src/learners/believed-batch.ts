import { ParameterError } from '@astronomaly/core'
import type { Posterior } from '../gaussian-process/posterior.ts'

/** The candidates for a batch and what is known of them. */
export interface Candidates {
  /** Row numbers, best first. */
  readonly rows: Uint32Array
  /** Their rows as the posterior wants them, `[candidates × columns]`. */
  readonly data: Float64Array
  readonly columns: number
  /** Predicted rating of each candidate. */
  readonly mean: Float64Array
  /** Variance of each candidate, noise included. */
  readonly variance: Float64Array
  /** Number of labels that the posterior has seen. */
  readonly labels: number
}

/**
 * Candidates in the order in which they would be shown, one at a time: after each, its label is believed to be what is
 * predicted (kriging believer), so that its neighbours become less uncertain and one batch is not twenty times the same.
 *
 * @param gain - What a candidate is worth, by mean and standard deviation; the highest is taken, the first of equals.
 * @returns Yields row numbers; `next()` costs candidates · (columns + labels + yielded so far).
 * @remarks Believing the predicted mean leaves all means as they are. A variance falls by cov(x, x*)²/var(x*); covariances of
 * candidates given the labels and the believed ones are one more row of the Cholesky factor each.
 * @see Ginsbourger, Le Riche & Carraro 2010, doi:10.1007/978-3-642-10701-6_6
 */
export function* believeBatch(
  posterior: Posterior,
  candidates: Candidates,
  gain: (mean: number, std: number) => number,
): Generator<number> {
  const { rows, data, columns, mean, labels } = candidates
  const count = rows.length
  const variance = candidates.variance.slice()
  const whitened = new Float64Array(count * labels)
  for (let i = 0; i < count; i++) posterior.whiten(data, i * columns, whitened, i * labels)
  const believed: Float64Array[] = []
  const taken = new Uint8Array(count)
  for (let picks = 0; picks < count; picks++) {
    let best = -1
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < count; i++) {
      if (taken[i] === 1) continue
      const worth = gain(mean[i]!, Math.sqrt(variance[i]!))
      if (worth > most) {
        most = worth
        best = i
      }
    }
    if (best < 0)
      throw new ParameterError('believeBatch: the worth of a candidate must be a number > -Infinity. Received none.')
    taken[best] = 1
    yield rows[best]!
    const row = posterior.priorCovariances(data, best * columns, data, count)
    const scale = 1 / Math.sqrt(variance[best]!)
    for (let i = 0; i < count; i++) {
      let covariance = row[i]!
      for (let k = 0; k < labels; k++) covariance -= whitened[i * labels + k]! * whitened[best * labels + k]!
      for (const earlier of believed) covariance -= earlier[i]! * earlier[best]!
      row[i] = covariance * scale
    }
    for (let i = 0; i < count; i++) {
      variance[i] = Math.max(variance[i]! - row[i]! * row[i]!, posterior.noise)
    }
    believed.push(row)
  }
}
