import { describeValue, FormatError } from '@astronomaly/core'
import type { PathLengthConvention } from '../average-path-length.ts'
import { allocateForest, type FlatForest, forestShape, mostNodes } from '../flat-forest.ts'
import type { IsolationForestParts } from '../forest-parts.ts'
import type { MissingRule } from '../forest-rows.ts'
import { checkScalars } from './encode-forest.ts'

/**
 * One tree as parallel arrays with an entry for each node, the root first. Without the optional arrays it is a `ForeignTree`: a
 * row goes left with `x <= threshold`, both as 32-bit floats.
 */
export interface TreeJson {
  /** Number of the left child, −1 in a leaf. A child stands after its parent. */
  readonly left: readonly number[]
  /** Number of the right child, which stands directly after the left one; −1 in a leaf. */
  readonly right: readonly number[]
  /** Column of the split; −1 in a leaf. */
  readonly feature: readonly number[]
  /** 32-bit floats; 0 in a leaf. */
  readonly threshold: readonly number[]
  /** Different training rows that reached the node. */
  readonly size: readonly number[]
  /** Depth plus c(size): in a leaf, the path length that it stands for. */
  readonly value: readonly number[]
  /** Least value of the split over the training rows; 0 in a leaf. With `penalizeRange` only. */
  readonly low?: readonly number[]
  /** Greatest value of the split over the training rows; 0 in a leaf. With `penalizeRange` only. */
  readonly high?: readonly number[]
  /** Columns of an oblique cut, k for each node: see `FlatForest`. */
  readonly termColumns?: readonly number[]
  /** Weights of an oblique cut, k for each node. */
  readonly termWeights?: readonly number[]
  /** Centres of an oblique cut, k for each node. */
  readonly termCentres?: readonly number[]
}

/** A model as plain JSON. */
export interface IsolationForestJson {
  readonly format: 'astronomaly-isolation-forest'
  /** Version of this layout. */
  readonly version: 1
  readonly columns: number
  readonly sampleSize: number
  readonly missing: MissingRule
  readonly pathLength: PathLengthConvention
  /** Score above which a row is an anomaly. */
  readonly offset: number
  readonly trees: readonly TreeJson[]
}

const format = 'astronomaly-isolation-forest'
const version = 1
const scalarNames = ['columns', 'sampleSize', 'missing', 'pathLength', 'offset']
const requiredNames = ['left', 'right', 'feature', 'threshold', 'size', 'value'] as const
const rangeNames = ['low', 'high'] as const
const termNames = ['termColumns', 'termWeights', 'termCentres'] as const
const optionalNames = [...rangeNames, ...termNames] as const
type OptionalName = (typeof optionalNames)[number]

/** The model as an object that `JSON.stringify` takes. O(nodes). */
export function forestToJson({ forest, ...meta }: IsolationForestParts): IsolationForestJson {
  const { roots } = forest
  const trees = Array.from({ length: roots.length - 1 }, (_, t) => treeToJson(forest, roots[t]!, roots[t + 1]!))
  return { format, version, ...meta, trees }
}

function treeToJson(forest: FlatForest, root: number, end: number): TreeJson {
  const { left, feature, threshold, size, value } = forest
  const { terms } = forestShape(forest)
  const nodes = <T>(of: (node: number) => T): T[] => Array.from({ length: end - root }, (_, i) => of(root + i))
  const inner = (of: (node: number) => number, inLeaf: number): number[] =>
    nodes((i) => (left[i] === i ? inLeaf : of(i)))
  // JSON has no −0, and −0 cuts as 0 does.
  const noMinus = (x: number): number => x + 0
  const out: Record<OptionalName, number[] | undefined> = {
    low: forest.low && inner((i) => noMinus(forest.low![i]!), 0),
    high: forest.high && inner((i) => noMinus(forest.high![i]!), 0),
    termColumns: forest.termColumns && Array.from(forest.termColumns.subarray(root * terms, end * terms)),
    termWeights: forest.termWeights && Array.from(forest.termWeights.subarray(root * terms, end * terms), noMinus),
    termCentres: forest.termCentres && Array.from(forest.termCentres.subarray(root * terms, end * terms), noMinus),
  }
  return {
    left: inner((i) => left[i]! - root, -1),
    right: inner((i) => left[i]! + 1 - root, -1),
    feature: inner((i) => feature[i]!, -1),
    threshold: inner((i) => noMinus(threshold[i]!), 0),
    size: nodes((i) => size[i]!),
    value: nodes((i) => value[i]!),
    ...Object.fromEntries(Object.entries(out).filter(([, array]) => array)),
  }
}

/**
 * The parts of a model that {@link forestToJson} made. Types and layout are checked here, the trees by `checkForest`.
 *
 * @throws FormatError naming the field at fault.
 * @remarks Nothing is allocated before every entry has been seen to be a number. O(nodes).
 */
export function forestFromJson(json: unknown): IsolationForestParts {
  const model = readRecord(json, 'model', ['format', 'version', ...scalarNames, 'trees'])
  if (model.format !== format) reject('format', `be '${format}'`, model.format)
  if (model.version !== version) reject('version', `be ${version}`, model.version)
  const scalars = checkScalars(model)
  if (!Array.isArray(model.trees) || model.trees.length === 0) {
    return reject('trees', 'be an array of at least one tree', model.trees)
  }
  const trees: ReadTree[] = []
  let nodes = 0
  let first: ReadTree | undefined
  for (let t = 0; t < model.trees.length; t++) {
    const tree = readTree(model.trees[t], `trees[${t}]`)
    first ??= tree
    const same = tree.terms === first.terms && optionalNames.every((name) => !tree[name] === !first?.[name])
    if (!same) reject(`trees[${t}]`, 'have the optional arrays of trees[0]', Object.keys(tree))
    nodes += tree.left.length
    if (nodes > mostNodes) reject('trees', `have at most ${mostNodes} nodes`, nodes)
    trees.push(tree)
  }
  const forest = allocateForest(trees.length, nodes, { ranges: first?.low !== undefined, terms: first?.terms ?? 1 })
  let root = 0
  for (let t = 0; t < trees.length; t++) {
    placeTree(forest, trees[t]!, root, `trees[${t}]`)
    root += trees[t]!.left.length
    forest.roots[t + 1] = root
  }
  return { ...scalars, forest }
}

type ReadTree = TreeJson & { readonly terms: number }

function reject(keyword: string, rule: string, received: unknown): never {
  throw new FormatError(`isolation-forest JSON: ${keyword} must ${rule}. Received ${describeValue(received)}`, {
    keyword,
  })
}

/** The own fields of an object, none of which is unknown. */
function readRecord(value: unknown, keyword: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject(keyword, 'be an object', value)
  const out: Record<string, unknown> = Object.create(null)
  for (const [name, field] of Object.entries(value)) {
    if (!known.includes(name)) reject(keyword, `have no fields but ${known.join(', ')}`, name)
    out[name] = field
  }
  return out
}

function readTree(json: unknown, keyword: string): ReadTree {
  const record = readRecord(json, keyword, [...requiredNames, ...optionalNames])
  const read = (name: string, length: number): number[] => {
    const array = record[name]
    if (!Array.isArray(array)) return reject(`${keyword}.${name}`, 'be an array', array)
    if (array.length !== length) reject(`${keyword}.${name}`, `have ${length} entries`, array.length)
    for (let i = 0; i < length; i++) {
      if (typeof array[i] !== 'number') reject(`${keyword}.${name}[${i}]`, 'be a number', array[i])
    }
    return array
  }
  if (!Array.isArray(record.left) || record.left.length === 0) {
    return reject(`${keyword}.left`, 'be an array of at least one node', record.left)
  }
  const nodes = record.left.length
  const group = (names: readonly OptionalName[], length: number): Record<string, number[]> =>
    Object.fromEntries(names.filter(() => names.some((n) => n in record)).map((name) => [name, read(name, length)]))
  const { termColumns } = record
  const terms = Array.isArray(termColumns) ? Math.floor(termColumns.length / nodes) : 1
  if (termColumns !== undefined && terms < 2) {
    reject(
      `${keyword}.termColumns`,
      `be an array of as many entries for each of ${nodes} nodes, two at least`,
      termColumns,
    )
  }
  return {
    left: read('left', nodes),
    right: read('right', nodes),
    feature: read('feature', nodes),
    threshold: read('threshold', nodes),
    size: read('size', nodes),
    value: read('value', nodes),
    ...group(rangeNames, nodes),
    ...group(termNames, nodes * terms),
    terms,
  }
}

/** Writes a tree's nodes from `root` on; numbers that an array of the forest would round or wrap are rejected. */
function placeTree(forest: FlatForest, tree: ReadTree, root: number, source: string): void {
  const { terms } = tree
  const put = (name: keyof FlatForest & keyof TreeJson, node: number, at: number, x: number): void => {
    const array = forest[name]!
    array[at] = x
    if (array[at] !== x) {
      const type = array instanceof Float32Array ? 'a finite 32-bit float' : 'an integer in its range'
      reject(`${source}.${name}[${node}]`, `be ${type}`, x)
    }
  }
  for (let i = 0; i < tree.left.length; i++) {
    const at = root + i
    const left = tree.left[i]!
    put('size', i, at, tree.size[i]!)
    put('value', i, at, tree.value[i]!)
    for (const name of termNames) {
      for (let j = i * terms; tree[name] && j < (i + 1) * terms; j++) put(name, j, root * terms + j, tree[name][j]!)
    }
    if (left === -1) {
      forest.left[at] = at
      for (const [name, inLeaf] of [
        ['right', -1],
        ['feature', -1],
        ['threshold', 0],
        ['low', 0],
        ['high', 0],
      ] as const) {
        const x = tree[name]?.[i] ?? inLeaf
        if (x !== inLeaf) reject(`${source}.${name}[${i}]`, `be ${inLeaf} in a leaf`, x)
      }
      continue
    }
    if (!(Number.isInteger(left) && left > i && left + 1 < tree.left.length)) {
      reject(`${source}.left[${i}]`, 'be -1 or a later node', left)
    }
    if (tree.right[i] !== left + 1) reject(`${source}.right[${i}]`, 'follow the left child', tree.right[i])
    forest.left[at] = root + left
    for (const name of ['feature', 'threshold', 'low', 'high'] as const) {
      if (tree[name]) put(name, i, at, tree[name][i]!)
    }
  }
}
