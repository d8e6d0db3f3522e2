import type { ProtocolResult } from '@astronomaly/active-learning'
import { rankDescending } from '@astronomaly/core/metrics'
import { describe, expect, it } from 'vitest'
import { judgeOrder, type LearnerOutcome, spreadRanks } from '../../src/evaluate/judge-order.ts'
import { summariseOutcomes } from '../../src/evaluate/summarise-outcomes.ts'

/** 40 objects, of which 1, 3 and 39 are anomalies; the detector shows them by number. */
const detectorOrder = Uint32Array.from({ length: 40 }, (_, i) => i)
const interesting = Uint8Array.from({ length: 40 }, (_, i) => Number([1, 3, 39].includes(i)))
const known = { interesting, anomalies: 3, ranks: [1, 2, 40] }

/** A play of two labels, after which object 39 is first and object 3 second. */
function play(): ProtocolResult {
  const withLabelled = Uint32Array.from([39, 3, ...detectorOrder.filter((row) => row !== 39 && row !== 3)])
  const withoutLabelled = withLabelled.filter((row) => row > 1)
  const order = { withLabelled, withoutLabelled }
  return {
    ...{ learner: 'forest', interesting: 3, labelled: Uint32Array.of(0, 1), finalOrder: order },
    batches: [{ labels: 2, found: 1, order }],
  }
}

describe('judgeOrder', () => {
  it('counts anomalies among the looks, and in the ranking before and after them', () => {
    const outcome = judgeOrder(play(), detectorOrder, known)
    expect(outcome).toMatchObject({
      found: { 2: 1 },
      // The first twentieth of 40 are two.
      foundInTop5Percent: { 0: 1, 2: 2 },
      foundInTop500: { 0: 3, 2: 3 },
      foundInTop500Unlabelled: { 0: 3, 2: 2 },
      recall: [1 / 3, 2 / 3, 1],
      recallTop5: 2 / 3,
      // Of the first four of 39, 3, 0, 1 three.
      recallTop10: 1,
      precisionAtRecall: { 25: 1, 50: 1, 75: 3 / 4, 95: 3 / 4 },
    })
    expect(outcome.averagePrecision).toBeCloseTo((1 + 1 + 3 / 4) / 3, 12)
  })

  it('counts at least the first object of a few', () => {
    const few = { interesting: Uint8Array.of(0, 1), anomalies: 1, ranks: [1, 2] }
    const order = { withLabelled: Uint32Array.of(1, 0), withoutLabelled: Uint32Array.of(1, 0) }
    const played = { ...play(), batches: [], finalOrder: order }
    expect(judgeOrder(played, rankDescending(Float64Array.of(2, 1)), few)).toMatchObject({
      ...{ recallTop5: 1, recallTop10: 1, found: {}, foundInTop5Percent: { 0: 0 } },
    })
  })
})

describe('spreadRanks', () => {
  it('goes from the first to the last object, upwards, with each of the first hundred', () => {
    for (const count of [1, 2, 99, 100, 101, 5000, 3_884_404]) {
      const ranks = spreadRanks(count)
      expect(ranks[0]).toBe(1)
      expect(ranks.at(-1)).toBe(count)
      for (let i = 1; i < ranks.length; i++) expect(ranks[i]).toBeGreaterThan(ranks[i - 1]!)
      expect(ranks.slice(0, Math.min(count, 100))).toEqual(
        Array.from({ length: Math.min(count, 100) }, (_, i) => i + 1),
      )
      expect(ranks.length).toBeLessThanOrEqual(501)
    }
  })
})

describe('summariseOutcomes', () => {
  const outcome = (found: number, recall: readonly number[]): LearnerOutcome => ({
    ...{ found: { 10: found }, foundInTop5Percent: { 0: 1, 10: found }, foundInTop500: { 0: 4, 10: 4 * found } },
    ...{ foundInTop500Unlabelled: { 10: found - 1 }, precisionAtRecall: { 50: found / 10 }, recall },
    ...{ recallTop5: found / 20, recallTop10: found / 10, averagePrecision: found, rankWeightedScore: -found },
  })

  it('gives means over seeds, and how far they lie apart', () => {
    expect(summariseOutcomes([outcome(2, [0, 0.5]), outcome(6, [0.25, 1]), outcome(4, [0.5, 0.75])])).toEqual({
      ...{
        found: { 10: 4 },
        foundRange: { 10: [2, 6] },
        recallTop5: expect.closeTo(0.2, 12),
        recallTop10: expect.closeTo(0.4, 12),
      },
      foundInTop5Percent: { 0: 1, 10: 4 },
      foundInTop5PercentStd: { 0: 0, 10: expect.closeTo(Math.sqrt(8 / 3), 12) },
      ...{ foundInTop500: { 0: 4, 10: 16 }, foundInTop500Unlabelled: { 10: 3 }, averagePrecision: 4 },
      ...{ rankWeightedScore: -4, precisionAtRecall: { 50: expect.closeTo(0.4, 12) } },
      ...{ recall: [0.25, 0.75], recallLow: [0, 0.5], recallHigh: [0.5, 1] },
    })
  })

  it('is one outcome where there is one', () => {
    const one = outcome(3, [0.1, 1])
    const { foundRange, foundInTop5PercentStd, recallLow, recallHigh, ...rest } = summariseOutcomes([one])
    expect(rest).toEqual(one)
    expect({ foundRange, foundInTop5PercentStd }).toEqual({
      ...{ foundRange: { 10: [3, 3] }, foundInTop5PercentStd: { 0: 0, 10: 0 } },
    })
    expect([recallLow, recallHigh]).toEqual([one.recall, one.recall])
  })
})
