const period = 10_000
const multiplier = 16_807
const modulus = 2_147_483_647
let table: Float32Array | undefined

/** The standard's 10,000 numbers in (0, 1), made once. */
function randomNumbers(): Float32Array {
  if (table) return table
  const numbers = new Float32Array(period)
  let seed = 1
  for (let i = 0; i < period; i++) {
    // Below 2^53, so the remainder is exact.
    seed = (multiplier * seed) % modulus
    numbers[i] = seed / modulus
  }
  table = numbers
  return numbers
}

/** How the pixels of one tile were quantised. */
export interface Quantisation {
  readonly method: 'NO_DITHER' | 'SUBTRACTIVE_DITHER_1' | 'SUBTRACTIVE_DITHER_2'
  readonly scale: number
  readonly zero: number
  /** The integer that stands for a missing pixel. */
  readonly blank: number | undefined
  /** Number of the tile, 0-based, plus ZDITHER0 − 1. */
  readonly sequence: number
}

/** The integer by which SUBTRACTIVE_DITHER_2 marks pixels of exactly 0. */
const exactZero = -2_147_483_646

/**
 * Turns quantised integers back into pixels: (i − r + 0.5) × scale + zero, with r the next number of the standard's sequence, or
 * i × scale + zero without dither.
 *
 * @returns f64 values; NaN for `blank`.
 * @see FITS standard 4.0, section 10.2 and appendix I
 */
export function restoreQuantised(stored: ArrayLike<number>, quantisation: Quantisation): Float64Array {
  const { method, scale, zero, blank, sequence } = quantisation
  const out = new Float64Array(stored.length)
  if (method === 'NO_DITHER') {
    for (let i = 0; i < out.length; i++) out[i] = stored[i] === blank ? Number.NaN : stored[i]! * scale + zero
    return out
  }
  const random = randomNumbers()
  const keepsZero = method === 'SUBTRACTIVE_DITHER_2'
  let seed = ((sequence % period) + period) % period
  let next = Math.trunc(random[seed]! * 500)
  for (let i = 0; i < out.length; i++) {
    const value = stored[i]!
    if (value === blank) out[i] = Number.NaN
    else if (keepsZero && value === exactZero) out[i] = 0
    else out[i] = (value - random[next]! + 0.5) * scale + zero
    if (++next === period) {
      seed = (seed + 1) % period
      next = Math.trunc(random[seed]! * 500)
    }
  }
  return out
}
