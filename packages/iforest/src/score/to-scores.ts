import { powerOfTwo } from '@astronomaly/core/numeric'

/**
 * Turns path lengths, summed over the trees, into scores, in place.
 *
 * @param normaliser - c(ψ) times the number of trees; where it is 0 nothing can be told apart, and every score is 0.5.
 * @returns `sums`.
 */
export function toScores(sums: Float64Array, normaliser: number): Float64Array {
  for (let i = 0; i < sums.length; i++) sums[i] = normaliser > 0 ? powerOfTwo(-(sums[i]! / normaliser)) : 0.5
  return sums
}
