import { readFile } from 'node:fs/promises'
import { decodeModel, encodeModel, FormatError, type RunOptions, type Seed } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { contentHash } from '../run/content-hash.ts'
import type { LearnedScores, RunData } from '../run/run-data.ts'

const kind = 'learned-scores'
const version = 2

/** What learned scores depend on: the forest's ranking, and each rating. */
function keyOf({ record, ids, ratings }: RunData): string {
  const labels = [...ratings].sort(([a], [b]) => a - b).map(([row, rating]) => [ids[row], rating])
  return contentHash([record.stages.forest ?? null, labels])
}

/** Writes `learner.model` in one step. */
export async function writeLearned(data: RunData, learned: LearnedScores): Promise<void> {
  const { learner, seed, labels, score, next } = learned
  const meta = { learner, seed, labels, key: keyOf(data) }
  const buffer = encodeModel({ kind, version, meta, arrays: { score, next } })
  await writeFileAtomic(data.run.file('learner.model'), new Uint8Array(buffer))
}

/**
 * Reads `learner.model`; undefined when there is none. One that is damaged, or was made of another forest or other ratings, is gone on
 * without, with a warning: labelling again writes a new one.
 */
export async function readLearned(
  data: RunData,
  { onWarning }: Pick<RunOptions, 'onWarning'> = {},
): Promise<LearnedScores | undefined> {
  const path = data.run.file('learner.model')
  try {
    const bytes = await readFile(path)
    const { meta, arrays } = decodeModel(new Uint8Array(bytes).buffer, kind, version)
    const { score, next } = arrays
    if (meta.key !== keyOf(data)) throw new FormatError('it was made of another ranking or other ratings')
    if (score instanceof Float64Array && score.length === data.ids.length && next instanceof Uint32Array) {
      const { learner, seed, labels } = meta
      return { learner: String(learner), seed: seed as Seed, labels: Number(labels), score, next }
    }
    throw new FormatError('its arrays are others')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onWarning?.({ message: `${path} is not used; label again: ${(error as Error).message}` })
    }
  }
  return undefined
}
