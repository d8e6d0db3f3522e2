import { readFile } from 'node:fs/promises'
import { decodeModel, encodeModel, type RunOptions } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import type { RunDirectory } from './run-directory.ts'

/** What a learner made of the labels. */
export interface LearnedScores {
  readonly learner: string
  /** Labels that it was given. */
  readonly labels: number
  /** By row; higher = more interesting. */
  readonly score: Float64Array
}

const kind = 'learned-scores'

/** Writes `learner.model` in one step. */
export async function writeLearned(run: RunDirectory, learned: LearnedScores): Promise<void> {
  const { learner, labels, score } = learned
  const buffer = encodeModel({ kind, version: 1, meta: { learner, labels }, arrays: { score } })
  await writeFileAtomic(run.file('learner.model'), new Uint8Array(buffer))
}

/**
 * Reads `learner.model`; undefined when there is none. One that is damaged or of another number of objects is gone on without,
 * with a warning: labelling again writes a new one.
 */
export async function readLearned(
  run: RunDirectory,
  rowCount: number,
  { onWarning }: Pick<RunOptions, 'onWarning'> = {},
): Promise<LearnedScores | undefined> {
  const path = run.file('learner.model')
  try {
    const bytes = await readFile(path)
    const { meta, arrays } = decodeModel(new Uint8Array(bytes).buffer, kind, 1)
    const { score } = arrays
    if (score instanceof Float64Array && score.length === rowCount) {
      return { learner: String(meta.learner), labels: Number(meta.labels), score }
    }
    onWarning?.({ message: `${path} is of other objects and not used; label again` })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onWarning?.({ message: `${path} is not used; label again: ${(error as Error).message}` })
    }
  }
  return undefined
}
