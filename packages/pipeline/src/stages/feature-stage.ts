import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { FormatError, type Progress, type Warning } from '@astronomaly/core'
import { contentHash, type RunDirectory } from '../run/run-directory.ts'
import type { Rejection, SourceObject } from '../run/scan-folder.ts'
import { inlineExecutor, threadExecutor } from './executor.ts'
import { createFeatureMakers, type FeatureKind, type FeatureSettings } from './feature-maker.ts'
import { type FeatureShardTask, readShardRecord, type ShardRecord, type ShardRow } from './feature-shard.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import { surveyBits } from './survey-bits.ts'

/** The finished feature shards of a run. */
export interface FeatureStage {
  /** Content hash of all shards. */
  readonly key: string
  /** Kinds of features, in the order of their columns. */
  readonly kinds: readonly FeatureKind[]
  /** One record a shard, in order. */
  readonly records: readonly ShardRecord[]
  /** Objects in shards that were kept from an earlier run. */
  readonly reused: number
  /** How many bits the pictures of 16 bits use. */
  readonly bits: number
}

/** Version of what a shard's bytes mean: raised when the computation changes. */
const shardLayout = 6

/** Whether the rows beside a record are those that it was written for: every byte is read. */
async function isWhole(
  run: RunDirectory,
  index: number,
  record: ShardRecord,
  kinds: readonly FeatureKind[],
): Promise<boolean> {
  for (const [k, { folder, columns }] of kinds.entries()) {
    const bytes = await readFile(run.shard(folder, index, 'npy')).catch(() => undefined)
    if (!bytes || record.columns[k] !== columns || record.checksums[k] !== crc32(bytes)) return false
  }
  return record.columns.length === kinds.length
}

/**
 * Makes every feature shard that an earlier run has not left whole, and removes those that are not part of the run any more.
 *
 * @param versions - Package versions whose code decides a shard's bytes.
 */
export async function featureStage(
  run: RunDirectory,
  folder: string,
  objects: readonly SourceObject[],
  options: ResolvedRankOptions,
  versions: readonly string[],
  context: {
    readonly signal?: AbortSignal | undefined
    readonly workers?: number | undefined
    readonly onProgress: (p: Progress) => void
    /** Hears what was assumed of the encoder. */
    readonly onWarning?: ((warning: Warning) => void) | undefined
  },
): Promise<FeatureStage> {
  const { features, preprocess, crop, encoder, encoderOptions, engine, views, maxMissing, shardSize } = options
  const bits = await surveyBits(folder, objects, context.signal)
  if (bits < 16) {
    const message = `pictures of 16 bits use ${bits} of them: ${2 ** bits - 1} is white, in all pictures alike`
    context.onWarning?.({ message })
  }
  const made = { features, preprocess, crop, encoder, encoderOptions, engine, views, maxMissing }
  const settings: FeatureSettings = { ...made, bits }
  const makers = await createFeatureMakers(settings, context.onWarning)
  try {
    const kinds = makers.map(({ folder: own, columns, names }): FeatureKind => ({ folder: own, columns, names }))
    const ids = makers.map(({ id }) => id)
    const keys: string[] = []
    const tasks: FeatureShardTask[] = []
    let reused = 0
    for (let start = 0, index = 0; start < objects.length; start += shardSize, index++) {
      context.signal?.throwIfAborted()
      const part = objects.slice(start, start + shardSize)
      const depth = bits < 16 ? [bits] : []
      const made = [shardLayout, versions, ids, preprocess, crop, maxMissing, options.bands, folder, part, ...depth]
      const key = contentHash(made)
      keys.push(key)
      const record = await readShardRecord(run, index, key)
      if (record && !record.transient && (await isWhole(run, index, record, kinds))) reused += part.length
      else {
        tasks.push({ out: run.path, index, key, folder, bands: options.bands, objects: part, settings })
      }
    }
    let done = reused
    context.onProgress({ stage: 'features', done, total: objects.length })
    const workers = context.workers ?? 0
    if (workers > 0) for (const maker of makers) await maker.dispose()
    await (workers > 0 ? threadExecutor(workers) : inlineExecutor(makers)).run(
      tasks,
      (task) => {
        done += task.objects.length
        context.onProgress({ stage: 'features', done, total: objects.length })
      },
      context.signal,
    )
    const records: ShardRecord[] = []
    for (const [index, key] of keys.entries()) {
      const record = await readShardRecord(run, index, key)
      if (!record)
        throw new FormatError('run: shard was changed by somebody else', {
          source: run.shard('features', index, 'json'),
        })
      records.push(record)
    }
    await run.removeShards('features', keys.length)
    await run.removeShards('morphology', kinds.some((kind) => kind.folder === 'morphology') ? keys.length : 0)
    return { key: contentHash(keys), kinds, records, reused, bits }
  } finally {
    for (const maker of makers) await maker.dispose()
  }
}

/** Which rows are gone on without because their picture has another size than most. */
export interface SizeVerdict {
  readonly rejected: readonly Rejection[]
  readonly warnings: readonly Warning[]
}

/** Sides that differ from the usual side by more than this share count as another size. */
const sizeTolerance = 0.1

/** The most frequent size; of equally frequent ones the larger. */
function usualSize(rows: readonly ShardRow[]): { readonly height: number; readonly width: number } {
  const sizes = new Map<string, { readonly height: number; readonly width: number; count: number }>()
  for (const { height, width } of rows) {
    const size = sizes.get(`${height} ${width}`)
    if (size) size.count++
    else sizes.set(`${height} ${width}`, { height, width, count: 1 })
  }
  const sorted = [...sizes.values()].sort((a, b) => b.count - a.count || b.height - a.height || b.width - a.width)
  return sorted[0] ?? { height: 0, width: 0 }
}

/** Finds the pictures of another size than most. */
export function judgeSizes(records: readonly ShardRecord[], choice: 'auto' | 'any' | 'same'): SizeVerdict {
  const rows = records.flatMap((record) => record.rows)
  if (choice === 'any') return { rejected: [], warnings: [] }
  const { height, width } = usualSize(rows)
  const differs = (side: number, usual: number): boolean => Math.abs(side - usual) > sizeTolerance * usual
  const odd = rows.filter((row) => differs(row.height, height) || differs(row.width, width))
  if (choice === 'auto' && odd.length >= 0.1 * rows.length && odd.length > 1) {
    const message = `${odd.length} of ${rows.length} pictures have another size than ${width} x ${height}; all are resized and ranked`
    return { rejected: [], warnings: [{ message }] }
  }
  const rejected = odd.map((row): Rejection => {
    const reason = `size ${row.width} x ${row.height}, most are ${width} x ${height} (sizes 'any' would use it)`
    return { id: row.id, file: row.files.join(' '), stage: 'features', reason }
  })
  return { rejected, warnings: [] }
}
