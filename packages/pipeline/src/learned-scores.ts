import { readFile } from 'node:fs/promises'
import { decodeModel, encodeModel, FormatError } from '@astronomaly/core'
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
 * Reads `learner.model`; undefined when there is none.
 *
 * @throws FormatError when it is damaged or belongs to another number of objects.
 */
export async function readLearned(run: RunDirectory, rowCount: number): Promise<LearnedScores | undefined> {
  const path = run.file('learner.model')
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!bytes) return undefined
  const { meta, arrays } = decodeModel(new Uint8Array(bytes).buffer, kind, 1)
  const score = arrays.score
  if (!(score instanceof Float64Array) || score.length !== rowCount) {
    throw new FormatError(`run: learner.model must have ${rowCount} scores; label again`, { source: path })
  }
  return { learner: String(meta.learner), labels: Number(meta.labels), score }
}
