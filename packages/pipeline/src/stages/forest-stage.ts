import { readFile } from 'node:fs/promises'
import type { RowSource } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { IsolationForest, IsolationForestModel } from '@astronomaly/iforest'
import { contentHash } from '../run/content-hash.ts'
import { packageVersions } from '../run/making.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import type { Stage } from './stage.ts'

/**
 * The stage that grows the isolation forest and writes `forest.model`.
 *
 * @param pcaKey - Key of the stage that made the rows.
 */
export function forestStage(
  pcaKey: string,
  rows: RowSource,
  options: ResolvedRankOptions,
): Stage<IsolationForestModel> {
  const { trees, sampleSize, seed } = options
  return {
    name: 'forest',
    key: contentHash([pcaKey, [`iforest ${packageVersions().iforest}`], trees, sampleSize, seed]),
    async restore({ run, onWarning }) {
      try {
        return IsolationForestModel.from(new Uint8Array(await readFile(run.file('forest.model'))).buffer)
      } catch (error) {
        onWarning?.({ message: `the forest is grown again: ${(error as Error).message}` })
        return undefined
      }
    },
    async reduce({ run, signal, workers, onProgress }) {
      const total = rows.rowCount ?? 0
      onProgress({ stage: 'forest', done: 0, total })
      const model = await new IsolationForest({ trees, sampleSize, seed }).fit(rows, { signal, workers })
      await writeFileAtomic(run.file('forest.model'), new Uint8Array(model.buffer))
      onProgress({ stage: 'forest', done: total, total })
      return model
    },
  }
}
