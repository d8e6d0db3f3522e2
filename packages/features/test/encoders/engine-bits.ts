import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { efficientNetB0, foldNetwork, galaxy10Cnn, lowerOnnx } from '@astronomaly/features/encoders'
import { loadEncoder } from '@astronomaly/features/node'
import { madeUpPictures, madeUpWeights, uniform } from './made-up.ts'
import { packManifest, packSafetensors } from './pack-weights.ts'

const side = 40

/** A model.json of layers, with its weights: exponential functions, batch normalisation, depthwise and dense sums. */
function writeLayersModel(folder: string): void {
  const shapes: Readonly<Record<string, readonly number[]>> = {
    'conv/kernel': [3, 3, 3, 8],
    'conv/bias': [8],
    'norm/gamma': [8],
    'norm/beta': [8],
    'norm/moving_mean': [8],
    'norm/moving_variance': [8],
    'deep/depthwise_kernel': [3, 3, 8, 1],
    'deep/bias': [8],
    'dense/kernel': [8, 6],
    'dense/bias': [6],
  }
  const weights = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' }))
  const values = weights.flatMap(({ name, shape }) => [
    ...uniform(
      name,
      shape.reduce((a, b) => a * b, 1),
    ),
  ])
  const window = { kernel_size: [3, 3], strides: [1, 1], padding: 'same', data_format: 'channels_last' }
  const layers = [
    ['Conv2D', { name: 'conv', filters: 8, ...window, activation: 'tanh', batch_input_shape: [null, side, side, 3] }],
    ['BatchNormalization', { name: 'norm', axis: -1, epsilon: 0.001 }],
    ['DepthwiseConv2D', { name: 'deep', depth_multiplier: 1, ...window, activation: 'sigmoid' }],
    ['GlobalAveragePooling2D', { name: 'pool' }],
    ['Dense', { name: 'dense', units: 6, activation: 'elu' }],
  ].map(([class_name, config]) => ({ class_name, config }))
  const modelTopology = { class_name: 'Sequential', config: { name: 'made-up', layers } }
  const weightsManifest = [{ paths: ['weights.bin'], weights }]
  mkdirSync(folder)
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }))
  writeFileSync(join(folder, 'weights.bin'), Float32Array.from(values))
}

/** Hashes of the features that made-up networks give to made-up pictures with the default engine, by format. */
export async function engineBits(): Promise<Record<string, { readonly engine: string; readonly features: string }>> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-bits-'))
  try {
    const deep = efficientNetB0({ inputShape: [side, side, 3] })
    const deepWeights = madeUpWeights(deep, 'torch')
    writeFileSync(join(folder, 'deep.onnx'), lowerOnnx(foldNetwork(deep, deepWeights)))
    writeFileSync(join(folder, 'deep.safetensors'), packSafetensors(deepWeights.tensors))
    const small = galaxy10Cnn({ inputShape: [side, side, 3], filters: [4, 5] })
    const { text, bytes } = packManifest(small, madeUpWeights(small, 'keras'))
    mkdirSync(join(folder, 'small'))
    writeFileSync(join(folder, 'small', 'manifest.json'), text)
    writeFileSync(join(folder, 'small', 'weights.f32.bin'), bytes)
    writeLayersModel(join(folder, 'layers'))

    const pictures = madeUpPictures('engine bits', [2, side, side, 3])
    const found: Record<string, { engine: string; features: string }> = {}
    for (const [format, path, options] of [
      ['.onnx', 'deep.onnx', {}],
      ['.safetensors', 'deep.safetensors', { size: side }],
      ['weight folder', 'small', {}],
      ['model.json', 'layers', { output: 'dense' }],
    ] as const) {
      const encoder = await loadEncoder(join(folder, path), options)
      const { data } = await encoder.encode(pictures)
      await encoder.dispose()
      found[format] = { engine: encoder.engine, features: createHash('sha256').update(data).digest('hex') }
    }
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}
