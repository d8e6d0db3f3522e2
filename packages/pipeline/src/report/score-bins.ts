import { rankDescending } from '@astronomaly/core/metrics'
import type { RunData } from '../run/run-data.ts'
import type { ScoreHistogram } from './report-data.ts'

const bins = 60

/** Counts scores in equal bins from the lowest to the highest. @param top - Objects on the first contact sheet. */
export function countScores(title: string, scores: Float64Array, top: number): ScoreHistogram {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const score of scores) {
    low = Math.min(low, score)
    high = Math.max(high, score)
  }
  if (!(high > low)) high = low + 1
  const counts = new Array<number>(bins).fill(0)
  for (const score of scores) {
    const bin = Math.min(bins - 1, Math.floor(((score - low) / (high - low)) * bins))
    counts[bin] = counts[bin]! + 1
  }
  const order = rankDescending(scores)
  return {
    title,
    edges: Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins),
    counts,
    topFrom: scores[order[Math.min(top, order.length) - 1]!]!,
  }
}

/** The scores of a run: the learner's, where there is one, and the forest's. */
export function scoreHistograms({ learned, forestScore }: RunData, top: number): readonly ScoreHistogram[] {
  const forest = countScores('Isolation-forest score', forestScore, top)
  return learned ? [countScores(`Score after ${learned.labels} labels`, learned.score, top), forest] : [forest]
}
