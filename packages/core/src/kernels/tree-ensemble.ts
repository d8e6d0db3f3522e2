/**
 * Binary decision trees as flat arrays, in the form that the kernels walk.
 *
 * @remarks Tree `t` owns the nodes `roots[t]` to `roots[t + 1] − 1`, its root first; a child stands after its parent, and the
 * right child directly after the left one. From node `i` a row `x` goes to `left[i] + (x[feature[i]] > threshold[i] ? 1 : 0)`.
 * A leaf leads to itself: `left[i] = i`, `threshold[i] = +Infinity`, `feature[i] = 0`, so that a walk of any fixed number of
 * steps ends at it.
 *
 * Two groups of arrays may be absent: `low` and `high`, and the three that describe linear cuts of k = termColumns.length / nodes
 * columns each. There the value that a cut compares is not `x[feature[i]]` but the sum over the terms j = i k … i k + k − 1, in
 * this order, of `termWeights[j] × (x[termColumns[j]] − termCentres[j])`, in f64 and rounded to f32. With `low` and `high`, each
 * node on the way whose value lies outside [low, high] takes 1 from what the leaf adds.
 */
export interface TreeEnsemble {
  /** `[trees + 1]` */
  readonly roots: Uint32Array
  /** `[nodes]` Column of the split. */
  readonly feature: Int32Array
  /** `[nodes]` Compared in f32; equal goes left. */
  readonly threshold: Float32Array
  /** `[nodes]` Node number of the left child. */
  readonly left: Int32Array
  /** `[nodes]` What a row that ends in this node adds to its sum. */
  readonly value: Float64Array
  /** `[nodes]` Least value of the node's range; −Infinity in a leaf. Only with `high`. */
  readonly low?: Float32Array
  /** `[nodes]` Greatest value of the node's range; +Infinity in a leaf. Only with `low`. */
  readonly high?: Float32Array
  /** `[nodes × k]` Columns of the terms of a linear cut, k ≥ 2; 0 in a leaf. */
  readonly termColumns?: Int32Array
  /** `[nodes × k]` Weights of the terms; 0 in a leaf. */
  readonly termWeights?: Float32Array
  /** `[nodes × k]` What is taken from a value before it is weighted; 0 in a leaf. */
  readonly termCentres?: Float32Array
}

/** Depth of the deepest leaf of each tree. O(nodes). */
export function treeDepths({ roots, left }: TreeEnsemble): Uint32Array {
  const depth = new Uint32Array(left.length)
  const deepest = new Uint32Array(roots.length - 1)
  for (let t = 0; t < deepest.length; t++) {
    for (let i = roots[t]!; i < roots[t + 1]!; i++) {
      if (left[i] === i) {
        deepest[t] = Math.max(deepest[t]!, depth[i]!)
      } else {
        depth[left[i]!] = depth[i]! + 1
        depth[left[i]! + 1] = depth[i]! + 1
      }
    }
  }
  return deepest
}
