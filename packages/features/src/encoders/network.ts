/** What is applied to each value that leaves a convolution. */
export type Activation = 'linear' | 'relu' | 'relu6' | 'silu' | 'sigmoid'

/** Rows and columns of zeros around a picture. */
export interface Padding {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Names of the tensors of a batch normalisation, y = gamma (x − mean) / √(variance + epsilon) + beta. */
export interface BatchNormalization {
  readonly gamma: string
  readonly beta: string
  readonly mean: string
  readonly variance: string
  readonly epsilon: number
}

/** A convolution, then bias, batch normalisation and activation where given. */
export interface ConvolutionLayer {
  readonly kind: 'convolution'
  readonly name: string
  /** The layer that it reads, or `'picture'`. */
  readonly input: string
  /** Each channel by itself with one kernel of its own. */
  readonly depthwise: boolean
  readonly inputChannels: number
  /** Channels that leave it; equals `inputChannels` when depthwise. */
  readonly filters: number
  /** Side of the square kernel. */
  readonly kernelSize: number
  readonly stride: number
  readonly padding: Padding
  readonly activation: Activation
  /** Name of the kernel tensor. */
  readonly kernel: string
  /** Name of the bias tensor. */
  readonly bias?: string
  readonly batchNorm?: BatchNormalization
}

/** The maximum in windows of `size` × `size`, without padding: a last partial window is left out. */
export interface MaxPoolLayer {
  readonly kind: 'max-pool'
  readonly name: string
  readonly input: string
  readonly size: number
  readonly stride: number
}

/** The mean over all rows and columns; a picture of one pixel leaves it. */
export interface GlobalAverageLayer {
  readonly kind: 'global-average'
  readonly name: string
  readonly input: string
}

/** `input` + `other`, pixel by pixel, or `input` × `other` where `other` has one pixel for all. */
export interface CombineLayer {
  readonly kind: 'add' | 'multiply'
  readonly name: string
  readonly input: string
  readonly other: string
}

/** One step of a network. */
export type Layer = ConvolutionLayer | MaxPoolLayer | GlobalAverageLayer | CombineLayer

/** A feature extractor stated as data, for {@link foldNetwork} and the lowerings. */
export interface NetworkDescription {
  /** Begins the encoder's id. */
  readonly name: string
  readonly inputShape: readonly [height: number, width: number, channels: number]
  /** The first layer sees `scale` × pixel + `offset`, pixels in [0, 1]. */
  readonly inputScale: number
  readonly inputOffset: number
  /** In the order of evaluation: a layer reads only earlier ones. */
  readonly layers: readonly Layer[]
  /** The layer whose values are the features; a global average. */
  readonly output: string
}

/** The same number of zeros on every side: the side is kept where `kernelSize` is odd and the stride 1. */
export function padSame(kernelSize: number): Padding {
  const p = (kernelSize - 1) >> 1
  return { top: p, bottom: p, left: p, right: p }
}

/** No zeros around the picture. */
export const noPadding: Padding = { top: 0, bottom: 0, left: 0, right: 0 }
