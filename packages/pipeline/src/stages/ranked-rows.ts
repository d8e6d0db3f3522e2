import { NotFoundError } from '@astronomaly/core'
import { readRejections, writeRejections } from '../run/rejections.ts'
import type { Rejection } from '../run/scan-folder.ts'
import type { ShardRow } from './feature-shard.ts'
import type { RunFeatures } from './feature-stage.ts'
import { judgeSizes } from './judge-sizes.ts'
import type { StageContext } from './stage.ts'

/** The objects that are ranked, in the order of their rows. */
export interface RankedRows {
  readonly features: RunFeatures
  /** For each feature shard, whether each of its rows is ranked. */
  readonly kept: readonly (readonly boolean[])[]
  readonly rows: readonly ShardRow[]
  /** Files and objects that are gone on without. */
  readonly rejected: readonly Rejection[]
}

/** Below this number of objects a warning says how little a ranking of them means: each tree wants 256. */
const fewObjects = 100

/**
 * Decides which rows of the features are ranked, and writes down what is gone on without.
 *
 * @param before - What was rejected before features were made.
 * @throws NotFoundError for fewer than two rows.
 */
export async function rankedRows(
  features: RunFeatures,
  before: readonly Rejection[],
  sizes: 'auto' | 'any' | 'same',
  { run, onWarning }: StageContext,
): Promise<RankedRows> {
  const { records } = features
  const verdict = judgeSizes(records, sizes)
  const odd = new Set(verdict.rejected.map(({ id }) => id))
  const kept = records.map((record) => record.rows.map(({ id }) => !odd.has(id)))
  const rows = records.flatMap((record) => record.rows.filter(({ id }) => !odd.has(id)))
  const rejected = [...before, ...records.flatMap((record) => record.rejected), ...verdict.rejected]
  for (const warning of [...records.flatMap(({ warnings }) => warnings), ...verdict.warnings]) onWarning?.(warning)
  const ofLabels = (await readRejections(run)).filter(({ stage }) => stage === 'labels')
  await writeRejections(run, [...rejected, ...ofLabels])
  if (rows.length < 2) {
    throw new NotFoundError(`rank: needs at least 2 usable pictures. Received ${rows.length}; rejected.csv says why.`)
  }
  if (rows.length < fewObjects) {
    onWarning?.({
      message: `${rows.length} objects are few: below ${fewObjects}, who comes first says little, and scores of one run do not compare with another's`,
    })
  }
  return { features, kept, rows, rejected }
}
