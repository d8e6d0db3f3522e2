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
  // (ln 2)ⁿ / n! from n = 13 down; the rest of the series is below 2⁻⁵⁷.
  let sum = 1.369148885390412e-12
  sum = sum * f + 2.567843599348819e-11
  sum = sum * f + 4.445538271870809e-10
  sum = sum * f + 7.054911620801119e-9
  sum = sum * f + 1.0178086009239695e-7
  sum = sum * f + 1.3215486790144303e-6
  sum = sum * f + 1.5252733804059833e-5
  sum = sum * f + 0.00015403530393381603
  sum = sum * f + 0.001333355814642844
  sum = sum * f + 0.009618129107628475
  sum = sum * f + 0.05550410866482157
  sum = sum * f + 0.2402265069591007
  sum = sum * f + Math.LN2
  sum = sum * f + 1
  if (n > 1023) return sum * 2 * powers[1023 - lowest]!
  return n < lowest ? (sum / 2) * powers[0]! : sum * powers[n - lowest]!
}
