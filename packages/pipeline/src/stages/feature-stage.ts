import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { FormatError } from '@astronomaly/core'
import { contentHash } from '../run/content-hash.ts'
import { packageVersions } from '../run/making.ts'
import type { RunDirectory } from '../run/run-directory.ts'
import type { FeatureKind } from '../run/run-record.ts'
import type { SourceObject } from '../run/scan-folder.ts'
import type { FeatureSettings } from './feature-maker.ts'
import { type FeatureShardTask, readShardRecord, type ShardRecord } from './feature-shard.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import type { ShardPlan, Stage, StageContext } from './stage.ts'
import { surveyBits } from './survey-bits.ts'

/** The finished feature shards of a run. */
export interface RunFeatures {
  /** Hash of all shards. */
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

/**
 * The stage that turns pictures into feature shards.
 *
 * @param folder - The objects' files lie in it; absolute.
 * @param shardSize - Objects in one shard.
 * @remarks A shard's record has a key of its own: only those are made whose objects, files or settings have changed.
 */
export async function featureStage(
  folder: string,
  objects: readonly SourceObject[],
  shardSize: number,
  options: ResolvedRankOptions,
  context: StageContext,
): Promise<Stage<RunFeatures>> {
  const { features, preprocess, crop, encoder, encoderOptions, engine, views, maxMissing, bands } = options
  const { run, executor, signal, onWarning } = context
  const bits = await surveyBits(folder, objects, signal)
  if (bits < 16) {
    onWarning?.({
      message: `pictures of 16 bits use ${bits} of them: ${2 ** bits - 1} is white, in all pictures alike`,
    })
  }
  const settings: FeatureSettings = {
    ...{ features, preprocess, crop, encoder, encoderOptions, engine, views, maxMissing },
    bits,
  }
  const makers = await executor.local.featureMakers(settings, onWarning)
  const kinds = makers.map(({ folder, columns, names }): FeatureKind => ({ folder, columns, names }))
  const ids = makers.map(({ id }) => id)
  const { io, features: ofFeatures } = packageVersions()
  const versions = [`io ${io}`, `features ${ofFeatures}`]
  const depth = bits < 16 ? [bits] : []

  const shards: FeatureShardTask[] = []
  for (let start = 0; start < objects.length; start += shardSize) {
    const part = objects.slice(start, start + shardSize)
    const key = contentHash([
      ...[shardLayout, versions, ids, preprocess, crop, maxMissing, bands, folder, part],
      ...depth,
    ])
    const common = { out: run.path, folder, bands, settings }
    shards.push({
      stage: 'features',
      ...common,
      index: shards.length,
      key,
      objects: part,
      objectCount: part.length,
    })
  }
  const key = contentHash(shards.map((shard) => shard.key))

  let planned: Promise<ShardPlan> | undefined
  const plan = (): Promise<ShardPlan> => {
    planned ??= planShards(run, shards, kinds, signal)
    return planned
  }
  const trim = async (): Promise<void> => {
    await run.removeShards('features', shards.length)
    await run.removeShards('morphology', kinds.some((kind) => kind.folder === 'morphology') ? shards.length : 0)
  }
  const reduce = async (): Promise<RunFeatures> => {
    const records: ShardRecord[] = []
    for (const shard of shards) {
      const record = await readShardRecord(run, shard.index, shard.key)
      if (!record) {
        const source = run.shard('features', shard.index, 'json')
        throw new FormatError('run: shard was changed by somebody else', { source })
      }
      records.push(record)
    }
    return { key, kinds, records, reused: (await plan()).done, bits }
  }
  return {
    name: 'features',
    key,
    plan: async () => {
      // Records of shards that the run has no more would speak of pictures that it has no more.
      await trim()
      return plan()
    },
    reduce,
    restore: async () => ((await plan()).tasks.length === 0 ? reduce() : undefined),
  }
}

async function planShards(
  run: RunDirectory,
  shards: readonly FeatureShardTask[],
  kinds: readonly FeatureKind[],
  signal: AbortSignal | undefined,
): Promise<ShardPlan> {
  const tasks: FeatureShardTask[] = []
  let [done, total] = [0, 0]
  for (const shard of shards) {
    signal?.throwIfAborted()
    const record = await readShardRecord(run, shard.index, shard.key)
    total += shard.objectCount
    if (record && !record.transient && (await isWhole(run, shard.index, record, kinds))) done += shard.objectCount
    else tasks.push(shard)
  }
  return { tasks, progress: 'features', done, total }
}

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
