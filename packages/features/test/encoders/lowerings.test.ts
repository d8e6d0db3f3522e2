import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  createOnnxRunner,
  efficientNetB0,
  type FeatureRunner,
  foldNetwork,
  galaxy10Cnn,
  lowerOnnx,
  lowerTfjs,
  mobileNetV2,
  type NetworkDescription,
} from '../../src/encoders/index.ts'
import { startOnnx } from '../../src/encoders/node/onnx-runtime.ts'
import { startTfjs } from '../../src/encoders/node/tfjs-runtime.ts'
import { madeUpPictures, madeUpWeights, spread, worst } from './made-up.ts'
import { slowFeatures } from './slow-network.ts'

const cases: readonly { readonly network: NetworkDescription; readonly layout: 'keras' | 'torch' }[] = [
  // Odd sides: windows and strides do not come out even.
  { network: galaxy10Cnn({ inputShape: [41, 38, 3], filters: [6, 8, 10] }), layout: 'keras' },
  { network: mobileNetV2({ alpha: 0.35, inputShape: [65, 65, 3] }), layout: 'keras' },
  { network: efficientNetB0({ inputShape: [33, 33, 3] }), layout: 'torch' },
]

async function runners(network: NetworkDescription, layout: 'keras' | 'torch'): Promise<FeatureRunner[]> {
  const folded = foldNetwork(network, madeUpWeights(network, layout))
  return [
    lowerTfjs(await startTfjs('wasm'), folded),
    await createOnnxRunner(await startOnnx('wasm'), lowerOnnx(folded)),
    await createOnnxRunner(await startOnnx('onnx'), lowerOnnx(folded)),
  ]
}

describe('lowerings of a network', () => {
  for (const { network, layout } of cases) {
    it(`give the features of the slow twin for ${network.name}`, async () => {
      const { data } = madeUpPictures('a picture', [1, ...network.inputShape])
      const expected = slowFeatures(network, madeUpWeights(network, layout), data)
      for (const runner of await runners(network, layout)) {
        const found = await runner.run(data)
        expect(runner.featureCount).toBe(expected.length)
        // Float32 rounding through 50 layers measures 2e-5; one stride-2 layer padded on the wrong side changes features by 2.5.
        expect(worst(found, expected) / spread(expected), runner.engine).toBeLessThan(1e-4)
        await runner.dispose()
      }
    })
  }

  it('give what timm gives for EfficientNet-B0', async () => {
    const golden = JSON.parse(readFileSync(new URL('../golden/efficientnet.json', import.meta.url), 'utf8'))
    const network = efficientNetB0({ inputShape: [golden.size, golden.size, 3] })
    const weights = madeUpWeights(network, 'torch')
    expect(weights.tensors.size).toBe(golden.tensors)
    const { data } = madeUpPictures('picture', [1, golden.size, golden.size, 3])
    for (const runner of await runners(network, 'torch')) {
      // The reference's own error in float32 is 1.0e-5 (floatError); another order of sums may cost some times that.
      expect(worst(await runner.run(data), golden.features), runner.engine).toBeLessThan(5 * golden.floatError)
      expect(worst(await runner.run(new Float32Array(data.length)), golden.features)).toBeGreaterThan(golden.spread)
      await runner.dispose()
    }
  })

  it('give the same bits for a picture alone and among others, whatever the batch of the engine', async () => {
    const network = mobileNetV2({ alpha: 0.35, inputShape: [96, 96, 3] })
    const folded = foldNetwork(network, madeUpWeights(network, 'keras'))
    const pictures = madeUpPictures('several', [4, 96, 96, 3]).data
    const runtime = await startTfjs('wasm')
    const alone = lowerTfjs(runtime, folded, 1)
    const together = lowerTfjs(runtime, folded, 4)
    const one: number[] = []
    for (let i = 0; i < 4; i++) one.push(...(await alone.run(pictures.subarray(i * 27648, (i + 1) * 27648))))
    expect(Array.from(await together.run(pictures))).toEqual(one)
    await alone.dispose()
    await together.dispose()
  })

  it('keep the number of tensors constant over 200 batches, and free all of them', async () => {
    const network = galaxy10Cnn({ inputShape: [24, 24, 3], filters: [4, 5] })
    const { tf, ...rest } = await startTfjs('wasm')
    const before = tf.memory().numTensors
    const runner = lowerTfjs({ tf, ...rest }, foldNetwork(network, madeUpWeights(network, 'keras')))
    const { data } = madeUpPictures('again', [1, 24, 24, 3])
    const first = await runner.run(data)
    const held = tf.memory().numTensors
    for (let i = 0; i < 200; i++) await runner.run(data)
    expect(tf.memory().numTensors).toBe(held)
    expect(await runner.run(data)).toEqual(first)
    await runner.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})
