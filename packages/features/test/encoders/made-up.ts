import { type ImageBatch, tensor } from '@astronomaly/core'
import type { ConvolutionLayer, NetworkDescription, WeightTensor, WeightTensors } from '@astronomaly/features/encoders'

/** `count` numbers in [0, 1) from a hash of name and index: the same as in scripts/golden/efficientnet.py. */
export function uniform(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193)
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let x = (seed + Math.imul(i, 0x9e3779b9)) | 0
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    out[i] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
  }
  return out
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

function madeUpTensor(
  name: string,
  shape: readonly number[],
  role: 'kernel' | 'scale' | 'shift',
  bound = 0,
): WeightTensor {
  const from = { kernel: -bound, scale: 0.8, shift: -0.1 }[role]
  const span = { kernel: 2 * bound, scale: 0.4, shift: 0.2 }[role]
  return { shape, data: new Float32Array(uniform(name, product(shape)).map((u) => from + span * u)) }
}

function kernelShape(layer: ConvolutionLayer, layout: 'keras' | 'torch'): number[] {
  const k = layer.kernelSize
  if (layout === 'torch') return [layer.filters, layer.depthwise ? 1 : layer.inputChannels, k, k]
  return layer.depthwise ? [k, k, layer.filters, 1] : [k, k, layer.inputChannels, layer.filters]
}

/** How much of a picture reaches the features: with less it fades on its way down, with more rounding grows with it. */
const gains = { keras: 1, torch: 1.2 } as const

/** Weights for every tensor that a description names, at a scale that keeps activations near 1. */
export function madeUpWeights(network: NetworkDescription, layout: 'keras' | 'torch'): WeightTensors {
  const tensors = new Map<string, WeightTensor>()
  for (const layer of network.layers) {
    if (layer.kind !== 'convolution') continue
    const fanIn = (layer.depthwise ? 1 : layer.inputChannels) * layer.kernelSize ** 2
    const bound = gains[layout] * Math.sqrt(6 / fanIn)
    tensors.set(layer.kernel, madeUpTensor(layer.kernel, kernelShape(layer, layout), 'kernel', bound))
    const { bias, batchNorm } = layer
    if (bias) tensors.set(bias, madeUpTensor(bias, [layer.filters], 'shift'))
    if (!batchNorm) continue
    for (const name of [batchNorm.gamma, batchNorm.variance]) {
      tensors.set(name, madeUpTensor(name, [layer.filters], 'scale'))
    }
    for (const name of [batchNorm.beta, batchNorm.mean]) {
      tensors.set(name, madeUpTensor(name, [layer.filters], 'shift'))
    }
  }
  return { source: 'made-up.bin', layout, tensors }
}

/** Pictures of noise in [0, 1). */
export function madeUpPictures(name: string, shape: readonly [number, number, number, number]): ImageBatch {
  return tensor(new Float32Array(uniform(name, product(shape))), shape)
}

/** The largest difference between two lists of numbers of one length. */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let most = 0
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!)
    most = Math.max(most, Number.isNaN(d) ? Number.POSITIVE_INFINITY : d)
  }
  return most
}

/** Standard deviation: what a difference between engines is measured against. */
export function spread(a: ArrayLike<number>): number {
  const values = Array.from(a)
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
}
