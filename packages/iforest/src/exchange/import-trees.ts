import {
  checkNumber,
  choiceOption,
  describeValue,
  FormatError,
  numberOption,
  type OptionRules,
  resolveOptions,
} from '@astronomaly/core'
import { type PathLengthConvention, pathLengthConventions, pathLengthFunction } from '../average-path-length.ts'
import { allocateForest, concatForests, type FlatForest } from '../flat-forest.ts'
import { type MissingRule, missingRules } from '../forest-rows.ts'
import { IsolationForestModel } from '../isolation-forest-model.ts'

/** One tree in the layout that scikit-learn and most programs use: parallel arrays, −1 for "no child", the root first. */
export interface ForeignTree {
  readonly left: ArrayLike<number>
  readonly right: ArrayLike<number>
  /** Column of each split; ignored in leaves. */
  readonly feature: ArrayLike<number>
  /** Threshold of each split; ignored in leaves. */
  readonly threshold: ArrayLike<number>
  /** Training rows of each node; only leaves are read. */
  readonly size: ArrayLike<number>
  /** Columns that the tree's feature numbers stand for, when it was grown on a subset. */
  readonly columns?: ArrayLike<number>
}

/** What {@link importTrees} must be told about the forest. */
export interface ImportTreesOptions {
  /** Number of columns of the rows, ≥ 1. */
  readonly columns: number
  /** ψ: rows that each tree was grown on, ≥ 1 (scikit-learn: `max_samples_`; LinkedIn: `numSamples`). */
  readonly sampleSize: number
  /**
   * Whether a row goes left with `x <= threshold` (scikit-learn) or only with `x < threshold` (LinkedIn).
   * @defaultValue '<='
   */
  readonly split?: '<=' | '<' | undefined
  /**
   * The forest's formula for c(n).
   * @defaultValue 'scikit-learn'
   */
  readonly pathLength?: PathLengthConvention | undefined
  /**
   * Score above which a row is an anomaly; scikit-learn's is minus its `offset_`.
   * @defaultValue 0.5
   */
  readonly offset?: number | undefined
  /**
   * What NaN is: see `IsolationForestOptions.missing`.
   * @defaultValue 'reject'
   */
  readonly missing?: MissingRule | undefined
}

const count = (value: number | undefined, subject: string): number =>
  checkNumber(subject, value, { integer: true, min: 1 })
const rules = {
  columns: count,
  sampleSize: count,
  split: choiceOption(['<=', '<'], '<='),
  pathLength: choiceOption(pathLengthConventions, 'scikit-learn'),
  offset: numberOption(0.5),
  missing: choiceOption(missingRules, 'reject'),
} satisfies OptionRules<ImportTreesOptions>

/**
 * The forest of another program as a model.
 *
 * @param trees - At least one.
 * @throws FormatError naming tree, array and node at fault, ParameterError
 * @remarks A threshold becomes the largest f32 that decides every f32 value alike, so nothing is lost when the rows are f32.
 * O(nodes).
 */
export function importTrees(trees: readonly ForeignTree[], options: ImportTreesOptions): IsolationForestModel {
  const { columns, sampleSize, split, pathLength, offset, missing } = resolveOptions('importTrees', options, rules)
  const pathLengthOf = pathLengthFunction(sampleSize, pathLength)
  if (!Array.isArray(trees)) {
    throw new FormatError(`importTrees: trees must be an array. Received ${describeValue(trees)}`, { keyword: 'trees' })
  }
  const parts = trees.map((tree, t) => importTree(tree, columns, sampleSize, split, pathLengthOf, `tree ${t}`))
  return new IsolationForestModel({
    forest: concatForests(parts),
    columns,
    sampleSize,
    missing,
    pathLength,
    offset,
  })
}

function importTree(
  tree: ForeignTree,
  columns: number,
  sampleSize: number,
  split: '<=' | '<',
  pathLength: (size: number) => number,
  source: string,
): FlatForest {
  const reject = (keyword: string, rule: string, received: unknown): never => {
    throw new FormatError(`${source}: ${keyword} ${rule}. Received ${describeValue(received)}`, { source, keyword })
  }
  if (typeof tree !== 'object' || tree === null) reject('tree', 'must be an object of arrays', tree)
  for (const name of ['left', 'right', 'feature', 'threshold', 'size', 'columns'] as const) {
    const array: unknown = tree[name]
    const absent = name === 'columns' && array === undefined
    if (!(absent || Array.isArray(array) || ArrayBuffer.isView(array))) reject(name, 'must be an array', array)
  }
  const nodes = tree.left.length
  if (nodes < 1) reject('left', 'must name at least one node', nodes)
  for (const name of ['right', 'feature', 'threshold', 'size'] as const) {
    if (tree[name].length !== nodes) reject(name, `must have ${nodes} entries`, tree[name].length)
  }
  const out = allocateForest(1, nodes)
  const named = new Uint8Array(nodes)
  const order = [{ from: 0, to: 0, depth: 0 }]
  let used = 1
  for (let k = 0; k < order.length; k++) {
    const { from, to, depth } = order[k]!
    const left = tree.left[from]!
    const right = tree.right[from]!
    out.left[to] = to
    if (left < 0 && right < 0) {
      const size = tree.size[from]!
      if (!(Number.isInteger(size) && size >= 1)) reject('size', `must be an integer >= 1 in leaf ${from}`, size)
      out.size[to] = size
      out.value[to] = depth + pathLength(size)
      continue
    }
    for (const child of [left, right]) {
      if (!(Number.isInteger(child) && child > 0 && child < nodes)) {
        reject('left, right', `must be nodes at ${from}`, child)
      }
      if (named[child] === 1) reject('left, right', `must name every node at most once at ${from}`, child)
      named[child] = 1
    }
    const local = tree.feature[from]!
    const column = tree.columns ? (tree.columns[local] ?? Number.NaN) : local
    if (!(Number.isInteger(column) && column >= 0 && column < columns)) {
      reject('feature', `must be from 0 to ${columns - 1} at node ${from}`, column)
    }
    const threshold = roundDown(tree.threshold[from]!, split)
    if (!Number.isFinite(threshold)) reject('threshold', `must be finite at node ${from}`, tree.threshold[from])
    out.feature[to] = column
    out.threshold[to] = threshold
    out.left[to] = used
    order.push({ from: left, to: used, depth: depth + 1 }, { from: right, to: used + 1, depth: depth + 1 })
    used += 2
  }
  if (used !== nodes) reject('left, right', 'must reach every node', `${used} of ${nodes}`)
  for (let k = order.length - 1; k >= 0; k--) {
    const { to, depth } = order[k]!
    const left = out.left[to]!
    if (left === to) continue
    out.size[to] = out.size[left]! + out.size[left + 1]!
    out.value[to] = depth + pathLength(out.size[to]!)
  }
  if (out.size[0]! > sampleSize) reject('size', `must sum to at most the sampleSize, ${sampleSize}`, out.size[0])
  out.roots[1] = nodes
  return out
}

const bits = new DataView(new ArrayBuffer(4))

/** The largest f32 `t` with `t <= threshold`, or `t < threshold` for `'<'`. */
function roundDown(threshold: number, split: '<=' | '<'): number {
  const near = Math.fround(threshold)
  if (!Number.isFinite(near) || (split === '<=' ? near <= threshold : near < threshold)) return near
  if (near === 0) return -1.401298464324817e-45
  bits.setFloat32(0, near)
  bits.setInt32(0, bits.getInt32(0) + (near > 0 ? -1 : 1))
  return bits.getFloat32(0)
}
