import { ParameterError } from '@astronomaly/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel, layers, model, SymbolicTensor } from '@tensorflow/tfjs-layers'

type Layer = layers.Layer
type Container = Pick<LayersModel, 'layers' | 'inputs' | 'getClassName'>

/** A layer's place: an index for each container around it. */
type Path = readonly number[]

const isContainer = (layer: Layer): layer is Layer & LayersModel => 'layers' in layer

/** Every layer that is no container, with its place, in order. */
function flatten(container: Container): { readonly layer: Layer; readonly path: Path }[] {
  return container.layers.flatMap((layer, index) =>
    isContainer(layer)
      ? flatten(layer).map(({ layer: inner, path }) => ({ layer: inner, path: [index, ...path] }))
      : [{ layer, path: [index] }],
  )
}

interface Cut {
  readonly path: Path
  readonly after: boolean
}

function findCut(container: Container, output: string | undefined, isMap: boolean): Cut | null {
  const all = flatten(container)
  if (output !== undefined) {
    const found = all.find(({ layer }) => layer.name === output)
    if (!found) {
      const names = all.map(({ layer }) => layer.name)
      throw new ParameterError(
        `model.json: output must name a layer, such as ${names.slice(-4).join(', ')}. Received '${output}'.`,
      )
    }
    return { path: found.path, after: true }
  }
  // A map is the features: poolings inside, of squeeze-and-excite blocks, are not its end.
  if (isMap) return null
  const pooling = all.findLast(({ layer }) => /^Global(Average|Max)Pooling2D$/.test(layer.getClassName()))
  if (pooling) return { path: pooling.path, after: true }
  const dense = all.findLast(({ layer }) => layer.getClassName() === 'Dense')
  return dense ? { path: dense.path, after: false } : null
}

type Apply = (x: Tensor) => Tensor

const applied =
  (layer: Layer): Apply =>
  (x) =>
    layer.apply(x) as Tensor

function cutAt(container: Container, path: Path, after: boolean, makeModel: typeof model): Apply {
  const [index, ...rest] = path as [number, ...number[]]
  const target = container.layers[index]!
  const inner = rest.length > 0 ? cutAt(target as Layer & LayersModel, rest, after, makeModel) : undefined
  if (container.getClassName() === 'Sequential') {
    const before = container.layers.slice(0, index).filter((layer) => layer.getClassName() !== 'InputLayer')
    const last = inner ?? (after ? applied(target) : (x: Tensor) => x)
    return (x) => last(before.reduce((value, layer) => applied(layer)(value), x))
  }
  // A container's node 0 is its own graph; its use within another one comes after.
  const node = inner ? Math.max(0, target.inboundNodes.length - 1) : 0
  const outputs = (after && !inner ? target.getOutputAt(node) : target.getInputAt(node)) as SymbolicTensor
  const head = applied(makeModel({ inputs: container.inputs, outputs }))
  return inner ? (x) => inner(head(x)) : head
}

/** A layers model that ends at its features. */
export interface CutLayers {
  /** In inference mode. */
  readonly apply: (x: Tensor) => Tensor
  /** The layers in order, containers opened, of the whole model and of the part up to the features. */
  readonly all: readonly Layer[]
  readonly kept: readonly Layer[]
}

/**
 * The part of a layers model that ends at its features.
 *
 * @param output - Name of a layer, at any depth of nested models. Without it: the model's own output when that is a map; else the
 * last global pooling layer; else what the last dense layer reads; else the model's own output.
 * @throws ParameterError when there is no layer of that name.
 */
export function cutLayersModel(loaded: LayersModel, makeModel: typeof model, output?: string): CutLayers {
  const cut = findCut(loaded, output, loaded.outputs[0]?.shape.length === 4)
  const places = flatten(loaded)
  const all = places.map(({ layer }) => layer)
  if (!cut) return { apply: (x) => loaded.apply(x) as Tensor, all, kept: all }
  const end = places.findIndex(({ path }) => String(path) === String(cut.path))
  return {
    apply: cutAt(loaded, cut.path, cut.after, makeModel),
    all,
    kept: all.slice(0, cut.after ? end + 1 : end),
  }
}
