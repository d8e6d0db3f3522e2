/**
 * 64-bit integers as a column: float64 when every one of them lies within ±(2^53 - 1), else their digits as text, so that
 * identifiers stay exact.
 *
 * @param values - bigint, number or text; missing values (null, undefined, '') become NaN, or '' in text.
 */
export function safeIntegers(values: ArrayLike<unknown>): Float64Array | string[] {
  const out = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = isMissing(values[i]) ? Number.NaN : Number(values[i])
    if (!Number.isNaN(value) && !Number.isSafeInteger(value)) {
      return Array.from(values, (each) => (isMissing(each) ? '' : String(each)))
    }
    out[i] = value
  }
  return out
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}
