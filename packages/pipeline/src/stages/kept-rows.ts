import { FormatError, matrix, type NumericArray, type RowBatch, type RowSource } from '@astronomaly/core'
import { readNpyFile } from '@astronomaly/io/node'
import type { RunDirectory } from '../run/run-directory.ts'
import type { FeatureKind } from './feature-maker.ts'

/** One shard of one kind of features. @throws FormatError when it has another shape. */
async function readShard(
  run: RunDirectory,
  { folder, columns }: FeatureKind,
  index: number,
  rows: number,
): Promise<NumericArray> {
  const path = run.shard(folder, index, 'npy')
  const { data, shape } = await readNpyFile(path)
  if (shape.length !== 2 || shape[0] !== rows || shape[1] !== columns || !(data instanceof Float32Array)) {
    throw new FormatError(`run: shard must be float32 of shape [${rows}, ${columns}]. Received [${shape}]`, {
      source: path,
    })
  }
  return data
}

/**
 * The feature rows of a run that are used, all kinds side by side, re-blocked into batches of exactly the wanted size (the last may be
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
        const parts: NumericArray[] = []
        for (const kind of kinds) parts.push(await readShard(run, kind, index, shard.length))
        for (const [row, used] of shard.entries()) {
          if (!used) continue
          let at = filled * columns
          for (const [k, { columns: own }] of kinds.entries()) {
            data.set(parts[k]!.subarray(row * own, (row + 1) * own), at)
            at += own
          }
          if (++filled === batchSize) {
            yield { start, rows: matrix(data, filled, columns) }
            start += filled
            filled = 0
            data = new Float32Array(Math.min(batchSize, rowCount - start) * columns)
          }
        }
      }
      if (filled > 0) yield { start, rows: matrix(data.subarray(0, filled * columns), filled, columns) }
    },
  }
}
