import type { CompressedTile, TilePixels } from './compressed-tile.ts'

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

/** The integer by which SUBTRACTIVE_DITHER_2 marks pixels of exactly 0. */
const exactZero = -2_147_483_646

/**
 * Turns the integers of a tile into pixels, NaN for `blank`: integer × scale + zero, or with dither (integer − r + 0.5) × scale + zero with
 * r the next number of the standard's sequence. The TypeScript twin of the WebAssembly kernel.
 *
 * @param out - Filled; computed in f64 and rounded once.
 * @see FITS standard 4.0, section 10.2 and appendix I
 */
export function restorePixels(stored: Int32Array, tile: CompressedTile, out: TilePixels): void {
  const { dither, scale, zero, blank } = tile
  if (dither === 0) {
    const plain = scale === 1 && zero === 0
    for (let i = 0; i < out.length; i++) {
      const value = stored[i]!
      out[i] = value === blank ? Number.NaN : plain ? value : value * scale + zero
    }
    return
  }
  const random = randomNumbers()
  const keepsZero = dither === 2
  let seed = tile.sequence
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
}
