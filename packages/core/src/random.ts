import seedrandom from 'seedrandom'
import { ParameterError } from './errors.ts'

/** The root of all randomness of a call: a string, or a finite number. */
export type Seed = string | number

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
  /** `count` different integers of [0, n), in random order. O(count) memory. */
  sample(n: number, count: number): Uint32Array
  /** Shuffles in place (Fisher–Yates). */
  shuffle<T extends { [index: number]: number; readonly length: number }>(values: T): T
}

function checkSeed(seed: Seed): Seed {
  if (typeof seed === 'string' || (typeof seed === 'number' && Number.isFinite(seed))) return seed
  throw new ParameterError(`seed must be a string or a finite number. Received ${String(seed)}.`)
}

/** The last key made: a forest asks for thousands of streams of one seed and purpose, and the hash takes longer than a stream. */
let lastKey = { text: '', words: new Int32Array(4) }

/** 128 bits of seedrandom's hash (ARC4) of the text. */
function hashKey(text: string): Int32Array {
  if (lastKey.text !== text) {
    const source = seedrandom(text)
    lastKey = { text, words: Int32Array.from({ length: 4 }, () => source.int32()) }
  }
  return lastKey.words
}

/** MurmurHash3's finaliser: a bijection of 32 bits in which each depends on all. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/**
 * A stream that depends on the hash of (seed, purpose, index) alone.
 *
 * @param seed - What the user gave. `1` and `'1'` are different seeds.
 * @param purpose - Names the use, such as `'iforest.tree'`, so that two uses of one seed never share a stream.
 * @param index - Which of many, such as the tree's number: an integer. Neighbouring indices and seeds are unrelated.
 * @remarks Doty-Humphrey's sfc32 (period 2^127 in the mean, at least 2^32), its 96 bits of state hashed from all three. Integer
 * arithmetic alone, so that the bits are the same on every machine.
 * @see PractRand, https://pracrand.sourceforge.net, `sfc32`
 */
export function createRandom(seed: Seed, purpose: string, index = 0): Random {
  checkSeed(seed)
  const key = hashKey(JSON.stringify([seed, purpose]))
  let a = mix(key[0]! ^ index)
  let b = mix(key[1]! ^ a ^ Math.floor(index / 2 ** 32))
  let c = mix(key[2]! ^ b)
  let counter = key[3]! | 1
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
        const scale = Math.sqrt((-2 * Math.log(r)) / r)
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
      const limit = Math.exp(-mean)
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
      if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logFactorial(k)) return k
    }
  }
  const sample = (n: number, count: number): Uint32Array => {
    if (!(Number.isInteger(count) && count >= 0 && count <= n)) {
      throw new ParameterError(`sample: count must be an integer from 0 to ${n}. Received ${count}.`)
    }
    // A partial Fisher–Yates shuffle of 0 … n − 1 that stores only the places that have moved.
    const moved = new Map<number, number>()
    const out = new Uint32Array(count)
    for (let i = 0; i < count; i++) {
      const j = i + integer(n - i)
      out[i] = moved.get(j) ?? j
      moved.set(j, moved.get(i) ?? i)
    }
    return out
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

/** ln k! by a table below 10 and Stirling's series above (relative error < 1e-10). */
function logFactorial(k: number): number {
  if (k < 10) {
    let value = 0
    for (let i = 2; i <= k; i++) value += Math.log(i)
    return value
  }
  const x = k + 1
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
}
