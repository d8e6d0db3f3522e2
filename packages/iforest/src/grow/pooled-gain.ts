/**
 * The threshold that parts `sorted` with the greatest pooled gain 1 − (n_l s_l + n_r s_r)/(n s), s the population standard
 * deviations of the two sides and of the whole.
 *
 * @param sorted - Ascending, finite, the last value above the first.
 * @returns Halfway between two neighbours as f32, in [lower, upper): the values up to the lower one are ≤ it. Of equal gains the
 * lowest threshold.
 * @remarks O(n).
 * @see Cortes 2021, arXiv:2110.13402
 */
export function pooledGainThreshold(sorted: Float32Array): number {
  const n = sorted.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += sorted[i]!
  // Sums of squares lose their digits unless the values are centred first.
  const mean = sum / n
  let all = 0
  let allSquares = 0
  for (let i = 0; i < n; i++) {
    const d = sorted[i]! - mean
    all += d
    allSquares += d * d
  }
  let left = 0
  let leftSquares = 0
  let least = Number.POSITIVE_INFINITY
  let best = 0
  for (let i = 0; i < n - 1; i++) {
    const d = sorted[i]! - mean
    left += d
    leftSquares += d * d
    if (sorted[i] === sorted[i + 1]) continue
    const right = all - left
    // n s = √(n Σd² − (Σd)²); below 0 by rounding alone.
    const spread =
      Math.sqrt(Math.max(0, (i + 1) * leftSquares - left * left)) +
      Math.sqrt(Math.max(0, (n - i - 1) * (allSquares - leftSquares) - right * right))
    if (spread < least) {
      least = spread
      best = i
    }
  }
  const lower = sorted[best]!
  const upper = sorted[best + 1]!
  const middle = Math.fround(lower + (upper - lower) / 2)
  return middle < upper ? middle : lower
}
