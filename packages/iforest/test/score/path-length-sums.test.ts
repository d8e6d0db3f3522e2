import { createRandom, matrix, toRowSource } from '@astronomaly/core'
import { IsolationForest, type IsolationForestOptions } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { PathLengthSums } from '../../src/score/path-length-sums.ts'
import { sumPathLengthsOfRow } from '../../src/score/visit-paths.ts'
import { normalRows } from '../support/data.ts'
import { awkwardNumbers } from '../support/plain-forest.ts'

const columns = 4

describe.each<IsolationForestOptions>([
  {},
  { penalizeRange: true },
  { penalizeRange: true, maxDepth: 'unlimited' },
  { dimensions: 2 },
  { dimensions: 3, penalizeRange: true, split: 'pooled-gain' },
  { dimensions: 2, maxDepth: 'unlimited', sampleSize: 600 },
])('PathLengthSums, %j', (options) => {
  const training = normalRows(600, columns)
  const random = createRandom(1, 'rows')
  const rows = Float32Array.from({ length: 515 * columns }, (_, i) =>
    i % 7 === 0 ? awkwardNumbers[random.integer(awkwardNumbers.length)]! : 3 * random.normal(),
  )

  it('gives the bits of a walk row by row, wherever a row stands in its batch and whichever thread it is on', async () => {
    const { forest } = await new IsolationForest({ ...options, missing: 'both-ways', trees: 7, seed: 1 }).fit(training)
    const some = rows.slice()
    for (let i = 0; i < some.length; i += 41) some[i] = Number.NaN
    const expected = Float64Array.from({ length: 515 }, (_, k) =>
      sumPathLengthsOfRow(forest, some.subarray(k * columns, (k + 1) * columns)),
    )
    const sums = new PathLengthSums(forest, columns, 'both-ways')
    expect(sums.ofRows(some, 515)).toEqual(expected)
    for (const [start, count] of [
      [0, 1],
      [3, 5],
      [250, 9],
    ] as const) {
      expect(sums.ofRows(some.subarray(start * columns), count)).toEqual(expected.slice(start, start + count))
    }
    const whole = toRowSource(matrix(some, 515, columns))
    for (const workers of [0, 2]) {
      const read: number[] = []
      for await (const batch of sums.ofSource(whole, { workers })) read.push(...batch.sums)
      expect(Float64Array.from(read)).toEqual(expected)
    }
  })
})
