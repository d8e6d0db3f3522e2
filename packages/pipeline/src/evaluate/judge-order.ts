import type { ProtocolResult } from '@astronomaly/active-learning'
import { averagePrecision, foundByRank, precisionAtRecall, rankWeightedScore } from '@astronomaly/core/metrics'
import type { LearnerEvaluation } from './evaluation.ts'

/** What one learner reached with one seed. */
export type LearnerOutcome = Omit<
  LearnerEvaluation,
  'foundRange' | 'foundInTop5PercentStd' | 'recallLow' | 'recallHigh'
>

/** The truth that rankings are judged by. */
export interface KnownAnomalies {
  /** 1 for each object that is one. */
  readonly interesting: Uint8Array
  readonly anomalies: number
  /** Ranks at which recall is stated. */
  readonly ranks: readonly number[]
}

/** Ranks from 1 to `count` for a curve: each of the first hundred, then as many as a linear and a logarithmic axis can show. */
export function spreadRanks(count: number): number[] {
  const ranks = new Set<number>()
  for (let i = 1; i <= Math.min(count, 100); i++) ranks.add(i)
  for (let i = 0; i <= 300; i++) ranks.add(Math.max(1, Math.round(count ** (i / 300))))
  for (let i = 1; i <= 100; i++) ranks.add(Math.max(1, Math.round((count * i) / 100)))
  return [...ranks].sort((a, b) => a - b)
}

/**
 * Counts anomalies in what a learner showed and in the ranking that it left.
 *
 * @param detectorOrder - The ranking before any label.
 */
export function judgeOrder(
  played: ProtocolResult,
  detectorOrder: Uint32Array,
  { interesting, anomalies, ranks }: KnownAnomalies,
): LearnerOutcome {
  const steps = [
    { labels: 0, order: { withLabelled: detectorOrder, withoutLabelled: detectorOrder } },
    ...played.batches,
  ]
  const last = played.finalOrder.withLabelled
  const byRank = foundByRank(last, interesting)
  const share = (part: number): number => (byRank[Math.max(1, Math.ceil(part * last.length)) - 1] ?? 0) / anomalies
  const inTop = (order: Uint32Array, count = 500): number =>
    foundByRank(order.subarray(0, count), interesting).at(-1) ?? 0
  const twentieth = Math.ceil(0.05 * last.length)
  return {
    found: Object.fromEntries(played.batches.map((step) => [step.labels, step.found])),
    recallTop5: share(0.05),
    recallTop10: share(0.1),
    foundInTop5Percent: Object.fromEntries(
      steps.map((step) => [step.labels, inTop(step.order.withLabelled, twentieth)]),
    ),
    foundInTop500: Object.fromEntries(steps.map((step) => [step.labels, inTop(step.order.withLabelled)])),
    foundInTop500Unlabelled: Object.fromEntries(steps.map((step) => [step.labels, inTop(step.order.withoutLabelled)])),
    averagePrecision: averagePrecision(last, interesting),
    rankWeightedScore: rankWeightedScore(last, interesting, Math.min(500, last.length)),
    precisionAtRecall: Object.fromEntries(
      [25, 50, 75, 95].map((p) => [p, precisionAtRecall(last, interesting, p / 100)]),
    ),
    recall: ranks.map((rank) => byRank[rank - 1]! / anomalies),
  }
}
