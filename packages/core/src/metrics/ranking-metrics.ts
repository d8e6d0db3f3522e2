import { ParameterError, ShapeError } from '../errors.ts'

/**
 * Row numbers from the highest score to the lowest; equal scores keep the order of the rows, NaN comes last.
 *
 * @remarks O(n log n) time, 4 bytes per row.
 */
export function rankDescending(scores: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(scores.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  return order.sort((a, b) => {
    const x = scores[a]!
    const y = scores[b]!
    if (x > y) return -1
    if (x < y) return 1
    if (x === y) return a - b
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b
  })
}

function checkOrder(subject: string, order: ArrayLike<number>, interesting: ArrayLike<unknown>): void {
  if (order.length > interesting.length) {
    throw new ShapeError(
      `${subject}: order must not be longer than interesting (${interesting.length}). Received ${order.length}.`,
    )
  }
}

/**
 * How many interesting objects stand among the first 1, 2, … n of a ranking.
 *
 * @param order - Row numbers, best first; rows may be left out (such as those already labelled).
 * @param interesting - By row number: truthy = an object that is searched for.
 * @returns Cumulative counts, `[order.length]`.
 */
export function foundByRank(order: ArrayLike<number>, interesting: ArrayLike<number | boolean>): Uint32Array {
  checkOrder('foundByRank', order, interesting)
  const found = new Uint32Array(order.length)
  let count = 0
  for (let i = 0; i < order.length; i++) {
    if (interesting[order[i]!]) count++
    found[i] = count
  }
  return found
}

/** The share of all interesting objects of the ranking among its first `count`, in [0, 1]; NaN when there are none. */
export function recallAtRank(
  order: ArrayLike<number>,
  interesting: ArrayLike<number | boolean>,
  count: number,
): number {
  const found = foundByRank(order, interesting)
  const all = found.at(-1) ?? 0
  const at = Math.min(count, found.length)
  return at <= 0 ? (all === 0 ? Number.NaN : 0) : found[at - 1]! / all
}

/** The share of interesting objects among the first `count`, in [0, 1]. */
export function precisionAtRank(
  order: ArrayLike<number>,
  interesting: ArrayLike<number | boolean>,
  count: number,
): number {
  const found = foundByRank(order, interesting)
  const at = Math.min(count, found.length)
  return at <= 0 ? Number.NaN : found[at - 1]! / at
}

/** The precision at the first rank where recall reaches `recall` in (0, 1]; NaN when nothing is interesting. */
export function precisionAtRecall(
  order: ArrayLike<number>,
  interesting: ArrayLike<number | boolean>,
  recall: number,
): number {
  if (!(recall > 0 && recall <= 1))
    throw new ParameterError(`precisionAtRecall: recall must be in (0, 1]. Received ${recall}.`)
  const found = foundByRank(order, interesting)
  const all = found.at(-1) ?? 0
  if (all === 0) return Number.NaN
  const need = Math.ceil(recall * all - 1e-9)
  const at = found.findIndex((count) => count >= need)
  return found[at]! / (at + 1)
}

/** Average precision of a ranking: the mean of the precision at each interesting object. NaN when there are none. */
export function averagePrecision(order: ArrayLike<number>, interesting: ArrayLike<number | boolean>): number {
  checkOrder('averagePrecision', order, interesting)
  let count = 0
  let sum = 0
  for (let i = 0; i < order.length; i++) {
    if (!interesting[order[i]!]) continue
    count++
    sum += count / (i + 1)
  }
  return count === 0 ? Number.NaN : sum / count
}

/**
 * Area under the receiver operating characteristic from scores (higher = more anomalous), ties counted half.
 *
 * @returns In [0, 1]; NaN when either class is empty.
 */
export function areaUnderRoc(scores: ArrayLike<number>, interesting: ArrayLike<number | boolean>): number {
  if (scores.length !== interesting.length) {
    throw new ShapeError(`areaUnderRoc: needs one score per object (${interesting.length}). Received ${scores.length}.`)
  }
  const order = rankDescending(scores)
  let positives = 0
  let wins = 0
  let i = 0
  let seenPositive = 0
  for (let k = 0; k < order.length; k++) if (interesting[k]) positives++
  while (i < order.length) {
    let j = i
    let tiedPositive = 0
    while (j < order.length && (j === i || scores[order[j]!] === scores[order[i]!])) {
      if (interesting[order[j]!]) tiedPositive++
      j++
    }
    wins += (j - i - tiedPositive) * (seenPositive + tiedPositive / 2)
    seenPositive += tiedPositive
    i = j
  }
  const negatives = order.length - positives
  return positives === 0 || negatives === 0 ? Number.NaN : wins / (positives * negatives)
}

/**
 * Rank-weighted score of the first `count`: Σ (N − i) I_i / (N (N + 1) / 2), i from 0, in [0, 1].
 *
 * @see Lochner & Bassett 2021, doi:10.1016/j.ascom.2021.100481, eq. 6
 */
export function rankWeightedScore(
  order: ArrayLike<number>,
  interesting: ArrayLike<number | boolean>,
  count: number,
): number {
  if (!(Number.isInteger(count) && count > 0))
    throw new ParameterError(`rankWeightedScore: count must be an integer > 0. Received ${count}.`)
  checkOrder('rankWeightedScore', order, interesting)
  let sum = 0
  for (let i = 0; i < Math.min(count, order.length); i++) if (interesting[order[i]!]) sum += count - i
  return sum / ((count * (count + 1)) / 2)
}
