import type { layers } from '@tensorflow/tfjs-layers'
import type { InputMeaning } from './network-graph.ts'

type Layer = layers.Layer

/** Layers that leave pixels as they are in inference. */
const moving =
  /^(InputLayer|Dropout|SpatialDropout2D|GaussianNoise|GaussianDropout|AlphaDropout|ZeroPadding2D|Cropping2D|Resizing|CenterCrop|Random\w+|Permute)$/

const permutationOf = (layer: Layer): readonly number[] | undefined => {
  const dims = layer.getClassName() === 'Permute' ? layer.getConfig().dims : undefined
  return Array.isArray(dims) ? [0, ...(dims as number[])] : undefined
}

/** On which axis a layer has its channels; undefined where its kind does not say. */
function channelAxisOf(layer: Layer): number | undefined {
  const format = String((layer as unknown as { readonly dataFormat?: unknown }).dataFormat)
  if (/^channels_?first$/i.test(format)) return 1
  return /^channels_?last$/i.test(format) ? 3 : undefined
}

const scalar = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)

/** What (x − mean)/√variance does to pixels, the mean over the channels. */
function normalization(layer: Layer): { readonly scale: number; readonly offset: number } {
  const [mean, variance] = layer.getWeights().map((weight) => {
    const values = Array.from(weight.dataSync())
    return values.reduce((sum, v) => sum + v, 0) / values.length
  })
  const scale = 1 / Math.sqrt(variance!)
  return { scale, offset: -mean! * scale }
}

/**
 * What a layers model does to its pixels, and where it wants their channels.
 *
 * @param all - Its layers in order, without containers.
 * @param normalizations - Names of those that only normalise pixels.
 */
export function followLayers(all: readonly Layer[], normalizations: ReadonlySet<string>): InputMeaning {
  let axes: readonly (number | undefined)[] = [0, 1, 2, 3]
  let [scale, offset, affine] = [1, 0, true]
  for (const layer of all) {
    const kind = layer.getClassName()
    const found = channelAxisOf(layer)
    const permutation = permutationOf(layer)
    if (permutation) axes = permutation.map((axis) => axes[axis])
    else if (affine && kind === 'Rescaling') {
      const config = layer.getConfig()
      const step = scalar(config.scale)
      scale *= step
      offset = offset * step + scalar(config.offset)
    } else if (affine && normalizations.has(layer.name)) {
      const step = normalization(layer)
      scale *= step.scale
      offset = offset * step.scale + step.offset
    } else if (!moving.test(kind)) affine = false
    if (found !== undefined) return { scale, offset, channelAxis: axes[found] }
    if (/^(Flatten|Reshape|Dense)$/.test(kind)) break
  }
  return { scale, offset }
}

/** The axis on which the last of these layers leaves the channels of its map. */
export function layersChannelAxis(all: readonly Layer[]): number | undefined {
  let axis: number | undefined
  for (const layer of all) {
    const permutation = permutationOf(layer)
    if (permutation) axis = axis === undefined ? undefined : permutation.indexOf(axis)
    else if (layer.getClassName() === 'Reshape') axis = undefined
    axis = channelAxisOf(layer) ?? axis
  }
  return axis
}
