import { definedOnly, describeValue, FormatError } from '@astronomaly/core'
import type { TreeEnsemble } from '@astronomaly/core/kernels'

/**
 * Trees as flat arrays, in the form that the kernels walk, and how many rows each node was grown on.
 *
 * @remarks Two groups of arrays exist in the forests of some options only: `low` and `high`, and the three that describe oblique cuts.
 * With the former, each node on the path whose value lies outside [low, high] takes 1 from the path length.
 */
export interface FlatForest extends TreeEnsemble {
  /** `[nodes]` Different training rows that reached the node. */
  readonly size: Uint32Array
  /** `[nodes]` Depth plus the mean depth still to go for `size` rows: in a leaf, the path length that it stands for. */
  readonly value: Float64Array
  /** `[nodes]` Least value of the split over the node's training rows, ≤ threshold; −Infinity in a leaf. Only with `high`. */
  readonly low?: Float32Array
  /** `[nodes]` Greatest value of the split over the node's training rows, > threshold; +Infinity in a leaf. Only with `low`. */
  readonly high?: Float32Array
  /**
   * `[nodes × k]` Columns of the terms of an oblique cut, k ≥ 2, the first of them also in `feature`; 0 in a leaf. A cut of fewer
   * columns ends in terms of weight 0 and centre 0 on its first column.
   */
  readonly termColumns?: Int32Array
  /** `[nodes × k]` Weights of the terms, the first of a cut not 0; 0 in a leaf. */
  readonly termWeights?: Float32Array
  /** `[nodes × k]` What is taken from a value before it is weighted: the column's mean over the node's training rows; 0 in a leaf. */
  readonly termCentres?: Float32Array
}

/** Which of the optional arrays of {@link FlatForest} there are. */
export interface ForestShape {
  /** Whether `low` and `high` exist. @defaultValue false */
  readonly ranges?: boolean
  /** k: columns of a cut; above 1 the three arrays of oblique cuts exist. @defaultValue 1 */
  readonly terms?: number
}

/** The {@link ForestShape} of a forest. */
export function forestShape({ left, low, termColumns }: FlatForest): Required<ForestShape> {
  return { ranges: low !== undefined, terms: termColumns ? termColumns.length / left.length : 1 }
}

/** Most nodes of a forest: node numbers are signed 32-bit. */
export const mostNodes = 0x7fffffff

/** Files of other programs hold values by other logarithms; below some thousand they differ by less than this. */
const valueTolerance = 1e-9

/** Arrays for so many trees and nodes; every node is a leaf but for its `left`. */
export function allocateForest(
  trees: number,
  nodes: number,
  { ranges = false, terms = 1 }: ForestShape = {},
): FlatForest {
  return definedOnly({
    roots: new Uint32Array(trees + 1),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes).fill(Number.POSITIVE_INFINITY),
    left: new Int32Array(nodes),
    size: new Uint32Array(nodes),
    value: new Float64Array(nodes),
    low: ranges ? new Float32Array(nodes).fill(Number.NEGATIVE_INFINITY) : undefined,
    high: ranges ? new Float32Array(nodes).fill(Number.POSITIVE_INFINITY) : undefined,
    termColumns: terms > 1 ? new Int32Array(nodes * terms) : undefined,
    termWeights: terms > 1 ? new Float32Array(nodes * terms) : undefined,
    termCentres: terms > 1 ? new Float32Array(nodes * terms) : undefined,
  })
}

/** The first nodes of a forest, as a copy: what a grower that allocated for the worst has used. */
export function firstNodes(forest: FlatForest, nodes: number): FlatForest {
  const { low, high, termColumns, termWeights, termCentres } = forest
  const terms = nodes * forestShape(forest).terms
  return definedOnly({
    roots: Uint32Array.of(0, nodes),
    feature: forest.feature.slice(0, nodes),
    threshold: forest.threshold.slice(0, nodes),
    left: forest.left.slice(0, nodes),
    size: forest.size.slice(0, nodes),
    value: forest.value.slice(0, nodes),
    low: low?.slice(0, nodes),
    high: high?.slice(0, nodes),
    termColumns: termColumns?.slice(0, terms),
    termWeights: termWeights?.slice(0, terms),
    termCentres: termCentres?.slice(0, terms),
  })
}

/** The trees of all parts, in order. All parts have the same {@link ForestShape}. */
export function concatForests(parts: readonly FlatForest[]): FlatForest {
  let trees = 0
  let nodes = 0
  for (const part of parts) {
    trees += part.roots.length - 1
    nodes += part.left.length
  }
  const shape = parts[0] ? forestShape(parts[0]) : {}
  const out = allocateForest(trees, nodes, shape)
  let tree = 0
  let at = 0
  for (const part of parts) {
    for (let t = 0; t < part.roots.length - 1; t++) out.roots[tree++] = at + part.roots[t]!
    for (let i = 0; i < part.left.length; i++) out.left[at + i] = at + part.left[i]!
    out.feature.set(part.feature, at)
    out.threshold.set(part.threshold, at)
    out.size.set(part.size, at)
    out.value.set(part.value, at)
    if (out.low && part.low) out.low.set(part.low, at)
    if (out.high && part.high) out.high.set(part.high, at)
    for (const name of ['termColumns', 'termWeights', 'termCentres'] as const) {
      const from = part[name]
      if (from) out[name]?.set(from, at * (from.length / part.left.length))
    }
    at += part.left.length
  }
  out.roots[tree] = at
  return out
}

const grownHere = new WeakSet<FlatForest>()

/** Notes that a forest has just been grown by this package, so that the model it is made into need not check it. */
export function trustOnce(forest: FlatForest): FlatForest {
  grownHere.add(forest)
  return forest
}

/** Whether {@link trustOnce} has noted the forest since the last question. */
export function isTrusted(forest: FlatForest): boolean {
  return grownHere.delete(forest)
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
    throw new FormatError(`${source}: ${keyword} ${rule}. Received ${describeValue(received)} at ${at}`, {
      source,
      keyword,
    })
  }
  for (const [name, array] of Object.entries({ feature, threshold, size, value })) {
    if (array.length !== nodes) reject(name, `must have one entry for each of ${nodes} nodes`, 0, array.length)
  }
  if (roots.length < 2) reject('roots', 'must name at least one tree', 0, roots.length - 1)
  if (nodes > mostNodes) reject('left', `must have at most ${mostNodes} nodes`, 0, nodes)
  if (roots[0] !== 0) reject('roots', 'must begin with 0', 0, roots[0])
  if (roots.at(-1) !== nodes)
    reject('roots', `must end with the number of nodes, ${nodes}`, roots.length - 1, roots.at(-1))
  checkShape(forest, reject)
  const varied = forest.low !== undefined || forest.termColumns !== undefined
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
        if (varied) checkVariant(forest, columns, i, true, reject)
        continue
      }
      if (!(l > i && l + 1 < end)) reject('left', 'must name a later node of the same tree', i, l)
      if (!(feature[i]! >= 0 && feature[i]! < columns))
        reject('feature', `must be from 0 to ${columns - 1}`, i, feature[i])
      if (!Number.isFinite(threshold[i]!)) reject('threshold', 'must be finite', i, threshold[i])
      if (varied) checkVariant(forest, columns, i, false, reject)
      if (size[l]! + size[l + 1]! !== size[i]) reject('size', 'must be the sum of both children', i, size[i])
      if (named[l] !== 0 || named[l + 1] !== 0) reject('left', 'must name a node only once', i, l)
      named[l] = named[i]! + 1
      named[l + 1] = named[i]! + 1
    }
  }
}

type Reject = (keyword: string, rule: string, at: number, received: unknown) => never

/** Makes sure that the optional arrays come together and have the lengths that they should. */
function checkShape(forest: FlatForest, reject: Reject): void {
  const { left, low, high, termColumns, termWeights, termCentres } = forest
  const nodes = left.length
  if (low?.length !== (high && nodes) || high?.length !== (low && nodes)) {
    reject('low, high', `must both be absent or have one entry for each of ${nodes} nodes`, 0, low?.length)
  }
  if (!termColumns && !termWeights && !termCentres) return
  const terms = termColumns?.length ?? 0
  if (!(terms % nodes === 0 && terms >= 2 * nodes && termWeights?.length === terms && termCentres?.length === terms)) {
    const rule = `must have as many entries for each of ${nodes} nodes, two at least`
    reject('termColumns, termWeights, termCentres', rule, 0, `${terms}, ${termWeights?.length}, ${termCentres?.length}`)
  }
}

/** Checks what the optional arrays hold for node `i`. */
function checkVariant(forest: FlatForest, columns: number, i: number, leaf: boolean, reject: Reject): void {
  const { feature, threshold, low, high, termColumns, termWeights, termCentres } = forest
  if (low && high) {
    const fits = leaf
      ? low[i] === Number.NEGATIVE_INFINITY && high[i] === Number.POSITIVE_INFINITY
      : Number.isFinite(low[i]!) && Number.isFinite(high[i]!) && low[i]! <= threshold[i]! && threshold[i]! < high[i]!
    if (!fits) {
      const rule = leaf ? 'must be -Infinity, Infinity in a leaf' : 'must be finite, low <= threshold < high'
      reject('low, high', rule, i, `${low[i]}, ${high[i]}`)
    }
  }
  if (!termColumns || !termWeights || !termCentres) return
  const { terms } = forestShape(forest)
  if (!leaf && termWeights[i * terms] === 0) reject('termWeights', 'must begin with one that is not 0', i, 0)
  for (let j = i * terms; j < (i + 1) * terms; j++) {
    const column = termColumns[j]!
    const weight = termWeights[j]!
    const centre = termCentres[j]!
    if (!Number.isFinite(weight) || (leaf && weight !== 0)) {
      reject('termWeights', leaf ? 'must be 0 in a leaf' : 'must be finite', i, weight)
    }
    if (!Number.isFinite(centre) || (weight === 0 && centre !== 0)) {
      reject('termCentres', weight === 0 ? 'must be 0 where the weight is' : 'must be finite', i, centre)
    }
    if (!(column >= 0 && column < columns) || ((weight === 0 || j === i * terms) && column !== feature[i])) {
      reject('termColumns', `must be from 0 to ${columns - 1}, first and unused ones the feature`, i, column)
    }
  }
}
