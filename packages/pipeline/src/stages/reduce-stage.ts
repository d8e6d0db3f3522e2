import { readFile } from 'node:fs/promises'
import type { Progress, RowSource, Warning } from '@astronomaly/core'
import { tensor } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { PcaModel, StreamingPca, type StreamingPcaOptions } from '@astronomaly/features'
import { IsolationForest, IsolationForestModel } from '@astronomaly/iforest'
import { encodeNpy } from '@astronomaly/io'
import { npyRowSource, readNpyFile } from '@astronomaly/io/node'
import type { RunDirectory } from '../run/run-directory.ts'
import type { FeatureKind } from './feature-maker.ts'

/** What both stages need to know of their surroundings. */
export interface StageContext {
  readonly run: RunDirectory
  /** Rows in one shard of the files that are written. */
  readonly shardSize: number
  readonly rowCount: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (p: Progress) => void
  readonly onWarning?: (warning: Warning) => void
}

function shardPaths(context: StageContext, folder: string): string[] {
  const count = Math.ceil(context.rowCount / context.shardSize)
  return Array.from({ length: count }, (_, i) => context.run.shard(folder, i, 'npy'))
}

/** The principal components of every row, from disk. */
export function reducedRows(context: StageContext): Promise<RowSource> {
  return npyRowSource(shardPaths(context, 'reduced'))
}

/** One kind of features keeps its own scale; several are brought to the same total variance. `'auto'`: named columns have units of their own. */
function scaling(kinds: readonly FeatureKind[], choice: boolean | 'auto'): StreamingPcaOptions {
  const groups = kinds.map(({ columns, names }) => ({
    columns,
    standardise: choice === 'auto' ? names !== null : choice,
  }))
  return groups.length === 1 ? { standardise: groups[0]!.standardise } : { groups }
}

/** Fits the PCA and writes `pca.model` and `reduced/`. */
export async function pcaStage(
  context: StageContext,
  rows: RowSource,
  kinds: readonly FeatureKind[],
  options: { readonly variance: number; readonly standardise: boolean | 'auto' },
): Promise<PcaModel> {
  const { run, shardSize, rowCount, signal, onProgress } = context
  const abort = signal ? { signal } : {}
  const model = await new StreamingPca({
    components: { variance: options.variance },
    ...scaling(kinds, options.standardise),
  }).fit(rows, { ...abort, onProgress: (p) => onProgress({ ...p, stage: 'pca' }) })
  await run.removeShards('reduced', 0)
  await writeFileAtomic(run.file('pca.model'), new Uint8Array(model.buffer))
  const paths = shardPaths(context, 'reduced')
  let shard = 0
  for await (const batch of rows.batches({ ...abort, batchSize: shardSize })) {
    await writeFileAtomic(paths[shard++] as string, encodeNpy(model.transform(batch.rows)))
    onProgress({ stage: 'project', done: batch.start + batch.rows.shape[0], total: rowCount })
  }
  return model
}

/** The PCA that an earlier run left, when it and its rows are whole. */
export async function readPcaStage(context: StageContext): Promise<PcaModel | undefined> {
  try {
    const bytes = await readFile(context.run.file('pca.model'))
    const model = PcaModel.from(new Uint8Array(bytes).buffer)
    const rows = await reducedRows(context)
    if (rows.rowCount === context.rowCount && rows.columns === model.columns) return model
    context.onWarning?.({ message: 'reduced/ has other rows than pca.model; PCA is done again' })
  } catch (error) {
    context.onWarning?.({ message: `PCA is done again: ${(error as Error).message}` })
  }
  return undefined
}

/** Fits the isolation forest, writes `forest.model` and `scores/`. */
export async function forestStage(
  context: StageContext,
  options: { readonly trees: number; readonly sampleSize: number; readonly seed: string | number },
): Promise<void> {
  const { run, shardSize, rowCount, signal, onProgress } = context
  const abort = signal ? { signal } : {}
  const rows = await reducedRows(context)
  onProgress({ stage: 'forest', done: 0, total: rowCount })
  const { trees, sampleSize, seed } = options
  const model = await new IsolationForest({ trees, sampleSize, seed }).fit(rows, abort)
  await run.removeShards('scores', 0)
  await writeFileAtomic(run.file('forest.model'), new Uint8Array(model.buffer))
  const scores = await model.score(rows, abort)
  for (const [i, path] of shardPaths(context, 'scores').entries()) {
    const part = scores.slice(i * shardSize, (i + 1) * shardSize)
    await writeFileAtomic(path, encodeNpy(tensor(part, [part.length])))
  }
  onProgress({ stage: 'forest', done: rowCount, total: rowCount })
}

/** The scores that an earlier run left, when they are whole. */
export async function readForestStage(context: StageContext): Promise<Float64Array | undefined> {
  const scores = new Float64Array(context.rowCount)
  let filled = 0
  try {
    IsolationForestModel.from(new Uint8Array(await readFile(context.run.file('forest.model'))).buffer)
    for (const path of shardPaths(context, 'scores')) {
      const part = await readNpyFile(path)
      scores.set(part.data, filled)
      filled += part.data.length
    }
  } catch (error) {
    context.onWarning?.({ message: `forest and scores are done again: ${(error as Error).message}` })
    return undefined
  }
  return filled === context.rowCount ? scores : undefined
}
