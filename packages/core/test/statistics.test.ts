import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meanAndStd, median, ParameterError, quantile } from '../src/index.ts'

describe('statistics', () => {
  it('ignore NaN and have no value for nothing', () => {
    expect(median([3, Number.NaN, 1])).toBe(2)
    expect(median([Number.NaN])).toBeNaN()
    expect(quantile([], 0.5)).toBeNaN()
    expect(meanAndStd([2, Number.NaN, 4])).toEqual({ mean: 3, std: 1, count: 2 })
    expect(meanAndStd([]).mean).toBeNaN()
  })

  it('interpolate quantiles between order statistics, as numpy does', () => {
    expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5)
    expect(quantile([10, 20, 30, 40], 1)).toBe(40)
  })

  it('find the median that sorting finds and leave the input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 }), (values) => {
        const before = [...values]
        const sorted = [...values].sort((a, b) => a - b)
        const half = sorted.length >> 1
        expect(median(values)).toBe(sorted.length % 2 ? sorted[half] : (sorted[half - 1]! + sorted[half]!) / 2)
        expect(values).toEqual(before)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('reject a quantile outside [0, 1]', () => {
    for (const q of [-0.01, 1.01, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => quantile([1, 2], q)).toThrow(ParameterError)
      expect(() => quantile([], q)).toThrow(ParameterError)
    }
  })

  it('order infinities as all values and give NaN where they have no middle', () => {
    const infinity = Number.POSITIVE_INFINITY
    expect(median([infinity, 1, 2])).toBe(2)
    expect(median([-infinity, infinity])).toBeNaN()
    expect(quantile([1, infinity], 0.5)).toBe(infinity)
    expect(quantile([-infinity, 1], 0.5)).toBe(-infinity)
    expect(quantile([infinity, infinity], 0.5)).toBe(infinity)
    expect(quantile([-infinity, infinity], 0.5)).toBeNaN()
    expect(meanAndStd([1, infinity])).toEqual({ mean: infinity, std: Number.NaN, count: 2 })
    expect(meanAndStd([infinity])).toEqual({ mean: infinity, std: Number.NaN, count: 1 })
    expect(meanAndStd([-infinity, infinity])).toEqual({ mean: Number.NaN, std: Number.NaN, count: 2 })
  })
})
