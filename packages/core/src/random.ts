import { ParameterError } from './errors.ts'
import { exp, ln } from './numeric/elementary.ts'
import { randomState, type Seed } from './random-state.ts'

export type { Seed }

/** A deterministic stream of random numbers. Every method advances it. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Uniform integer in [0, n). */
  integer(n: number): number
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
  /** Poisson with the given mean ≥ 0 (inversion below 30, transformed rejection above: Hörmann 1993, PTRS). */
  poisson(mean: number): number
  /** `count` different integers of [0, n), n < 2^32, in random order. O(count) time and memory. */
  sample(n: number, count: number): Uint32Array
  /** Shuffles in place (Fisher–Yates). */
  shuffle<T extends { [index: number]: number; readonly length: number }>(values: T): T
}

/**
 * A stream that depends on the hash of (seed, purpose, index) alone.
 *
 * @param seed - What the user gave. `1` and `'1'` are different seeds.
 * @param purpose - Names the use, such as `'iforest.tree'`, so that two uses of one seed never share a stream.
 * @param index - Which of many, such as the tree's number: an integer. Neighbouring indices and seeds are unrelated.
 * @remarks Doty-Humphrey's sfc32 (period 2^127 in the mean, at least 2^32), its 96 bits of state hashed from all three. Integer
 * arithmetic, and core's own `ln` and `exp` for normal and Poisson numbers: the bits are the same on every machine.
 * @see PractRand, https://pracrand.sourceforge.net, `sfc32`
 */
export function createRandom(seed: Seed, purpose: string, index = 0): Random {
  let [a, b, c, counter] = randomState(seed, purpose, index)
  const bits = (): number => {
    const out = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + out) | 0
    return out
  }
  for (let i = 0; i < 15; i++) bits()
  const next = (): number => ((bits() >>> 5) * 67_108_864 + (bits() >>> 6)) / 9_007_199_254_740_992
  let spare = Number.NaN
  const uniform = (): number => next()
  const integer = (n: number): number => Math.floor(next() * n)
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const value = spare
      spare = Number.NaN
      return value
    }
    for (;;) {
      const x = 2 * next() - 1
      const y = 2 * next() - 1
      const r = x * x + y * y
      if (r > 0 && r < 1) {
        const scale = Math.sqrt((-2 * ln(r)) / r)
        spare = y * scale
        return x * scale
      }
    }
  }
  const poisson = (mean: number): number => {
    if (!(mean >= 0) || mean === Number.POSITIVE_INFINITY) {
      throw new ParameterError(`poisson: mean must be finite and >= 0. Received ${mean}.`)
    }
    if (mean < 30) {
      const limit = exp(-mean)
      let product = next()
      let count = 0
      while (product > limit) {
        product *= next()
        count++
      }
      return count
    }
    const b = 0.931 + 2.53 * Math.sqrt(mean)
    const a = -0.059 + 0.02483 * b
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    const vr = 0.9277 - 3.6224 / (b - 2)
    for (;;) {
      const u = next() - 0.5
      const v = next()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
      if (us >= 0.07 && v <= vr) return k
      if (k < 0 || (us < 0.013 && v > us)) continue
      if (ln((v * inverseAlpha) / (a / (us * us) + b)) <= k * ln(mean) - mean - logFactorial(k)) return k
    }
  }
  const sample = (n: number, count: number): Uint32Array => {
    if (!(Number.isInteger(n) && n >= 0 && n <= 0xffffffff)) {
      throw new ParameterError(`sample: n must be an integer from 0 to 2^32 - 1. Received ${n}.`)
    }
    if (!(Number.isInteger(count) && count >= 0 && count <= n)) {
      throw new ParameterError(`sample: count must be an integer from 0 to ${n}. Received ${count}.`)
    }
    return 2 * count <= n ? sampleSparsely(n, count, next) : sampleDensely(n, count, next)
  }
  const shuffle = <T extends { [index: number]: number; readonly length: number }>(values: T): T => {
    for (let i = values.length - 1; i > 0; i--) {
      const j = integer(i + 1)
      const held = values[i] as number
      values[i] = values[j] as number
      values[j] = held
    }
    return values
  }
  return { uniform, integer, normal, poisson, sample, shuffle }
}

/**
 * Draws until as many different integers have come as are wanted: the first appearances are in random order by themselves.
 *
 * @remarks For count ≤ n / 2: at most 1.39 draws for each on average. The set is an open-addressed table, at most half full,
 * of the integers plus one.
 */
function sampleSparsely(n: number, count: number, next: () => number): Uint32Array {
  const bits = 32 - Math.clz32(2 * Math.max(1, count) - 1)
  const shift = 32 - bits
  const mask = 2 ** bits - 1
  const taken = new Uint32Array(mask + 1)
  const out = new Uint32Array(count)
  for (let filled = 0; filled < count; ) {
    const value = Math.floor(next() * n)
    // Multiplicative hashing: the golden ratio scatters neighbours.
    let place = Math.imul(value, 0x9e3779b1) >>> shift
    while (taken[place] !== 0 && taken[place] !== value + 1) place = (place + 1) & mask
    if (taken[place] !== 0) continue
    taken[place] = value + 1
    out[filled++] = value
  }
  return out
}

/** The first `count` places of a Fisher–Yates shuffle, for count > n / 2. */
function sampleDensely(n: number, count: number, next: () => number): Uint32Array {
  const all = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(next() * (n - i))
    const held = all[i]!
    all[i] = all[j]!
    all[j] = held
  }
  return all.slice(0, count)
}

/** ln k! by a table below 10 and Stirling's series above (relative error < 1e-10). */
function logFactorial(k: number): number {
  if (k < 10) {
    let value = 0
    for (let i = 2; i <= k; i++) value += ln(i)
    return value
  }
  const x = k + 1
  const square = x * x
  const series = 1 / 12 - (1 / 360 - 1 / (1260 * square)) / square
  return (x - 0.5) * ln(x) - x + 0.9189385332046728 + series / x
}
