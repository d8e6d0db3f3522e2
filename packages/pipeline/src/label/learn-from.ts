import { rm } from 'node:fs/promises'
import { createLearner, type Learner } from '@astronomaly/active-learning'
import { AstronomalyError, type RunOptions, type Seed } from '@astronomaly/core'
import type { LearnedScores, RunData } from '../run/run-data.ts'
import { readLearned, writeLearned } from './learned-scores.ts'

/**
 * Ranks a run's objects by its ratings, writes `learner.model`, and notes the learner as the run's own.
 *
 * @returns The run with what was learnt.
 * @throws What the learner throws: UnsupportedError when it cannot take so many labels.
 */
export async function learnFrom(data: RunData, learner: Learner, seed: Seed, run: RunOptions): Promise<RunData> {
  const labels = [...data.ratings].sort(([a], [b]) => a - b).map(([row, rating]) => ({ row, rating }))
  const features = await data.features()
  const ranking = await learner.rank({ features, scores: data.forestScore, labels, seed }, run)
  const learned: LearnedScores = {
    learner: learner.id,
    seed,
    labels: labels.length,
    score: ranking.score,
    next: ranking.selectBatch(data.ids.length),
  }
  await writeLearned(data, learned)
  const record = { ...data.record, learner: { name: learner.id, seed, labels: labels.length } }
  await data.run.write(record)
  return { ...data, record, learned }
}

/**
 * A run with what its learner makes of its ratings: what was learnt before where that still holds, else learnt again.
 *
 * @param data - Without anything learnt.
 * @returns Also how many ratings were learnt from again. Without ratings, or when they cannot be learnt from (a warning says why), the
 * ranking is the forest's.
 */
export async function learnAgain(
  data: RunData,
  run: RunOptions,
): Promise<{ readonly data: RunData; readonly relearned: number }> {
  const learned = await readLearned(data)
  if (learned) return { data: { ...data, learned }, relearned: 0 }
  try {
    if (data.ratings.size > 0) {
      const { name, seed } = data.record.learner ?? { name: 'default', seed: data.record.options.seed as Seed }
      return { data: await learnFrom(data, createLearner(name), seed, run), relearned: data.ratings.size }
    }
  } catch (error) {
    if (!(error instanceof AstronomalyError)) throw error
    run.onWarning?.({
      message: `the ${data.ratings.size} ratings are kept, but the ranking is the forest's, for they could not be learnt from: ${error.message} Run 'label' with another learner`,
    })
  }
  await rm(data.run.file('learner.model'), { force: true })
  return { data, relearned: 0 }
}
