import { ProtobufWriter } from './protobuf-writer.ts'

/** Field numbers of onnx.proto, and the codes of its enumerations. */
const modelFields = { irVersion: 1, producer: 2, graph: 7, operatorSets: 8 }
const graphFields = { node: 1, name: 2, initializer: 5, input: 11, output: 12 }
const nodeFields = { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 }
const attributeFields = { name: 1, integer: 3, string: 4, floats: 7, integers: 8, strings: 9, type: 20 }
const attributeTypes = { integer: 2, string: 3, floats: 6, integers: 7, strings: 8 }
const tensorFields = { size: 1, type: 2, name: 8, raw: 9 }
const float32 = 1

/**
 * The value of a node's attribute: a number is an integer and an array of numbers integers, ≥ 0; a `Float32Array` is floats; a
 * text or an array of texts is itself.
 */
export type OnnxAttribute = number | string | Float32Array | readonly string[] | readonly number[] | Int32Array

/** What an ONNX file says of itself. */
export interface OnnxFileOptions {
  /** Name of the program that wrote the file. */
  readonly producer: string
  /** Version of the file format. */
  readonly irVersion: number
  /** Version of each operator set by its domain; `''` is ONNX's own. */
  readonly operatorSets: Readonly<Record<string, number>>
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

function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const fields = attributeFields
  const out = new ProtobufWriter().bytes(fields.name, name)
  if (typeof value === 'number') {
    return out.integer(fields.integer, value).integer(fields.type, attributeTypes.integer)
  }
  if (typeof value === 'string') return out.bytes(fields.string, value).integer(fields.type, attributeTypes.string)
  if (value instanceof Float32Array) {
    return out.floats(fields.floats, value).integer(fields.type, attributeTypes.floats)
  }
  if (isTexts(value)) {
    const encoded = new Map<string, Uint8Array>()
    for (const text of new Set(value)) encoded.set(text, new TextEncoder().encode(text))
    for (const text of value) out.bytes(fields.strings, encoded.get(text)!)
    return out.integer(fields.type, attributeTypes.strings)
  }
  return out.integers(fields.integers, value).integer(fields.type, attributeTypes.integers)
}

function isTexts(value: readonly string[] | readonly number[] | Int32Array): value is readonly string[] {
  return typeof value[0] === 'string'
}

/**
 * A computation as an ONNX file, put together node by node; tensors are float32. Nodes stand in the order in which they run.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export class OnnxGraph {
  readonly #writer = new ProtobufWriter()

  /** Adds a constant tensor. @returns `name`. @throws ParameterError for a size that is not an integer ≥ 0. */
  constant(name: string, shape: readonly number[], data: ArrayLike<number>): string {
    const out = new ProtobufWriter()
    for (const size of shape) out.integer(tensorFields.size, size)
    out.integer(tensorFields.type, float32).bytes(tensorFields.name, name).floats(tensorFields.raw, data)
    this.#writer.bytes(graphFields.initializer, out)
    return name
  }

  /**
   * Adds a node with one output, which it is named after.
   *
   * @param domain - The operator's set; `''` is ONNX's own.
   * @returns `output`.
   * @throws ParameterError for an integer that is negative, fractional or above 2^53 − 1.
   */
  node(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = '',
  ): string {
    const out = new ProtobufWriter()
    for (const input of inputs) out.bytes(nodeFields.input, input)
    out.bytes(nodeFields.output, output).bytes(nodeFields.name, output).bytes(nodeFields.operator, operator)
    for (const [name, value] of Object.entries(attributes)) out.bytes(nodeFields.attribute, attribute(name, value))
    if (domain) out.bytes(nodeFields.domain, domain)
    this.#writer.bytes(graphFields.node, out)
    return output
  }

  /** Declares an input of the graph; a size that is a text is free. */
  input(name: string, shape: readonly (number | string)[]): void {
    this.#writer.bytes(graphFields.input, valueInfo(name, shape))
  }

  /** Declares an output of the graph. */
  output(name: string, shape: readonly (number | string)[]): void {
    this.#writer.bytes(graphFields.output, valueInfo(name, shape))
  }

  /** The bytes of the file (a ModelProto), once all nodes, inputs and outputs are there. `name` is the graph's. */
  finish(name: string, { producer, irVersion, operatorSets }: OnnxFileOptions): Uint8Array<ArrayBuffer> {
    const out = new ProtobufWriter()
      .integer(modelFields.irVersion, irVersion)
      .bytes(modelFields.producer, producer)
      .bytes(modelFields.graph, this.#writer.bytes(graphFields.name, name))
    for (const [domain, version] of Object.entries(operatorSets)) {
      out.bytes(modelFields.operatorSets, new ProtobufWriter().bytes(1, domain).integer(2, version))
    }
    return out.finish()
  }
}
