import { readFileSync } from 'node:fs'
import { type ImageBatch, tensor } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { readManifest } from '../../src/encoders/index.ts'
import { type LoadEncoderOptions, loadEncoder } from '../../src/node.ts'
import { readPng } from '../read-png.ts'
import { madeUpPictures, spread, worst } from './made-up.ts'
import { slowFeatures } from './slow-network.ts'

const mobileNet = 'data/E_weights/mobilenet_v2_035_224_imagenet'

function referenceInputs(): { readonly batch: ImageBatch; readonly expected: readonly number[] } {
  const { items } = JSON.parse(readFileSync(sharedFile(`${mobileNet}/reference_features.json`), 'utf8')) as {
    items: { input: string; features: number[] }[]
  }
  const size = 224 * 224 * 3
  const data = new Float32Array(items.length * size)
  items.forEach(({ input }, i) => {
    const pixels = readPng(sharedFile(`${mobileNet}/${input}`)).data
    data.set(
      pixels.map((v) => v / 255),
      i * size,
    )
  })
  return { batch: tensor(data, [items.length, 224, 224, 3]), expected: items.flatMap(({ features }) => features) }
}

const ways: readonly { readonly name: string; readonly path: string; readonly options: LoadEncoderOptions }[] = [
  { name: 'our WebAssembly', path: '', options: {} },
  { name: 'ONNX Runtime', path: '', options: { engine: 'onnx' } },
  { name: 'the original TensorFlow.js layers model', path: '/tfjs_original/model.json', options: {} },
]

describe.skipIf(!hasShared)('the reference features of MobileNetV2', () => {
  for (const { name, path, options } of ways) {
    it(`come out of ${name}`, async () => {
      const { batch, expected } = referenceInputs()
      const encoder = await loadEncoder(sharedFile(mobileNet + path), options)
      expect([encoder.inputShape, encoder.featureCount]).toEqual([[224, 224, 3], 1280])
      const { data } = await encoder.encode(batch)
      // Both sides are float32 through 52 layers, on values up to 6: measured 2.5e-5. The reference's own notes allow 2e-3.
      expect(worst(data, expected)).toBeLessThan(1e-4)
      await encoder.dispose()
    })
  }
})

describe.skipIf(!hasShared)('the Galaxy10 network', () => {
  it('gives the features of the slow twin with both engines', async () => {
    const folder = sharedFile('data/E_weights/galaxy10_cnn_v1_1')
    const bytes = readFileSync(`${folder}/weights.f32.bin`)
    const { network, weights } = readManifest(readFileSync(`${folder}/manifest.json`, 'utf8'), bytes, folder)
    const batch = madeUpPictures('galaxy', [1, 128, 128, 3])
    const expected = slowFeatures(network, weights, batch.data)
    for (const engine of ['wasm', 'onnx'] as const) {
      const encoder = await loadEncoder(folder, { engine })
      const { data } = await encoder.encode(batch)
      expect(data.length).toBe(128)
      // Float32 sums over up to 576 products and 196 pixels, against double precision.
      expect(worst(data, expected) / spread(expected), engine).toBeLessThan(1e-5)
      await encoder.dispose()
    }
  })
})
