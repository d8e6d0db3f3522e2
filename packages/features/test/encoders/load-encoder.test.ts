import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { efficientNetB0, foldNetwork, galaxy10Cnn, lowerOnnx, squareViews } from '../../src/encoders/index.ts'
import { loadEncoder } from '../../src/node.ts'
import { madeUpPictures, madeUpWeights, worst } from './made-up.ts'
import { packManifest, packSafetensors } from './pack-weights.ts'

const folder = mkdtempSync(join(tmpdir(), 'encoders-'))
afterAll(() => rmSync(folder, { recursive: true }))

const network = galaxy10Cnn({ inputShape: [20, 20, 3], filters: [4, 5] })
const weights = madeUpWeights(network, 'keras')
const { text, bytes } = packManifest(network, weights)
writeFileSync(join(folder, 'manifest.json'), text)
writeFileSync(join(folder, 'weights.f32.bin'), bytes)
const exported = join(folder, 'exported.onnx')
writeFileSync(exported, lowerOnnx(foldNetwork(network, weights)))
const pictures = madeUpPictures('loaded', [3, 20, 20, 3])

describe('loadEncoder', () => {
  it('gives the same bits from a weight folder and from its export to ONNX', async () => {
    const ours = await loadEncoder(folder, { engine: 'onnx' })
    const theirs = await loadEncoder(exported)
    expect(theirs.inputShape).toEqual([20, 20, 3])
    expect((await theirs.encode(pictures)).data).toEqual((await ours.encode(pictures)).data)
    await ours.dispose()
    await theirs.dispose()
  })

  it('names network, weights, views and engine in the id', async () => {
    const onnx = await loadEncoder(folder, { engine: 'onnx', views: 4 })
    const tfjs = await loadEncoder(join(folder, 'manifest.json'), { engine: 'tfjs', views: 4 })
    expect(onnx.id).toMatch(/^galaxy10-cnn-20\/[0-9a-f]{16}\/views-4\/onnxruntime-node-\d+\.\d+\.\d+$/)
    expect(tfjs.id.split('/').slice(0, 3)).toEqual(onnx.id.split('/').slice(0, 3))
    expect(tfjs.engine).toMatch(/^tfjs-(native|wasm|cpu) \d/)
    expect((await loadEncoder(folder, { engine: 'onnx', threads: 2 })).id).toMatch(/-threads-2$/)
  })

  it('gives the same bits for a picture alone and among others, with every engine and number of views', async () => {
    const size = 1200
    for (const engine of ['onnx', 'tfjs'] as const) {
      for (const views of [1, 8] as const) {
        const encoder = await loadEncoder(folder, { engine, views })
        const together = await encoder.encode(pictures)
        for (let i = 0; i < 3; i++) {
          const data = pictures.data.slice(i * size, (i + 1) * size)
          const alone = await encoder.encode({ ...pictures, data, shape: [1, 20, 20, 3] })
          expect(Array.from(alone.data)).toEqual(Array.from(together.data.subarray(i * 5, i * 5 + 5)))
        }
        await encoder.dispose()
      }
    }
  })

  it('gives a picture and its rotations and mirror images the same vector with eight views', async () => {
    const encoder = await loadEncoder(folder, { views: 8 })
    const one = { ...pictures, data: pictures.data.slice(0, 1200), shape: [1, 20, 20, 3] as const }
    const { data } = await encoder.encode(squareViews(one, 8))
    for (let view = 1; view < 8; view++) {
      // A mean of eight float32 in another order, in double precision: at most the last bit after rounding.
      expect(worst(data.subarray(view * 5, view * 5 + 5), data.subarray(0, 5))).toBeLessThan(1e-7)
    }
    const plain = await (await loadEncoder(folder)).encode(squareViews(one, 8))
    expect(worst(plain.data.subarray(5, 10), plain.data.subarray(0, 5))).toBeGreaterThan(1e-3)
  })

  it('reads EfficientNet-B0 from a .safetensors state dict', async () => {
    const described = efficientNetB0({ prefix: 'encoder.' })
    const path = join(folder, 'zoobot.safetensors')
    const state = madeUpWeights(described, 'torch')
    writeFileSync(path, packSafetensors(state.tensors, { 'encoder.bn1.num_batches_tracked': 'I64' }))
    const encoder = await loadEncoder(path, { size: 40 })
    expect(encoder.id).toMatch(/^efficientnet-b0-40\//)
    expect([encoder.inputShape, encoder.featureCount]).toEqual([[40, 40, 3], 1280])
    await encoder.dispose()
    const truncated = join(folder, 'truncated.safetensors')
    writeFileSync(truncated, readFileSync(path).subarray(0, 4_000_000))
    await expect(loadEncoder(truncated)).rejects.toThrow(FormatError)
  })

  it('changes its id with whatever changes the features', async () => {
    const ids = [
      (await loadEncoder(exported)).id,
      (await loadEncoder(exported, { inputRange: [-1, 1] })).id,
      (await loadEncoder(exported, { output: 'features' })).id,
      (await loadEncoder(exported, { views: 8 })).id,
    ]
    expect(new Set(ids).size).toBe(4)
  })

  it('says which file or folder does not exist', async () => {
    await expect(loadEncoder(join(folder, 'nothing.onnx'))).rejects.toThrow(NotFoundError)
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    await expect(loadEncoder(empty)).rejects.toThrow(/must hold manifest\.json or model\.json/)
    writeFileSync(join(empty, 'manifest.json'), text)
    await expect(loadEncoder(empty)).rejects.toThrow(NotFoundError)
    await expect(loadEncoder(empty)).rejects.toThrow(/weights\.f32\.bin/)
  })

  it('rejects damaged files with a FormatError that names them', async () => {
    for (const [name, content] of [
      ['bad.onnx', lowerOnnx(foldNetwork(network, weights)).subarray(0, 900)],
      ['empty.onnx', new Uint8Array(0)],
      ['model.json', new TextEncoder().encode('{"modelTopology":')],
      ['bad.safetensors', new Uint8Array(20)],
    ] as const) {
      const path = join(folder, name)
      writeFileSync(path, content)
      const error = loadEncoder(path)
      await expect(error, name).rejects.toThrow(FormatError)
      await expect(error, name).rejects.toThrow(name)
      rmSync(path)
    }
  })

  it('rejects weights that lie outside the folder of their model.json', async () => {
    const path = join(folder, 'model.json')
    const weightsManifest = [{ paths: ['../outside.bin'], weights: [] }]
    writeFileSync(path, JSON.stringify({ modelTopology: {}, weightsManifest }))
    await expect(loadEncoder(path)).rejects.toThrow(/must lie beside it\. Received '\.\.\/outside\.bin'/)
    rmSync(path)
  })

  it('says why a format cannot be read', async () => {
    for (const [name, reason] of [
      ['a.keras', /HDF5/],
      ['pytorch_model.bin', /pickle/],
      ['a.pt', /pickle/],
      ['a.txt', /known are \.onnx/],
    ] as const) {
      writeFileSync(join(folder, name), 'x')
      const error = loadEncoder(join(folder, name))
      await expect(error).rejects.toThrow(UnsupportedError)
      await expect(error).rejects.toThrow(reason)
    }
  })

  it('rejects options that are unknown, out of range, or answered by the file', async () => {
    for (const options of [
      { engine: 'torch' },
      { views: 3 },
      { threads: 0 },
      { size: 1.5 },
      { inputRange: [1, 1] },
      { weights: 'x' },
      { output: 'conv2d' },
      { size: 30 },
    ]) {
      await expect(loadEncoder(folder, options as never), JSON.stringify(options)).rejects.toThrow(ParameterError)
    }
    await expect(loadEncoder(exported, { engine: 'tfjs' })).rejects.toThrow(UnsupportedError)
    await expect(loadEncoder(exported, { output: 'nothing' })).rejects.toThrow(/one of features\. Received 'nothing'/)
  })

  it('without onnxruntime-node goes on with TensorFlow.js and says so, or names the package', async () => {
    vi.resetModules()
    vi.doMock('onnxruntime-node', () => {
      throw new Error('not installed')
    })
    try {
      const { loadEncoder: load } = await import('../../src/node.ts')
      const messages: string[] = []
      const encoder = await load(folder, { onWarning: ({ message }) => messages.push(message) })
      expect(encoder.engine).toMatch(/^tfjs-/)
      expect(messages.join()).toMatch(/onnxruntime-node is not installed/)
      await expect(load(folder, { engine: 'onnx' })).rejects.toThrow(/npm install onnxruntime-node/)
      await expect(load(exported)).rejects.toThrow(/npm install onnxruntime-node/)
    } finally {
      vi.doUnmock('onnxruntime-node')
      vi.resetModules()
    }
  })
})
