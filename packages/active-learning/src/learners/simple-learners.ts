import { createRandom, type RunOptions } from '@astronomaly/core'
import { settleLabels } from '../labels/label.ts'
import { checkLearnerInput, type Learner, type LearnerInput, type Ranking, rankingOf } from './learner.ts'

/** The detector's own order, whatever the labels say: the baseline without learning. */
export function forestOnlyLearner(): Learner {
  return {
    id: 'forest',
    async rank(input: LearnerInput, run: RunOptions = {}): Promise<Ranking> {
      run.signal?.throwIfAborted()
      checkLearnerInput('forest', input)
      const { rows } = settleLabels('forest', input.labels, input.scores.length)
      return rankingOf(input.scores.slice(), rows, {})
    },
  }
}

/** A random order, the same after every retraining with one seed: what any method must beat. */
export function randomLearner(): Learner {
  return {
    id: 'random',
    firstBatch: 'own',
    async rank(input: LearnerInput, run: RunOptions = {}): Promise<Ranking> {
      run.signal?.throwIfAborted()
      checkLearnerInput('random', input)
      const { rows } = settleLabels('random', input.labels, input.scores.length)
      const random = createRandom(input.seed ?? 0, 'active-learning.random-order')
      return rankingOf(
        Float64Array.from(input.scores, () => random.uniform()),
        rows,
        {},
      )
    },
  }
}
