import { NumericalError } from '@astronomaly/core'

/**
 * Gini coefficient of the absolute values: 0 when all are equal, 1 when one has everything.
 *
 * @param values - Any order; NaN is ignored.
 * @returns In [0, 1]; 0 for fewer than two values and when all are 0.
 * @throws NumericalError when a value is infinite.
 * @remarks G = Σ (2i − n − 1) |x|₍ᵢ₎ / (mean · n (n − 1)), i = 1 … n in ascending order. O(n log n).
 * @see Lotz, Primack & Madau 2004, {@link https://doi.org/10.1086/421849}, equation 6
 */
export function gini(values: ArrayLike<number>): number {
  const sorted = new Float64Array(values.length)
  let n = 0
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i]!)
    if (v === Number.POSITIVE_INFINITY)
      throw new NumericalError(`gini: values must be finite or NaN. Received ${v} at ${i}.`)
    if (!Number.isNaN(v)) sorted[n++] = v
  }
  const kept = sorted.subarray(0, n).sort()
  let sum = 0
  let weighted = 0
  for (let i = 0; i < n; i++) {
    sum += kept[i]!
    weighted += (2 * i + 1 - n) * kept[i]!
  }
  return n > 1 && sum > 0 ? weighted / (sum * (n - 1)) : 0
}
