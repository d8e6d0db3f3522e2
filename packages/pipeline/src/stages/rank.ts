import type { PcaModel } from '@astronomaly/features'
import { learnAgain } from '../label/learn-from.ts'
import { warnOfSetAside } from '../run/apply-ratings.ts'
import { openUnlearned } from '../run/open-run.ts'
import type { RunData } from '../run/run-data.ts'
import { RunDirectory } from '../run/run-directory.ts'
import type { RunRecord, StageName } from '../run/run-record.ts'
import { checkFolder } from '../run/scan-folder.ts'
import { currentOrder, currentScore, writeRanking } from '../run/write-ranking.ts'
import { beginRun, tellAdopted } from './begin-run.ts'
import { executorFor } from './executor.ts'
import { featureStage } from './feature-stage.ts'
import { findSources } from './find-sources.ts'
import { forestStage } from './forest-stage.ts'
import { objectStage } from './object-stage.ts'
import { pcaStage } from './pca-stage.ts'
import { projectionStage } from './projection-stage.ts'
import { type RankOptions, type ResolvedRankOptions, resolveRankOptions } from './rank-options.ts'
import { type RankedRows, rankedRows } from './ranked-rows.ts'
import { scoreStage } from './score-stage.ts'
import type { StageContext } from './stage.ts'

/** What a run of {@link rank} did. */
export interface RankSummary {
  /** The run directory, absolute. */
  readonly out: string
  /** Objects ranked. */
  readonly objects: number
  /** Files and objects gone on without; each is in `rejected.csv`. */
  readonly rejected: number
  /** Objects whose features an earlier run had left whole, and stages that were not done again. */
  readonly reused: { readonly objects: number; readonly stages: readonly StageName[] }
  readonly featureColumns: number
  readonly components: number
  /** Share of the variance that the components keep. */
  readonly explainedVariance: number
  /** The learner whose ranking it is, when the run has labels; null for the forest's. */
  readonly learner: string | null
  /** Ratings that the run's learner learnt from again, because the forest's ranking is new; 0 when there was no need. */
  readonly relearned: number
  /** The first objects of the ranking. */
  readonly first: readonly { readonly id: string; readonly score: number }[]
}

/**
 * Ranks the pictures of a folder from the most to the least anomalous and writes the run directory.
 *
 * @remarks Scan → features → objects → PCA → projection → isolation forest → scores; features, projection and scores shard by shard, in
 * threads. The same call again goes on where an earlier one was stopped, by whatever cause: whole shards and finished stages are kept when nothing that they depend on has
 * changed. The scores are the same bits for any number of workers and any interruptions. Where the run has ratings, its learner learns
 * from them again.
 * @throws ParameterError for a wrong option or an output folder that cannot be written; NotFoundError when the folder is missing
 * or holds no usable picture. A single bad file never throws: it is rejected with its reason.
 * @see Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3
 */
export async function rank(options: RankOptions): Promise<RankSummary> {
  const { settings, adopt, workers, signal, onWarning, onProgress = () => {} } = resolveRankOptions(options)
  const run = new RunDirectory(settings.out)
  await checkFolder(settings.folder)
  await run.prepare()
  return run.locked(async () => {
    const executor = executorFor(workers)
    try {
      return await rankInto({ run, executor, workers, signal, onWarning, onProgress }, settings, adopt)
    } finally {
      await executor.close()
    }
  })
}

async function rankInto(context: StageContext, settings: ResolvedRankOptions, adopt: boolean): Promise<RankSummary> {
  const sources = await findSources(settings, context)
  const { folder, objects, rejected, match } = sources
  const begun = await beginRun(sources, settings, adopt, context)
  const { stages, shardSize } = begun

  const features = await stages.run(await featureStage(folder, objects, shardSize, settings, context))
  const ranked = await rankedRows(features, rejected, settings.sizes, context)
  if (adopt) await tellAdopted(begun, ranked, folder, context)
  const ofPca = pcaStage(ranked, settings)
  await stages.run(objectStage(ranked, match), isOfRows(stages.record, ranked, ofPca.key))

  const pca = await stages.run(ofPca)
  const reduced = await stages.run(projectionStage(ofPca.key, ranked, pca))
  const ofForest = forestStage(ofPca.key, reduced, settings)
  await stages.run(ofForest)
  await stages.run(scoreStage(ofForest.key, ranked, pca.columns))
  await stages.settle()

  const { data, relearned } = await learnAgain(await openUnlearned(context.run.path), context)
  await writeRanking(data)
  warnOfSetAside(data, context.onWarning)
  return summaryOf(data, ranked, pca, stages.reused, relearned)
}

/** Whether a run's components are of these rows, shard by shard: then its catalogue may change, and they hold. */
function isOfRows({ stages, shards }: RunRecord, { kept }: RankedRows, pcaKey: string): boolean {
  // A run of the first layout knows no objects: its rows are cut otherwise.
  return stages.objects !== undefined && stages.pca === pcaKey && shards === kept.length
}

function summaryOf(
  data: RunData,
  { features, rows, rejected }: RankedRows,
  pca: PcaModel,
  reused: readonly StageName[],
  relearned: number,
): RankSummary {
  const score = currentScore(data)
  return {
    out: data.run.path,
    objects: rows.length,
    rejected: rejected.length,
    reused: { objects: features.reused, stages: reused.filter((name) => name !== 'features') },
    featureColumns: pca.inputColumns,
    components: pca.columns,
    explainedVariance: pca.explainedVarianceRatio.reduce((a, b) => a + b, 0),
    learner: data.learned?.learner ?? null,
    relearned,
    first: Array.from(currentOrder(data, { top: 10 }), (row) => ({ id: data.ids[row]!, score: score[row]! })),
  }
}
