import { createRandom, pacer, type RunOptions } from '@astronomaly/core'
import { pathLengthFunction } from '../average-path-length.ts'
import { allocateForest, concatForests, type FlatForest, firstNodes, trustOnce } from '../flat-forest.ts'
import { checkValues, type MissingRule } from '../forest-rows.ts'
import { copyRows } from './copy-rows.ts'
import { checkDimensions } from './draw-limits.ts'
import { distinct } from './draw-rows.ts'
import type { DrawnRows } from './drawn-rows.ts'
import { chooseFeatures, countFeatures, countTerms, deepestOf, type TreeOptions, treeGrower } from './grow-forest.ts'
import { allocateScratch, type GrowScratch, growInto, mostNodesOf } from './grow-tree.ts'
import { type GrownTree, IsolationTreeKernel } from './isolation-tree-kernel.ts'

/** Values of a tree's rows that are copied together before the tree is grown: more would leave the second-level cache. */
const mostCopied = 2 ** 18
/** Rows that are grown on between two looks at the clock and the signal: some milliseconds. */
const rowsBetween = 4096

/**
 * Grows the trees of a forest, each on the rows that it drew.
 *
 * @param first - Number of the first tree.
 * @returns The forest, in arrays of exactly its size.
 * @throws NumericalError when `drawn` says that nobody has looked at its values and one is not finite.
 */
export async function growTrees(
  drawn: DrawnRows,
  columns: number,
  first: number,
  options: TreeOptions,
  run: RunOptions,
): Promise<FlatForest> {
  const { data, trees, sampleSize, unchecked } = drawn
  const pace = pacer(run.signal)
  const each = async (grow: (rows: Uint32Array, tree: number) => void): Promise<void> => {
    let rows = rowsBetween
    for (let t = 0; t < trees.length; t++) {
      if (rows >= rowsBetween) {
        await pace()
        rows = 0
      }
      grow(trees[t]!, first + t)
      rows += sampleSize
    }
  }
  const dimensions = countTerms(columns, options)
  if (dimensions === 1 && options.split === 'uniform') {
    const grower = new PlainGrower(columns, sampleSize, trees.length, options)
    await each((rows, tree) => grower.add(data, rows, tree, unchecked))
    return trustOnce(grower.finish())
  }
  checkDimensions(trees.length, sampleSize, dimensions)
  const grow = treeGrower(columns, sampleSize, options)
  const grown: FlatForest[] = []
  await each((rows, tree) => {
    if (unchecked) for (const row of rows) checkRow(data, columns, row, unchecked)
    grown.push(grow(data, rows, tree))
  })
  return trustOnce(concatForests(grown))
}

function checkRow(data: Float32Array, columns: number, row: number, missing: MissingRule): void {
  checkValues('isolation forest, fit', data.subarray(row * columns, (row + 1) * columns), columns, row, missing)
}

const nodeArrays = ['feature', 'threshold', 'left', 'size', 'value', 'low', 'high'] as const

/** Arrays of the last fit, to be filled by the next: fresh memory costs as much time as the copying of the nodes into it. */
let spare: FlatForest | undefined
/** Arrays of more nodes than this, 3 MB, are not kept. */
const mostSpared = 2 ** 17

/** Grows trees of plain cuts one after another, in memory that all of them share. */
class PlainGrower {
  readonly #columns: number
  readonly #options: TreeOptions
  readonly #sampleSize: number
  readonly #maxDepth: number
  readonly #pathLength: (rows: number) => number
  /** Whether the rows of a tree are brought together: then they stay in the first-level cache. */
  readonly #copies: boolean
  readonly #kernel: IsolationTreeKernel | undefined
  #copy: Float32Array | undefined
  #scratch: GrowScratch | undefined
  readonly #roots: Uint32Array
  #forest: FlatForest
  #trees = 0

  constructor(columns: number, sampleSize: number, trees: number, options: TreeOptions) {
    this.#columns = columns
    this.#options = options
    this.#sampleSize = sampleSize
    this.#maxDepth = deepestOf(sampleSize, options)
    this.#pathLength = pathLengthFunction(sampleSize, options.pathLength)
    this.#copies = sampleSize * columns <= mostCopied
    if (this.#copies && countFeatures(columns, options) === columns) {
      const shape = { rows: sampleSize, columns, maxDepth: this.#maxDepth, pathLength: this.#pathLength }
      this.#kernel = IsolationTreeKernel.of(shape)
    }
    // Room for the trees of the default depth, which end half-way; it grows when they do not.
    const nodes = Math.ceil(0.45 * trees * mostNodesOf(sampleSize, this.#maxDepth))
    this.#roots = new Uint32Array(trees + 1)
    if (spare && !options.penalizeRange) {
      this.#forest = spare
      spare = undefined
    } else {
      this.#forest = allocateForest(0, nodes, { ranges: options.penalizeRange })
    }
  }

  add(data: Float32Array, drawn: Uint32Array, tree: number, unchecked: MissingRule | undefined): void {
    const { bootstrap, seed } = this.#options
    // A row drawn twice changes no range; counted once, as in scikit-learn, it is isolated when it is alone.
    const rows = bootstrap ? distinct([drawn]) : drawn
    const copy = this.#copies ? this.#room() : undefined
    if (copy) copyRows(data, rows, this.#columns, copy, this.#options.missing === 'reject')
    const finite = this.#kernel ? this.#kernel.areFinite(rows.length) : areFinite(data, rows, this.#columns)
    if (unchecked && !finite) for (const row of rows) checkRow(data, this.#columns, row, unchecked)
    if (this.#kernel && finite) {
      const count = this.#kernel.grow(rows.length, seed, 'iforest.tree', tree)
      this.#append(this.#kernel.tree, count)
    } else {
      const count = this.#growInto(copy ?? data, rows, tree)
      this.#append(this.#scratch!.tree, count)
    }
  }

  finish(): FlatForest {
    const forest = { ...firstNodes(this.#forest, this.#roots[this.#trees]!), roots: this.#roots }
    if (this.#forest.left.length <= mostSpared && !this.#forest.low) spare = this.#forest
    return forest
  }

  #room(): Float32Array {
    if (this.#kernel) return this.#kernel.rows()
    this.#copy ??= new Float32Array(this.#sampleSize * this.#columns)
    return this.#copy
  }

  #growInto(values: Float32Array, rows: Uint32Array, tree: number): number {
    const columns = this.#columns
    const { penalizeRange: ranges, seed } = this.#options
    const random = createRandom(seed, 'iforest.tree', tree)
    const how = { maxDepth: this.#maxDepth, pathLength: this.#pathLength, ranges }
    this.#scratch ??= allocateScratch(this.#sampleSize, how)
    for (let k = 0; k < rows.length; k++) this.#scratch.places[k] = (this.#copies ? k : rows[k]!) * columns
    const features = chooseFeatures(columns, countFeatures(columns, this.#options), random)
    return growInto(this.#scratch, values, rows.length, random, { ...how, features })
  }

  #append(tree: GrownTree | FlatForest, count: number): void {
    const at = this.#roots[this.#trees]!
    if (at + count > this.#forest.left.length) {
      const larger = allocateForest(0, 2 * (at + count), { ranges: this.#options.penalizeRange })
      this.#forest = copyNodes(this.#forest, larger, at)
    }
    for (const name of nodeArrays) {
      const from = tree[name]
      const to = this.#forest[name]
      if (from && to) to.set(from.subarray(0, count), at)
    }
    const { left } = this.#forest
    for (let i = at; i < at + count; i++) left[i] = left[i]! + at
    this.#trees++
    this.#roots[this.#trees] = at + count
  }
}

function areFinite(data: Float32Array, rows: Uint32Array, columns: number): boolean {
  let sum = 0
  for (let k = 0; k < rows.length; k++) {
    const from = rows[k]! * columns
    for (let c = 0; c < columns; c++) sum += data[from + c]!
  }
  return Number.isFinite(sum)
}

function copyNodes(from: FlatForest, to: FlatForest, nodes: number): FlatForest {
  for (const name of nodeArrays) {
    const array = from[name]
    if (array) to[name]!.set(array.subarray(0, nodes))
  }
  return to
}
