import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { matrix } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeNpy } from '@astronomaly/io'
import { type LoadedImage, readBands, readImage } from '@astronomaly/io/node'
import { pictureFingerprint } from '../run/picture-fingerprint.ts'
import { RunDirectory } from '../run/run-directory.ts'
import type { Rejection, SourceObject } from '../run/scan-folder.ts'
import { type FeatureMaker, type FeatureOutcome, type FeatureSettings, rejectionOf } from './feature-maker.ts'
import { whyUnusable } from './usable-picture.ts'

/** The features of some objects, to be written as one shard. */
export interface FeatureShardTask {
  readonly stage: 'features'
  /** The run directory. */
  readonly out: string
  readonly index: number
  /** Content hash of all that decides the shard's bytes. */
  readonly key: string
  /** The folder that the objects' files are in. */
  readonly folder: string
  readonly bands: readonly string[] | null
  readonly objects: readonly SourceObject[]
  readonly objectCount: number
  readonly settings: FeatureSettings
}

/** One row of a shard. */
export interface ShardRow {
  readonly id: string
  readonly files: readonly string[]
  /** Fingerprint of the files' bytes, 16 hexadecimal digits: what picture it was, whatever its name. Earlier versions wrote none. */
  readonly picture?: string
  /** {@link SourceObject.stamp} of the files that were read. Earlier versions wrote none. */
  readonly stamp?: string
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
  /** CRC-32 of each kind's file of rows. */
  readonly checksums: readonly number[]
  readonly rows: readonly ShardRow[]
  readonly rejected: readonly Rejection[]
  readonly warnings: readonly { readonly id: string; readonly message: string }[]
  /** Whether something failed that may not fail again: then the next run makes the shard anew. */
  readonly transient: boolean
}

/** Pictures read before they are handed to the feature maker, the bound on a shard's memory. */
const readAhead = 32

interface Failure {
  readonly reason: string
  readonly transient: boolean
}

interface Loaded extends LoadedImage {
  readonly fingerprint: string
}

async function load(task: FeatureShardTask, object: SourceObject): Promise<Loaded | Failure> {
  try {
    const paths = object.files.map((file) => join(task.folder, file))
    const { bits } = task.settings
    const loaded = task.bands
      ? await readBands(
          task.bands.map((band, i) => [band, paths[i] as string]),
          { bits },
        )
      : await readImage(paths[0] as string, { bits })
    return { ...loaded, fingerprint: await pictureFingerprint(paths) }
  } catch (error) {
    return rejectionOf(error)
  }
}

function isRecord(value: unknown): value is ShardRecord {
  const record = value as Partial<ShardRecord> | null
  const lists = [record?.columns, record?.checksums, record?.rows, record?.rejected, record?.warnings]
  return (
    typeof record?.key === 'string' &&
    typeof record.transient === 'boolean' &&
    lists.every(Array.isArray) &&
    record.rows!.every(
      (row) =>
        typeof row?.id === 'string' &&
        ['string', 'undefined'].includes(typeof row.picture) &&
        ['string', 'undefined'].includes(typeof row.stamp) &&
        Array.isArray(row.files),
    ) &&
    record.rejected!.every((one) => typeof one?.reason === 'string') &&
    record.warnings!.every((one) => typeof one?.message === 'string')
  )
}

/** Reads a shard's record when it is sound and has the wanted key. */
export async function readShardRecord(
  run: RunDirectory,
  index: number,
  key?: string,
): Promise<ShardRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(run.shard('features', index, 'json'), 'utf8'))
    return isRecord(record) && (key === undefined || record.key === key) ? record : undefined
  } catch {
    return undefined
  }
}

interface Made {
  readonly vectors: readonly Float32Array[]
  readonly warnings: readonly string[]
}

/** What all makers make of some pictures: the first reason against a picture counts for all. */
async function makeFeatures(
  kinds: readonly FeatureMaker[],
  pictures: readonly (LoadedImage | Failure)[],
  maxMissing: number,
): Promise<(Made | Failure)[]> {
  const failures = pictures.map((picture): Failure | undefined => {
    if ('reason' in picture) return picture
    const reason = whyUnusable(picture.image, maxMissing)
    return reason === undefined ? undefined : { reason, transient: false }
  })
  const usable = pictures.filter((picture, i): picture is LoadedImage => failures[i] === undefined)
  const made: FeatureOutcome[][] = []
  for (const kind of kinds) made.push(await kind.make(usable))
  let next = 0
  return failures.map((failure) => {
    if (failure) return failure
    const outcomes = made.map((outcome) => outcome[next]!)
    next++
    const vectors: Float32Array[] = []
    const warnings = new Set<string>()
    for (const outcome of outcomes) {
      if ('reason' in outcome) return outcome
      vectors.push(outcome.features)
      for (const warning of outcome.warnings) warnings.add(warning)
    }
    return { vectors, warnings: [...warnings] }
  })
}

/**
 * Computes one shard and writes it: the old record goes first and the new one comes last, so that a record always speaks of the
 * rows beside it.
 *
 * @remarks Idempotent: the same task writes the same bytes. Memory is bounded by `readAhead` pictures and one shard of rows.
 */
export async function computeFeatureShard(
  task: FeatureShardTask,
  kinds: readonly FeatureMaker[],
  signal?: AbortSignal,
): Promise<void> {
  const run = new RunDirectory(task.out)
  const data = kinds.map(({ columns }) => new Float32Array(task.objects.length * columns))
  const rows: ShardRow[] = []
  const rejected: Rejection[] = []
  const warnings: { id: string; message: string }[] = []
  let transient = false
  for (let start = 0; start < task.objects.length; start += readAhead) {
    signal?.throwIfAborted()
    const objects = task.objects.slice(start, start + readAhead)
    const pictures = await Promise.all(objects.map((object) => load(task, object)))
    const outcomes = await makeFeatures(kinds, pictures, task.settings.maxMissing)
    for (const [i, object] of objects.entries()) {
      const picture = pictures[i]!
      const outcome = outcomes[i]!
      if ('reason' in picture || 'reason' in outcome) {
        const failure = 'reason' in outcome ? outcome : (picture as Failure)
        transient ||= failure.transient
        rejected.push({ id: object.id, file: object.files.join(' '), stage: 'features', reason: failure.reason })
        continue
      }
      for (const [k, vector] of outcome.vectors.entries()) data[k]!.set(vector, rows.length * vector.length)
      const [height, width] = picture.image.shape
      const { id, files, stamp } = object
      rows.push({
        id,
        files,
        picture: picture.fingerprint,
        stamp,
        height,
        width,
        raDeg: picture.ra ?? null,
        decDeg: picture.dec ?? null,
      })
      for (const message of [...picture.warnings, ...outcome.warnings]) warnings.push({ id, message })
    }
  }
  const columns = kinds.map((kind) => kind.columns)
  const checksums: number[] = []
  await rm(run.shard('features', task.index, 'json'), { force: true })
  for (const [k, kind] of kinds.entries()) {
    const used = matrix(data[k]!.subarray(0, rows.length * kind.columns), rows.length, kind.columns)
    const bytes = encodeNpy(used)
    checksums.push(crc32(bytes))
    await writeFileAtomic(run.shard(kind.folder, task.index, 'npy'), bytes)
  }
  const record: ShardRecord = { key: task.key, columns, checksums, rows, rejected, warnings, transient }
  await writeFileAtomic(run.shard('features', task.index, 'json'), JSON.stringify(record))
}
