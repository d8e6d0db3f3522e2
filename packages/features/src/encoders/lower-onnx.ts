import { OnnxGraph } from '@astronomaly/core/onnx'
import type { FoldedConvolution, FoldedNetwork } from './fold-network.ts'
import type { Activation } from './network.ts'

const irVersion = 7
const operatorSet = 13

class NetworkGraph extends OnnxGraph {
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
  const graph = new NetworkGraph()
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
  graph.input('picture', ['n', channels, height, width])
  graph.output('features', ['n', network.featureCount])
  return graph.finish(network.name, {
    producer: '@astronomaly/features',
    irVersion,
    operatorSets: { '': operatorSet },
  })
}
