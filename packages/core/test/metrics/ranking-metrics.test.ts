import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ParameterError, ShapeError } from '../../src/index.ts'
import {
  areaUnderRoc,
  averagePrecision,
  foundByRank,
  precisionAtRank,
  precisionAtRecall,
  rankDescending,
  rankWeightedScore,
  recallAtRank,
} from '../../src/metrics/index.ts'

const order = [2, 0, 3, 1]
const interesting = [1, 0, 0, 1]

describe('ranking metrics', () => {
  it('rank from high to low, ties by row, NaN last', () => {
    expect([...rankDescending([1, Number.NaN, 3, 1, -0, 0])]).toEqual([2, 0, 3, 4, 5, 1])
  })

  it('count, recall and precision along a ranking', () => {
    expect([...foundByRank(order, interesting)]).toEqual([0, 1, 2, 2])
    expect(recallAtRank(order, interesting, 2)).toBe(0.5)
    expect(precisionAtRank(order, interesting, 3)).toBe(2 / 3)
    expect(precisionAtRecall(order, interesting, 1)).toBe(2 / 3)
    expect(averagePrecision(order, interesting)).toBe((1 / 2 + 2 / 3) / 2)
    expect(rankWeightedScore(order, interesting, 3)).toBe((2 + 1) / 6)
  })

  it('have no value where nothing is searched for', () => {
    for (const none of [averagePrecision(order, [0, 0, 0, 0]), precisionAtRecall(order, [0, 0, 0, 0], 0.5)]) {
      expect(none).toBeNaN()
    }
    expect(areaUnderRoc([1, 2], [1, 1])).toBeNaN()
  })

  it('give the share of pairs in the right order as area under the curve', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { minLength: 2, maxLength: 30 }),
        (rows) => {
          const high = rows.filter(([, yes]) => yes)
          const low = rows.filter(([, yes]) => !yes)
          let wins = 0
          for (const [a] of high) for (const [b] of low) wins += a > b ? 1 : a === b ? 0.5 : 0
          const area = areaUnderRoc(
            rows.map(([s]) => s),
            rows.map(([, yes]) => yes),
          )
          if (high.length === 0 || low.length === 0) expect(area).toBeNaN()
          else expect(area).toBeCloseTo(wins / (high.length * low.length), 12) // rounding of one division
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })

  it('reject what does not fit', () => {
    expect(() => foundByRank([0, 1, 2], [1, 0])).toThrow(ShapeError)
    expect(() => areaUnderRoc([1], [1, 0])).toThrow(ShapeError)
    expect(() => precisionAtRecall(order, interesting, 0)).toThrow(ParameterError)
    expect(() => rankWeightedScore(order, interesting, 0)).toThrow(ParameterError)
  })
})
