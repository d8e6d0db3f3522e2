import { FormatError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { unpack } from '../../src/bytes/index.ts'

/** A stream of one block from its parts; those left out are of a sound block that holds one byte of value 1. */
function stream(parts: {
  readonly scrambled?: number
  readonly first?: number
  readonly values?: readonly (readonly [bits: number, length: number])[]
  readonly codes?: number
  readonly selectors?: readonly number[]
  /** Written in unary, each closed by a 0 bit. */
  readonly lengths?: readonly number[]
  /** Of two bits each. */
  readonly symbols?: readonly number[]
}): Uint8Array {
  let bits = ''
  const put = (value: number, length: number): void => {
    bits += value.toString(2).padStart(length, '0')
  }
  const { codes = 2, selectors = [0], lengths = [2, 2, 2], symbols = [0, 2] } = parts
  for (const character of 'BZh1') put(character.charCodeAt(0), 8)
  put(0x314159265359, 48)
  put(0, 32)
  put(parts.scrambled ?? 0, 1)
  put(parts.first ?? 0, 24)
  for (const [value, length] of parts.values ??
    ([
      [0x8000, 16],
      [0x4000, 16],
    ] as const))
    put(value, length)
  put(codes, 3)
  put(selectors.length, 15)
  for (const rank of selectors) bits += `${'1'.repeat(rank)}0`
  for (let code = 0; code < codes; code++) {
    put(lengths[0]!, 5)
    let last = lengths[0]!
    for (const length of lengths) {
      bits += `${(length > last ? '10' : '11').repeat(Math.abs(length - last))}0`
      last = length
    }
  }
  for (const symbol of symbols) put(symbol, 2)
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8 + 800, '0')
  return Uint8Array.from({ length: bits.length / 8 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2))
}

describe('a bzip2 block', () => {
  it.each([
    ['whose CRC is false', {}, /must have the CRC that it announces/],
    ['scrambled as before 1997', { scrambled: 1 }, /must not be scrambled/],
    ['that begins beyond its end', { first: 1 }, /must begin at one of its 1 bytes. Received 1/],
    ['of no value', { values: [[0, 16]] }, /must use at least one value/],
    ['of one code', { codes: 1 }, /2 to 6 codes and use them. Received 1/],
    ['of seven codes', { codes: 7 }, /2 to 6 codes and use them. Received 7/],
    ['that uses no code', { selectors: [] }, /2 to 6 codes and use them/],
    ['that uses a code it has not', { selectors: [2] }, /must use its 2 codes alone/],
    ['with a code of no bit', { lengths: [0, 1, 1] }, /codes of 1 to 20 bits. Received 0/],
    ['with a code of 21 bits', { lengths: [1, 2, 21] }, /codes of 1 to 20 bits. Received 21/],
    ['with too many short codes', { lengths: [1, 1, 1] }, /codes that can be told apart/],
    ['with a symbol of no code', { symbols: [3] }, /symbols of its codes alone/],
    ['whose run passes its level', { symbols: [...Array(16).fill(1), 2] }, /at most 100000 bytes. A run goes on/],
    // Lengths of 2^32 - 1 and more, which overflow where they are counted in 32 bits.
    ['whose run overflows', { symbols: [...Array(31).fill(0), 1, 1, 2] }, /at most 100000 bytes. A run goes on/],
    ['that never ends', { symbols: [0] }, /must end before its codes do|A run goes on/],
  ] as const)('%s is refused with its place', async (_, parts, message) => {
    const error = await unpack(stream(parts), { maxBytes: 2 ** 30, source: 'hostile.bz2' }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as Error).message).toMatch(/^bzip2: data block at byte 4 /)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).toContain('(hostile.bz2, byte 4)')
  })

  it('behind which nothing stands is refused', async () => {
    await expect(unpack(Buffer.from('BZh9'), { maxBytes: 10 })).rejects.toThrow(/bzip2: data must be whole/)
    await expect(unpack(Buffer.from('BZh9 is the text of a letter'), { maxBytes: 10 })).rejects.toThrow(
      /must have the mark of a block or of the end at byte 4/,
    )
  })
})
