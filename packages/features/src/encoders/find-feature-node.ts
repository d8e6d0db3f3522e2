import { ParameterError } from '@astronomaly/core'

/** What is read of a graph model's `modelTopology`. */
export interface GraphTopology {
  readonly node: readonly {
    readonly name: string
    readonly op: string
    readonly input?: readonly string[]
    readonly attr?: { readonly data_format?: { readonly s?: string } }
  }[]
}

const nameOf = (input: string): string => input.replace(/^\^/, '').replace(/:\d+$/, '')

/**
 * The node of a TensorFlow graph that holds the features.
 *
 * @param outputs - The graph's own outputs, where the search begins.
 * @param output - A node's name, taken as it is.
 * @returns Without `output`: going back from the outputs, the nearest mean or average pooling; else what the nearest matrix
 * product reads; else the first output.
 * @throws ParameterError when there is no node of that name.
 * @remarks Breadth first, O(nodes).
 */
export function findFeatureNode(topology: GraphTopology, outputs: readonly string[], output?: string): string {
  const nodes = new Map(topology.node.map((node) => [node.name, node]))
  if (output !== undefined) {
    if (!nodes.has(nameOf(output))) {
      const names = topology.node.slice(-4).map((node) => node.name)
      throw new ParameterError(
        `model.json: output must name a node, such as ${names.join(', ')}. Received '${output}'.`,
      )
    }
    return output
  }
  const order = new Set(outputs.map(nameOf))
  for (const name of order) for (const input of nodes.get(name)?.input ?? []) order.add(nameOf(input))
  const reached = [...order].flatMap((name) => nodes.get(name) ?? [])
  const pooling = reached.find(({ op }) => op === 'Mean' || op === 'AvgPool')
  if (pooling) return pooling.name
  const product = reached.find(({ op }) => op === 'MatMul' || op === '_FusedMatMul')
  return product?.input?.[0] ?? outputs[0]!
}
