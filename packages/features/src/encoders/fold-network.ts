import { FormatError, ParameterError } from '@astronomaly/core'
import type { BatchNormalization, ConvolutionLayer, Layer, NetworkDescription } from './network.ts'
import type { WeightTensor, WeightTensors } from './weight-tensors.ts'

/** A convolution with its numbers, batch normalisation worked in. */
export interface FoldedConvolution extends Omit<ConvolutionLayer, 'kernel' | 'bias' | 'batchNorm'> {
  /** `[filters, inputs, kernelSize, kernelSize]`, row-major; inputs is 1 when depthwise. */
  readonly weights: Float32Array
  /** `[filters]` */
  readonly biases: Float32Array
}

/** One step of a {@link FoldedNetwork}. */
export type FoldedLayer = FoldedConvolution | Exclude<Layer, ConvolutionLayer>

/** A network with its numbers, ready to be lowered to an engine. */
export interface FoldedNetwork extends Omit<NetworkDescription, 'layers'> {
  readonly layers: readonly FoldedLayer[]
  readonly featureCount: number
}

/** The numbers of a kernel as `[filters, inputs, height, width]`, from either layout. */
function toFiltersFirst(layer: ConvolutionLayer, tensor: WeightTensor, layout: WeightTensors['layout']): Float64Array {
  const inputs = layer.depthwise ? 1 : layer.inputChannels
  const area = layer.kernelSize * layer.kernelSize
  if (layout === 'torch') return new Float64Array(tensor.data)
  const out = new Float64Array(tensor.data.length)
  for (let o = 0; o < layer.filters; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let p = 0; p < area; p++) {
        const from = layer.depthwise ? p * layer.filters + o : (p * inputs + i) * layer.filters + o
        out[(o * inputs + i) * area + p] = tensor.data[from]!
      }
    }
  }
  return out
}

function kernelShape(layer: ConvolutionLayer, layout: WeightTensors['layout']): number[] {
  const k = layer.kernelSize
  if (layout === 'torch') return [layer.filters, layer.depthwise ? 1 : layer.inputChannels, k, k]
  return layer.depthwise ? [k, k, layer.filters, 1] : [k, k, layer.inputChannels, layer.filters]
}

function checkGraph(network: NetworkDescription): Map<string, number> {
  const channels = new Map<string, number>([['picture', network.inputShape[2]]])
  const known = (layer: Layer, name: string): number => {
    const count = channels.get(name)
    if (count === undefined) {
      throw new ParameterError(`${network.name}: layer ${layer.name} must read an earlier layer. Received '${name}'.`)
    }
    return count
  }
  for (const layer of network.layers) {
    const count = known(layer, layer.input)
    const expected =
      layer.kind === 'convolution' ? layer.inputChannels : 'other' in layer ? known(layer, layer.other) : count
    if (count !== expected) {
      throw new ParameterError(
        `${network.name}: layer ${layer.name} must read ${expected} channels. Received ${count}.`,
      )
    }
    channels.set(layer.name, layer.kind === 'convolution' ? layer.filters : count)
  }
  return channels
}

/**
 * Joins a description with its trained numbers; batch normalisation becomes part of kernel and bias.
 *
 * @throws FormatError naming file and tensor when one is missing, has another shape than the description says, or holds NaN
 * or infinity; ParameterError when the description contradicts itself.
 * @remarks w' = w g, b' = (b − mean) g + beta with g = gamma / √(variance + epsilon), in double precision, then rounded once.
 */
export function foldNetwork(network: NetworkDescription, weights: WeightTensors): FoldedNetwork {
  const featureCount = checkGraph(network).get(network.output)
  const last = network.layers.find((layer) => layer.name === network.output)
  if (featureCount === undefined || last?.kind !== 'global-average') {
    throw new ParameterError(`${network.name}: output must name a global average. Received '${network.output}'.`)
  }
  const take = (name: string, shape: readonly number[]): WeightTensor => {
    const tensor = weights.tensors.get(name)
    const origin = { source: weights.source, keyword: name }
    const expected = `${network.name}: tensor ${name} must have shape [${shape}]`
    if (!tensor) throw new FormatError(`${expected}. Received none.`, origin)
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw new FormatError(`${expected}. Received [${tensor.shape}].`, origin)
    }
    if (!tensor.data.every(Number.isFinite)) {
      throw new FormatError(
        `${network.name}: tensor ${name} must hold finite numbers. Received NaN or infinity.`,
        origin,
      )
    }
    return tensor
  }
  const gains = (norm: BatchNormalization | undefined, filters: number) => {
    const vector = (name: string) => take(name, [filters]).data
    if (!norm)
      return {
        gain: new Float64Array(filters).fill(1),
        mean: new Float64Array(filters),
        beta: new Float64Array(filters),
      }
    const gamma = vector(norm.gamma)
    const gain = Float64Array.from(vector(norm.variance), (v, i) => gamma[i]! / Math.sqrt(v + norm.epsilon))
    if (!gain.every(Number.isFinite)) {
      throw new FormatError(
        `${network.name}: tensor ${norm.variance} must hold variances >= 0. Received a negative one.`,
        {
          source: weights.source,
          keyword: norm.variance,
        },
      )
    }
    return { gain, mean: vector(norm.mean), beta: vector(norm.beta) }
  }
  const layers = network.layers.map((layer): FoldedLayer => {
    if (layer.kind !== 'convolution') return layer
    const { kernel, bias, batchNorm, ...rest } = layer
    const raw = toFiltersFirst(layer, take(kernel, kernelShape(layer, weights.layout)), weights.layout)
    const rawBias = bias === undefined ? undefined : take(bias, [layer.filters]).data
    const { gain, mean, beta } = gains(batchNorm, layer.filters)
    const perFilter = raw.length / layer.filters
    for (let i = 0; i < raw.length; i++) raw[i] = raw[i]! * gain[Math.floor(i / perFilter)]!
    return {
      ...rest,
      weights: new Float32Array(raw),
      biases: Float32Array.from(gain, (g, o) => ((rawBias?.[o] ?? 0) - mean[o]!) * g + beta[o]!),
    }
  })
  return { ...network, layers, featureCount }
}
