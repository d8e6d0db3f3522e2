import { FormatError } from '@astronomaly/core'
import { readNpyFile } from '@astronomaly/io/node'
import type { RunDirectory } from '../run/run-directory.ts'
import { isWholeShard } from './npy-shard.ts'
import type { RankedRows } from './ranked-rows.ts'
import type { ScoreTask } from './score-shard.ts'
import type { ShardPlan, Stage, StageContext } from './stage.ts'

/**
 * The stage that scores every shard of reduced rows: `scores/`, in (0, 1), higher = more anomalous.
 *
 * @param key - That of the forest.
 * @param columns - Of the reduced rows.
 */
export function scoreStage(key: string, { kept, rows }: RankedRows, columns: number): Stage<Float64Array> {
  const plan = async ({ run }: StageContext): Promise<ShardPlan> => {
    const tasks: ScoreTask[] = []
    let done = 0
    for (const [index, path] of run.shards('scores', kept.length).entries()) {
      const objectCount = kept[index]!.reduce((sum, used) => sum + Number(used), 0)
      if (await isWholeShard(path, new Float64Array(0), [objectCount])) done += objectCount
      else tasks.push({ stage: 'scores', out: run.path, index, key, columns, objectCount })
    }
    return { tasks, progress: 'scores', done, total: rows.length }
  }
  const reduce = ({ run }: StageContext): Promise<Float64Array> => readScores(run, kept.length, rows.length)
  return {
    name: 'scores',
    key,
    plan,
    reduce,
    clear: (run) => run.removeShards('scores', 0),
    async restore(context) {
      if ((await plan(context)).tasks.length === 0) return reduce(context)
      context.onWarning?.({ message: 'scores/ is not whole: what is missing is scored again' })
      return undefined
    },
  }
}

/**
 * The scores of a run, by row.
 *
 * @throws NotFoundError, FormatError when a shard is missing or damaged, or they are not `rowCount` together.
 */
export async function readScores(run: RunDirectory, shards: number, rowCount: number): Promise<Float64Array> {
  const scores = new Float64Array(rowCount)
  let filled = 0
  for (const path of run.shards('scores', shards)) {
    const { data, shape } = await readNpyFile(path)
    if (!(data instanceof Float64Array) || shape.length !== 1 || filled + data.length > rowCount) {
      throw new FormatError(`run: shard must hold float64 scores, ${rowCount} in all shards. Received [${shape}]`, {
        source: path,
      })
    }
    scores.set(data, filled)
    filled += data.length
  }
  if (filled === rowCount) return scores
  throw new FormatError(`run: must have ${rowCount} scores. Received ${filled}`, { source: run.file('scores') })
}
