import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { matrix } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeNpy } from '@astronomaly/io'
import { type LoadedImage, readBands, readImage } from '@astronomaly/io/node'
import {
  createFeatureMakers,
  type FeatureMaker,
  type FeatureOutcome,
  type FeatureSettings,
  reasonOf,
} from './feature-maker.ts'
import { RunDirectory } from './run-directory.ts'
import type { Rejection, SourceObject } from './scan-folder.ts'
import { whyUnusable } from './usable-picture.ts'

/** One unit of work: the features of some objects, to be written as one shard. Plain data, so that it can be sent to a thread. */
export interface FeatureShardTask {
  /** The run directory. */
  readonly out: string
  readonly index: number
  /** Content hash of all that decides the shard's bytes. */
  readonly key: string
  /** The folder that the objects' files are in. */
  readonly folder: string
  readonly bands: readonly string[] | null
  readonly objects: readonly SourceObject[]
  readonly settings: FeatureSettings
}

/** One row of a shard. */
export interface ShardRow {
  readonly id: string
  readonly files: readonly string[]
  readonly height: number
  readonly width: number
  readonly raDeg: number | null
  readonly decDeg: number | null
}

/** What stands beside a shard's rows, in `features/00042.json`: written last, so its presence says that the shard is whole. */
export interface ShardRecord {
  readonly key: string
  /** Columns of each kind of features. */
  readonly columns: readonly number[]
  readonly rows: readonly ShardRow[]
  readonly rejected: readonly Rejection[]
  readonly warnings: readonly { readonly id: string; readonly message: string }[]
}

/** Pictures read before they are handed to the feature maker, the bound on a shard's memory. */
const readAhead = 32

const makers = new Map<string, Promise<readonly FeatureMaker[]>>()

/** The makers for `settings`, made once per thread. */
export function sharedFeatureMakers(settings: FeatureSettings): Promise<readonly FeatureMaker[]> {
  const key = JSON.stringify(settings)
  let made = makers.get(key)
  if (!made) {
    made = createFeatureMakers(settings).catch((error) => {
      makers.delete(key)
      throw error
    })
    makers.set(key, made)
  }
  return made
}

/** Gives back all makers of this thread. */
export async function disposeFeatureMakers(): Promise<void> {
  const all = [...makers.values()]
  makers.clear()
  for (const made of all) for (const maker of await made) await maker.dispose()
}

async function load(task: FeatureShardTask, object: SourceObject): Promise<LoadedImage | string> {
  try {
    const paths = object.files.map((file) => join(task.folder, file))
    if (!task.bands) return await readImage(paths[0] as string)
    return await readBands(Object.fromEntries(task.bands.map((band, i) => [band, paths[i] as string])))
  } catch (error) {
    return reasonOf(error)
  }
}

/** Reads a shard's record when the shard is whole and has the wanted key. */
export async function readShardRecord(
  run: RunDirectory,
  index: number,
  key?: string,
): Promise<ShardRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(run.shard('features', index, 'json'), 'utf8')) as ShardRecord
    return key === undefined || record.key === key ? record : undefined
  } catch {
    return undefined
  }
}

/** What all makers make of some pictures: the first reason against a picture counts for all. */
async function makeFeatures(
  kinds: readonly FeatureMaker[],
  pictures: readonly (LoadedImage | string)[],
  maxMissing: number,
): Promise<({ readonly vectors: readonly Float32Array[]; readonly warnings: readonly string[] } | string)[]> {
  const reasons = pictures.map((picture) =>
    typeof picture === 'string' ? picture : whyUnusable(picture.image, maxMissing),
  )
  const usable = pictures.filter(
    (picture, i): picture is LoadedImage => reasons[i] === undefined && typeof picture !== 'string',
  )
  const made: FeatureOutcome[][] = []
  for (const kind of kinds) made.push(await kind.make(usable))
  let next = 0
  return reasons.map((reason) => {
    if (reason !== undefined) return reason
    const outcomes = made.map((outcome) => outcome[next]!)
    next++
    const vectors: Float32Array[] = []
    const warnings: string[] = []
    for (const outcome of outcomes) {
      if ('reason' in outcome) return outcome.reason
      vectors.push(outcome.features)
      warnings.push(...outcome.warnings)
    }
    return { vectors, warnings: [...new Set(warnings)] }
  })
}

/**
 * Computes one shard and writes it: rows first, then the record.
 *
 * @remarks Idempotent: the same task writes the same bytes. Memory is bounded by `readAhead` pictures and one shard of rows.
 */
export async function computeFeatureShard(task: FeatureShardTask): Promise<ShardRecord> {
  const run = new RunDirectory(task.out)
  const kinds = await sharedFeatureMakers(task.settings)
  const data = kinds.map(({ columns }) => new Float32Array(task.objects.length * columns))
  const rows: ShardRow[] = []
  const rejected: Rejection[] = []
  const warnings: { id: string; message: string }[] = []
  for (let start = 0; start < task.objects.length; start += readAhead) {
    const objects = task.objects.slice(start, start + readAhead)
    const pictures = await Promise.all(objects.map((object) => load(task, object)))
    const outcomes = await makeFeatures(kinds, pictures, task.settings.maxMissing)
    for (const [i, object] of objects.entries()) {
      const picture = pictures[i]!
      const outcome = outcomes[i]!
      if (typeof picture === 'string' || typeof outcome === 'string') {
        rejected.push({ id: object.id, file: object.files.join(' '), stage: 'features', reason: String(outcome) })
        continue
      }
      for (const [k, vector] of outcome.vectors.entries()) data[k]!.set(vector, rows.length * vector.length)
      const [height, width] = picture.image.shape
      const { id, files } = object
      rows.push({ id, files, height, width, raDeg: picture.ra ?? null, decDeg: picture.dec ?? null })
      for (const message of [...picture.warnings, ...outcome.warnings]) warnings.push({ id, message })
    }
  }
  const record: ShardRecord = { key: task.key, columns: kinds.map((kind) => kind.columns), rows, rejected, warnings }
  for (const [k, { folder, columns }] of kinds.entries()) {
    const used = matrix(data[k]!.subarray(0, rows.length * columns), rows.length, columns)
    await writeFileAtomic(run.shard(folder, task.index, 'npy'), encodeNpy(used))
  }
  await writeFileAtomic(run.shard('features', task.index, 'json'), JSON.stringify(record))
  return record
}
