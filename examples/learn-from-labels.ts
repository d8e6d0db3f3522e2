// A few labels put a rare kind on top that no detector finds odd: play the labelling with a person who knows the truth.
import assert from 'node:assert/strict'
import { createLearner, playProtocol } from '@astronomaly/active-learning'
import { createRandom, matrix } from '@astronomaly/core'
import { IsolationForest } from '@astronomaly/iforest'

const random = createRandom('example', 'labels')
const objects = 1500
const columns = 6
const rare = (row: number): boolean => row % 50 === 0
const features = matrix(
  Float32Array.from({ length: objects * columns }, (_, i) => {
    const row = Math.floor(i / columns)
    return rare(row) && i % columns < 2 ? 1.6 + random.normal() / 3 : random.normal()
  }),
  objects,
  columns,
)
const scores = await (await new IsolationForest({ seed: 1 }).fit(features)).score(features)
const ratings = Float64Array.from({ length: objects }, (_, row) => (rare(row) ? 5 : 0))

for (const name of ['forest', 'neighbour-score', 'gp', 'forest-gp']) {
  const { batches } = await playProtocol({
    features,
    scores,
    ratings,
    interesting: (rating) => rating >= 3,
    learner: createLearner(name),
    labels: 100,
    batch: 20,
    seed: 1,
  })
  const found = batches.map((batch) => batch.found)
  console.log(`${name.padEnd(16)} found ${found.join(', ')} of 30 after 20, 40, … 100 labels`)
  if (name === 'forest-gp') assert.ok((found.at(-1) ?? 0) >= 15)
}
