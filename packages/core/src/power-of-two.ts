/** (ln 2)ⁿ / n!, the coefficients of 2ᶠ, highest first. The rest of the series is below 2⁻⁵⁷ for |f| ≤ 1/2. */
const series: Float64Array = Float64Array.from({ length: 14 }, (_, i) => {
  let term = 1
  for (let n = 1; n <= 13 - i; n++) term *= Math.LN2 / n
  return term
})

const lowest = -1074
/** 2ⁿ for n = −1074 … 1023. */
const powers: Float64Array = new Float64Array(1023 - lowest + 1)
powers[0] = Number.MIN_VALUE
for (let i = 1; i < powers.length; i++) powers[i] = powers[i - 1]! * 2

/**
 * 2ˣ with the same bits on every machine: engines may round `2 ** x` each in its way.
 *
 * @returns Within 2 units in the last place, and exact for integers. NaN for NaN.
 * @remarks x = n + f with an integer n and |f| ≤ 1/2; 2ᶠ by its power series, with multiplications and additions alone. O(1).
 */
export function powerOfTwo(x: number): number {
  if (x >= 1024) return Number.POSITIVE_INFINITY
  if (x < lowest - 1) return 0
  const n = Math.round(x)
  const f = x - n
  let sum = 0
  for (let i = 0; i < 14; i++) sum = sum * f + series[i]!
  if (n > 1023) return sum * 2 * powers[1023 - lowest]!
  return n < lowest ? (sum / 2) * powers[0]! : sum * powers[n - lowest]!
}
