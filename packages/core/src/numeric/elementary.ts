// ln, exp and their kin with the same bits on every machine: engines may round Math.log and Math.exp each in its way, and do.
// Multiplications, divisions and additions alone, which IEEE 754 fixes to the bit.

import { powerOfTwo } from './power-of-two.ts'

/** ln 2 as the sum of two numbers, the first with so few digits that its product with an exponent is exact. */
const ln2High = 0.6931471803691238
const ln2Low = 1.9082149292705877e-10

const smallestNormal = 2.2250738585072014e-308

const view = new DataView(new ArrayBuffer(8))

/** 2 artanh s = 2 (s + s³/3 + s⁵/5 + …) for |s| ≤ 0.172, where the rest after s²³ is below 2⁻⁶⁰ of it. */
function twiceArtanh(s: number): number {
  const z = s * s
  let sum = 1 / 23
  for (let n = 21; n >= 3; n -= 2) sum = sum * z + 1 / n
  return 2 * s + 2 * s * z * sum
}

/** eʳ − 1 for |r| ≤ 0.35: the rest of the series after r¹⁴ is below 2⁻⁵⁷ of it. */
function smallExponential(r: number): number {
  let sum = 1
  for (let n = 14; n >= 2; n--) sum = 1 + (sum * r) / n
  return sum * r
}

/**
 * Natural logarithm with the same bits on every machine.
 *
 * @returns Within 2 units in the last place; −Infinity for 0, NaN below 0 and for NaN.
 * @remarks x = 2ᵉ m with m in [√½, √2); ln x = e ln 2 + 2 artanh((m − 1)/(m + 1)). O(1).
 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN
  if (x === Number.POSITIVE_INFINITY) return x
  let e = -1023
  let y = x
  if (y < smallestNormal) {
    y *= 18_014_398_509_481_984 // 2⁵⁴
    e -= 54
  }
  view.setFloat64(0, y)
  const high = view.getUint32(0)
  e += high >>> 20
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000)
  let m = view.getFloat64(0)
  if (m > Math.SQRT2) {
    m /= 2
    e++
  }
  return e * ln2High + (e * ln2Low + twiceArtanh((m - 1) / (m + 1)))
}

/** ln(1 + x) with the same bits on every machine, within 3 units in the last place also where x is small. */
export function ln1p(x: number): number {
  if (Math.abs(x) < 1e-17) return x
  return Math.abs(x) < 0.25 ? twiceArtanh(x / (2 + x)) : ln(1 + x)
}

/**
 * eˣ with the same bits on every machine.
 *
 * @returns Within 2 units in the last place, and one step of the denormals where there are such. NaN for NaN.
 * @remarks x = n ln 2 + r with |r| ≤ ln(2)/2; eˣ = 2ⁿ eʳ by the power series. O(1).
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 709.8) return Number.POSITIVE_INFINITY
  if (x < -745.2) return 0
  const n = Math.round(x / Math.LN2)
  const r = x - n * ln2High - n * ln2Low
  const half = Math.trunc(n / 2)
  return (1 + smallExponential(r)) * powerOfTwo(half) * powerOfTwo(n - half)
}

/** eˣ − 1 with the same bits on every machine, within 3 units in the last place also where x is small. */
export function expm1(x: number): number {
  return Math.abs(x) < 0.35 ? smallExponential(x) : exp(x) - 1
}

/** ⌈log2 n⌉ of an integer n from 1 to 2³¹. */
export function ceilLog2(n: number): number {
  return 32 - Math.clz32(n - 1)
}
