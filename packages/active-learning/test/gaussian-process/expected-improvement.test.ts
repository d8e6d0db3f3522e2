import { readFileSync } from 'node:fs'
import { ParameterError, ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logExpectedImprovement } from '../../src/index.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/gaussian-process.json', import.meta.url), 'utf8')) as {
  logGain: [number, number][]
}

describe('logExpectedImprovement', () => {
  // Nine published decimals.
  it.each([
    [4.2, 0.9, 0.029901414],
    [2, 1.4, 0.002805792],
  ])('is the published value at mean %d and std %d', (mean, std, value) => {
    expect(Math.exp(logExpectedImprovement([mean], [std], { best: 5, xi: 0.5 })[0]!)).toBeCloseTo(value, 9)
  })

  it.each(golden.logGain)('has the arbitrary-precision value at z = %d', (z, value) => {
    const out = logExpectedImprovement([z], [1], { best: 0 })[0]!
    // Rounding of a few operations; the sum that cancels most, at z = −2, loses two digits.
    expect(Math.abs(out - value)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(value)))
  })

  it('grows with the mean and with the uncertainty, finite in both tails', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    const std = fc.double({ min: 1e-3, max: 1e3, noNaN: true })
    fc.assert(
      fc.property(number, number, std, fc.double({ min: 1.001, max: 10, noNaN: true }), (a, b, s, more) => {
        const [low, high, wide] = logExpectedImprovement(
          [Math.min(a, b), Math.max(a, b), Math.min(a, b)],
          [s, s, s * more],
          {
            best: 5,
          },
        ) as unknown as [number, number, number]
        expect([low, high, wide].every(Number.isFinite)).toBe(true)
        // The same rounding as above.
        const slack = 1e-12 * Math.max(1, Math.abs(low))
        expect(high).toBeGreaterThanOrEqual(low - slack)
        expect(wide).toBeGreaterThanOrEqual(low - slack)
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  it('rejects lengths that differ and a std that is not positive', () => {
    expect(() => logExpectedImprovement([1, 2], [1], { best: 5 })).toThrow(ShapeError)
    expect(() => logExpectedImprovement([1], [0], { best: 5 })).toThrow(/Received 1 and 0 at 0/)
    expect(() => logExpectedImprovement([Number.NaN], [1], { best: 5 })).toThrow(ParameterError)
    expect(() => logExpectedImprovement([1], [1], { best: Number.NaN })).toThrow(ParameterError)
  })
})
