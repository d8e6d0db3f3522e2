import { definedOnly } from '@astronomaly/core'
import type { io } from '@tensorflow/tfjs-core'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A Keras 3 reference to a layer's result as Keras 2 writes it; undefined for anything else. */
function historyOf(value: unknown): unknown[] | undefined {
  if (!isObject(value) || value.class_name !== '__keras_tensor__') return undefined
  const history = (value.config as Json | undefined)?.keras_history
  return Array.isArray(history) ? history : undefined
}

/** A node of Keras 3, `{ args, kwargs }`, as Keras 2 writes it: a list of `[layer, node, tensor, kwargs]`. */
function inboundNode(node: unknown): unknown {
  if (!isObject(node) || !Array.isArray(node.args)) return node
  const kwargs = isObject(node.kwargs)
    ? Object.fromEntries(Object.entries(node.kwargs).filter(([, value]) => value !== null && !historyOf(value)))
    : {}
  return node.args.flat().flatMap((one: unknown) => {
    const history = historyOf(one)
    return history ? [[...history, kwargs]] : []
  })
}

const listOfReferences = (given: unknown): unknown =>
  Array.isArray(given) && typeof given[0] === 'string' ? [given] : given

/** The same topology in the words of Keras 2, which TensorFlow.js knows. */
function inKeras2(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeras2)
  if (!isObject(value)) return value
  if (value.class_name === 'DTypePolicy') return String((value.config as Json | undefined)?.name).replace('mixed_', '')
  const out: Json = {}
  for (const [key, child] of Object.entries(value)) {
    if (key === 'batch_shape') out.batch_input_shape = child
    else if (key === 'inbound_nodes' && Array.isArray(child)) out[key] = child.map(inboundNode)
    else if (key === 'input_layers' || key === 'output_layers') out[key] = listOfReferences(child)
    else out[key] = inKeras2(child)
  }
  return out
}

/** A layer that TensorFlow.js has under another name: (x − mean)/√variance is a batch normalisation without weights. */
function normalizationAsBatchNorm(layer: Json): void {
  const config = layer.config as Json
  const [axis = -1] = [config.axis ?? -1].flat() as number[]
  layer.class_name = 'BatchNormalization'
  layer.config = definedOnly({
    name: config.name,
    trainable: false,
    axis,
    center: false,
    scale: false,
    // Keras divides by √variance, at least 10⁻⁷.
    epsilon: 1e-14,
    batch_input_shape: config.batch_input_shape,
  })
}

function rewriteNormalizations(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const child of value) rewriteNormalizations(child, names)
  if (!isObject(value)) return
  const config = value.config
  if (value.class_name === 'Normalization' && isObject(config) && !config.mean && !config.invert) {
    names.add(String(config.name))
    normalizationAsBatchNorm(value)
  }
  for (const child of Object.values(value)) rewriteNormalizations(child, names)
}

/** What a layers model of Keras 2 or 3 is to TensorFlow.js, and which of its layers only normalise pixels. */
export interface ReadableTopology {
  readonly artifacts: io.ModelArtifacts
  /** Names of the layers that were written as Normalization. */
  readonly normalizations: ReadonlySet<string>
}

/** Says in TensorFlow.js's words what Keras 3, or a layer that TensorFlow.js lacks, says in others. The given one stays as it is. */
export function readableTopology(artifacts: io.ModelArtifacts): ReadableTopology {
  const modelTopology = inKeras2(artifacts.modelTopology) as Json
  const normalizations = new Set<string>()
  rewriteNormalizations(modelTopology, normalizations)
  const weightSpecs = artifacts.weightSpecs?.map((spec) => {
    const [, layer, part] = /([^/]+)\/(mean|variance)$/.exec(spec.name) ?? []
    return layer !== undefined && normalizations.has(layer)
      ? { ...spec, name: spec.name.replace(/[^/]+$/, `moving_${part}`) }
      : spec
  })
  return { artifacts: definedOnly({ ...artifacts, modelTopology, weightSpecs }), normalizations }
}
