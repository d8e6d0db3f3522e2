import { type Activation, type ConvolutionLayer, type Layer, type NetworkDescription, padSame } from './network.ts'

/** Options of {@link efficientNetB0}. */
export interface EfficientNetOptions {
  /**
   * Size of the pictures.
   * @defaultValue [224, 224, 3]
   */
  readonly inputShape?: readonly [height: number, width: number, channels: number] | undefined
  /**
   * What every tensor's name begins with.
   * @defaultValue ''
   */
  readonly prefix?: string | undefined
  /**
   * Of every batch normalisation.
   * @defaultValue 1e-5
   */
  readonly epsilon?: number | undefined
}

/** Stages: expansion, kernel, stride of the first block, channels, blocks. Table 1 of the paper. */
const stages: readonly (readonly [number, 3 | 5, 1 | 2, number, number])[] = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
]

/**
 * EfficientNet-B0 without its classifier, tensors named as in timm's `efficientnet_b0`, in which Zoobot is published.
 *
 * @returns 1,280 features: the global average after the last convolution.
 * @remarks Squeeze-excite works on a quarter of a block's entering channels; padding is symmetric; SiLU throughout. Pixels reach
 * the network as they are, in [0, 1].
 * @see https://proceedings.mlr.press/v97/tan19a.html
 */
export function efficientNetB0(options: EfficientNetOptions = {}): NetworkDescription {
  const { inputShape = [224, 224, 3], prefix = '', epsilon = 1e-5 } = options
  const layers: Layer[] = []
  const convolve = (
    name: string,
    norm: string | null,
    input: string,
    inputChannels: number,
    filters: number,
    activation: Activation,
    shape: Partial<Pick<ConvolutionLayer, 'depthwise' | 'kernelSize' | 'stride'>> = {},
  ): string => {
    const { depthwise = false, kernelSize = 1, stride = 1 } = shape
    layers.push({
      kind: 'convolution',
      name,
      input,
      depthwise,
      inputChannels,
      filters,
      kernelSize,
      stride,
      padding: padSame(kernelSize),
      activation,
      kernel: `${prefix}${name}.weight`,
      ...(norm === null
        ? { bias: `${prefix}${name}.bias` }
        : {
            batchNorm: {
              gamma: `${prefix}${norm}.weight`,
              beta: `${prefix}${norm}.bias`,
              mean: `${prefix}${norm}.running_mean`,
              variance: `${prefix}${norm}.running_var`,
              epsilon,
            },
          }),
    })
    return name
  }

  let channels = 32
  let last = convolve('conv_stem', 'bn1', 'picture', inputShape[2], channels, 'silu', { kernelSize: 3, stride: 2 })
  stages.forEach(([expansion, kernelSize, firstStride, filters, count], stage) => {
    for (let index = 0; index < count; index++) {
      const block = `blocks.${stage}.${index}`
      const stride = index === 0 ? firstStride : 1
      const inner = channels * expansion
      const entry = last
      if (expansion > 1) {
        last = convolve(`${block}.conv_pw`, `${block}.bn1`, last, channels, inner, 'silu')
      }
      last = convolve(`${block}.conv_dw`, `${block}.${expansion > 1 ? 'bn2' : 'bn1'}`, last, inner, inner, 'silu', {
        depthwise: true,
        kernelSize,
        stride,
      })
      const squeezed = channels >> 2
      layers.push({ kind: 'global-average', name: `${block}.se.mean`, input: last })
      convolve(`${block}.se.conv_reduce`, null, `${block}.se.mean`, inner, squeezed, 'silu')
      convolve(`${block}.se.conv_expand`, null, `${block}.se.conv_reduce`, squeezed, inner, 'sigmoid')
      layers.push({ kind: 'multiply', name: `${block}.se`, input: last, other: `${block}.se.conv_expand` })
      last =
        expansion > 1
          ? convolve(`${block}.conv_pwl`, `${block}.bn3`, `${block}.se`, inner, filters, 'linear')
          : convolve(`${block}.conv_pw`, `${block}.bn2`, `${block}.se`, inner, filters, 'linear')
      if (stride === 1 && filters === channels) {
        layers.push({ kind: 'add', name: block, input: last, other: entry })
        last = block
      }
      channels = filters
    }
  })
  last = convolve('conv_head', 'bn2', last, channels, 1280, 'silu')
  layers.push({ kind: 'global-average', name: 'global_pool', input: last })
  return {
    name: `efficientnet-b0-${inputShape[0]}`,
    inputShape,
    inputScale: 1,
    inputOffset: 0,
    layers,
    output: 'global_pool',
  }
}
