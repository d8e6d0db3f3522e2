import { FormatError, NotFoundError } from '@astronomaly/core'
import { citation, making, packageVersions } from '../run/making.ts'
import { ratingsWithoutPicture } from '../run/open-run.ts'
import { checkOrigin, checkPictures, filesKey, type KnownPicture, knownPictures } from '../run/run-origin.ts'
import { presentLayout } from '../run/run-record.ts'
import type { RunSources } from './find-sources.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import type { RankedRows } from './ranked-rows.ts'
import { type CallFacts, type StageContext, StageRunner } from './stage.ts'

/** A run that goes through its stages, and what it had before. */
export interface BegunRun {
  readonly stages: StageRunner
  /** Pictures that it has features of. */
  readonly known: ReadonlyMap<string, KnownPicture>
  /** Objects in one shard. */
  readonly shardSize: number
}

/** Shards of a large survey hold thousands of objects; of a small one fewer, so that threads share it and a stop loses little. */
function automaticShardSize(objects: number): number {
  return Math.min(4096, Math.max(128, 2 ** Math.ceil(Math.log2(objects / 64))))
}

/**
 * Begins a run, or goes on with it.
 *
 * @throws ParameterError when the run was made from something else, unless it may adopt that; nothing of it has changed then.
 */
export async function beginRun(
  sources: RunSources,
  settings: ResolvedRankOptions,
  adopt: boolean,
  context: StageContext,
): Promise<BegunRun> {
  const { run, signal, onWarning } = context
  const { folder, origin, objects } = sources
  const before = await run.read().catch((error: Error) => {
    // A run of a later version is not ours to write over.
    if (error instanceof FormatError && error.keyword === 'layout') throw error
    if (!(error instanceof NotFoundError)) onWarning?.({ message: error.message })
    return undefined
  })
  const known = await knownPictures(run)
  // A call that failed before it made anything has made no run of anything.
  const begun = known.size > 0 || before?.stages.features !== undefined ? before : undefined
  if (!adopt) {
    if (begun) checkOrigin(begun, origin, run)
    await checkPictures(run, folder, objects, known, signal)
  }
  const { shardSize } = settings
  const call: CallFacts = {
    layout: presentLayout,
    ...origin,
    options: { ...settings },
    made: making(),
    citation,
    versions: packageVersions(),
    shardSize: shardSize === 'auto' ? (begun?.shardSize ?? automaticShardSize(objects.length)) : shardSize,
  }
  const stages = new StageRunner(context, call, begun)
  // A run that is refused, or stopped before anything of it changes, stays the run that it was.
  if (!begun) await stages.settle()
  return { stages, known, shardSize: call.shardSize }
}

/** Says what of the pictures and ratings that a run had stays with it when it goes on with another folder. */
export async function tellAdopted(
  { known }: BegunRun,
  { rows }: RankedRows,
  folder: string,
  { run, onWarning }: StageContext,
): Promise<void> {
  if (known.size > 0) {
    const same = rows.filter(({ files, picture }) => known.get(filesKey(files))?.picture === picture).length
    onWarning?.({
      message: `the run is of ${folder} now: ${same} of its ${rows.length} pictures are those that it had under the same names`,
    })
  }
  const nameless = await ratingsWithoutPicture(run)
  if (nameless > 0) {
    onWarning?.({
      message: `${nameless} ratings remember no picture, as those of earlier versions: they go by the id, whatever picture has it now`,
    })
  }
}
