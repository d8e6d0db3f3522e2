import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convertIntegers, convertIntegersSlowly } from '../../src/byte-order/convert-integers.ts'

const sizes = [1, 2, 4] as const

/** Bit patterns, so that NaN equals NaN and 0 is not −0. */
const bits = (values: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

describe('converted integers', () => {
  it.each(sizes)('of %i bytes are scaled in double precision and rounded once, by the kernel and its twin', (size) => {
    const scaling = fc.record({
      scale: fc.oneof(fc.constant(1), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
      zero: fc.oneof(fc.constantFrom(0, 32_768, 2 ** 31, -128), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
      blank: fc.oneof(
        fc.constantFrom(undefined, 0, 255, -1, 32_767, -32_768, 2 ** 31 - 1, -(2 ** 31)),
        fc.nat({ max: 300 }),
      ),
    })
    fc.assert(
      fc.property(fc.nat({ max: 20_000 }), scaling, fc.integer(), (count, own, seed) => {
        const bytes = Uint8Array.from({ length: count * size }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24)
        // Extremes, and what may be blank.
        bytes.fill(255, 0, 4 * size)
        bytes.fill(0, 4 * size, 8 * size)
        if (count > 10) bytes[8 * size] = 0x80
        const Type = size === 4 ? Float64Array : Float32Array
        const [fast, slow] = [new Type(count + 3).fill(7), new Type(count + 3).fill(7)]
        convertIntegers(bytes, size, fast.subarray(2, 2 + count), own)
        convertIntegersSlowly(bytes, size, slow.subarray(2, 2 + count), own)
        expect(Buffer.compare(bits(fast), bits(slow))).toBe(0)
        expect([fast[0], fast[1], fast[count + 2]]).toEqual([7, 7, 7])
      }),
      { seed: 1, numRuns: 80, examples: [[16_384, { scale: 1, zero: 0, blank: undefined }, 1]] },
    )
  })

  it('know their signs and their blanks', () => {
    const out = new Float32Array(3)
    convertIntegers(Uint8Array.of(0xff, 0xfe, 0x00, 0x05, 0x80, 0x00), 2, out, { scale: 2, zero: 1, blank: 5 })
    expect(Array.from(out)).toEqual([-3, Number.NaN, -65_535])
    const bytes = new Float32Array(2)
    convertIntegers(Uint8Array.of(255, 0), 1, bytes, { scale: 1, zero: -128 })
    expect(Array.from(bytes)).toEqual([127, -128])
    const wide = new Float64Array(1)
    convertIntegers(Uint8Array.of(0x80, 0, 0, 0), 4, wide, { scale: 1, zero: 2 ** 31 })
    expect(wide[0]).toBe(0)
  })
})
