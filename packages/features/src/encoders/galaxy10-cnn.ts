import { type Layer, type NetworkDescription, noPadding } from './network.ts'

/** Options of {@link galaxy10Cnn}. */
export interface Galaxy10CnnOptions {
  /**
   * Size of the pictures.
   * @defaultValue [128, 128, 3]
   */
  readonly inputShape?: readonly [height: number, width: number, channels: number] | undefined
  /**
   * Channels after each convolution.
   * @defaultValue [32, 64, 128]
   */
  readonly filters?: readonly number[] | undefined
  /**
   * Of every batch normalisation.
   * @defaultValue 0.001
   */
  readonly epsilon?: number | undefined
}

/**
 * A plain network as trained on Galaxy10 DECaLS, tensors named as in Keras: for each entry of `filters` a 3 × 3 convolution
 * without padding, batch normalisation, ReLU and 2 × 2 maxima; then the global average, which are the features.
 */
export function galaxy10Cnn(options: Galaxy10CnnOptions = {}): NetworkDescription {
  const { inputShape = [128, 128, 3], filters = [32, 64, 128], epsilon = 0.001 } = options
  const layers: Layer[] = []
  let input = 'picture'
  filters.forEach((count, i) => {
    const suffix = i === 0 ? '' : `_${i}`
    const norm = `batch_normalization${suffix}`
    layers.push({
      kind: 'convolution',
      name: `conv2d${suffix}`,
      input,
      depthwise: false,
      inputChannels: i === 0 ? inputShape[2] : filters[i - 1]!,
      filters: count,
      kernelSize: 3,
      stride: 1,
      padding: noPadding,
      activation: 'relu',
      kernel: `conv2d${suffix}/kernel`,
      bias: `conv2d${suffix}/bias`,
      batchNorm: {
        gamma: `${norm}/gamma`,
        beta: `${norm}/beta`,
        mean: `${norm}/moving_mean`,
        variance: `${norm}/moving_variance`,
        epsilon,
      },
    })
    input = `max_pooling2d${suffix}`
    layers.push({ kind: 'max-pool', name: input, input: `conv2d${suffix}`, size: 2, stride: 2 })
  })
  layers.push({ kind: 'global-average', name: 'global_average', input })
  return {
    name: `galaxy10-cnn-${inputShape[0]}`,
    inputShape,
    inputScale: 1,
    inputOffset: 0,
    layers,
    output: 'global_average',
  }
}
