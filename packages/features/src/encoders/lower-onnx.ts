import type { FoldedConvolution, FoldedNetwork } from './fold-network.ts'
import type { Activation } from './network.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

/** Field numbers of onnx.proto, and the codes of its enumerations. */
const model = { irVersion: 1, producer: 2, graph: 7, operatorSets: 8 }
const graphFields = { node: 1, name: 2, initializer: 5, input: 11, output: 12 }
const node = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 }
const attribute = { name: 1, integer: 3, integers: 8, type: 20 }
const attributeType = { integer: 2, integers: 7 }
const tensorFields = { size: 1, type: 2, name: 8, raw: 9 }
const float32 = 1
const irVersion = 7
const operatorSet = 13

function initializer(name: string, shape: readonly number[], data: Float32Array): ProtobufWriter {
  const out = new ProtobufWriter()
  for (const size of shape) out.integer(tensorFields.size, size)
  return out
    .integer(tensorFields.type, float32)
    .bytes(tensorFields.name, name)
    .bytes(tensorFields.raw, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function valueInfo(name: string, shape: readonly (number | string)[]): ProtobufWriter {
  const sizes = new ProtobufWriter()
  for (const size of shape) {
    const one = new ProtobufWriter()
    sizes.bytes(1, typeof size === 'number' ? one.integer(1, size) : one.bytes(2, size))
  }
  const tensorType = new ProtobufWriter().integer(1, float32).bytes(2, sizes)
  return new ProtobufWriter().bytes(1, name).bytes(2, new ProtobufWriter().bytes(1, tensorType))
}

class OnnxGraph {
  readonly writer: ProtobufWriter = new ProtobufWriter()

  constant(name: string, shape: readonly number[], data: ArrayLike<number>): string {
    this.writer.bytes(graphFields.initializer, initializer(name, shape, Float32Array.from(data)))
    return name
  }

  node(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    const out = new ProtobufWriter()
    for (const input of inputs) out.bytes(node.input, input)
    out.bytes(node.output, output).bytes(node.name, output).bytes(node.operator, operator)
    for (const [name, value] of Object.entries(attributes)) {
      const one = new ProtobufWriter().bytes(attribute.name, name)
      if (typeof value === 'number') {
        one.integer(attribute.integer, value).integer(attribute.type, attributeType.integer)
      } else {
        for (const v of value) one.integer(attribute.integers, v)
        one.integer(attribute.type, attributeType.integers)
      }
      out.bytes(node.attribute, one)
    }
    this.writer.bytes(graphFields.node, out)
    return output
  }

  activate(activation: Activation, input: string, output: string): void {
    if (activation === 'relu') this.node('Relu', [input], output)
    else if (activation === 'relu6') this.node('Clip', [input, 'zero', 'six'], output)
    else if (activation === 'sigmoid') this.node('Sigmoid', [input], output)
    else if (activation === 'silu') this.node('Mul', [input, this.node('Sigmoid', [input], `${output}:gate`)], output)
  }

  convolution(layer: FoldedConvolution, input: string): void {
    const { name, kernelSize: k, padding } = layer
    const inputs = layer.depthwise ? 1 : layer.inputChannels
    const output = layer.activation === 'linear' ? name : `${name}:sum`
    this.node(
      'Conv',
      [
        input,
        this.constant(`${name}:weights`, [layer.filters, inputs, k, k], layer.weights),
        this.constant(`${name}:biases`, [layer.filters], layer.biases),
      ],
      output,
      {
        kernel_shape: [k, k],
        strides: [layer.stride, layer.stride],
        pads: [padding.top, padding.left, padding.bottom, padding.right],
        group: layer.depthwise ? layer.filters : 1,
      },
    )
    this.activate(layer.activation, output, name)
  }
}

/**
 * A network as an ONNX file.
 *
 * @returns The bytes of a ModelProto, operator set 13. Input `picture`: float32 `[n, channels, height, width]`, pixels in
 * [0, 1]; output `features`: float32 `[n, featureCount]`; n is free.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function lowerOnnx(network: FoldedNetwork): Uint8Array<ArrayBuffer> {
  const [height, width, channels] = network.inputShape
  const graph = new OnnxGraph()
  graph.constant('zero', [], [0])
  graph.constant('six', [], [6])
  let picture = 'picture'
  if (network.inputScale !== 1) {
    picture = graph.node('Mul', [picture, graph.constant('inputScale', [], [network.inputScale])], 'picture:scaled')
  }
  if (network.inputOffset !== 0) {
    picture = graph.node('Add', [picture, graph.constant('inputOffset', [], [network.inputOffset])], 'picture:shifted')
  }
  for (const layer of network.layers) {
    const input = layer.input === 'picture' ? picture : layer.input
    if (layer.kind === 'convolution') graph.convolution(layer, input)
    else if (layer.kind === 'global-average') graph.node('GlobalAveragePool', [input], layer.name)
    else if (layer.kind === 'max-pool') {
      const { size, stride } = layer
      graph.node('MaxPool', [input], layer.name, { kernel_shape: [size, size], strides: [stride, stride] })
    } else graph.node(layer.kind === 'add' ? 'Add' : 'Mul', [input, layer.other], layer.name)
  }
  graph.node('Flatten', [network.output], 'features', { axis: 1 })
  graph.writer
    .bytes(graphFields.name, network.name)
    .bytes(graphFields.input, valueInfo('picture', ['n', channels, height, width]))
    .bytes(graphFields.output, valueInfo('features', ['n', network.featureCount]))
  return new ProtobufWriter()
    .integer(model.irVersion, irVersion)
    .bytes(model.producer, '@astronomaly/features')
    .bytes(model.graph, graph.writer)
    .bytes(model.operatorSets, new ProtobufWriter().bytes(1, '').integer(2, operatorSet))
    .finish()
}
