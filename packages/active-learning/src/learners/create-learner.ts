import { ParameterError } from '@astronomaly/core'
import { directRegressionLearner } from './direct-regression-learner.ts'
import { forestGpLearner } from './forest-gp-learner.ts'
import type { Learner } from './learner.ts'
import { neighbourScoreLearner } from './neighbour-score-learner.ts'
import { forestOnlyLearner, randomLearner } from './simple-learners.ts'

const makers: readonly { readonly names: readonly string[]; make(): Learner }[] = [
  { names: ['neighbour-score', 'neighbor-score', 'neighbour', 'ns'], make: () => neighbourScoreLearner() },
  { names: ['gp', 'direct-regression', 'dr'], make: () => directRegressionLearner() },
  { names: ['forest-gp', 'default'], make: () => forestGpLearner() },
  { names: ['forest'], make: () => forestOnlyLearner() },
  { names: ['random'], make: () => randomLearner() },
]

/** Every name that {@link createLearner} understands; each learner's id comes before its aliases. */
export const learnerNames: readonly string[] = makers.flatMap(({ names }) => names)

/**
 * The learner of that name, with default options.
 *
 * @param name - One of {@link learnerNames}; `'default'` is the one to take where nothing speaks for another.
 * @throws ParameterError for any other name; the message lists all.
 */
export function createLearner(name = 'default'): Learner {
  const maker = makers.find(({ names }) => names.includes(name))
  if (!maker)
    throw new ParameterError(`createLearner: name must be one of ${learnerNames.join(', ')}. Received ${String(name)}.`)
  return maker.make()
}
