import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { efficientNetB0, foldNetwork, galaxy10Cnn, lowerOnnx, squareViews } from '../../src/encoders/index.ts'
import { loadEncoder } from '../../src/node.ts'
import { madeUpPictures, madeUpWeights, spread, worst } from './made-up.ts'
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
  it('gives the same bits from a weight folder and from its export to ONNX, with onnxruntime-node', async () => {
    const ours = await loadEncoder(folder, { engine: 'onnx' })
    const theirs = await loadEncoder(exported, { engine: 'onnx' })
    expect(theirs.inputShape).toEqual([20, 20, 3])
    expect((await theirs.encode(pictures)).data).toEqual((await ours.encode(pictures)).data)
    await ours.dispose()
    await theirs.dispose()
  })

  it('reads every format with the default engine', async () => {
    const ours = await loadEncoder(folder)
    const theirs = await loadEncoder(exported)
    expect(ours.engine).toMatch(/^tfjs-wasm \d/)
    expect(theirs.engine).toMatch(/^onnxruntime-web \d/)
    const expected = (await ours.encode(pictures)).data
    // Two orders of float32 sums.
    expect(worst((await theirs.encode(pictures)).data, expected) / spread(expected)).toBeLessThan(1e-5)
    await ours.dispose()
    await theirs.dispose()
  })

  it('names network, weights, views and engine in the id', async () => {
    const onnx = await loadEncoder(folder, { engine: 'onnx', views: 4 })
    const wasm = await loadEncoder(join(folder, 'manifest.json'), { views: 4 })
    expect(onnx.id).toMatch(/^galaxy10-cnn-20\/[0-9a-f]{16}\/views-4\/onnxruntime-node-\d+\.\d+\.\d+$/)
    expect(wasm.id.split('/').slice(0, 3)).toEqual(onnx.id.split('/').slice(0, 3))
    expect(wasm.id).toMatch(/\/tfjs-wasm-\d+\.\d+\.\d+$/)
    expect((await loadEncoder(folder, { engine: 'onnx', threads: 2 })).id).toMatch(/-threads-2$/)
  })

  it('gives the same bits for a picture alone and among others, with every engine and number of views', async () => {
    const size = 1200
    for (const [path, engine] of [
      [folder, 'wasm'],
      [exported, 'wasm'],
      [folder, 'onnx'],
    ] as const) {
      for (const views of [1, 8] as const) {
        const encoder = await loadEncoder(path, { engine, views })
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
      { engine: 'auto' },
      { threads: 2 },
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
    for (const [options, message] of [
      [{ inputRange: 255 }, 'inputRange must be two different finite numbers. Received 255.'],
      [{ inputRange: null }, 'inputRange must be two different finite numbers. Received null.'],
      [{ inputRange: [] }, 'inputRange must be two different finite numbers. Received [].'],
      [{ inputRange: [0, 1, 2] }, 'inputRange must be two different finite numbers. Received [0,1,2].'],
      [{ inputRange: ['0', '255'] }, 'inputRange must be two different finite numbers. Received [0,255].'],
      [{ output: 3 }, 'output must be a name. Received 3.'],
      [{ output: '' }, "output must be a name. Received ''."],
      [{ output: null }, 'output must be a name. Received null.'],
      [{ size: null }, 'size must be an integer and be >= 1. Received null.'],
      [{ pooling: null }, 'pooling must be one of mean, first. Received null.'],
    ] as const) {
      const error = loadEncoder(exported, options as never)
      await expect(error).rejects.toThrow(`loadEncoder: ${message}`)
      await expect(error).rejects.toThrow(ParameterError)
    }
    await expect(loadEncoder(exported, { engine: 'tfjs-node' })).rejects.toThrow(/must be wasm or onnx .* tfjs-node/)
    await expect(loadEncoder(exported, { output: 'nothing' })).rejects.toThrow(/one of features\. Received 'nothing'/)
  })

  for (const [engine, name] of [
    ['onnx', 'onnxruntime-node'],
    ['tfjs-node', '@tensorflow/tfjs-node'],
  ] as const) {
    it(`says the command that adds ${name} where it does not load`, async () => {
      vi.resetModules()
      vi.doMock(name, () => {
        throw new Error('libtensorflow.so.2: cannot open shared object file')
      })
      try {
        const { loadEncoder: load } = await import('../../src/node.ts')
        const error = load(folder, { engine })
        await expect(error).rejects.toMatchObject({ name: 'UnsupportedError' })
        await expect(error).rejects.toThrow(
          `engine ${engine} needs the package ${name} in the current folder or beside @astronomaly/features: npm install ${name}. Received`,
        )
        expect((await load(folder)).engine).toMatch(/^tfjs-wasm/)
      } finally {
        vi.doUnmock(name)
        vi.resetModules()
      }
    })
  }

  it('runs on @tensorflow/tfjs-node where it loads, with its own loaders', async () => {
    vi.resetModules()
    // The native package is the same library with another backend.
    vi.doMock('@tensorflow/tfjs-node', async () => {
      const tf = await import('../../src/encoders/node/engines/tfjs.ts')
      await tf.startWasm()
      return { default: { ...tf, setBackend: async (backend: string) => backend === 'tensorflow' } }
    })
    try {
      const { loadEncoder: load } = await import('../../src/node.ts')
      const encoder = await load(folder, { engine: 'tfjs-node' })
      expect(encoder.id).toMatch(/\/tfjs-node-4\.\d+\.\d+$/)
      const plain = await loadEncoder(folder)
      expect((await encoder.encode(pictures)).data).toEqual((await plain.encode(pictures)).data)
    } finally {
      vi.doUnmock('@tensorflow/tfjs-node')
      vi.resetModules()
    }
  })
})
