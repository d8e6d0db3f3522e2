import { FormatError } from '@astronomaly/core'

/**
 * Trees as flat arrays, in the form that the kernels walk.
 *
 * @remarks Tree `t` owns the nodes `roots[t]` to `roots[t + 1] − 1`, its root first; a child stands after its parent, and the
 * right child directly after the left one. From node `i` a row `x` goes to `left[i] + (x[feature[i]] > threshold[i] ? 1 : 0)`.
 * A leaf leads to itself: `left[i] = i`, `threshold[i] = +Infinity`, `feature[i] = 0`, so that a walk of any fixed number of
 * steps ends at it.
 */
export interface FlatForest {
  /** `[trees + 1]` */
  readonly roots: Uint32Array
  /** `[nodes]` Column of the split. */
  readonly feature: Int32Array
  /** `[nodes]` Compared in f32; equal goes left. */
  readonly threshold: Float32Array
  /** `[nodes]` Node number of the left child. */
  readonly left: Int32Array
  /** `[nodes]` Different training rows that reached the node. */
  readonly size: Uint32Array
  /** `[nodes]` Depth plus the mean depth still to go for `size` rows: in a leaf, the path length that it stands for. */
  readonly value: Float64Array
}

/** Most nodes of a forest: node numbers are signed 32-bit. */
export const mostNodes = 0x7fffffff

/** Engines may differ in the last bits of a logarithm; values below some thousand differ by less than this. */
const valueTolerance = 1e-9

/** Arrays for so many trees and nodes. */
export function allocateForest(trees: number, nodes: number): FlatForest {
  return {
    roots: new Uint32Array(trees + 1),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes).fill(Number.POSITIVE_INFINITY),
    left: new Int32Array(nodes),
    size: new Uint32Array(nodes),
    value: new Float64Array(nodes),
  }
}

/** The trees of all parts, in order. */
export function concatForests(parts: readonly FlatForest[]): FlatForest {
  let trees = 0
  let nodes = 0
  for (const part of parts) {
    trees += part.roots.length - 1
    nodes += part.left.length
  }
  const out = allocateForest(trees, nodes)
  let tree = 0
  let at = 0
  for (const part of parts) {
    for (let t = 0; t < part.roots.length - 1; t++) out.roots[tree++] = at + part.roots[t]!
    for (let i = 0; i < part.left.length; i++) out.left[at + i] = at + part.left[i]!
    out.feature.set(part.feature, at)
    out.threshold.set(part.threshold, at)
    out.size.set(part.size, at)
    out.value.set(part.value, at)
    at += part.left.length
  }
  out.roots[tree] = at
  return out
}

/** Depth of the deepest leaf of each tree. O(nodes). */
export function treeDepths(forest: FlatForest): Uint32Array {
  const { roots, left } = forest
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

/**
 * Makes sure that a forest of unknown origin keeps every rule of {@link FlatForest}, so that no walk leaves its arrays or goes on
 * for ever, and that every `value` is the one that depth and size ask for.
 *
 * @param pathLength - c(size).
 * @throws FormatError naming the array and the node.
 */
export function checkForest(
  forest: FlatForest,
  columns: number,
  pathLength: (size: number) => number,
  source: string,
): void {
  const { roots, feature, threshold, left, size, value } = forest
  const nodes = left.length
  const reject = (keyword: string, rule: string, at: number, received: unknown): never => {
    throw new FormatError(`${source}: ${keyword} ${rule}. Received ${String(received)} at ${at}`, { source, keyword })
  }
  for (const [name, array] of Object.entries({ feature, threshold, size, value })) {
    if (array.length !== nodes) reject(name, `must have one entry for each of ${nodes} nodes`, 0, array.length)
  }
  if (roots.length < 2) reject('roots', 'must name at least one tree', 0, roots.length - 1)
  if (nodes > mostNodes) reject('left', `must have at most ${mostNodes} nodes`, 0, nodes)
  if (roots[0] !== 0) reject('roots', 'must begin with 0', 0, roots[0])
  if (roots.at(-1) !== nodes)
    reject('roots', `must end with the number of nodes, ${nodes}`, roots.length - 1, roots.at(-1))
  // Depth + 1 of every node that a parent (or `roots`) has named so far.
  const named = new Uint32Array(nodes)
  for (let t = 0; t + 1 < roots.length; t++) {
    const first = roots[t]!
    const end = roots[t + 1]!
    if (end <= first || end > nodes) reject('roots', 'must increase from tree to tree', t + 1, end)
    named[first] = 1
    for (let i = first; i < end; i++) {
      const l = left[i]!
      if (named[i] === 0) reject('left', 'must name every node but the roots', i, 'none')
      if (size[i] === 0) reject('size', 'must be > 0', i, 0)
      const expected = named[i]! - 1 + pathLength(size[i]!)
      if (!(Math.abs(value[i]! - expected) <= valueTolerance)) reject('value', `must be ${expected}`, i, value[i])
      if (l === i) {
        if (feature[i] !== 0) reject('feature', 'must be 0 in a leaf', i, feature[i])
        if (threshold[i] !== Number.POSITIVE_INFINITY)
          reject('threshold', 'must be Infinity in a leaf', i, threshold[i])
        continue
      }
      if (!(l > i && l + 1 < end)) reject('left', 'must name a later node of the same tree', i, l)
      if (!(feature[i]! >= 0 && feature[i]! < columns))
        reject('feature', `must be from 0 to ${columns - 1}`, i, feature[i])
      if (!Number.isFinite(threshold[i]!)) reject('threshold', 'must be finite', i, threshold[i])
      if (size[l]! + size[l + 1]! !== size[i]) reject('size', 'must be the sum of both children', i, size[i])
      if (named[l] !== 0 || named[l + 1] !== 0) reject('left', 'must name a node only once', i, l)
      named[l] = named[i]! + 1
      named[l + 1] = named[i]! + 1
    }
  }
}
