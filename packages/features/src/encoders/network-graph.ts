/** One operation of a network that was read from a file. */
export interface GraphNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Of a transposition: axis k of its output is axis `permutation[k]` of its input. */
  readonly permutation?: readonly number[] | undefined
  /** The axis on which this operation has its channels, where its kind decides it. */
  readonly channelAxis?: number | undefined
  /** Of a convolution: how many channels it reads, where the file says. */
  readonly channels?: number | undefined
}

/** A network as operations, whatever file it came from. */
export interface NetworkGraph {
  readonly nodes: readonly GraphNode[]
  /** The numbers of a constant; undefined when `name` is none. */
  constant(name: string): ArrayLike<number> | undefined
}

/** What a network does to a picture before its first layer: `scale` × pixel + `offset`, the mean over the channels. */
export interface InputMeaning {
  readonly scale: number
  readonly offset: number
  /** The axis of the input that holds the channels, where an operation that knows is reached. */
  readonly channelAxis?: number | undefined
  readonly channels?: number | undefined
}

/** Keep values and axes. */
const moving = new Set(['Identity', 'Cast', 'Pad', 'PadV2', 'MirrorPad', 'Dropout', 'Resize', 'Upsample', 'Slice'])

const arithmetic = new Set(['Mul', 'Div', 'RealDiv', 'Add', 'AddV2', 'Sub'])

/** Keep the axes, not the values. */
const elementwise = new Set([
  ...[
    'Relu',
    'Relu6',
    'LeakyRelu',
    'PRelu',
    'Prelu',
    'Elu',
    'Selu',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    'Tanh',
    'Erf',
  ],
  ...[
    'Softplus',
    'Softsign',
    'Mish',
    'Gelu',
    'Clip',
    'ClipByValue',
    'Pow',
    'Sqrt',
    'Rsqrt',
    'Exp',
    'Neg',
    'Abs',
    'Sum',
  ],
  ...['Max', 'Maximum', 'Min', 'Minimum', 'Concat', 'AddN', 'QuantizeLinear', 'DequantizeLinear', 'LayerNormalization'],
])

const keepsAxes = (op: string): boolean => moving.has(op) || arithmetic.has(op) || elementwise.has(op)

function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

interface State {
  readonly name: string
  readonly axes: readonly number[]
  readonly scale: number
  readonly offset: number
  /** Whether nothing but arithmetic with constants has been met. */
  readonly affine: boolean
}

/** The state after arithmetic with a constant. */
function afterArithmetic(state: State, node: GraphNode, graph: NetworkGraph): State {
  const name = node.outputs[0]!
  const left = node.inputs[0] === state.name
  const values = graph.constant(node.inputs[left ? 1 : 0] ?? '')
  const { scale, offset } = state
  if (!state.affine || !values || values.length === 0) return { ...state, name, affine: false }
  const c = meanOf(values)
  if (node.op === 'Mul') return { ...state, name, scale: scale * c, offset: offset * c }
  if (node.op === 'Add' || node.op === 'AddV2') return { ...state, name, offset: offset + c }
  if (node.op === 'Sub') {
    return left ? { ...state, name, offset: offset - c } : { ...state, name, scale: -scale, offset: c - offset }
  }
  return left ? { ...state, name, scale: scale / c, offset: offset / c } : { ...state, name, affine: false }
}

/**
 * Follows a network's input to the first operation that knows its channels, and gathers on the way what becomes of the pixels.
 *
 * @remarks Breadth first, O(nodes × inputs).
 */
export function followInput(graph: NetworkGraph, input: string): InputMeaning {
  const readers = new Map<string, GraphNode[]>()
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) {
      const found = readers.get(name)
      if (found) found.push(node)
      else readers.set(name, [node])
    }
  }
  let last: State = { name: input, axes: [0, 1, 2, 3], scale: 1, offset: 0, affine: true }
  const queue = [last]
  const seen = new Set<string>()
  for (const state of queue) {
    if (seen.has(state.name)) continue
    seen.add(state.name)
    last = state.affine ? state : last
    for (const node of readers.get(state.name) ?? []) {
      if (node.channelAxis !== undefined && node.inputs[0] === state.name) {
        const { scale, offset } = state
        return { scale, offset, channelAxis: state.axes[node.channelAxis], channels: node.channels }
      }
      const name = node.outputs[0]
      if (name === undefined) continue
      const { permutation, op } = node
      if (permutation) queue.push({ ...state, name, axes: permutation.map((axis) => state.axes[axis]!) })
      else if (arithmetic.has(op)) queue.push(afterArithmetic(state, node, graph))
      else if (moving.has(op)) queue.push({ ...state, name })
      else if (elementwise.has(op)) queue.push({ ...state, name, affine: false })
    }
  }
  return { scale: last.scale, offset: last.offset }
}

/** The operation whose result has a name. */
export function producerOf(graph: NetworkGraph, name: string): GraphNode | undefined {
  return graph.nodes.find(({ outputs }) => outputs.includes(name))
}

/** The axis of a map that holds the channels, found on the way back to the nearest operation that knows; undefined when none does. */
export function channelAxisOf(graph: NetworkGraph, name: string, seen: Set<string> = new Set()): number | undefined {
  if (seen.has(name)) return undefined
  seen.add(name)
  const node = producerOf(graph, name)
  if (!node) return undefined
  if (node.channelAxis !== undefined) return node.channelAxis
  if (node.permutation) {
    const inner = channelAxisOf(graph, node.inputs[0]!, seen)
    return inner === undefined ? undefined : node.permutation.indexOf(inner)
  }
  if (!keepsAxes(node.op)) return undefined
  for (const input of node.inputs) {
    const found = channelAxisOf(graph, input, seen)
    if (found !== undefined) return found
  }
  return undefined
}

/** The axis of a map of these sizes that holds the channels: the one beside two equal ones; undefined where that says nothing. */
export function channelAxisByShape([, a, b, c]: readonly number[]): 1 | 3 | undefined {
  if (b === c && a !== b) return 1
  return a === b && b !== c ? 3 : undefined
}

/** What the nearest dense layer reads, going back from a tensor: the features of a classifier. */
export function beforeDense(graph: NetworkGraph, name: string): string | undefined {
  const order = new Set([name])
  for (const one of order) {
    const node = producerOf(graph, one)
    if (node && /^(Gemm|MatMul|_FusedMatMul|FullyConnected)$/.test(node.op)) return node.inputs[0]
    for (const input of node?.inputs ?? []) order.add(input)
  }
  return undefined
}
