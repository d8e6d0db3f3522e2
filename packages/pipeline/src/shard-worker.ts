import { ShardMaker } from './stages/shard-maker.ts'
import type { ShardTask } from './stages/shard-task.ts'

const maker = new ShardMaker()

/** The task function of a worker thread: makes one shard. What was loaded for it serves the next, and ends with the thread. */
export async function runShard(task: ShardTask, { signal }: { readonly signal: AbortSignal }): Promise<void> {
  await maker.make(task, signal)
}
