import seedrandom from 'seedrandom'
import { ParameterError } from './errors.ts'

/** The root of all randomness of a call: a string, or a finite number. */
export type Seed = string | number

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
 * The state in which the stream of (seed, purpose, index) begins: what `createRandom` and the WebAssembly kernels draw from, after
 * 15 numbers that are thrown away.
 *
 * @returns a, b, c and the counter of sfc32.
 * @throws ParameterError for a seed that is neither text nor a finite number.
 */
export function randomState(
  seed: Seed,
  purpose: string,
  index: number,
): [a: number, b: number, c: number, counter: number] {
  const key = hashKey(JSON.stringify([checkSeed(seed), purpose]))
  const a = mix(key[0]! ^ index)
  const b = mix(key[1]! ^ a ^ Math.floor(index / 2 ** 32))
  return [a, b, mix(key[2]! ^ b), key[3]! | 1]
}
