// Isolation forest on a table of numbers: fit, score, ask why, save and load.
import assert from 'node:assert/strict'
import { createRandom, matrix } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { IsolationForest, IsolationForestModel } from '@astronomaly/iforest'

const random = createRandom('example', 'table')
const rows = matrix(
  Float32Array.from({ length: 3000 }, () => random.normal()),
  1000,
  3,
)
rows.data.set([5, 7, 0], 3 * 123) // row 123 is odd in its first two columns

const model = await new IsolationForest({ trees: 100, seed: 1 }).fit(rows)
const scores = await model.score(rows)
const [first = -1] = rankDescending(scores)
console.log(`row ${first} is first with a score of ${scores[first]?.toFixed(3)}`)
assert.equal(first, 123)

const saved = model.explain(rows.data.subarray(3 * 123, 3 * 124))
console.log(`splits on each column saved it ${Array.from(saved, (s) => s.toFixed(2)).join(', ')} levels of depth`)
assert.equal(rankDescending(saved)[2], 2)

const again = IsolationForestModel.from(model.buffer)
assert.deepEqual(await again.score(rows), scores)
