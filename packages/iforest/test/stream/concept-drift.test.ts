import { meanAndStd, rowRange } from '@astronomaly/core'
import { areaUnderRoc } from '@astronomaly/core/metrics'
import { IsolationForest, SlidingIsolationForest, type SlidingIsolationForestOptions } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { type DriftingRows, driftColumns, driftingRows } from '../support/drift.ts'

const mean = (values: Float64Array): number => meanAndStd(values).mean
const window = 2000
const options: SlidingIsolationForestOptions = { trees: 50, sampleSize: 128, window, seed: 1 }
/** Trees come and go: over these streams the mean score of normal rows in a steady stretch wanders by up to 0.015. */
const ordinary = 0.03

/** Scores of a stream by a sliding forest, each row before it is learned, and by one that was fitted on its first rows. */
async function follow({ rows, anomalies }: DriftingRows) {
  const sliding = new SlidingIsolationForest(driftColumns, options).scoreAndUpdate(rows)
  const { trees = 50, sampleSize = 128, seed = 1 } = options
  const model = await new IsolationForest({ trees, sampleSize, seed }).fit(rowRange(rows, 0, window))
  const fitted = await model.score(rows)
  const part = (scores: Float64Array, from: number, to: number) => {
    const labels = anomalies.subarray(from, to)
    const own = scores.subarray(from, to)
    return { auroc: areaUnderRoc(own, labels), normal: mean(own.filter((_, i) => labels[i] === 0)) }
  }
  return {
    sliding: (from: number, to: number) => part(sliding, from, to),
    fitted: (from: number, to: number) => part(fitted, from, to),
  }
}

describe('a sliding forest, when the stream changes', () => {
  it('abruptly, is wrong for less than a window, and one that was fitted once for ever', async () => {
    const { sliding, fitted } = await follow(driftingRows(9000, (row) => (row < 4000 ? 0 : 6)))
    const before = sliding(2000, 4000)
    expect(before.auroc).toBeGreaterThan(0.99)
    const at = sliding(4000, 4200)
    expect(at.normal).toBeGreaterThan(before.normal + 0.2)
    const after = sliding(4000 + window, 9000)
    expect(after.auroc).toBeGreaterThan(0.99)
    expect(Math.abs(after.normal - before.normal)).toBeLessThan(ordinary)
    // Every new row is far from all that the fitted forest knows: the anomalies that happen to lie nearer look the best to it.
    expect(fitted(2000, 4000).auroc).toBeGreaterThan(0.99)
    expect(fitted(4000 + window, 9000).auroc).toBeLessThan(0.5)
    expect(fitted(4000 + window, 9000).normal).toBeGreaterThan(before.normal + 0.3)
  })

  it('gradually, finds anomalies all the while', async () => {
    // Eight deviations in three windows.
    const { sliding, fitted } = await follow(
      driftingRows(12_000, (row) => 8 * Math.min(Math.max(0, row - 3000) / 6000, 1)),
    )
    const before = sliding(2000, 3000)
    for (let from = 3000; from < 12_000; from += 1000) {
      const part = sliding(from, from + 1000)
      expect(part.auroc).toBeGreaterThan(0.98)
      // The forest lags by some half a window, 1.3 deviations.
      expect(part.normal).toBeLessThan(before.normal + 0.15)
    }
    expect(Math.abs(sliding(9000 + window, 12_000).normal - before.normal)).toBeLessThan(ordinary)
    expect(fitted(6000, 9000).auroc).toBeLessThan(0.5)
    expect(fitted(9000, 12_000).auroc).toBeLessThan(0.5)
  })

  it('back and forth, learns each regime anew', async () => {
    const { sliding, fitted } = await follow(driftingRows(16_000, (row) => 6 * (Math.floor(row / 4000) % 2)))
    const first = sliding(2000, 4000)
    for (let change = 4000; change < 16_000; change += 4000) {
      expect(sliding(change, change + 200).normal).toBeGreaterThan(first.normal + 0.2)
      const settled = sliding(change + window, change + 4000)
      expect(settled.auroc).toBeGreaterThan(0.99)
      expect(Math.abs(settled.normal - first.normal)).toBeLessThan(ordinary)
    }
    // The fitted one knows the first regime for good, and the second never.
    expect(fitted(8000, 12_000).auroc).toBeGreaterThan(0.99)
    expect(fitted(12_000, 16_000).auroc).toBeLessThan(0.5)
  })

  it.each([512, 2000, 8000])('forgets what was ordinary in about a window of %d rows', (length) => {
    const { rows } = driftingRows(2 * length, () => 0, 1)
    const { rows: later } = driftingRows(length, () => 6, 2)
    const { rows: probe, anomalies } = driftingRows(400, () => 0, 3)
    const forest = new SlidingIsolationForest(driftColumns, { ...options, window: length })
    const remembered = () => mean(forest.scoreMatrix(probe).filter((_, i) => anomalies[i] === 0))
    forest.update(rows)
    const known = remembered()
    const course: number[] = []
    for (let k = 0; k < 16; k++) {
      forest.update(rowRange(later, (k * length) / 16, ((k + 1) * length) / 16))
      course.push(remembered())
    }
    const strange = course.at(-1)!
    expect(strange).toBeGreaterThan(known + 0.25)
    const share = course.map((score) => (score - known) / (strange - known))
    // Trees of old rows alone stay for half a window; half is forgotten after 0.69 of it, whatever its length. Over three lengths and
    // seeds these shares scatter by 0.02.
    expect(Math.abs(share[3]!)).toBeLessThan(0.08)
    expect(share[7]!).toBeLessThan(0.3)
    expect(Math.abs(share[10]! - 0.51)).toBeLessThan(0.08)
    expect(share[14]!).toBeGreaterThan(0.9)
    forest.update(rowRange(later, 0, length))
    // Nothing is left to forget: what remains is the scatter between two forests.
    expect(Math.abs(remembered() - strange)).toBeLessThan(0.1 * (strange - known))
  })
})
