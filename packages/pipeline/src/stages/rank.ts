import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { NotFoundError } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { learnAgain } from '../label/learn-from.ts'
import { encodeObjectTable, matchCatalogue } from '../run/object-table.ts'
import { citation, making } from '../run/provenance.ts'
import { readRejections, writeRejections } from '../run/rejections.ts'
import { openUnlearned, ratingsWithoutPicture, warnOfSetAside } from '../run/run-data.ts'
import { contentHash, RunDirectory, type RunRecord, type StageName } from '../run/run-directory.ts'
import { checkOrigin, checkPictures, filesKey, knownPictures, originOf } from '../run/run-origin.ts'
import { checkFolder, type Rejection, scanFolder } from '../run/scan-folder.ts'
import { currentOrder, currentScore, writeRanking } from '../run/write-ranking.ts'
import type { ShardRow } from './feature-shard.ts'
import { featureStage, judgeSizes } from './feature-stage.ts'
import { keptRows } from './kept-rows.ts'
import { type RankOptions, type ResolvedRankOptions, resolveRankOptions } from './rank-options.ts'
import { forestStage, pcaStage, readForestStage, readPcaStage, type StageContext } from './reduce-stage.ts'

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

/** Below this number of objects a warning says how little a ranking of them means: each tree wants 256. */
const fewObjects = 100

const require = createRequire(import.meta.url)

function packageVersions(): Record<string, string> {
  const names = ['core', 'io', 'features', 'iforest', 'active-learning', 'pipeline']
  return Object.fromEntries(
    names.map((name) => [name, (require(`@astronomaly/${name}/package.json`) as { version: string }).version]),
  )
}

/**
 * Ranks the pictures of a folder from the most to the least anomalous and writes the run directory.
 *
 * @remarks Scan → features (by shards, in threads) → PCA → isolation forest → scores. The same call again goes on where an
 * earlier one was stopped, by whatever cause: whole shards and finished stages are kept when nothing that they depend on has
 * changed. The scores are the same bits for any number of workers and any interruptions. Where the run has ratings, its learner learns
 * from them again.
 * @throws ParameterError for a wrong option or an output folder that cannot be written; NotFoundError when the folder is missing
 * or holds no usable picture. A single bad file never throws: it is rejected with its reason.
 * @see Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3
 */
export async function rank(options: RankOptions): Promise<RankSummary> {
  const settings = resolveRankOptions(options)
  const run = new RunDirectory(settings.out)
  await checkFolder(settings.folder)
  await run.prepare()
  return run.locked(() => rankInto(run, settings, options))
}

async function rankInto(
  run: RunDirectory,
  settings: ResolvedRankOptions,
  options: Pick<RankOptions, 'adopt' | 'signal' | 'onProgress' | 'onWarning' | 'workers'>,
): Promise<RankSummary> {
  const folder = resolve(settings.folder)
  const { signal, onWarning } = options
  const progress: NonNullable<RankOptions['onProgress']> = (p) => options.onProgress?.(p)

  const exclude = [run.path, ...(settings.catalogue === null ? [] : [resolve(settings.catalogue)])]
  const scan = await scanFolder(folder, {
    exclude,
    ...(settings.bandPattern === null ? {} : { bandPattern: settings.bandPattern }),
    ...(settings.bands === null ? {} : { bands: settings.bands }),
    ...(signal ? { signal } : {}),
  })
  progress({ stage: 'scan', done: scan.objects.length, total: scan.objects.length })
  const match =
    settings.catalogue === null ? undefined : await matchCatalogue(settings.catalogue, scan.objects, folder, settings)
  const objects = match?.objects ?? scan.objects
  if (objects.length === 0) {
    const [first] = scan.rejected
    if (first) await writeRejections(run, scan.rejected)
    const why = first
      ? ` that can be used: ${scan.rejected.length} rejected, such as ${first.file} (${first.reason})`
      : ''
    throw new NotFoundError(`rank: folder must hold pictures. Received ${folder}, which has none${why}.`)
  }
  for (const message of match?.warnings ?? []) onWarning?.({ message })
  if (match?.unknown.length) {
    onWarning?.({ message: `${match.unknown.length} objects are not in the catalogue, such as ${match.unknown[0]}` })
  }

  const before = await run.read().catch((error: Error) => {
    if (!(error instanceof NotFoundError)) onWarning?.({ message: error.message })
    return undefined
  })
  const origin = await originOf(folder, settings.catalogue)
  const known = await knownPictures(run)
  // A call that failed before it made anything has made no run of anything.
  const begun = known.size > 0 || before?.stages.features !== undefined ? before : undefined
  if (begun && !options.adopt) {
    checkOrigin(begun, origin, run)
    await checkPictures(run, folder, objects, known, signal)
  }
  const versions = packageVersions()
  const versionsOf = (...names: string[]): string[] => names.map((name) => `${name} ${versions[name]}`)
  let record: RunRecord = {
    ...before,
    layout: 1,
    ...origin,
    options: { ...settings },
    made: making(),
    citation,
    versions,
    stages: before?.stages ?? {},
  }
  // A run that is refused, or stopped before anything of it changes, stays the run that it was.
  if (!begun) await run.write(record)
  const begin = async (stage: 'pca' | 'forest'): Promise<void> => {
    const { forest: _forest, pca, ...stages } = record.stages
    record = { ...record, stages: stage === 'forest' && pca !== undefined ? { ...stages, pca } : stages }
    await run.write(record)
  }
  const finish = async (stage: StageName, key: string, facts: Partial<RunRecord> = {}): Promise<void> => {
    record = { ...record, ...facts, stages: { ...record.stages, [stage]: key } }
    await run.write(record)
  }
  const features = await featureStage(run, folder, objects, settings, versionsOf('io', 'features'), {
    ...options,
    onProgress: progress,
  })
  const sizes = judgeSizes(features.records, settings.sizes)
  const oddSized = new Set(sizes.rejected.map((r) => r.id))
  const kept = features.records.map((r) => r.rows.map((row) => !oddSized.has(row.id)))
  const rows: ShardRow[] = features.records.flatMap((r) => r.rows.filter((row) => !oddSized.has(row.id)))
  const rejected: Rejection[] = [
    ...scan.rejected,
    ...(match?.rejected ?? []),
    ...features.records.flatMap((r) => r.rejected),
    ...sizes.rejected,
  ]
  for (const warning of [...features.records.flatMap((r) => r.warnings), ...sizes.warnings]) onWarning?.(warning)
  await writeRejections(run, [...rejected, ...(await readRejections(run)).filter((r) => r.stage === 'labels')])
  if (rows.length < 2) {
    throw new NotFoundError(`rank: needs at least 2 usable pictures. Received ${rows.length}; rejected.csv says why.`)
  }
  if (rows.length < fewObjects) {
    onWarning?.({
      message: `${rows.length} objects are few: below ${fewObjects}, who comes first says little, and scores of one run do not compare with another's`,
    })
  }
  if (options.adopt && known.size > 0) {
    const same = rows.filter(({ files, picture }) => known.get(filesKey(files))?.picture === picture).length
    onWarning?.({
      message: `the run is of ${folder} now: ${same} of its ${rows.length} pictures are those that it had under the same names`,
    })
  }
  const nameless = options.adopt ? await ratingsWithoutPicture(run) : 0
  if (nameless > 0) {
    onWarning?.({
      message: `${nameless} ratings remember no picture, as those of earlier versions: they go by the id, whatever picture has it now`,
    })
  }
  // A stage's key leaves run.json before its files change, so that a key there always speaks of the files that lie beside it.
  const pcaKey = contentHash([
    features.key,
    versionsOf('features'),
    rows.map((row) => row.id),
    settings.variance,
    settings.standardise,
  ])
  const forestKey = contentHash([pcaKey, versionsOf('iforest'), settings.trees, settings.sampleSize, settings.seed])
  if (before?.stages.pca !== pcaKey) await begin('pca')
  else if (before.stages.forest !== forestKey) await begin('forest')
  await writeFileAtomic(run.file('catalogue.parquet'), encodeObjectTable(rows, match))
  await finish('features', features.key, {
    features: features.kinds,
    rows: rows.length,
    bits: features.bits,
  })

  const context: StageContext = {
    run,
    shardSize: settings.shardSize,
    rowCount: rows.length,
    onProgress: progress,
    ...(signal ? { signal } : {}),
    ...(onWarning ? { onWarning } : {}),
  }
  const reusedStages: StageName[] = []
  let pca = before?.stages.pca === pcaKey ? await readPcaStage(context) : undefined
  if (pca) reusedStages.push('pca')
  else {
    await begin('pca')
    pca = await pcaStage(context, keptRows(run, features.kinds, kept), features.kinds, settings)
    await finish('pca', pcaKey)
  }
  const forestKnown = before?.stages.forest === forestKey
  const forestReused = forestKnown && reusedStages.includes('pca') && (await readForestStage(context)) !== undefined
  if (forestReused) reusedStages.push('forest')
  else {
    await begin('forest')
    if (!forestKnown) await rm(run.file('evaluation.json'), { force: true })
    await forestStage(context, settings)
    await finish('forest', forestKey)
  }
  const unlearned = await openUnlearned(run.path)
  const { data, relearned } = await learnAgain(unlearned, options)
  await writeRanking(data)
  warnOfSetAside(data, onWarning)
  const score = currentScore(data)

  return {
    out: run.path,
    objects: rows.length,
    rejected: rejected.length,
    reused: { objects: features.reused, stages: reusedStages },
    featureColumns: pca.inputColumns,
    components: pca.columns,
    explainedVariance: pca.explainedVarianceRatio.reduce((a, b) => a + b, 0),
    learner: data.learned?.learner ?? null,
    relearned,
    first: Array.from(currentOrder(data, { top: 10 }), (row) => ({ id: data.ids[row]!, score: score[row]! })),
  }
}
