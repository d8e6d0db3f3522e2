import type * as core from '@tensorflow/tfjs-core'
import type { FeatureRunner } from './feature-runner.ts'
import type { FoldedConvolution, FoldedNetwork } from './fold-network.ts'

/** TensorFlow.js with one backend chosen and ready. */
export interface TfjsRuntime {
  /** The module `@tensorflow/tfjs-core` 4, or any that re-exports it. */
  readonly tf: object
  /** Backend and version for the encoder's id, such as `'tfjs-wasm 4.22.0'`. */
  readonly engine: string
}

/** Kernel in TensorFlow's order of axes: `[height, width, in, out]`, depthwise `[height, width, channels, 1]`. */
function kernelTensor(tf: typeof core, layer: FoldedConvolution): core.Tensor4D {
  const { kernelSize: k, filters } = layer
  const inputs = layer.depthwise ? 1 : layer.inputChannels
  const area = k * k
  const data = new Float32Array(layer.weights.length)
  for (let o = 0; o < filters; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let p = 0; p < area; p++) data[(p * inputs + i) * filters + o] = layer.weights[(o * inputs + i) * area + p]!
    }
  }
  return tf.tensor4d(data, layer.depthwise ? [k, k, filters, 1] : [k, k, inputs, filters])
}

function padded(
  tf: typeof core,
  x: core.Tensor4D,
  layer: FoldedConvolution,
): { x: core.Tensor4D; pad: 'same' | 'valid' } {
  const { top, bottom, left, right } = layer.padding
  if (top + bottom + left + right === 0) return { x, pad: 'valid' }
  const half = (layer.kernelSize - 1) / 2
  if (layer.stride === 1 && [top, bottom, left, right].every((size) => size === half)) return { x, pad: 'same' }
  return {
    x: tf.pad4d(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
    pad: 'valid',
  }
}

function convolve(
  tf: typeof core,
  layer: FoldedConvolution,
  input: core.Tensor4D,
  filter: core.Tensor4D,
  bias: core.Tensor1D,
): core.Tensor4D {
  const { x, pad } = padded(tf, input, layer)
  const fused = layer.activation === 'relu' || layer.activation === 'relu6' ? layer.activation : 'linear'
  const run = layer.depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d
  const sum = run({ x, filter, bias, strides: layer.stride, pad, activation: fused })
  if (layer.activation === 'sigmoid') return tf.sigmoid(sum)
  return layer.activation === 'silu' ? tf.mul(sum, tf.sigmoid(sum)) : sum
}

/**
 * A network as TensorFlow.js operations; works on every backend.
 *
 * @param batchSize - Pictures in one run; 1 costs little on a processor, a graphics backend wants more.
 * @returns The caller disposes it; between runs it holds two tensors a convolution and no other.
 */
export function lowerTfjs(runtime: TfjsRuntime, network: FoldedNetwork, batchSize = 1): FeatureRunner {
  const tf = runtime.tf as typeof core
  const [height, width, channels] = network.inputShape
  const constants = new Map<string, { filter: core.Tensor4D; bias: core.Tensor1D }>()
  for (const layer of network.layers) {
    if (layer.kind !== 'convolution') continue
    constants.set(layer.name, { filter: kernelTensor(tf, layer), bias: tf.tensor1d(layer.biases) })
  }
  const evaluate = (pixels: Float32Array): core.Tensor =>
    tf.tidy(() => {
      let picture = tf.tensor4d(pixels.slice(), [batchSize, height, width, channels])
      if (network.inputScale !== 1) picture = tf.mul(picture, network.inputScale)
      if (network.inputOffset !== 0) picture = tf.add(picture, network.inputOffset)
      const values = new Map<string, core.Tensor4D>([['picture', picture]])
      for (const layer of network.layers) {
        const x = values.get(layer.input)!
        let y: core.Tensor4D
        if (layer.kind === 'convolution') {
          const { filter, bias } = constants.get(layer.name)!
          y = convolve(tf, layer, x, filter, bias)
        } else if (layer.kind === 'max-pool') y = tf.maxPool(x, layer.size, layer.stride, 'valid')
        else if (layer.kind === 'global-average') y = tf.mean(x, [1, 2], true)
        else y = layer.kind === 'add' ? tf.add(x, values.get(layer.other)!) : tf.mul(x, values.get(layer.other)!)
        values.set(layer.name, y)
      }
      return values.get(network.output)!
    })
  return {
    engine: runtime.engine,
    inputShape: network.inputShape,
    featureCount: network.featureCount,
    batchSize,
    async run(pixels) {
      const out = evaluate(pixels)
      try {
        return (await out.data()).slice() as Float32Array
      } finally {
        out.dispose()
      }
    },
    async dispose() {
      for (const { filter, bias } of constants.values()) tf.dispose([filter, bias])
      constants.clear()
    },
  }
}
