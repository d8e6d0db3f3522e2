import { describeFeature, type PcaModel } from '@astronomaly/features'
import type { Reason } from './report-data.ts'

/** What holds less of the whole is no reason. */
const leastShare = 0.05
/** Nor is a feature nearer to the mean of all objects than this many standard deviations. */
const leastDeviation = 1
const mostReasons = 4

/** A feature column that has a name. */
export interface NamedColumn {
  readonly name: string
  /** Its index among all columns. */
  readonly column: number
}

/**
 * Puts the features that made an object stand out into words.
 *
 * @param row - `[inputColumns]` The object's features.
 * @param shares - `[inputColumns]` What each of them did, ≥ 0.
 * @returns At most four, most telling first. Features of one topic are one reason, of the weight of all and in the words of the weightiest;
 * those of less than 5 % of the sum of all shares, or less than one standard deviation from the mean, are left out.
 */
export function nameReasons(
  named: readonly NamedColumn[],
  { mean, deviation }: Pick<PcaModel, 'mean' | 'deviation'>,
  row: ArrayLike<number>,
  shares: Float64Array,
): readonly Reason[] {
  const total = shares.reduce((a, b) => a + b, 0)
  const topics = new Map<string, { weight: number; most: number; reason: Reason }>()
  for (const { name, column } of named) {
    const value = row[column]!
    const share = shares[column]!
    const away = (value - mean[column]!) / deviation[column]!
    if (!(share > 0) || !(Math.abs(away) >= leastDeviation) || !Number.isFinite(away)) continue
    const described = describeFeature(name)
    const text = described?.[away > 0 ? 'high' : 'low'] ?? `${name} ${away > 0 ? 'high' : 'low'}`
    const topic = described?.topic ?? name
    const { weight = 0, most = 0, reason } = topics.get(topic) ?? {}
    topics.set(topic, {
      weight: weight + share,
      most: Math.max(most, share),
      reason: reason && most >= share ? reason : { text, feature: name, value, deviation: away },
    })
  }
  return [...topics.values()]
    .filter(({ weight }) => weight >= leastShare * total)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, mostReasons)
    .map(({ reason }) => reason)
}
