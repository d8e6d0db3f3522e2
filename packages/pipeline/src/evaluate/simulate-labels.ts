import { createLearner, playProtocol } from '@astronomaly/active-learning'
import { assertKnownKeys, type RunOptions, type Seed } from '@astronomaly/core'
import type { Rating } from '../label/label.ts'
import { checkScale, type RatingScale } from '../label/rating-file.ts'
import { openUnlearned } from '../run/open-run.ts'
import { readTruth } from '../run/truth.ts'
import { takeRows } from '../stages/take-rows.ts'

/** How a simulated person labels. */
export interface SimulateLabelsOptions extends RunOptions, RatingScale {
  /** The run directory. */
  readonly run: string
  /** A table of ids or files and ratings, as `label` reads it. */
  readonly truth: string
  /** @defaultValue 'default' */
  readonly learner?: string | undefined
  /** Labels in all. */
  readonly labels: number
  /** Labels between two trainings. */
  readonly batch: number
}

/**
 * The ratings that a person who knows the truth would give to the objects that the learner asks for, in that order.
 *
 * @remarks Writes nothing; hand the result to {@link label}.
 */
export async function simulateLabels(options: SimulateLabelsOptions): Promise<Rating[]> {
  assertKnownKeys('simulateLabels', options, [
    ...['run', 'truth', 'learner', 'labels', 'batch', 'scale'],
    ...['signal', 'onProgress', 'onWarning', 'workers'],
  ])
  checkScale('simulateLabels', options.scale)
  const data = await openUnlearned(options.run)
  const { rows, ratings } = await readTruth(data, options.truth, options)
  const { labelled } = await playProtocol(
    {
      features: takeRows(await data.features(), rows),
      scores: Float64Array.from(rows, (row) => data.forestScore[row]!),
      ratings,
      interesting: (rating) => rating >= 3,
      learner: createLearner(options.learner),
      labels: options.labels,
      batch: options.batch,
      seed: data.record.options.seed as Seed,
    },
    options.signal ? { signal: options.signal } : {},
  )
  return Array.from(labelled, (i) => ({ id: data.ids[rows[i]!]!, rating: ratings[i]! }))
}
