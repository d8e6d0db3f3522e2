import { matrix } from '@astronomaly/core'
import type { IsolationForestModel } from '@astronomaly/iforest'
import { RunDirectory } from '../run/run-directory.ts'
import { readRows, writeNumbers } from './npy-shard.ts'

/** One shard of reduced rows to be scored by the forest. */
export interface ScoreTask {
  readonly stage: 'scores'
  /** The run directory. */
  readonly out: string
  readonly index: number
  /** Key of the forest. */
  readonly key: string
  readonly columns: number
  readonly objectCount: number
}

/** Scores one shard of `reduced/` and writes its shard of `scores/`: f64 in (0, 1), higher = more anomalous. */
export async function scoreShard(task: ScoreTask, model: IsolationForestModel): Promise<void> {
  const run = new RunDirectory(task.out)
  const data = await readRows(run, 'reduced', task.index, task.objectCount, task.columns)
  const scores =
    task.objectCount > 0 ? await model.score(matrix(data, task.objectCount, task.columns)) : new Float64Array(0)
  await writeNumbers(run, 'scores', task.index, scores)
}
