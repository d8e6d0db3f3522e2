import type { RowSource } from '@astronomaly/core'
import type { PcaModel } from '@astronomaly/features'
import { npyRowSource } from '@astronomaly/io/node'
import { isWholeShard } from './npy-shard.ts'
import type { ProjectionTask } from './projection-shard.ts'
import type { RankedRows } from './ranked-rows.ts'
import type { ShardPlan, Stage, StageContext } from './stage.ts'

/**
 * The stage that projects every feature shard onto the principal components: `reduced/`, whose rows are the rows of the catalogue.
 *
 * @param key - That of the PCA: the components and the ranked rows decide it.
 */
export function projectionStage(key: string, ranked: RankedRows, model: PcaModel): Stage<RowSource> {
  const { kept, rows } = ranked
  const { kinds } = ranked.features
  const counts = kept.map((shard) => shard.reduce((sum, used) => sum + Number(used), 0))

  const plan = async ({ run }: StageContext): Promise<ShardPlan> => {
    const tasks: ProjectionTask[] = []
    let done = 0
    for (const [index, path] of run.shards('reduced', kept.length).entries()) {
      const objectCount = counts[index]!
      if (await isWholeShard(path, new Float32Array(0), [objectCount, model.columns])) done += objectCount
      else {
        tasks.push({ stage: 'projection', out: run.path, index, key, kinds, kept: kept[index]!, objectCount })
      }
    }
    return { tasks, progress: 'project', done, total: rows.length }
  }
  const reduce = ({ run }: StageContext): Promise<RowSource> => npyRowSource(run.shards('reduced', kept.length))
  return {
    name: 'projection',
    key,
    plan,
    reduce,
    clear: (run) => run.removeShards('reduced', 0),
    async restore(context) {
      if ((await plan(context)).tasks.length === 0) return reduce(context)
      context.onWarning?.({ message: 'reduced/ is not whole: what is missing is projected again' })
      return undefined
    },
  }
}
