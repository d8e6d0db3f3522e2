import type { Evaluation } from './evaluation.ts'

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

/** The first, the last and at most four between. */
function thinOut(all: readonly string[]): readonly string[] {
  const last = Math.min(mostSteps, all.length) - 1
  return Array.from({ length: last + 1 }, (_, i) => all[last === 0 ? 0 : Math.round((i * (all.length - 1)) / last)]!)
}

/** What looking at objects finds, in the order in which a learner shows them. */
export interface FoundInLooks {
  /** Numbers of objects looked at, as they are written in the evaluation: the first, the last and at most four between. */
  readonly looks: readonly string[]
  /** Anomalies among the first so many that one learner shows: the mean over seeds. */
  readonly found: (learner: string, looks: string) => number
  /** Anomalies among so many drawn by chance: the mean. */
  readonly chance: (looks: string) => number
}

/** The discoveries of an evaluation: anomalies among what was looked at, and what chance would have found. */
export function foundInLooks({ learners, anomalies, objects }: Evaluation): FoundInLooks {
  const [any] = Object.values(learners)
  return {
    looks: thinOut(Object.keys(any?.found ?? {})),
    found: (learner, looks) => learners[learner]!.found[looks]!,
    chance: (looks) => (Number(looks) * anomalies) / objects,
  }
}

/** The paper's first 500, or the first twentieth of a small set. */
export function evaluationTop(evaluation: Evaluation): EvaluationTop {
  const { learners, objects } = evaluation
  const large = objects >= leastForTop500
  const [any] = Object.values(learners)
  const all = Object.keys(any?.foundInTop500 ?? {})
  const steps = thinOut(all)
  return {
    name: large ? 'first 500' : `first 5 % (${Math.ceil(0.05 * objects)})`,
    steps,
    found: (learner, step) => {
      const figures = learners[learner]!
      return (large ? figures.foundInTop500 : figures.foundInTop5Percent)[step]!
    },
  }
}
