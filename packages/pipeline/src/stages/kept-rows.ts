import { matrix, type RowBatch, type RowSource } from '@astronomaly/core'
import type { RunDirectory } from '../run/run-directory.ts'
import type { FeatureKind } from '../run/run-record.ts'
import { keptShardRows } from './projection-shard.ts'

/**
 * The feature rows of a run that are ranked, all kinds side by side, re-blocked into batches of exactly the wanted size (the last may be
 * smaller).
 *
 * @param kept - For each shard, whether each of its rows is used.
 * @remarks Holds one shard and one batch.
 */
export function keptRows(
  run: RunDirectory,
  kinds: readonly FeatureKind[],
  kept: readonly (readonly boolean[])[],
): RowSource {
  const rowCount = kept.reduce((sum, shard) => sum + shard.filter(Boolean).length, 0)
  const columns = kinds.reduce((sum, kind) => sum + kind.columns, 0)
  return {
    columns,
    rowCount,
    async *batches({ batchSize = 4096, signal } = {}): AsyncGenerator<RowBatch> {
      let start = 0
      let filled = 0
      let data = new Float32Array(Math.min(batchSize, rowCount) * columns)
      for (const [index, shard] of kept.entries()) {
        signal?.throwIfAborted()
        const rows = await keptShardRows(run, kinds, index, shard)
        for (let from = 0; from < rows.length; ) {
          const to = Math.min(rows.length, from + (batchSize - filled) * columns)
          data.set(rows.subarray(from, to), filled * columns)
          filled += (to - from) / columns
          from = to
          if (filled < batchSize) continue
          yield { start, rows: matrix(data, filled, columns) }
          start += filled
          filled = 0
          data = new Float32Array(Math.min(batchSize, rowCount - start) * columns)
        }
      }
      if (filled > 0) yield { start, rows: matrix(data.subarray(0, filled * columns), filled, columns) }
    },
  }
}
