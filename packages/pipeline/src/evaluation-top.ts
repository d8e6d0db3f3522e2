import type { Evaluation } from './evaluate.ts'

/** Which part of a ranking a table of an evaluation counts anomalies in, and after how many labels. */
export interface EvaluationTop {
  /** Such as `'first 500'` or `'first 5 % (30)'`. */
  readonly name: string
  /** Numbers of labels, as they are written in the evaluation: the first, the last and at most four between. */
  readonly steps: readonly string[]
  /** Anomalies in that part of one learner's ranking after so many labels. */
  readonly found: (learner: string, step: string) => number
}

/** Sets smaller than this are judged by their first twentieth: 500 objects would be most of them. */
const leastForTop500 = 1000
const mostSteps = 6

/** The paper's first 500, or the first twentieth of a small set. */
export function evaluationTop(evaluation: Evaluation): EvaluationTop {
  const { learners, objects } = evaluation
  const large = objects >= leastForTop500
  const [any] = Object.values(learners)
  const all = Object.keys(any?.foundInTop500 ?? {})
  const last = Math.min(mostSteps, all.length) - 1
  const steps = Array.from(
    { length: last + 1 },
    (_, i) => all[last === 0 ? 0 : Math.round((i * (all.length - 1)) / last)]!,
  )
  return {
    name: large ? 'first 500' : `first 5 % (${Math.ceil(0.05 * objects)})`,
    steps,
    found: (learner, step) => {
      const figures = learners[learner]!
      return (large ? figures.foundInTop500 : figures.foundInTop5Percent)[step]!
    },
  }
}
