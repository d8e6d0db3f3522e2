import { createFeatureMakers, type FeatureMaker } from './stages/feature-maker.ts'
import { computeFeatureShard, type FeatureShardTask } from './stages/feature-shard.ts'

const makers = new Map<string, Promise<readonly FeatureMaker[]>>()

/** The task function of a worker thread: computes and writes one shard. An encoder is loaded once a thread and ends with it. */
export async function runShard(task: FeatureShardTask): Promise<void> {
  const key = JSON.stringify(task.settings)
  let made = makers.get(key)
  if (!made) {
    made = createFeatureMakers(task.settings)
    makers.set(key, made)
  }
  await computeFeatureShard(task, await made)
}
