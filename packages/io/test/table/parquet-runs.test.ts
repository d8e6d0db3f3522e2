import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkRuns } from '../../src/table/parquet-runs.ts'

class Broken extends Error {}
const fail = (what: string): never => {
  throw new Broken(what)
}
const check = (bytes: readonly number[], width: number, count: number, largest: number): number =>
  checkRuns(Uint8Array.from(bytes), 0, bytes.length, { width, count, largest }, fail)

describe('checkRuns', () => {
  it("counts in the format's own example, 0 to 7 in 3 bits each", () => {
    const bytes = [0b11, 0b10001000, 0b11000110, 0b11111010]
    expect(check(bytes, 3, 8, 7)).toBe(1)
    expect(() => check(bytes, 3, 8, 6)).toThrow('value must be at most 6. Received 7')
    // Only the values that are used count: 7 is padding here.
    expect(check(bytes, 3, 7, 6)).toBe(1)
  })

  it('counts repeated values of any width', () => {
    expect(check([10, 1, 4, 0], 1, 7, 1)).toBe(5)
    expect(check([6, 0x34, 0x12], 13, 3, 0x1234)).toBe(3)
    expect(check([0xc8, 1], 0, 100, 0)).toBe(100)
    expect(check([2, 0xff, 0xff, 0xff, 0xff], 32, 1, 2 ** 32 - 1)).toBe(1)
  })

  it('rejects runs longer than the page, of which a decoder would make gigabytes', () => {
    expect(() => check([0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1, 8, 1)).toThrow(Broken)
    expect(() => check([0xff, 0xff, 0xff, 0xff, 0x0f, 1], 1, 8, 1)).toThrow(Broken)
    expect(() => check([0xff, 0xff, 0xff, 0xff, 0x0f], 0, 8, 0)).toThrow(Broken)
    expect(() => check([0x80, 0x80, 0x80, 0x80, 0x80, 1], 1, 8, 1)).toThrow(Broken)
    expect(() => check([18, 1], 1, 8, 1)).toThrow(Broken)
  })

  it('rejects runs that end before the values do', () => {
    expect(() => check([], 1, 1, 1)).toThrow(Broken)
    expect(() => check([14, 1], 1, 8, 1)).toThrow(Broken)
    expect(() => check([16], 1, 8, 1)).toThrow(Broken)
    expect(() => check([0, 1, 0, 1], 1, 1, 1)).toThrow(Broken)
    expect(() => check([3], 40, 1, 1)).toThrow(Broken)
  })

  it('agrees with packing bit by bit', () => {
    const cases = fc
      .integer({ min: 1, max: 32 })
      .chain((width) =>
        fc.tuple(
          fc.constant(width),
          fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { minLength: 1, maxLength: 40 }),
        ),
      )
    fc.assert(
      fc.property(cases, ([width, values]) => {
        const groups = Math.ceil(values.length / 8)
        const bits = values.map((value) => [...value.toString(2).padStart(width, '0')].reverse().join('')).join('')
        const padded = bits.padEnd(groups * 8 * width, '0')
        const bytes = padded.match(/.{8}/g)?.map((byte) => Number.parseInt([...byte].reverse().join(''), 2)) ?? []
        const largest = Math.max(...values)
        const expected = values.filter((value) => value === largest).length
        expect(check([groups * 2 + 1, ...bytes], width, values.length, largest)).toBe(expected)
        if (largest > 0)
          expect(() => check([groups * 2 + 1, ...bytes], width, values.length, largest - 1)).toThrow(Broken)
      }),
      { seed: 5 },
    )
  })
})
