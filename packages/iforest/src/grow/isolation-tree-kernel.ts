import type { Seed } from '@astronomaly/core'
import { checkNumber, ParameterError } from '@astronomaly/core'
import { lazyKernel, randomState, withMemory } from '@astronomaly/core/kernels'
import { growWasm } from './grow-wasm.ts'

/**
 * The nodes of the tree grown last: views that the next call writes over.
 *
 * @internal
 */
export interface GrownTree {
  readonly feature: Int32Array
  readonly threshold: Float32Array
  readonly left: Int32Array
  readonly size: Uint32Array
  readonly value: Float64Array
  /** Least value of the split column over the rows of the node; −Infinity in a leaf. */
  readonly low: Float32Array
  /** Greatest value of the split column over the rows of the node; +Infinity in a leaf. */
  readonly high: Float32Array
}

/**
 * What the trees that a kernel grows have in common.
 *
 * @internal
 */
export interface IsolationTreeShape {
  /** Most rows of a tree. */
  readonly rows: number
  readonly columns: number
  readonly maxDepth: number
  /** c(n): what a leaf of n rows adds to its depth. */
  readonly pathLength: (rows: number) => number
}

interface Instance {
  readonly memory: WebAssembly.Memory
  /** Who has laid out the memory last. */
  user: object | undefined
  readonly seed: (a: number, b: number, c: number, counter: number) => void
  readonly sample: (...numbers: number[]) => void
  readonly areFinite: (at: number, count: number) => number
  readonly grow: (...numbers: number[]) => number
}

const page = 65_536
/** Where the memory begins to be used. */
const bottom = 1024
/** Most rows and values of a tree: its memory then stays below 16 MiB. */
const mostRows = 2 ** 15
const mostValues = 2 ** 18

const lazy = lazyKernel(growWasm, (module): Instance => {
  const memory = new WebAssembly.Memory({ initial: 4 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return { ...(exports as unknown as Omit<Instance, 'memory' | 'user'>), memory, user: undefined }
})

/** Makes the memory large enough. @returns Whether it is. */
function reserve(memory: WebAssembly.Memory, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength
  if (missing <= 0) return true
  return withMemory(() => memory.grow(Math.ceil(missing / page))) !== undefined
}

/**
 * Grows isolation trees by WebAssembly, with the bits of its twin in TypeScript.
 *
 * @remarks One memory serves all kernels of a thread: between {@link IsolationTreeKernel.rows} and
 * {@link IsolationTreeKernel.grow} nobody else may run.
 * @internal
 */
export class IsolationTreeKernel {
  readonly #instance: Instance
  readonly #shape: IsolationTreeShape
  readonly #most: number
  readonly #rowsAt: number
  readonly #placesAt: number
  readonly #featuresAt: number
  readonly #rightAt: number
  readonly #valuesAt: number
  readonly #stackAt: number
  readonly #nodesAt: number
  #rows = new Float32Array(0)
  #places = new Int32Array(0)
  #features = new Int32Array(0)
  #tree: GrownTree | undefined

  /**
   * A kernel, or undefined where WebAssembly or its memory cannot be had, or the trees are too large for it.
   *
   * @throws ParameterError unless there are rows and columns, and a depth ≥ 0.
   */
  static of(shape: IsolationTreeShape): IsolationTreeKernel | undefined {
    checkNumber('IsolationTreeKernel: rows', shape.rows, { integer: true, min: 1 })
    checkNumber('IsolationTreeKernel: columns', shape.columns, { integer: true, min: 1 })
    if (!(shape.maxDepth >= 0)) {
      throw new ParameterError(`IsolationTreeKernel: maxDepth must be >= 0. Received ${shape.maxDepth}.`)
    }
    if (shape.rows > mostRows || shape.rows * shape.columns > mostValues) return undefined
    const instance = lazy.instance()
    const kernel = instance && new IsolationTreeKernel(instance, shape)
    return kernel && reserve(instance.memory, kernel.#nodesAt + 32 * kernel.#most) ? kernel : undefined
  }

  private constructor(instance: Instance, shape: IsolationTreeShape) {
    this.#instance = instance
    this.#shape = shape
    const { rows, columns, maxDepth } = shape
    this.#most = Math.min(2 * rows - 1, maxDepth < 31 ? 2 ** (maxDepth + 1) - 1 : Number.POSITIVE_INFINITY)
    let at = bottom
    const take = (bytes: number): number => {
      const here = at
      at += Math.ceil(bytes / 16) * 16
      return here
    }
    take(8 * (rows + 1))
    this.#rowsAt = take(4 * rows * columns)
    this.#placesAt = take(4 * rows)
    this.#featuresAt = take(4 * columns)
    this.#rightAt = take(4 * rows)
    this.#valuesAt = take(4 * rows)
    this.#stackAt = take(20 * rows)
    this.#nodesAt = at
  }

  /** Room for the rows of the next tree: `[rows, columns]`, row-major. It begins at a multiple of 16 bytes. */
  rows(): Float32Array {
    const { buffer } = this.#instance.memory
    if (this.#rows.buffer !== buffer) this.#view(buffer)
    if (this.#instance.user !== this) {
      const { rows, pathLength } = this.#shape
      const lengths = new Float64Array(buffer, bottom, rows + 1)
      for (let n = 0; n <= rows; n++) lengths[n] = pathLength(n)
      this.#instance.user = this
    }
    return this.#rows
  }

  /**
   * Whether the values of the first `count` rows are all finite.
   *
   * @throws ParameterError as {@link IsolationTreeKernel.grow}.
   */
  areFinite(count: number): boolean {
    this.#checkRows(count)
    return this.#instance.areFinite(this.#rowsAt, count * this.#shape.columns) === 1
  }

  /**
   * Grows the tree of the first `count` rows, all finite, from the random numbers of (seed, purpose, index).
   *
   * @returns Its number of nodes: so many of {@link tree} are its own.
   * @throws ParameterError for more rows than the shape has, or none, and when the memory is no longer that of the last
   * {@link IsolationTreeKernel.rows}.
   */
  grow(count: number, seed: Seed, purpose: string, index: number): number {
    this.#checkRows(count)
    const { columns, maxDepth } = this.#shape
    for (let k = 0; k < count; k++) this.#places[k] = 4 * columns * k
    for (let c = 0; c < columns; c++) this.#features[c] = c
    this.#instance.seed(...randomState(seed, purpose, index))
    return this.#instance.grow(
      ...[this.#rowsAt, this.#placesAt, count, this.#featuresAt, columns, Math.min(maxDepth, count), bottom],
      ...[this.#rightAt, this.#valuesAt, this.#stackAt, this.#nodesAt, this.#most],
    )
  }

  /** The nodes of the tree grown last. @throws ParameterError before there are rows. */
  get tree(): GrownTree {
    if (this.#tree) return this.#tree
    throw new ParameterError('IsolationTreeKernel: tree must be asked for after grow. Received no rows yet.')
  }

  #checkRows(count: number): void {
    const { rows } = this.#shape
    if (!(Number.isInteger(count) && count >= 1 && count <= rows)) {
      throw new ParameterError(`IsolationTreeKernel: count must be an integer from 1 to ${rows}. Received ${count}.`)
    }
    if (this.#instance.user === this && this.#rows.buffer === this.#instance.memory.buffer) return
    throw new ParameterError(
      'IsolationTreeKernel: rows must be written right before they are used. Received a call after the memory was given away.',
    )
  }

  #view(buffer: ArrayBuffer): void {
    const { rows, columns } = this.#shape
    const most = this.#most
    this.#rows = new Float32Array(buffer, this.#rowsAt, rows * columns)
    this.#places = new Int32Array(buffer, this.#placesAt, rows)
    this.#features = new Int32Array(buffer, this.#featuresAt, columns)
    const at = (k: number): number => this.#nodesAt + (8 + 4 * k) * most
    this.#tree = {
      value: new Float64Array(buffer, this.#nodesAt, most),
      feature: new Int32Array(buffer, at(0), most),
      threshold: new Float32Array(buffer, at(1), most),
      left: new Int32Array(buffer, at(2), most),
      size: new Uint32Array(buffer, at(3), most),
      low: new Float32Array(buffer, at(4), most),
      high: new Float32Array(buffer, at(5), most),
    }
  }
}

/**
 * What `createRandom(seed, purpose, index).sample(n, count)` gives, by WebAssembly where it can be had.
 *
 * @returns A view that the next call writes over; undefined where there is no WebAssembly, the sample is more than half of `n`, or
 * the twin would throw.
 * @internal
 */
export function sampleByKernel(
  seed: Seed,
  purpose: string,
  index: number,
  n: number,
  count: number,
): Uint32Array | undefined {
  if (!(Number.isInteger(n) && Number.isInteger(count))) return undefined
  if (!(count >= 1 && count <= mostRows && 2 * count <= n && n <= 0xffffffff)) return undefined
  const bits = 32 - Math.clz32(2 * count - 1)
  const outAt = bottom + 4 * 2 ** bits
  const instance = lazy.instance()
  if (!instance || !reserve(instance.memory, outAt + 4 * count)) return undefined
  instance.user = undefined
  instance.seed(...randomState(seed, purpose, index))
  instance.sample(n, count, bottom, 32 - bits, outAt)
  return new Uint32Array(instance.memory.buffer, outAt, count)
}
