import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { powerOfTwo } from '../../src/numeric/index.ts'

describe('powerOfTwo', () => {
  it('is exact for integers, from the least denormal to the greatest power', () => {
    let expected = Number.MIN_VALUE
    for (let n = -1074; n <= 1023; n++) {
      expect(powerOfTwo(n)).toBe(expected)
      expected *= 2
    }
  })

  it('agrees with the engine’s own', () => {
    fc.assert(
      fc.property(fc.double({ min: -1021, max: 1023.99, noNaN: true }), (x) => {
        // Two units in the last place here, and one of the engine's.
        expect(Math.abs(powerOfTwo(x) / 2 ** x - 1)).toBeLessThan(3 * 2 ** -52)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  it('keeps its bits from release to release', () => {
    expect([-0.1, -0.25, -0.5, -0.75, -3.3].map(powerOfTwo)).toEqual([
      0.9330329915368074, 0.8408964152537146, 0.7071067811865475, 0.5946035575013605, 0.10153154954452945,
    ])
  })

  it('goes to 0 and Infinity beyond what numbers hold', () => {
    expect(powerOfTwo(-1080)).toBe(0)
    expect(powerOfTwo(Number.NEGATIVE_INFINITY)).toBe(0)
    expect(powerOfTwo(-1074.9)).toBe(Number.MIN_VALUE)
    expect(powerOfTwo(1024)).toBe(Number.POSITIVE_INFINITY)
    expect(powerOfTwo(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(powerOfTwo(Number.NaN)).toBeNaN()
  })
})
