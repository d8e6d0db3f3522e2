import { type KernelThreads, type ThreadWork, threadGroup } from './kernel-threads.ts'
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

/** The first `count` threads of the process that evaluate trees; undefined where threads cannot be had. */
export const treeThreads: (count: number, module: WebAssembly.Module) => Promise<KernelThreads | undefined> =
  threadGroup(`(${begin})(${instantiateTreeKernel})`)

/** Sums leaf values on a thread. The rows are moved there, and come back with the result. */
export function sumOnThread(
  threads: KernelThreads,
  packed: PackedTrees,
  rows: Float32Array<ArrayBuffer>,
  count: number,
): Promise<ThreadSums> {
  return threads.run(packed, { rows, count }, [rows.buffer])
}
