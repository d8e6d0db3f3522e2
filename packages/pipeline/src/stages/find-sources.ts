import { resolve } from 'node:path'
import { NotFoundError } from '@astronomaly/core'
import { type CatalogueMatch, matchCatalogue } from '../run/object-table.ts'
import { writeRejections } from '../run/rejections.ts'
import type { RunDirectory } from '../run/run-directory.ts'
import { originOf, type RunOrigin } from '../run/run-origin.ts'
import { type Rejection, type SourceObject, scanFolder } from '../run/scan-folder.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import type { StageContext } from './stage.ts'

/** What a run is made from: the objects of a folder, under the names that a catalogue gives them. */
export interface RunSources {
  /** Absolute. */
  readonly folder: string
  readonly origin: RunOrigin
  readonly objects: readonly SourceObject[]
  /** Files and catalogue rows that are gone on without. */
  readonly rejected: readonly Rejection[]
  readonly match: CatalogueMatch | undefined
}

/**
 * Lists the objects to be ranked.
 *
 * @throws NotFoundError when the folder holds none; what the catalogue's reader throws.
 */
export async function findSources(
  settings: ResolvedRankOptions,
  { run, signal, onProgress, onWarning }: Pick<StageContext, 'run' | 'signal' | 'onProgress' | 'onWarning'>,
): Promise<RunSources> {
  const folder = resolve(settings.folder)
  const { catalogue, bandPattern, bands } = settings
  const exclude = [run.path, ...(catalogue === null ? [] : [resolve(catalogue)])]
  const scan = await scanFolder(folder, {
    exclude,
    bandPattern: bandPattern ?? undefined,
    bands: bands ?? undefined,
    signal,
  })
  onProgress({ stage: 'scan', done: scan.objects.length, total: scan.objects.length })
  const match = catalogue === null ? undefined : await matchCatalogue(catalogue, scan.objects, folder, settings)
  const objects = match?.objects ?? scan.objects
  if (objects.length === 0) await throwEmpty(run, folder, scan.rejected)
  for (const message of match?.warnings ?? []) onWarning?.({ message })
  if (match?.unknown.length) {
    onWarning?.({ message: `${match.unknown.length} objects are not in the catalogue, such as ${match.unknown[0]}` })
  }
  const rejected = [...scan.rejected, ...(match?.rejected ?? [])]
  return { folder, origin: await originOf(folder, catalogue), objects, rejected, match }
}

async function throwEmpty(run: RunDirectory, folder: string, rejected: readonly Rejection[]): Promise<never> {
  const [first] = rejected
  if (first) await writeRejections(run, rejected)
  const why = first ? ` that can be used: ${rejected.length} rejected, such as ${first.file} (${first.reason})` : ''
  throw new NotFoundError(`rank: folder must hold pictures. Received ${folder}, which has none${why}.`)
}
