import { createPool, type Pool } from '@astronomaly/core/node'
import { shardWorkerUrl } from '../shard-worker-url.ts'
import { ShardMaker } from './shard-maker.ts'
import type { ShardTask } from './shard-task.ts'

/** Makes shards somewhere; the stages know nothing of where. */
export interface Executor {
  /** What makes shards in this thread. */
  readonly local: ShardMaker
  /** Makes every shard, each at most once; `onDone` is called as each ends, in any order. Rejects with the first failure. */
  run(tasks: readonly ShardTask[], onDone: (task: ShardTask) => void, signal: AbortSignal | undefined): Promise<void>
  /** Ends threads and lets go what was loaded. */
  close(): Promise<void>
}

/** Makes shards one after the other in this thread. */
export function inlineExecutor(): Executor {
  const local = new ShardMaker()
  return {
    local,
    async run(tasks, onDone, signal) {
      for (const task of tasks) {
        signal?.throwIfAborted()
        await local.make(task, signal)
        onDone(task)
      }
    },
    close: () => local.dispose(),
  }
}

/** Makes shards in `workers` threads of this machine, which begin with the first shards and serve all stages. */
export function threadExecutor(workers: number): Executor {
  const local = new ShardMaker()
  let pool: Pool | undefined
  return {
    local,
    async run(tasks, onDone, signal) {
      if (tasks.length === 0) return
      // The threads load what they need themselves.
      await local.dispose()
      pool ??= createPool({ workers, filename: shardWorkerUrl, exportName: 'runShard' })
      const threads = pool
      try {
        await Promise.all(
          tasks.map(async (task) => {
            await threads.run<ShardTask, void>(task, { signal })
            onDone(task)
          }),
        )
      } catch (error) {
        // Nothing may write on when the call has ended.
        pool = undefined
        await threads.close()
        signal?.throwIfAborted()
        throw error
      }
    },
    async close() {
      await pool?.close()
      await local.dispose()
    },
  }
}

/** Where a call makes its shards. @param workers - Threads; 0 is this one. */
export function executorFor(workers: number): Executor {
  return workers > 0 ? threadExecutor(workers) : inlineExecutor()
}
