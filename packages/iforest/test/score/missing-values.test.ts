import { createRandom, matrix, NumericalError } from '@astronomaly/core'
import { areaUnderRoc } from '@astronomaly/core/metrics'
import { IsolationForest } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { inBatchesOf, normalRows, rejection } from '../support/data.ts'
import { plainScore } from '../support/plain-forest.ts'

function withHoles(share: number, rows = 600, columns = 4): ReturnType<typeof normalRows> {
  const full = normalRows(rows, columns)
  const random = createRandom(2, 'holes')
  for (let i = 0; i < full.data.length; i++) if (random.uniform() < share) full.data[i] = Number.NaN
  return full
}

describe('missing: both-ways', () => {
  const forest = new IsolationForest({ missing: 'both-ways', seed: 1, trees: 30 })

  it('gives the same model and scores as reject where nothing is missing', async () => {
    const rows = normalRows(600, 4)
    const scores = await (await forest.fit(rows)).score(rows)
    const strict = new IsolationForest({ seed: 1, trees: 30 })
    expect(await (await strict.fit(rows)).score(rows)).toEqual(scores)
  })

  it('follows both children, as a plain recursion does, bit for bit and whatever the batch', async () => {
    const rows = withHoles(0.2)
    const model = await forest.fit(rows)
    const scores = await model.score(rows)
    for (let k = 0; k < 600; k++) {
      expect(scores[k]).toBe(plainScore(model.forest, model.sampleSize, rows.data.subarray(4 * k, 4 * k + 4)))
    }
    expect(await model.score(inBatchesOf(7, rows))).toEqual(scores)
    expect(model.scoreMatrix(rows)).toEqual(scores)
  })

  it('scores a row without any value as the mean over the training rows', async () => {
    const rows = normalRows(200, 3)
    const model = await new IsolationForest({ missing: 'both-ways', sampleSize: 200, trees: 10 }).fit(rows)
    const nothing = await model.pathLengths(matrix(new Float32Array(3).fill(Number.NaN), 1, 3))
    const lengths = await model.pathLengths(rows)
    // 1e-12: weights are products of shares and add up to 1 to the last bits.
    expect(Math.abs(nothing[0]! - lengths.reduce((a, b) => a + b) / 200)).toBeLessThan(1e-12)
  })

  it('still finds outliers when a third of all values are missing, in training and in scoring', async () => {
    const rows = withHoles(1 / 3, 1000, 6)
    const odd = Uint8Array.from({ length: 1000 }, (_, i) => Number(i < 20))
    for (let i = 0; i < 120; i++) rows.data[i] = rows.data[i]! + 6
    const model = await new IsolationForest({ missing: 'both-ways', seed: 1 }).fit(rows)
    // Six sigma away in the four columns that are left on average.
    expect(areaUnderRoc(await model.score(rows), odd)).toBeGreaterThan(0.98)
  })

  it('explains a row with missing values, blaming no column that it lacks', async () => {
    const model = await forest.fit(withHoles(0.1))
    const saved = model.explain([9, Number.NaN, 0, 0])
    expect(saved.indexOf(Math.max(...saved))).toBe(0)
    expect(saved[1]).toBeLessThan(saved[0]! / 4)
    const lengths = await model.pathLengths(matrix(Float32Array.of(9, Number.NaN, 0, 0), 1, 4))
    // c(256); 1e-12: the same terms in another order.
    expect(Math.abs(saved.reduce((a, b) => a + b) - (10.244770920119917 - lengths[0]!))).toBeLessThan(1e-12)
  })

  it('takes rows, columns and whole tables that are nothing but missing', async () => {
    const rows = normalRows(50, 3)
    for (let i = 0; i < 50; i++) rows.data[3 * i + 1] = Number.NaN
    rows.data.fill(Number.NaN, 0, 9)
    const model = await forest.fit(rows)
    expect((await model.score(rows)).every((s) => s > 0 && s <= 1)).toBe(true)
    const nothing = matrix(new Float32Array(60).fill(Number.NaN), 20, 3)
    // One half but for the rounding of a sum over trees.
    for (const score of await (await forest.fit(nothing)).score(nothing))
      expect(Math.abs(score - 0.5)).toBeLessThan(1e-12)
  })

  it('rejects infinity', async () => {
    const rows = matrix(Float32Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY), 2, 2)
    expect(await rejection(() => forest.fit(rows))).toBeInstanceOf(NumericalError)
  })
})
