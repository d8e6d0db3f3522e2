import { ShapeError } from '../errors.ts'
import { checkNumber } from '../options.ts'
import type { RunOptions } from '../run-options.ts'
import { TaskFailed } from '../threads/thread.ts'
import { lazyKernel, withMemory } from './lazy-kernel.ts'
import { type PackedTrees, packTrees } from './pack-trees.ts'
import { variantLayout } from './pack-variant-trees.ts'
import { sumLeafValues } from './sum-leaf-values.ts'
import { sumVariantLeafValues } from './sum-variant-leaf-values.ts'
import { type TreeEnsemble, treeDepths } from './tree-ensemble.ts'
import { instantiateTreeKernel, type TreeKernel } from './tree-kernel.ts'
import { sumOnThread, type ThreadSums, type TreeTask, treeThreads } from './tree-threads.ts'
import { treesWasm } from './trees-wasm.ts'

/** Consecutive rows. */
export interface EvaluatorRows {
  /** Number of the first row. */
  readonly start: number
  readonly count: number
  /** `[count, columns]`, row-major. */
  readonly data: Float32Array
}

/** Sums of consecutive rows, with the rows: `data` may be longer than they are, and is written over when the next step is asked for. */
export interface EvaluatorSums extends EvaluatorRows {
  /** `[count]` */
  readonly sums: Float64Array
  /** Whether all values are finite: see {@link TreeEvaluator.sum}. */
  readonly finite: boolean
}

const treeKernel = lazyKernel(treesWasm, instantiateTreeKernel)

/**
 * Evaluates an ensemble of trees: by WebAssembly where it can be had, else by its TypeScript twin, with the same bits.
 *
 * @remarks O(rows × trees × depth × columns of a cut). The trees are laid out at the first use and kept: some
 * 4 kB for a tree of 256 leaves, 6 kB with ranges and 18 kB with linear cuts of two columns.
 */
export class TreeEvaluator {
  readonly #ensemble: TreeEnsemble
  readonly #columns: number
  #depths: Uint32Array | undefined
  #packed: PackedTrees | null | undefined

  /** @param columns - Columns of the rows; every `feature` is below it. */
  constructor(ensemble: TreeEnsemble, columns: number) {
    this.#ensemble = ensemble
    this.#columns = columns
  }

  /**
   * Sums over the trees, in their order, the value of the leaf that each row ends in.
   *
   * @param rows - `[count, columns]`, row-major.
   * @param sums - `[count]`, overwritten. A row's sum does not depend on the rows beside it.
   * @returns Whether all values are finite; if not, NaN has gone left, or with ranges or linear cuts the sums of such rows mean nothing.
   */
  sum(rows: Float32Array, count: number, sums: Float64Array): boolean {
    checkNumber('TreeEvaluator: count', count, { integer: true, min: 0 })
    for (const [name, { length }, wanted] of [
      ['rows', rows, count * this.#columns],
      ['sums', sums, count],
    ] as const) {
      if (length < wanted) {
        throw new ShapeError(`TreeEvaluator: ${name} must have ${wanted} elements. Received ${length}.`)
      }
    }
    const kernel = this.#kernel()
    if (kernel) return kernel.sum(rows, count, sums)
    if (variantLayout(this.#ensemble)) {
      sumVariantLeafValues(this.#ensemble, rows, this.#columns, count, sums)
    } else {
      this.#depths ??= treeDepths(this.#ensemble)
      sumLeafValues(this.#ensemble, rows, this.#columns, count, sums, this.#depths)
    }
    let odd = 0
    for (let i = 0; i < count * this.#columns; i++) odd += rows[i]! - rows[i]!
    return odd === 0
  }

  /**
   * Sums for batches of rows, in their order.
   *
   * @param run - With `workers`, that many threads work, two batches each in flight; the bits are the same.
   */
  async *sumBatches(batches: AsyncIterable<EvaluatorRows>, run: RunOptions): AsyncGenerator<EvaluatorSums> {
    const workers = run.workers ?? 0
    const module = workers > 0 ? treeKernel.module() : null
    const packed = module && this.#pack()
    const threads = packed ? await treeThreads(workers, module) : undefined
    if (!packed || !threads) {
      for await (const batch of batches) {
        const sums = new Float64Array(batch.count)
        yield { ...batch, sums, finite: this.sum(batch.data, batch.count, sums) }
      }
      return
    }
    const spare: Float32Array<ArrayBuffer>[] = []
    const flying: { readonly start: number; readonly count: number; readonly done: Promise<ThreadSums> }[] = []
    const land = async (): Promise<EvaluatorSums> => {
      const { start, count, done } = flying.shift()!
      const { rows, sums, finite } = await done
      run.signal?.throwIfAborted()
      return { start, count, data: rows, sums, finite }
    }
    try {
      for await (const { start, count, data } of batches) {
        const size = count * this.#columns
        let rows = spare.pop()
        if (rows === undefined || rows.length < size) rows = new Float32Array(size)
        rows.set(data.subarray(0, size))
        const done = sumOnThread(threads, packed, { rows, count }).catch((error) => this.#sumFailed(error))
        done.catch(() => {}) // Whoever stops iterating does not wait for it.
        flying.push({ start, count, done })
        if (flying.length < 2 * threads.count) continue
        const landed = await land()
        yield landed
        spare.push(landed.data as Float32Array<ArrayBuffer>)
      }
      while (flying.length > 0) yield await land()
    } finally {
      threads.release()
    }
  }

  /** Does here what a thread could not do, such as for lack of memory. */
  #sumFailed(error: unknown): ThreadSums {
    if (!(error instanceof TaskFailed)) throw error
    const { rows, count } = error.task as TreeTask
    const sums = new Float64Array(count)
    return { rows, sums, finite: this.sum(rows, count, sums) }
  }

  /** The kernel of this thread, holding these trees; undefined where it cannot be had. */
  #kernel(): TreeKernel | undefined {
    const kernel = treeKernel.instance()
    const packed = kernel && this.#pack()
    if (!packed) return undefined
    const loaded = withMemory(() => {
      kernel.load(packed)
      return kernel
    })
    if (!loaded) this.#packed = null
    return loaded
  }

  #pack(): PackedTrees | null {
    if (this.#packed === undefined) this.#packed = withMemory(() => packTrees(this.#ensemble, this.#columns)) ?? null
    return this.#packed
  }
}
