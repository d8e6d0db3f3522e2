import { matrix } from '@astronomaly/core'
import type { PcaModel } from '@astronomaly/features'
import { RunDirectory } from '../run/run-directory.ts'
import type { FeatureKind } from '../run/run-record.ts'
import { readRows, writeRows } from './npy-shard.ts'

/** One shard of features to be projected onto the principal components. */
export interface ProjectionTask {
  readonly stage: 'projection'
  /** The run directory. */
  readonly out: string
  readonly index: number
  /** Key of the PCA. */
  readonly key: string
  readonly kinds: readonly FeatureKind[]
  /** For each row of the shard, whether its object is ranked. */
  readonly kept: readonly boolean[]
  readonly objectCount: number
}

/** The ranked rows of a shard, all kinds side by side, `[kept rows, columns]` row-major. */
export async function keptShardRows(
  run: RunDirectory,
  kinds: readonly FeatureKind[],
  index: number,
  kept: readonly boolean[],
): Promise<Float32Array> {
  const columns = kinds.reduce((sum, kind) => sum + kind.columns, 0)
  const rows = kept.reduce((sum, used) => sum + Number(used), 0)
  const data = new Float32Array(rows * columns)
  let first = 0
  for (const kind of kinds) {
    const part = await readRows(run, kind.folder, index, kept.length, kind.columns)
    let at = first
    for (const [row, used] of kept.entries()) {
      if (!used) continue
      data.set(part.subarray(row * kind.columns, (row + 1) * kind.columns), at)
      at += columns
    }
    first += kind.columns
  }
  return data
}

/** Projects one shard and writes its shard of `reduced/`, of as many rows as objects of it are ranked. */
export async function projectShard(task: ProjectionTask, model: PcaModel): Promise<void> {
  const run = new RunDirectory(task.out)
  const data = await keptShardRows(run, task.kinds, task.index, task.kept)
  const rows = matrix(data, task.objectCount, model.inputColumns)
  const reduced = task.objectCount > 0 ? model.transform(rows) : matrix(new Float32Array(0), 0, model.columns)
  await writeRows(run, 'reduced', task.index, reduced)
}
