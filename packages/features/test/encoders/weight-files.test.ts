import { FormatError, ParameterError, UnsupportedError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import {
  describeStateDict,
  efficientNetB0,
  foldNetwork,
  galaxy10Cnn,
  networkHash,
  readManifest,
  readSafetensors,
} from '../../src/encoders/index.ts'
import { madeUpWeights } from './made-up.ts'
import { packManifest, packSafetensors } from './pack-weights.ts'

const small = galaxy10Cnn({ inputShape: [20, 20, 3], filters: [4, 5] })
const smallWeights = madeUpWeights(small, 'keras')

function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

describe('readManifest', () => {
  const { text, bytes } = packManifest(small, smallWeights)

  it('recognises the network, its size, its pixel scaling and its tensors', () => {
    const { network, weights } = readManifest(text, bytes, 'w.bin')
    expect(network).toEqual(small)
    expect(weights.tensors).toEqual(smallWeights.tensors)
  })

  it('takes the pixel scaling from the manifest', () => {
    const scaled = text.replace('x/255', 'x/127.5 - 1')
    expect(readManifest(scaled, bytes, 'w.bin').network).toMatchObject({ inputScale: 2, inputOffset: -1 })
  })

  it('says which tensor of which file is truncated, and what shape it must have', () => {
    const error = caught(() => readManifest(text, bytes.subarray(0, bytes.length - 1), 'w.bin')) as FormatError
    expect(error).toBeInstanceOf(FormatError)
    expect(error.source).toBe('w.bin')
    expect(error.message).toMatch(/tensor batch_normalization_1\/moving_mean of shape \[5\]/)
  })

  it('reads weights at any offset of a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 3)
    larger.set(bytes, 3)
    expect(readManifest(text, larger.subarray(3), 'w.bin').weights.tensors).toEqual(smallWeights.tensors)
  })

  it('rejects manifests that are damaged or of another network', () => {
    for (const bad of [
      '',
      '{',
      'null',
      '{}',
      text.replace('"byteLength":', '"length":'),
      text.replace('"shape":[3,3,3,4]', '"shape":[3,3,3,5]'),
      text.replace('20x20x3', 'any size'),
      text.replace('x/255', 'as is'),
    ]) {
      expect(
        caught(() => readManifest(bad, bytes, 'w.bin')),
        bad.slice(0, 40),
      ).toBeInstanceOf(FormatError)
    }
    expect(caught(() => readManifest(text.replaceAll('conv2d', 'convolution'), bytes, 'w'))).toBeInstanceOf(
      UnsupportedError,
    )
    expect(caught(() => readManifest(text.replace('float32', 'uint8'), bytes, 'w'))).toBeInstanceOf(UnsupportedError)
  })
})

describe('readSafetensors', () => {
  const tensors = new Map([
    ['a', { shape: [2, 2], data: Float32Array.of(1, -2.5, 0, 3) }],
    ['b', { shape: [], data: Float32Array.of(7) }],
  ])

  it('reads float32 tensors, and leaves integers out', () => {
    const found = readSafetensors(packSafetensors(tensors, { counter: 'I64' }), 'x.safetensors')
    expect(found).toEqual({ source: 'x.safetensors', layout: 'torch', tensors })
  })

  it('reads half-precision and bfloat16 numbers, subnormal and special ones too', () => {
    const bits = Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff, 0x8000, 0x3555)
    const half = { bits: { dtype: 'F16', shape: [6], bytes: new Uint8Array(bits.buffer) } }
    const brain = { bits: { dtype: 'BF16', shape: [2], bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc049).buffer) } }
    const of = (raw: Parameters<typeof packSafetensors>[2]) =>
      Array.from(readSafetensors(packSafetensors(new Map(), {}, raw), 'x').tensors.get('bits')!.data)
    expect(of(half)).toEqual([1, -2.5, 2 ** -24, 65504, -0, 1365 / 4096])
    expect(of(brain)).toEqual([1, -3.140625])
  })

  it('rejects every truncation', () => {
    const whole = packSafetensors(tensors, {})
    for (let length = 0; length < whole.length; length++) {
      expect(
        caught(() => readSafetensors(whole.subarray(0, length), 'x')),
        `${length}`,
      ).toBeInstanceOf(FormatError)
    }
  })

  it('rejects headers that contradict the data, and types that it does not know', () => {
    const raw = (dtype: string, shape: number[], bytes: number) =>
      packSafetensors(new Map(), {}, { t: { dtype, shape, bytes: new Uint8Array(bytes) } })
    expect(caught(() => readSafetensors(raw('F32', [2], 12), 'x'))).toBeInstanceOf(FormatError)
    expect(caught(() => readSafetensors(raw('F32', [-2], 8), 'x'))).toBeInstanceOf(FormatError)
    expect(caught(() => readSafetensors(raw('F8_E4M3', [2], 2), 'x'))).toBeInstanceOf(UnsupportedError)
    expect(caught(() => readSafetensors(raw('constructor', [2], 2), 'x'))).toBeInstanceOf(UnsupportedError)
    const huge = new Uint8Array(16).fill(255)
    expect(caught(() => readSafetensors(huge, 'x'))).toBeInstanceOf(FormatError)
  })
})

describe('describeStateDict', () => {
  it('finds EfficientNet-B0 behind any prefix', () => {
    const network = efficientNetB0({ prefix: 'model.encoder.' })
    const tensors = new Map([['model.encoder.conv_stem.weight', { shape: [0], data: new Float32Array(0) }]])
    expect(describeStateDict({ source: 'x', layout: 'torch', tensors })).toEqual(network)
  })

  it('rejects other networks by their tensors’ names', () => {
    const tensors = new Map([['features.0.weight', { shape: [0], data: new Float32Array(0) }]])
    const error = caught(() => describeStateDict({ source: 'x.safetensors', layout: 'torch', tensors })) as Error
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error.message).toMatch(/features\.0\.weight in x\.safetensors/)
  })
})

describe('foldNetwork', () => {
  const changed = (name: string, change: (data: Float32Array) => void, shape?: number[]) => {
    const tensors = new Map(smallWeights.tensors)
    const old = tensors.get(name)!
    const data = old.data.slice()
    change(data)
    tensors.set(name, { shape: shape ?? old.shape, data })
    return { ...smallWeights, tensors }
  }

  it('names file, tensor and expected shape when one is missing or odd', () => {
    const tensors = new Map(smallWeights.tensors)
    tensors.delete('conv2d_1/bias')
    const missing = caught(() => foldNetwork(small, { ...smallWeights, tensors })) as FormatError
    expect(missing).toBeInstanceOf(FormatError)
    expect(missing.message).toMatch(/tensor conv2d_1\/bias must have shape \[5\]\. Received none.*made-up\.bin/)
    const odd = caught(() =>
      foldNetwork(
        small,
        changed('conv2d/kernel', () => {}, [3, 3, 4, 3]),
      ),
    ) as FormatError
    expect(odd.message).toMatch(/conv2d\/kernel must have shape \[3,3,3,4\]\. Received \[3,3,4,3\]/)
    expect(odd).toMatchObject({ source: 'made-up.bin', keyword: 'conv2d/kernel' })
  })

  it('rejects NaN, infinity and negative variances', () => {
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const bad = changed('conv2d/kernel', (data) => {
        data[5] = value
      })
      expect(caught(() => foldNetwork(small, bad))).toBeInstanceOf(FormatError)
    }
    const negative = changed('batch_normalization/moving_variance', (data) => {
      data[1] = -1
    })
    expect(caught(() => foldNetwork(small, negative))).toBeInstanceOf(FormatError)
  })

  it('rejects a description that contradicts itself', () => {
    const layers = small.layers.map((layer) => (layer.name === 'conv2d_1' ? { ...layer, input: 'nothing' } : layer))
    expect(caught(() => foldNetwork({ ...small, layers }, smallWeights))).toBeInstanceOf(ParameterError)
    expect(caught(() => foldNetwork({ ...small, output: 'conv2d' }, smallWeights))).toBeInstanceOf(ParameterError)
    const reordered = [...small.layers].reverse()
    expect(caught(() => foldNetwork({ ...small, layers: reordered }, smallWeights))).toBeInstanceOf(ParameterError)
  })

  it('has a hash that changes with a weight and with the structure', async () => {
    const base = await networkHash(foldNetwork(small, smallWeights))
    expect(base).toMatch(/^[0-9a-f]{16}$/)
    expect(await networkHash(foldNetwork(small, smallWeights))).toBe(base)
    const other = changed('conv2d_1/bias', (data) => {
      data[4] = data[4]! + 1e-3
    })
    expect(await networkHash(foldNetwork(small, other))).not.toBe(base)
    expect(await networkHash(foldNetwork({ ...small, inputOffset: 1 }, smallWeights))).not.toBe(base)
  })
})
