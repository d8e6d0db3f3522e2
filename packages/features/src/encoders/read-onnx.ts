import { FormatError } from '@astronomaly/core'
import { fromFloat16 } from './float16.ts'
import type { GraphNode, NetworkGraph } from './network-graph.ts'
import { type ProtobufField, protobufFields, protobufIntegers } from './protobuf-fields.ts'

/** Field numbers of onnx.proto. */
export const modelFields = { producer: 2, graph: 7 }
export const graphFields = { node: 1, initializer: 5, output: 12 }
const nodeFields = { input: 1, output: 2, operator: 4, attribute: 5 }
const attributeFields = { name: 1, integer: 3, tensor: 5, integers: 8 }
export const tensorFields = { size: 1, type: 2, floats: 4, name: 8, raw: 9, doubles: 10, external: 13, location: 14 }

/** Of an ONNX file, what tells how to use it. */
export interface OnnxFile {
  /** The program that wrote it. */
  readonly producer: string
  readonly graph: NetworkGraph
}

/** A tensor's message, its numbers unread. */
export interface TensorHeader {
  readonly name: string
  readonly shape: readonly number[]
  readonly fields: readonly ProtobufField[]
}

const decoder = new TextDecoder()

/** @throws FormatError */
export function tensorHeader(bytes: Uint8Array, source: string): TensorHeader {
  const fields = [...protobufFields(bytes, source)]
  return {
    name: decoder.decode(fields.find(({ field }) => field === tensorFields.name)?.bytes),
    shape: fields
      .filter(({ field }) => field === tensorFields.size)
      .flatMap((field) => protobufIntegers(field, source)),
    fields,
  }
}

const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** The numbers of a floating-point tensor that stands in the file; undefined for other types. */
function numbersOf({ fields }: TensorHeader): ArrayLike<number> | undefined {
  const type = fields.find(({ field }) => field === tensorFields.type)?.value
  const raw = fields.find(({ field }) => field === tensorFields.raw)?.bytes
  const packed = fields.find(({ field, wireType }) => wireType === 2 && (field === 4 || field === 10))?.bytes
  const found = raw ?? packed
  if (!found) {
    const lone = fields.filter(({ field, wireType }) => wireType === 5 && field === tensorFields.floats)
    return lone.length > 0 ? lone.map((one) => new DataView(copy(one.bytes)).getFloat32(0, true)) : undefined
  }
  const bytes = { buffer: copy(found), length: found.length }
  if (type === 1 && bytes.length % 4 === 0) return new Float32Array(bytes.buffer)
  if (type === 11 && bytes.length % 8 === 0) return new Float64Array(bytes.buffer)
  if (type === 10 && raw && bytes.length % 2 === 0) return Array.from(new Uint16Array(bytes.buffer), fromFloat16)
  return undefined
}

const channelsSecond =
  /^(Conv|FusedConv|ConvTranspose|ConvInteger|QLinearConv|MaxPool|AveragePool|GlobalAveragePool|GlobalMaxPool|BatchNormalization|InstanceNormalization|GroupNormalization|LRN|DepthToSpace|SpaceToDepth)$/

interface Attribute {
  readonly integer: number | undefined
  readonly integers: readonly number[]
  readonly tensor: Uint8Array | undefined
}

function attributesOf(fields: readonly ProtobufField[], source: string): ReadonlyMap<string, Attribute> {
  const named = fields.filter(({ field }) => field === nodeFields.attribute)
  return new Map(
    named.map(({ bytes }) => {
      const content = [...protobufFields(bytes, source)]
      const first = (wanted: number): ProtobufField | undefined => content.find(({ field }) => field === wanted)
      return [
        decoder.decode(first(attributeFields.name)?.bytes),
        {
          integer: first(attributeFields.integer)?.value,
          integers: content
            .filter(({ field }) => field === attributeFields.integers)
            .flatMap((field) => protobufIntegers(field, source)),
          tensor: first(attributeFields.tensor)?.bytes,
        },
      ]
    }),
  )
}

/**
 * Reads how an ONNX file's network is put together, not its weights.
 *
 * @throws FormatError when the bytes are no protocol buffer or hold no graph.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function readOnnx(bytes: Uint8Array, source: string): OnnxFile {
  const model = [...protobufFields(bytes, source)]
  const graphs = model.filter(({ field, wireType }) => field === modelFields.graph && wireType === 2)
  if (graphs.length === 0) throw new FormatError('onnx: file must hold a graph', { source })
  const tensors = new Map<string, TensorHeader>()
  const parts = graphs.flatMap((graph) => [...protobufFields(graph.bytes, source)])
  for (const { field, bytes: content } of parts) {
    if (field !== graphFields.initializer) continue
    const header = tensorHeader(content, source)
    tensors.set(header.name, header)
  }
  const nodes: GraphNode[] = []
  for (const part of parts) {
    if (part.field !== graphFields.node) continue
    const fields = [...protobufFields(part.bytes, source)]
    const texts = (wanted: number): string[] =>
      fields.filter(({ field }) => field === wanted).map(({ bytes: content }) => decoder.decode(content))
    const op = texts(nodeFields.operator)[0] ?? ''
    const inputs = texts(nodeFields.input)
    const outputs = texts(nodeFields.output)
    const attributes = attributesOf(fields, source)
    const constant = attributes.get('value')?.tensor
    if (op === 'Constant' && constant && outputs[0]) tensors.set(outputs[0], tensorHeader(constant, source))
    const kernel = /^(Fused)?Conv$/.test(op) ? tensors.get(inputs[1] ?? '')?.shape[1] : undefined
    nodes.push({
      op,
      inputs,
      outputs,
      permutation: op === 'Transpose' ? (attributes.get('perm')?.integers ?? [3, 2, 1, 0]) : undefined,
      channelAxis: channelsSecond.test(op) ? 1 : op === 'MatMul' ? 3 : undefined,
      channels: kernel && kernel * (attributes.get('group')?.integer ?? 1),
    })
  }
  return {
    producer: decoder.decode(model.find(({ field }) => field === modelFields.producer)?.bytes),
    graph: {
      nodes,
      constant: (name) => {
        const tensor = tensors.get(name)
        return tensor && numbersOf(tensor)
      },
    },
  }
}
