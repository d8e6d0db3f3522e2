import { readFile, stat } from 'node:fs/promises'
import { median, type Progress, type Warning } from '@astronomaly/core'
import { inlineExecutor, threadExecutor } from './executor.ts'
import type { FeatureKind, FeatureSettings } from './feature-maker.ts'
import {
  disposeFeatureMakers,
  type FeatureShardTask,
  readShardRecord,
  type ShardRecord,
  sharedFeatureMakers,
} from './feature-shard.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import { contentHash, type RunDirectory } from './run-directory.ts'
import type { Rejection, SourceObject } from './scan-folder.ts'

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
}

/** Version of what a shard's bytes mean: raised when the computation changes. */
const shardLayout = 2

async function isWhole(
  run: RunDirectory,
  index: number,
  record: ShardRecord,
  kinds: readonly FeatureKind[],
): Promise<boolean> {
  for (const [k, { folder, columns }] of kinds.entries()) {
    const size = await stat(run.shard(folder, index, 'npy')).then(
      (s) => s.size,
      () => -1,
    )
    const bytes = record.rows.length * columns * 4
    if (record.columns[k] !== columns || size < bytes || size > bytes + 4096) return false
  }
  return record.columns.length === kinds.length
}

/** Makes every feature shard that an earlier run has not left whole. */
export async function featureStage(
  run: RunDirectory,
  folder: string,
  objects: readonly SourceObject[],
  options: ResolvedRankOptions,
  context: { readonly signal?: AbortSignal; readonly workers?: number; readonly onProgress: (p: Progress) => void },
): Promise<FeatureStage> {
  const { features, preprocess, crop, encoder, engine, views, maxMissing, shardSize } = options
  const settings: FeatureSettings = { features, preprocess, crop, encoder, engine, views, maxMissing }
  const makers = await sharedFeatureMakers(settings)
  const kinds = makers.map(({ folder, columns, names }): FeatureKind => ({ folder, columns, names }))
  const ids = makers.map(({ id }) => id)
  const keys: string[] = []
  const records: ShardRecord[] = []
  const tasks: FeatureShardTask[] = []
  let reused = 0
  for (let start = 0, index = 0; start < objects.length; start += shardSize, index++) {
    context.signal?.throwIfAborted()
    const part = objects.slice(start, start + shardSize)
    const key = contentHash([shardLayout, ids, preprocess, crop, maxMissing, options.bands, folder, part])
    keys.push(key)
    const record = await readShardRecord(run, index, key)
    if (record && (await isWhole(run, index, record, kinds))) {
      records[index] = record
      reused += part.length
    } else tasks.push({ out: run.path, index, key, folder, bands: options.bands, objects: part, settings })
  }
  let done = reused
  const workers = context.workers ?? 0
  const executor = workers > 0 ? threadExecutor(workers) : inlineExecutor
  if (workers > 0 || tasks.length === 0) await disposeFeatureMakers()
  context.onProgress({ stage: 'features', done, total: objects.length })
  await executor.run(
    tasks,
    (task) => {
      done += task.objects.length
      context.onProgress({ stage: 'features', done, total: objects.length })
    },
    context.signal,
  )
  for (const { index, key } of tasks) {
    const path = run.shard('features', index, 'json')
    const record = await readShardRecord(run, index, key)
    records[index] = record ?? (JSON.parse(await readFile(path, 'utf8')) as ShardRecord)
  }
  return { key: contentHash(keys), kinds, records, reused }
}

/** Which rows are gone on without because their picture has another size than most. */
export interface SizeVerdict {
  readonly rejected: readonly Rejection[]
  readonly warnings: readonly Warning[]
}

/** Sides that differ from the median side by more than this share count as another size. */
const sizeTolerance = 0.1

/** Finds the pictures of another size than most. */
export function judgeSizes(records: readonly ShardRecord[], choice: 'auto' | 'any' | 'same'): SizeVerdict {
  const rows = records.flatMap((record) => record.rows)
  if (choice === 'any' || rows.length === 0) return { rejected: [], warnings: [] }
  const height = median(rows.map((row) => row.height))
  const width = median(rows.map((row) => row.width))
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
