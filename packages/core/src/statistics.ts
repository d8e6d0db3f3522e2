/**
 * The median, ignoring NaN; NaN when nothing is left. The mean of the middle two for an even count.
 *
 * @remarks O(n) expected time (quickselect on a copy).
 */
export function median(values: ArrayLike<number>): number {
  const kept = finiteCopy(values)
  const n = kept.length
  if (n === 0) return Number.NaN
  const upper = selectInPlace(kept, n >> 1)
  if (n % 2 === 1) return upper
  let lower = Number.NEGATIVE_INFINITY
  for (let i = 0; i < n >> 1; i++) if (kept[i]! > lower) lower = kept[i]!
  return (lower + upper) / 2
}

/**
 * The quantile at `q` in [0, 1], ignoring NaN, by linear interpolation between order statistics (numpy's default).
 * NaN when nothing is left.
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  const kept = finiteCopy(values)
  const n = kept.length
  if (n === 0) return Number.NaN
  const at = Math.min(Math.max(q, 0), 1) * (n - 1)
  const below = Math.floor(at)
  const low = selectInPlace(kept, below)
  if (at === below) return low
  let high = Number.POSITIVE_INFINITY
  for (let i = below + 1; i < n; i++) if (kept[i]! < high) high = kept[i]!
  return low + (high - low) * (at - below)
}

/** Mean and population standard deviation, ignoring NaN; both NaN when nothing is left. Two passes. */
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
    const d = values[i]! - mean
    if (!Number.isNaN(d)) squares += d * d
  }
  return { mean, std: Math.sqrt(squares / count), count }
}

function finiteCopy(values: ArrayLike<number>): Float64Array {
  const out = new Float64Array(values.length)
  let n = 0
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (!Number.isNaN(v)) out[n++] = v
  }
  return out.subarray(0, n)
}

/** Hoare's selection: afterwards `a[k]` is the k-th smallest, nothing before it is larger, nothing after it smaller. */
function selectInPlace(a: Float64Array, k: number): number {
  let left = 0
  let right = a.length - 1
  while (left < right) {
    const pivot = a[(left + right) >> 1]!
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
