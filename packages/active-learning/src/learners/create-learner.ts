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

/**
 * Every name that {@link createLearner} understands; each learner's id comes before its aliases. `'default'` is an alias of
 * `'forest-gp'`, the one learner that is taken where none is named.
 */
export const learnerNames: readonly string[] = makers.flatMap(({ names }) => names)

/**
 * The learner of that name, with the defaults of its options.
 *
 * @param name - One of {@link learnerNames}: an id or an alias. The learner's `id` says which one it is.
 * @throws ParameterError for any other name; the message lists all.
 */
export function createLearner(name = 'forest-gp'): Learner {
  const maker = makers.find(({ names }) => names.includes(name))
  if (!maker)
    throw new ParameterError(`createLearner: name must be one of ${learnerNames.join(', ')}. Received ${String(name)}.`)
  return maker.make()
}
