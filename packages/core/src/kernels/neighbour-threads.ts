import { type ThreadGroup, threadGroup } from '../threads/thread-group.ts'

/** The threads of the process that search neighbours. A task is a `NearestTask`, about points that are packed; it is copied. */
export const neighbourThreads: ThreadGroup<WebAssembly.Module> = threadGroup(
  () => new URL('./neighbour-worker.js', import.meta.url),
)
