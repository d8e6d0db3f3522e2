import {
  type BatchNormalization,
  type ConvolutionLayer,
  type Layer,
  type NetworkDescription,
  noPadding,
  padSame,
} from './network.ts'

/** Options of {@link mobileNetV2}. */
export interface MobileNetV2Options {
  /**
   * Width multiplier.
   * @defaultValue 1
   */
  readonly alpha?: number | undefined
  /**
   * Size of the pictures.
   * @defaultValue [224, 224, 3]
   */
  readonly inputShape?: readonly [height: number, width: number, channels: number] | undefined
  /**
   * Of every batch normalisation.
   * @defaultValue 0.001
   */
  readonly epsilon?: number | undefined
}

/** Bottlenecks: expansion, channels before the multiplier, stride. Table 2 of the paper, one row a block. */
const blocks: readonly (readonly [expansion: number, channels: number, stride: 1 | 2])[] = [
  [1, 16, 1],
  [6, 24, 2],
  [6, 24, 1],
  [6, 32, 2],
  [6, 32, 1],
  [6, 32, 1],
  [6, 64, 2],
  [6, 64, 1],
  [6, 64, 1],
  [6, 64, 1],
  [6, 96, 1],
  [6, 96, 1],
  [6, 96, 1],
  [6, 160, 2],
  [6, 160, 1],
  [6, 160, 1],
  [6, 320, 1],
]

/** `value` rounded to a multiple of 8, never below 90 % of it. */
function divisibleBy8(value: number): number {
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8)
  return rounded < 0.9 * value ? rounded + 8 : rounded
}

/**
 * MobileNetV2 without its classifier, tensors named as in Keras.
 *
 * @returns 1,280 features (more when alpha > 1): the global average of the last ReLU6.
 * @remarks Where the stride is 2, zeros are added at the bottom and right only. Pixels reach the network as 2x − 1.
 * @see https://doi.org/10.1109/CVPR.2018.00474
 */
export function mobileNetV2(options: MobileNetV2Options = {}): NetworkDescription {
  const { alpha = 1, inputShape = [224, 224, 3], epsilon = 0.001 } = options
  const norm = (name: string): BatchNormalization => ({
    gamma: `${name}/gamma`,
    beta: `${name}/beta`,
    mean: `${name}/moving_mean`,
    variance: `${name}/moving_variance`,
    epsilon,
  })
  const layers: Layer[] = []
  const convolve = (
    name: string,
    normName: string,
    layer: Pick<ConvolutionLayer, 'input' | 'inputChannels' | 'filters' | 'activation'> &
      Partial<Pick<ConvolutionLayer, 'depthwise' | 'kernelSize' | 'stride'>>,
  ): string => {
    const { depthwise = false, kernelSize = 1, stride = 1 } = layer
    layers.push({
      ...layer,
      kind: 'convolution',
      name,
      depthwise,
      kernelSize,
      stride,
      padding: stride === 2 ? { ...noPadding, bottom: 1, right: 1 } : padSame(kernelSize),
      kernel: `${name}/${depthwise ? 'depthwise_kernel' : 'kernel'}`,
      batchNorm: norm(normName),
    })
    return name
  }

  let channels = divisibleBy8(32 * alpha)
  let last = convolve('Conv1', 'bn_Conv1', {
    input: 'picture',
    inputChannels: inputShape[2],
    filters: channels,
    kernelSize: 3,
    stride: 2,
    activation: 'relu6',
  })
  blocks.forEach(([expansion, width, stride], i) => {
    const prefix = i === 0 ? 'expanded_conv' : `block_${i}`
    const filters = divisibleBy8(width * alpha)
    const inner = channels * expansion
    const entry = last
    if (expansion > 1) {
      last = convolve(`${prefix}_expand`, `${prefix}_expand_BN`, {
        input: last,
        inputChannels: channels,
        filters: inner,
        activation: 'relu6',
      })
    }
    last = convolve(`${prefix}_depthwise`, `${prefix}_depthwise_BN`, {
      input: last,
      inputChannels: inner,
      filters: inner,
      depthwise: true,
      kernelSize: 3,
      stride,
      activation: 'relu6',
    })
    last = convolve(`${prefix}_project`, `${prefix}_project_BN`, {
      input: last,
      inputChannels: inner,
      filters,
      activation: 'linear',
    })
    if (stride === 1 && filters === channels) {
      layers.push({ kind: 'add', name: `${prefix}_add`, input: last, other: entry })
      last = `${prefix}_add`
    }
    channels = filters
  })
  last = convolve('Conv_1', 'Conv_1_bn', {
    input: last,
    inputChannels: channels,
    filters: alpha > 1 ? divisibleBy8(1280 * alpha) : 1280,
    activation: 'relu6',
  })
  layers.push({ kind: 'global-average', name: 'global_average', input: last })
  return {
    name: `mobilenet-v2-${alpha}-${inputShape[0]}`,
    inputShape,
    inputScale: 2,
    inputOffset: -1,
    layers,
    output: 'global_average',
  }
}
