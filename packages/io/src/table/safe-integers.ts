/**
 * 64-bit integers as a column: float64 when every one of them lies within ±(2^53 - 1), else their digits as text, so that
 * identifiers stay exact.
 *
 * @param values - bigint or number; missing values (null, undefined) become NaN, or '' in text.
 */
export function safeIntegers(values: ArrayLike<unknown>): Float64Array | string[] {
  const out = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] === null || values[i] === undefined ? Number.NaN : Number(values[i])
    if (!Number.isNaN(value) && !Number.isSafeInteger(value)) {
      return Array.from(values, (each) => (each === null || each === undefined ? '' : String(each)))
    }
    out[i] = value
  }
  return out
}
