import { concatArrays, FormatError } from '@astronomaly/core'
import { countedField, type ProtobufField, protobufFields } from './protobuf-fields.ts'
import { graphFields, modelFields, type TensorHeader, tensorFields, tensorHeader } from './read-onnx.ts'

const decoder = new TextDecoder()

/** Where a tensor's numbers lie when it is not in the file itself: location, offset, length. */
function externalPlace(fields: readonly ProtobufField[], source: string): ReadonlyMap<string, string> | undefined {
  if (!fields.some(({ field, value }) => field === tensorFields.location && value === 1)) return undefined
  const entries = fields.filter(({ field }) => field === tensorFields.external)
  return new Map(
    entries.map(({ bytes }) => {
      const [key, value] = [1, 2].map((wanted) =>
        decoder.decode([...protobufFields(bytes, source)].find(({ field }) => field === wanted)?.bytes),
      )
      return [key!, value!]
    }),
  )
}

const noTensor: TensorHeader = { name: '', shape: [], fields: [] }

/**
 * An ONNX file with the weights inside that it keeps in files beside it, as PyTorch's exporter writes it.
 *
 * @param read - Reads a file by its name, relative to the model.
 * @returns The same bytes when nothing lies outside.
 * @throws FormatError when a tensor reaches beyond its file; whatever `read` throws.
 */
export async function inlineOnnxData(
  bytes: Uint8Array,
  read: (name: string) => Promise<Uint8Array>,
  source: string,
): Promise<Uint8Array> {
  const files = new Map<string, Promise<Uint8Array>>()
  let changed = false
  const out: Uint8Array[] = []
  for (const part of protobufFields(bytes, source)) {
    if (part.field !== modelFields.graph) {
      out.push(part.whole)
      continue
    }
    const graph: Uint8Array[] = []
    for (const inner of protobufFields(part.bytes, source)) {
      const { name, shape, fields } =
        inner.field === graphFields.initializer ? tensorHeader(inner.bytes, source) : noTensor
      const external = externalPlace(fields, source)
      if (!external) {
        graph.push(inner.whole)
        continue
      }
      const location = external.get('location') ?? ''
      let file = files.get(location)
      if (!file) {
        file = read(location)
        files.set(location, file)
      }
      const data = await file
      const offset = Number(external.get('offset') ?? 0)
      const end = offset + Number(external.get('length') ?? data.length - offset)
      if (!(offset >= 0 && end >= offset && end <= data.length)) {
        throw new FormatError(
          `onnx: tensor ${name} of shape [${shape}] must end within ${location} at byte ${end}. Received ${data.length} bytes.`,
          { source, keyword: name, offset },
        )
      }
      const kept = fields.filter(({ field }) => field !== tensorFields.external && field !== tensorFields.location)
      const raw = countedField(tensorFields.raw, [data.subarray(offset, end)])
      graph.push(...countedField(graphFields.initializer, [...kept.map(({ whole }) => whole), ...raw]))
      changed = true
    }
    out.push(...countedField(modelFields.graph, graph))
  }
  return changed ? concatArrays(Uint8Array, out) : bytes
}

/** The same network with one more output: a message appended to another one is merged with it. */
export function withOnnxOutput(bytes: Uint8Array, name: string): Uint8Array {
  const info = countedField(graphFields.output, countedField(1, [new TextEncoder().encode(name)]))
  return concatArrays(Uint8Array, [bytes, ...countedField(modelFields.graph, info)])
}
