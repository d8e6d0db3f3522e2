import type { TreeEnsemble } from '@astronomaly/core/kernels'

/**
 * The trees of a forest in pre-order, one after the other. Values lower than or equal to `threshold[i]` in column `feature[i]` go from
 * node i to node i + 1, others to `right[i]`. Leaves have feature −1.
 */
export interface ForestNodes {
  readonly columns: number
  /** `[trees]` */
  readonly roots: Uint32Array
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly right: Uint32Array
  readonly value: Float64Array
}

/**
 * The same trees as core's kernel walks them: siblings beside each other, thresholds in f32.
 *
 * @remarks The greatest f32 that is not above a threshold parts f32 values just as the threshold does, so no row ends in another leaf.
 * O(nodes).
 */
export function ensembleOf(forest: ForestNodes): TreeEnsemble {
  const { feature, right } = forest
  const nodes = feature.length
  const roots = new Uint32Array(forest.roots.length + 1).fill(nodes)
  roots.set(forest.roots)
  const rounded = roundedDown(forest.threshold)
  const ensemble = {
    roots,
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes).fill(Number.POSITIVE_INFINITY),
    left: Int32Array.from({ length: nodes }, (_, i) => i),
    value: new Float64Array(nodes),
  }
  /** Where each node stands in the ensemble. */
  const position = new Uint32Array(nodes)
  for (let t = 0; t + 1 < roots.length; t++) {
    position[roots[t]!] = roots[t]!
    let free = roots[t]! + 1
    for (let i = roots[t]!; i < roots[t + 1]!; i++) {
      const at = position[i]!
      ensemble.value[at] = forest.value[i]!
      if (feature[i]! < 0) continue
      position[i + 1] = free
      position[right[i]!] = free + 1
      ensemble.feature[at] = feature[i]!
      ensemble.threshold[at] = rounded[i]!
      ensemble.left[at] = free
      free += 2
    }
  }
  return ensemble
}

/** The greatest f32 that is not above each number. */
function roundedDown(numbers: Float64Array): Float32Array {
  const rounded = Float32Array.from(numbers)
  const bits = new Int32Array(rounded.buffer)
  // Neighbouring floats of one sign are neighbouring integers. Zero needs no neighbour: what rounds up to it rounds to −0.
  for (let i = 0; i < bits.length; i++) if (rounded[i]! > numbers[i]!) bits[i]! += rounded[i]! > 0 ? -1 : 1
  return rounded
}
