import type { FeatureShardTask } from './feature-shard.ts'
import type { ProjectionTask } from './projection-shard.ts'
import type { ScoreTask } from './score-shard.ts'

/** One shard of one stage to be made. Plain data: it can be sent to a thread, or to another machine that sees the run directory. */
export type ShardTask = FeatureShardTask | ProjectionTask | ScoreTask
