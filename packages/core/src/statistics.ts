import { ParameterError } from './errors.ts'

/**
 * The median, ignoring NaN; NaN when nothing is left. The mean of the middle two for an even count.
 *
 * @param values - Infinities are ordered as all values are; NaN when the middle two are −∞ and ∞.
 * @remarks O(n) expected time (quickselect on a copy).
 */
export function median(values: ArrayLike<number>): number {
  const kept = withoutMissing(values)
  return medianInPlace(kept, kept.length)
}

/**
 * The median of the first `n` elements of `a`, which it rearranges; NaN when n is 0.
 *
 * @param a - No NaN among the first `n`.
 */
export function medianInPlace(a: Float64Array, n: number): number {
  if (n === 0) return Number.NaN
  const half = n >> 1
  const upper = selectInPlace(a, half, 0, n - 1)
  if (n % 2 === 1) return upper
  let lower = Number.NEGATIVE_INFINITY
  for (let i = 0; i < half; i++) if (a[i]! > lower) lower = a[i]!
  return (lower + upper) / 2
}

/**
 * The quantile at `q`, ignoring NaN, by linear interpolation between order statistics (numpy's default). NaN when nothing is left.
 *
 * @param values - Infinities are ordered as all values are. Between a finite value and an infinity lies that infinity, between −∞
 * and ∞ NaN.
 * @param q - In [0, 1].
 * @throws ParameterError when q is outside [0, 1] or NaN.
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new ParameterError(`quantile: q must be >= 0 and be <= 1. Received ${q}.`)
  const kept = withoutMissing(values)
  const n = kept.length
  if (n === 0) return Number.NaN
  const at = q * (n - 1)
  const below = Math.floor(at)
  const low = selectInPlace(kept, below)
  if (at === below) return low
  let high = Number.POSITIVE_INFINITY
  for (let i = below + 1; i < n; i++) if (kept[i]! < high) high = kept[i]!
  if (low === high || (low === Number.NEGATIVE_INFINITY && high < Number.POSITIVE_INFINITY)) return low
  return low + (high - low) * (at - below)
}

/**
 * Mean and population standard deviation, ignoring NaN; both NaN when nothing is left. Two passes.
 *
 * @param values - With an infinity among them the mean is infinite, or NaN when both signs are there, and the deviation NaN.
 */
export function meanAndStd(values: ArrayLike<number>): { mean: number; std: number; count: number } {
  let sum = 0
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (!Number.isNaN(v)) {
      sum += v
      count++
    }
  }
  if (count === 0) return { mean: Number.NaN, std: Number.NaN, count }
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (Number.isNaN(v)) continue
    const d = v - mean
    squares += d * d
  }
  return { mean, std: Math.sqrt(squares / count), count }
}

function withoutMissing(values: ArrayLike<number>): Float64Array {
  const out = new Float64Array(values.length)
  let n = 0
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (!Number.isNaN(v)) out[n++] = v
  }
  return out.subarray(0, n)
}

/**
 * Rearranges `a[from..to]` (both included) so that `a[k]` is what sorting that range would put there, nothing before it is
 * larger and nothing after it smaller.
 *
 * @param a - No NaN inside the range.
 * @returns `a[k]`.
 * @remarks Hoare's selection with the median of three as pivot; O(n) expected.
 */
export function selectInPlace(a: Float64Array, k: number, from = 0, to: number = a.length - 1): number {
  let left = from
  let right = to
  while (left < right) {
    const x = a[left]!
    const y = a[(left + right) >> 1]!
    const z = a[right]!
    const pivot = x < y ? (y < z ? y : Math.max(x, z)) : x < z ? x : Math.max(y, z)
    let i = left
    let j = right
    while (i <= j) {
      while (a[i]! < pivot) i++
      while (a[j]! > pivot) j--
      if (i <= j) {
        const held = a[i]!
        a[i] = a[j]!
        a[j] = held
        i++
        j--
      }
    }
    if (k <= j) right = j
    else if (k >= i) left = i
    else break
  }
  return a[k]!
}
