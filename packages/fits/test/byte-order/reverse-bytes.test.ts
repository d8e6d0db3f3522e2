import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reverseBytes, reverseBytesSlowly } from '../../src/byte-order/reverse-bytes.ts'

const sizes = [2, 4, 8] as const
/** Bytes in the middle of a buffer, whose neighbours must stay. */
const framed = (length: number): Uint8Array =>
  Uint8Array.from({ length: length + 32 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255)

describe('reversed bytes', () => {
  it.each(sizes)('are those of each element, by the kernel and its twin, at every length (%i bytes)', (size) => {
    fc.assert(
      fc.property(fc.nat({ max: 12_000 }), (count) => {
        const length = count * size
        const all = framed(length)
        const expected = all.slice()
        for (let at = 16; at < 16 + length; at += size) expected.subarray(at, at + size).reverse()
        for (const reverse of [reverseBytes, reverseBytesSlowly]) {
          const own = all.slice()
          reverse(own.subarray(16, 16 + length), size)
          expect(Buffer.compare(own, expected)).toBe(0)
        }
      }),
      { seed: 1, numRuns: 60, examples: [[0], [1], [4096], [8192], [8193], [16_384 / size], [65_536 / size]] },
    )
  })

  it('keep the payload of a NaN', () => {
    const words = new Uint32Array(5000).fill(0x4523a17f)
    reverseBytes(new Uint8Array(words.buffer), 4)
    expect(words.every((word) => word === 0x7fa12345)).toBe(true)
  })
})
