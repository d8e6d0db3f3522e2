// From a picture to named features: what the pipeline does to every object, step by step.
import assert from 'node:assert/strict'
import { matrix } from '@astronomaly/core'
import { createMorphologyExtractor, preprocess, StreamingPca } from '@astronomaly/features'
import { simulateObject } from '@astronomaly/simulate'

const { image } = simulateObject('spiral', { seed: 'example', size: 96 })
const { image: prepared } = preprocess(image, { preset: 'paper', size: 150, scale: 'min-max' })
console.log(`what a network would see: ${prepared.shape.join(' x ')}`)

const extractor = createMorphologyExtractor({ preprocess: { preset: 'paper' } })
const { features } = extractor.extract(image)
for (const name of ['concentration', 'asymmetry', 'gini', 'm20']) {
  console.log(`${name.padEnd(14)} ${features[extractor.featureNames.indexOf(name)]?.toFixed(3)}`)
}
assert.ok(features.every(Number.isFinite))

const count = 40
const columns = features.length
const table = matrix(new Float32Array(count * columns), count, columns)
for (let index = 0; index < count; index++) {
  const kind = index % 2 ? 'spiral' : 'elliptical'
  table.data.set(
    extractor.extract(simulateObject(kind, { seed: 'example', index, size: 96 }).image).features,
    index * columns,
  )
}
const pca = await new StreamingPca({ components: { variance: 0.95 }, standardise: true }).fit(table)
console.log(`${pca.columns} principal components hold 95 % of the variance of ${columns} features`)
