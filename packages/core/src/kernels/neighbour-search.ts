import { ShapeError } from '../errors.ts'
import { checkNumber } from '../options.ts'
import type { RunOptions } from '../run-options.ts'
import { TaskFailed } from '../threads/thread.ts'
import { lazyKernel, withMemory } from './lazy-kernel.ts'
import { type Nearest, type NearestTask, nearestPoints } from './nearest-points.ts'
import { instantiateNeighbourKernel } from './neighbour-kernel.ts'
import { neighbourThreads } from './neighbour-threads.ts'
import { neighboursWasm } from './neighbours-wasm.ts'
import { type PackedPoints, packPoints } from './pack-points.ts'

/** With more columns a panel takes more than 128 MiB; the kernel's bound on rounding errors holds up to 2^24. */
const mostColumns = 2 ** 20

const neighbourKernel = lazyKernel(neighboursWasm, instantiateNeighbourKernel)

/**
 * Exact nearest points by Euclidean distance: by WebAssembly where it can be had, else by its TypeScript twin, with the same bits.
 *
 * @remarks O(queries × points × columns): every point is looked at, but most distances are given up after some columns, and panels
 * of 32 points that lie too far away in whole. Never a matrix of distances: besides the points, memory is a few MiB, and what comes
 * out. The points are laid out at the first use, a copy of them.
 */
export class NeighbourSearch {
  /** Number of points. */
  readonly points: number
  readonly columns: number
  readonly #data: Float32Array
  #packed: PackedPoints | null | undefined

  /**
   * @param points - `[n, columns]`, row-major, finite; n ≥ 1. Not copied, and not to be changed.
   * @throws ShapeError when they are no whole rows, or none.
   */
  constructor(points: Float32Array, columns: number) {
    this.points = points.length / columns
    this.columns = columns
    this.#data = points
    if (!(Number.isInteger(columns) && columns >= 1 && Number.isInteger(this.points) && this.points >= 1)) {
      throw new ShapeError(
        `NeighbourSearch: points must be whole rows of 1 column or more, and at least one. Received ${points.length} values, ${columns} columns.`,
      )
    }
  }

  /**
   * An order of queries in which those close to each other stand close: tasks made of consecutive ones are done fastest.
   *
   * @param queries - `[count, columns]`, row-major, finite.
   * @returns `[count]`, numbers of the queries.
   */
  orderOf(queries: Float32Array): Uint32Array {
    const count = Math.floor(queries.length / this.columns)
    const kernel = neighbourKernel.instance()
    const packed = kernel && this.#pack()
    if (!packed) return Uint32Array.from({ length: count }, (_, i) => i)
    if (queries === this.#data) return packed.numbers.slice(0, count)
    return kernel.order(packed, queries, count)
  }

  /**
   * The k nearest points of each query.
   *
   * @param out - Overwritten. A square is summed in f64 over the columns in their order; of equal distances the lower number comes
   * first. What a query gets does not depend on those beside it.
   * @throws ParameterError when k is no integer from 1 to the number of points (less 1 with `own`), ShapeError when an array is
   * too short.
   */
  nearest(task: NearestTask, out: Nearest): void {
    this.#check(task)
    const wanted = task.count * task.k
    for (const [name, { length }] of Object.entries(out)) {
      if (length >= wanted) continue
      throw new ShapeError(`NeighbourSearch: ${name} must have ${wanted} elements. Received ${length}.`)
    }
    const kernel = neighbourKernel.instance()
    const packed = kernel && this.#pack()
    if (packed) {
      const searched = withMemory(() => {
        kernel.search(packed, task, out)
        return true
      })
      if (searched) return
      this.#packed = null
    }
    nearestPoints(this.#data, this.columns, task, out)
  }

  /**
   * The nearest points for tasks, in their order.
   *
   * @param tasks - Their arrays are not to be changed before the result has come.
   * @param run - With `workers`, that many threads work, two tasks each in flight; the bits are the same. Each holds a copy of the
   * points. The signal is looked at before each result.
   * @throws The errors of {@link nearest}, and `signal.reason` when aborted.
   */
  async *nearestOf<T extends NearestTask>(
    tasks: Iterable<T>,
    run: RunOptions = {},
  ): AsyncGenerator<{ readonly task: T; readonly found: Nearest }> {
    const { signal, workers = 0 } = run
    const module = workers > 0 ? neighbourKernel.module() : null
    const packed = module && this.#pack()
    const threads = packed ? await neighbourThreads(workers, module) : undefined
    const flying: { readonly task: T; readonly found: Promise<Nearest> | Nearest }[] = []
    const land = async () => {
      const { task, found } = flying.shift()!
      const landed = await found
      signal?.throwIfAborted()
      return { task, found: landed }
    }
    try {
      for (const task of tasks) {
        signal?.throwIfAborted()
        this.#check(task)
        if (packed && threads) {
          const found = threads.run<Nearest>(packed, task, []).catch((error) => {
            if (error instanceof TaskFailed) return this.#search(task)
            throw error
          })
          found.catch(() => {}) // Whoever stops iterating does not wait for it.
          flying.push({ task, found })
        } else {
          flying.push({ task, found: this.#search(task) })
        }
        if (flying.length >= 2 * (threads?.count ?? 0)) yield await land()
      }
      while (flying.length > 0) yield await land()
    } finally {
      threads?.release()
    }
  }

  #search(task: NearestTask): Nearest {
    const length = task.count * task.k
    const found = { squares: new Float64Array(length), numbers: new Uint32Array(length) }
    this.nearest(task, found)
    return found
  }

  #check({ queries, count, k, own }: NearestTask): void {
    checkNumber('NeighbourSearch: k', k, { integer: true, min: 1, max: this.points - (own ? 1 : 0) })
    for (const [name, array, wanted] of [
      ['queries', queries, count * this.columns],
      ['own', own ?? [], own ? count : 0],
    ] as const) {
      if (array.length >= wanted) continue
      throw new ShapeError(`NeighbourSearch: ${name} must have ${wanted} elements. Received ${array.length}.`)
    }
  }

  #pack(): PackedPoints | null {
    if (this.#packed === undefined) {
      this.#packed = this.columns <= mostColumns ? packPoints(this.#data, this.points, this.columns) : null
    }
    return this.#packed
  }
}
