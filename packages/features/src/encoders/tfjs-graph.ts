import { UnsupportedError } from '@astronomaly/core'
import type { io } from '@tensorflow/tfjs-core'
import type { GraphTopology } from './find-feature-node.ts'
import { fromFloat16 } from './float16.ts'
import type { GraphNode, NetworkGraph } from './network-graph.ts'
import { bytesOf } from './read-tfjs-model.ts'

/** The constants of a model that hold numbers, as they are before quantisation. */
function readConstants(artifacts: io.ModelArtifacts): ReadonlyMap<string, ArrayLike<number>> {
  const data = artifacts.weightData as ArrayBuffer
  const out = new Map<string, ArrayLike<number>>()
  let at = 0
  for (const { name, shape, dtype, quantization } of artifacts.weightSpecs ?? []) {
    const stored = quantization?.dtype ?? dtype
    const length = shape.reduce((product, size) => product * size, 1)
    const bytes = data.slice(at, at + length * bytesOf[stored]!)
    at += bytes.byteLength
    // What stands before the first layer is a number a channel.
    if (length > 64) continue
    const { scale = 1, min = 0 } = quantization ?? {}
    if (stored === 'float32') out.set(name, new Float32Array(bytes))
    else if (stored === 'int32') out.set(name, new Int32Array(bytes))
    else if (stored === 'float16') out.set(name, Array.from(new Uint16Array(bytes), fromFloat16))
    else if (stored === 'uint8')
      out.set(
        name,
        Array.from(new Uint8Array(bytes), (q) => q * scale + min),
      )
    else if (stored === 'uint16')
      out.set(
        name,
        Array.from(new Uint16Array(bytes), (q) => q * scale + min),
      )
  }
  return out
}

/** Operations that work on maps, with their channels where `data_format` says. */
const ofMaps =
  /^(Conv2D|_FusedConv2D|FusedConv2D|DepthwiseConv2d(Native)?|FusedDepthwiseConv2dNative|MaxPool|AvgPool|FusedBatchNorm(V[23])?|DepthToSpace|SpaceToDepth)$/

const plain = (input: string): string => input.replace(/^\^/, '').replace(/:\d+$/, '')

/**
 * A TensorFlow graph as a network.
 *
 * @throws UnsupportedError naming the first operation that has its channels first: TensorFlow.js computes none of them.
 */
export function tfjsGraph(artifacts: io.ModelArtifacts, source: string): NetworkGraph {
  const constants = readConstants(artifacts)
  const nodes = (artifacts.modelTopology as GraphTopology).node.map((node): GraphNode => {
    const { name, op, input = [], attr } = node
    const inputs = input.filter((one) => !one.startsWith('^')).map(plain)
    const maps = ofMaps.test(op)
    const format = attr?.data_format?.s
    if (maps && format !== undefined && atob(format).startsWith('NCHW')) {
      throw new UnsupportedError(
        `${source}: operation ${name} (${op}) must have its channels last, as TensorFlow.js computes them. Received NCHW.`,
      )
    }
    const order = op === 'Transpose' ? constants.get(inputs[1] ?? '') : undefined
    return {
      op,
      inputs,
      outputs: [name],
      channelAxis: maps ? 3 : undefined,
      permutation: order && Array.from(order),
    }
  })
  return { nodes, constant: (name) => constants.get(name) }
}
