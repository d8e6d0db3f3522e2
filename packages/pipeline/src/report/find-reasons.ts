import type { PcaModel } from '@astronomaly/features'
import { readNpyFile } from '@astronomaly/io/node'
import type { FeatureKind } from '../feature-maker.ts'
import { readShardRecord } from '../feature-shard.ts'
import type { RunData } from '../run-data.ts'

/** Features less unusual than this many standard deviations are no reason. */
const leastDeviation = 2
const mostReasons = 4
/** Shards held at once: the bound on memory. */
const mostShards = 32

/**
 * Why objects stand out: their named features that lie furthest from the mean of all objects, in standard deviations.
 *
 * @returns A function from row to reasons, most telling first; always empty when no features have names (a CNN alone).
 */
export async function findReasons(data: RunData, pca: PcaModel): Promise<(row: number) => Promise<readonly string[]>> {
  let first = 0
  let named: (FeatureKind & { readonly names: readonly string[] }) | undefined
  for (const { names, ...kind } of data.record.features ?? []) {
    if (names) named = { ...kind, names }
    else if (!named) first += kind.columns
  }
  if (!named) return async () => []
  const { folder, columns, names } = named
  const shards = await locateRows(data)
  const held = new Map<number, ArrayLike<number | bigint>>()
  const featuresOf = async (shard: number): Promise<ArrayLike<number | bigint>> => {
    const known = held.get(shard)
    if (known) return known
    if (held.size >= mostShards) held.clear()
    const { data: values } = await readNpyFile(data.run.shard(folder, shard, 'npy'))
    held.set(shard, values)
    return values
  }
  return async (row) => {
    const place = shards.get(data.ids[row]!)
    if (!place) return []
    const features = await featuresOf(place.shard)
    const found = names
      .map((name, column) => {
        const value = Number(features[place.row * columns + column])
        const at = first + column
        return { name, value, deviation: (value - pca.mean[at]!) / pca.deviation[at]! }
      })
      .filter(({ deviation }) => Math.abs(deviation) >= leastDeviation && Number.isFinite(deviation))
      .sort((a, b) => Math.abs(b.deviation) - Math.abs(a.deviation))
    return found.slice(0, mostReasons).map(({ name, value, deviation }) => {
      const side = deviation > 0 ? 'high' : 'low'
      return `${name} ${Number(value.toPrecision(3))}, ${Math.abs(deviation).toFixed(1)}σ ${side}`
    })
  }
}

async function locateRows(data: RunData): Promise<Map<string, { shard: number; row: number }>> {
  const places = new Map<string, { shard: number; row: number }>()
  for (let shard = 0; ; shard++) {
    const record = await readShardRecord(data.run, shard)
    if (!record) return places
    for (const [row, { id }] of record.rows.entries()) if (!places.has(id)) places.set(id, { shard, row })
  }
}
