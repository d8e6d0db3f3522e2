import { meanAndStd } from '@astronomaly/core'
import type { LearnerEvaluation } from './evaluation.ts'
import type { LearnerOutcome } from './judge-order.ts'

type Figures = Readonly<Record<string, number>>

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const lowest = (values: readonly number[]): number => Math.min(...values)
const highest = (values: readonly number[]): number => Math.max(...values)

/** One learner over all seeds, of which there is at least one: means, and how far the seeds lie apart. */
export function summariseOutcomes(outcomes: readonly LearnerOutcome[]): LearnerEvaluation {
  const over = (figure: (outcome: LearnerOutcome) => number): number => mean(outcomes.map(figure))
  const each = <T>(figures: (outcome: LearnerOutcome) => Figures, sum: (values: readonly number[]) => T) => {
    const all = outcomes.map(figures)
    const entries = Object.keys(all[0]!).map((name): [string, T] => [name, sum(all.map((one) => one[name]!))])
    return Object.fromEntries(entries)
  }
  const byRank = (sum: (values: readonly number[]) => number): number[] =>
    outcomes[0]!.recall.map((_, i) => sum(outcomes.map(({ recall }) => recall[i]!)))
  return {
    found: each(({ found }) => found, mean),
    foundRange: each(
      ({ found }) => found,
      (values) => [lowest(values), highest(values)] as const,
    ),
    recallTop10: over(({ recallTop10 }) => recallTop10),
    recallTop5: over(({ recallTop5 }) => recallTop5),
    foundInTop5Percent: each(({ foundInTop5Percent }) => foundInTop5Percent, mean),
    foundInTop5PercentStd: each(
      ({ foundInTop5Percent }) => foundInTop5Percent,
      (values) => meanAndStd(values).std,
    ),
    foundInTop500: each(({ foundInTop500 }) => foundInTop500, mean),
    foundInTop500Unlabelled: each(({ foundInTop500Unlabelled }) => foundInTop500Unlabelled, mean),
    averagePrecision: over(({ averagePrecision }) => averagePrecision),
    rankWeightedScore: over(({ rankWeightedScore }) => rankWeightedScore),
    precisionAtRecall: each(({ precisionAtRecall }) => precisionAtRecall, mean),
    recall: byRank(mean),
    recallLow: byRank(lowest),
    recallHigh: byRank(highest),
  }
}
