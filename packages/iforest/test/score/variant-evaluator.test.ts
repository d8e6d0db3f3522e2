import { createRandom } from '@astronomaly/core'
import { IsolationForest, type IsolationForestOptions } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { VariantEvaluator } from '../../src/score/variant-evaluator.ts'
import { sumPathLengthsOfRow } from '../../src/score/visit-paths.ts'
import { normalRows } from '../support/data.ts'
import { awkwardNumbers } from '../support/plain-forest.ts'

const columns = 4

describe.each<IsolationForestOptions>([
  { penalizeRange: true },
  { penalizeRange: true, maxDepth: 'unlimited' },
  { dimensions: 2 },
  { dimensions: 3, penalizeRange: true, split: 'pooled-gain' },
  { dimensions: 2, maxDepth: 'unlimited', sampleSize: 600 },
])('VariantEvaluator, %j', (options) => {
  const training = normalRows(600, columns)
  const random = createRandom(1, 'rows')
  const rows = Float32Array.from({ length: 515 * columns }, (_, i) =>
    i % 7 === 0 ? awkwardNumbers[random.integer(awkwardNumbers.length)]! : 3 * random.normal(),
  )

  it('gives the bits of a walk row by row, wherever a row stands in its batch', async () => {
    const { forest } = await new IsolationForest({ ...options, trees: 7, seed: 1 }).fit(training)
    const evaluator = new VariantEvaluator(forest, columns)
    const expected = Float64Array.from({ length: 515 }, (_, k) =>
      sumPathLengthsOfRow(forest, rows.subarray(k * columns, (k + 1) * columns)),
    )
    const sums = new Float64Array(515).fill(99)
    expect(evaluator.sum(rows, 515, sums)).toBe(true)
    expect(sums).toEqual(expected)
    for (const [start, count] of [
      [0, 1],
      [3, 5],
      [250, 9],
    ] as const) {
      const part = new Float64Array(count)
      evaluator.sum(rows.subarray(start * columns), count, part)
      expect(part).toEqual(expected.slice(start, start + count))
    }
  })

  it('says when a value is not finite', async () => {
    const { forest } = await new IsolationForest({ ...options, trees: 2 }).fit(training)
    const evaluator = new VariantEvaluator(forest, columns)
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const wrong = rows.slice()
      wrong[77] = bad
      expect(evaluator.sum(wrong, 515, new Float64Array(515))).toBe(false)
    }
  })
})
