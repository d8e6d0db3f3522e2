import { computeFeatureShard, type FeatureShardTask } from './feature-shard.ts'

/** The task function of a worker thread: computes and writes one shard. */
export async function runShard(task: FeatureShardTask): Promise<void> {
  await computeFeatureShard(task)
}
