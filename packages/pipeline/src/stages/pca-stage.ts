import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '@astronomaly/core/node'
import { PcaModel, StreamingPca, type StreamingPcaOptions } from '@astronomaly/features'
import { contentHash } from '../run/content-hash.ts'
import { packageVersions } from '../run/making.ts'
import type { FeatureKind } from '../run/run-record.ts'
import { keptRows } from './kept-rows.ts'
import type { ResolvedRankOptions } from './rank-options.ts'
import type { RankedRows } from './ranked-rows.ts'
import type { Stage } from './stage.ts'

/** One kind of features keeps its own scale; several are brought to the same total variance. `'auto'`: named columns have units of their own. */
function scaling(kinds: readonly FeatureKind[], choice: boolean | 'auto'): StreamingPcaOptions {
  const groups = kinds.map(({ columns, names }) => ({
    columns,
    standardise: choice === 'auto' ? names !== null : choice,
  }))
  return groups.length === 1 ? { standardise: groups[0]!.standardise } : { groups }
}

/** The stage that finds the principal components of all ranked rows and writes `pca.model`. */
export function pcaStage({ features, kept, rows }: RankedRows, options: ResolvedRankOptions): Stage<PcaModel> {
  const { variance, standardise } = options
  const { kinds } = features
  const versions = [`features ${packageVersions().features}`]
  return {
    name: 'pca',
    key: contentHash([features.key, versions, rows.map((row) => row.id), variance, standardise]),
    async restore({ run, onWarning }) {
      try {
        return PcaModel.from(new Uint8Array(await readFile(run.file('pca.model'))).buffer)
      } catch (error) {
        onWarning?.({ message: `PCA is done again: ${(error as Error).message}` })
        return undefined
      }
    },
    async reduce({ run, onProgress, ...context }) {
      const pca = new StreamingPca({ components: { variance }, ...scaling(kinds, standardise) })
      const model = await pca.fit(keptRows(run, kinds, kept), {
        ...context,
        onProgress: (progress) => onProgress({ ...progress, stage: 'pca' }),
      })
      await writeFileAtomic(run.file('pca.model'), new Uint8Array(model.buffer))
      return model
    },
  }
}
