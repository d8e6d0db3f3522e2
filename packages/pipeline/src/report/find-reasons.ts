import { readFile } from 'node:fs/promises'
import { contiguousData, type Matrix, type NumericArray } from '@astronomaly/core'
import type { PcaModel } from '@astronomaly/features'
import { IsolationForestModel } from '@astronomaly/iforest'
import { readNpyFile } from '@astronomaly/io/node'
import { contentHash } from '../run/content-hash.ts'
import type { RunData } from '../run/run-data.ts'
import { readShardRecord } from '../stages/feature-shard.ts'
import { featureShares } from './feature-shares.ts'
import { type NamedColumn, nameReasons } from './name-reasons.ts'
import type { Reason } from './report-data.ts'

/** Shards held at once: the bound on memory. */
const mostShards = 32

/** The columns of a run's features that have names. */
export function namedColumns({ record }: Pick<RunData, 'record'>): readonly NamedColumn[] {
  let first = 0
  return (record.features ?? []).flatMap(({ columns, names }) => {
    const start = first
    first += columns
    return (names ?? []).map((name, i) => ({ name, column: start + i }))
  })
}

/**
 * Why the isolation forest finds objects odd, in the words of the features that have names.
 *
 * @returns A function from row to reasons, most telling first; never empty: where nothing that has a name stands out, the one reason says so.
 */
export async function findReasons(data: RunData, pca: PcaModel): Promise<(row: number) => Promise<readonly Reason[]>> {
  const named = namedColumns(data)
  if (named.length === 0) return async () => [{ text: 'no words: a network’s features have no names' }]
  const nothing: readonly Reason[] = [{ text: 'nothing that has a name stands out' }]
  const forest = IsolationForestModel.from(new Uint8Array(await readFile(data.run.file('forest.model'))).buffer)
  const places = await locateRows(data)
  if (!places) {
    return async () => [{ text: 'no words: the features here are of another call of rank; rank again' }]
  }
  const held = new Map<number, readonly NumericArray[]>()
  const shardOf = async (shard: number): Promise<readonly NumericArray[]> => {
    const known = held.get(shard)
    if (known) return known
    if (held.size >= mostShards) held.clear()
    const parts: NumericArray[] = []
    for (const { folder } of data.record.features ?? []) {
      parts.push((await readNpyFile(data.run.shard(folder, shard, 'npy'))).data)
    }
    held.set(shard, parts)
    return parts
  }
  return async (row) => {
    const place = places.get(data.ids[row]!)
    if (!place) return nothing
    const parts = await shardOf(place.shard)
    const features = (data.record.features ?? []).flatMap(({ columns }, kind) =>
      Array.from(parts[kind]!.subarray(place.row * columns, (place.row + 1) * columns), Number),
    )
    const reasons = nameReasons(named, pca, features, featureShares(pca, forest, features))
    return reasons.length > 0 ? reasons : nothing
  }
}

/** Learners whose order does not come from likeness to labelled objects. */
const blind: ReadonlySet<string> = new Set(['forest', 'random'])

/**
 * What the learner goes by: the labelled object that is nearest in the principal components.
 *
 * @returns A function from row to the reason; undefined for a labelled object, or where no learner has ranked.
 */
export function findLikeness(data: RunData, features: Matrix<Float32Array>): (row: number) => Reason | undefined {
  if (!data.learned || blind.has(data.learned.learner)) return () => undefined
  const values = contiguousData(features)
  const columns = features.shape[1]
  return (row) => {
    if (data.ratings.has(row)) return undefined
    let nearest: number | undefined
    let least = Number.POSITIVE_INFINITY
    for (const other of data.ratings.keys()) {
      let sum = 0
      for (let j = 0; j < columns && sum < least; j++) {
        sum += (values[row * columns + j]! - values[other * columns + j]!) ** 2
      }
      if (sum < least) {
        least = sum
        nearest = other
      }
    }
    if (nearest === undefined) return undefined
    return {
      text: `most like ${data.ids[nearest]}, rated ${Math.round(100 * data.ratings.get(nearest)!) / 100}`,
    }
  }
}

/** Where each object's features are; undefined when the shards are not those that were ranked. */
async function locateRows(data: RunData): Promise<Map<string, { shard: number; row: number }> | undefined> {
  const places = new Map<string, { shard: number; row: number }>()
  const keys: string[] = []
  for (let shard = 0; ; shard++) {
    const record = await readShardRecord(data.run, shard)
    if (!record) return contentHash(keys) === data.record.stages.features ? places : undefined
    keys.push(record.key)
    for (const [row, { id }] of record.rows.entries()) if (!places.has(id)) places.set(id, { shard, row })
  }
}
