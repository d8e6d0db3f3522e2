import { createPool } from '@astronomaly/core/node'
import type { FeatureMaker } from './feature-maker.ts'
import { computeFeatureShard, type FeatureShardTask } from './feature-shard.ts'

/** Runs tasks somewhere; the caller knows nothing of where. */
export interface Executor {
  /** Runs every task, each at most once; `onDone` is called as each ends, in any order. Rejects with the first failure. */
  run(tasks: readonly FeatureShardTask[], onDone: (task: FeatureShardTask) => void, signal?: AbortSignal): Promise<void>
}

/** Runs shards one after the other in this thread. */
export function inlineExecutor(makers: readonly FeatureMaker[]): Executor {
  return {
    async run(tasks, onDone, signal) {
      for (const task of tasks) {
        await computeFeatureShard(task, makers, signal)
        onDone(task)
      }
    },
  }
}

/** Runs shards in `workers` threads of this machine. */
export function threadExecutor(workers: number): Executor {
  return {
    async run(tasks, onDone, signal) {
      if (tasks.length === 0) return
      const filename = new URL('./shard-worker.js', import.meta.url).href
      const pool = createPool({ workers: Math.min(workers, tasks.length), filename, exportName: 'runShard' })
      try {
        await Promise.all(
          tasks.map(async (task) => {
            await pool.run<FeatureShardTask, void>(task, signal ? { signal } : {})
            onDone(task)
          }),
        )
      } finally {
        await pool.close()
        signal?.throwIfAborted()
      }
    },
  }
}
