import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pooledGainThreshold } from '../../src/grow/pooled-gain.ts'
import { awkwardNumbers } from '../support/plain-forest.ts'

/** n s by the definition, from deviations from the mean. */
function spread(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return Math.sqrt(values.length * values.reduce((sum, x) => sum + (x - mean) ** 2, 0))
}

function gain(values: readonly number[], threshold: number): number {
  const left = values.filter((x) => x <= threshold)
  const right = values.filter((x) => x > threshold)
  return 1 - (spread(left) + spread(right)) / spread(values)
}

const varied = (value: fc.Arbitrary<number>) =>
  fc
    .array(value.map(Math.fround), { minLength: 2, maxLength: 60 })
    .map((values) => values.sort((a, b) => a - b))
    .filter((values) => values.at(-1)! > values[0]!)

describe('pooledGainThreshold', () => {
  it('is where the definition has its maximum', () => {
    fc.assert(
      fc.property(
        varied(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: -1, max: 1, noNaN: true }))),
        (values) => {
          const best = Math.max(...values.filter((x) => x < values.at(-1)!).map((x) => gain(values, x)))
          // 1e-6: sums of squares about the mean of all lose half of their digits where one side is much narrower.
          expect(gain(values, pooledGainThreshold(Float32Array.from(values)))).toBeGreaterThan(best - 1e-6)
        },
      ),
      { seed: 1, numRuns: 300 },
    )
  })

  it('lies halfway between two groups, and takes the lower of equal gains', () => {
    expect(pooledGainThreshold(Float32Array.of(1, 2, 3, 11, 12))).toBe(7)
    expect(pooledGainThreshold(Float32Array.of(0, 1, 2))).toBe(0.5)
    expect(pooledGainThreshold(Float32Array.of(0, 0, 0, 1))).toBe(0.5)
  })

  it('does not change when all values are moved far away', () => {
    const near = Float32Array.of(0, 1, 1, 2, 9, 10, 10, 12)
    const far = near.map((x) => x + 2 ** 20)
    expect(pooledGainThreshold(far)).toBe(pooledGainThreshold(near) + 2 ** 20)
  })

  it('parts any values into two groups that are not empty: neighbours, denormals, extremes', () => {
    fc.assert(
      fc.property(varied(fc.constantFrom(...awkwardNumbers)), (values) => {
        const threshold = pooledGainThreshold(Float32Array.from(values))
        expect(threshold).toBe(Math.fround(threshold))
        expect(threshold).toBeGreaterThanOrEqual(values[0]!)
        expect(threshold).toBeLessThan(values.at(-1)!)
      }),
      { seed: 2, numRuns: 300 },
    )
  })
})
