import { type KernelThread, type ThreadWork, threadGroup } from './kernel-threads.ts'
import type { PackedTrees } from './pack-trees.ts'
import { instantiateTreeKernel, type TreeKernel } from './tree-kernel.ts'

/** Sums of some rows, with the rows back from the thread. */
export interface ThreadSums {
  readonly sums: Float64Array<ArrayBuffer>
  readonly rows: Float32Array<ArrayBuffer>
  /** Whether all values are finite. */
  readonly finite: boolean
}

/** What a thread runs. Sent as text: it may use nothing but its arguments and globals. */
function begin(instantiate: (module: WebAssembly.Module) => TreeKernel): (module: WebAssembly.Module) => ThreadWork {
  return (module) => {
    const kernel = instantiate(module)
    return {
      load: (packed: PackedTrees) => kernel.load(packed),
      work({ rows, count }: { readonly rows: Float32Array<ArrayBuffer>; readonly count: number }) {
        const sums = new Float64Array(count)
        const finite = kernel.sum(rows, count, sums)
        return { result: { sums, rows, finite }, transfer: [sums.buffer, rows.buffer] }
      },
    }
  }
}

const threadsOf = threadGroup(`(${begin})(${instantiateTreeKernel})`)

/** A thread with the trees that it holds and the tasks that it has not answered. */
export class TreeThread {
  readonly #thread: KernelThread

  constructor(thread: KernelThread) {
    this.#thread = thread
  }

  /** Tasks not answered yet. */
  get load(): number {
    return this.#thread.load
  }

  /** Sums leaf values. The rows are moved to the thread and come back with the result. */
  sum(packed: PackedTrees, rows: Float32Array<ArrayBuffer>, count: number): Promise<ThreadSums> {
    return this.#thread.run(packed, { rows, count }, [rows.buffer])
  }
}

/** The first `count` threads of the process, started where there are fewer; fewer or none where threads cannot be had. */
export function treeThreads(count: number, module: WebAssembly.Module): readonly TreeThread[] {
  return threadsOf(count, module).map((thread) => new TreeThread(thread))
}
