import { type ThreadGroup, type Threads, threadGroup } from '../threads/thread-group.ts'
import type { PackedTrees } from './pack-trees.ts'

/** Rows for a thread. */
export interface TreeTask {
  readonly rows: Float32Array<ArrayBuffer>
  readonly count: number
}

/** Sums of some rows, with the rows back from the thread. */
export interface ThreadSums {
  readonly sums: Float64Array<ArrayBuffer>
  readonly rows: Float32Array<ArrayBuffer>
  /** Whether all values are finite. */
  readonly finite: boolean
}

/** The threads of the process that evaluate trees. */
export const treeThreads: ThreadGroup<WebAssembly.Module> = threadGroup(
  () => new URL('./tree-worker.js', import.meta.url),
)

/** Sums leaf values on a thread. The rows are moved there, and come back with the result. */
export function sumOnThread(threads: Threads, packed: PackedTrees, task: TreeTask): Promise<ThreadSums> {
  return threads.run(packed, task, [task.rows.buffer])
}
