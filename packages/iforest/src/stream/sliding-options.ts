import { checkNumber, numberOption, type OptionRules, type ResolvedOptions, resolveOptions } from '@astronomaly/core'
import { forestRules, type IsolationForestOptions } from '../forest-options.ts'
import { autoSampleSize, checkDimensions, checkDraws, checkRowMemory, mostDraws } from '../grow/draw-limits.ts'
import { countTerms } from '../grow/grow-forest.ts'
import { TreeSchedule } from './tree-schedule.ts'

/** Options of {@link SlidingIsolationForest}: those of an isolation forest but `contamination`, and `window`. */
export interface SlidingIsolationForestOptions extends Omit<IsolationForestOptions, 'sampleSize' | 'contamination'> {
  /**
   * Rows that each tree is grown on, an integer ≥ 1. As many rows have to come before the first trees are grown.
   * @defaultValue 256
   */
  readonly sampleSize?: number | undefined
  /**
   * Rows after which a row is forgotten, an integer ≥ 2 × `sampleSize`: no tree of the forest was grown on a row older than this.
   * @defaultValue 8192
   */
  readonly window?: number | undefined
}

const { contamination: _, ...sharedRules } = forestRules
const rules = {
  ...sharedRules,
  sampleSize: numberOption(autoSampleSize, { integer: true, min: 1, max: mostDraws }),
  window: numberOption(8192, { integer: true, max: 2 ** 52 }),
} satisfies OptionRules<SlidingIsolationForestOptions>

/** {@link SlidingIsolationForestOptions} with every default filled in. */
export type ResolvedSlidingOptions = ResolvedOptions<typeof rules>

const subject = 'SlidingIsolationForest'

/** Fills in defaults. @throws ParameterError for an unknown option or one out of its range. */
export function resolveSlidingOptions(options: SlidingIsolationForestOptions): ResolvedSlidingOptions {
  const resolved = resolveOptions(subject, options, rules)
  const { trees, sampleSize, window } = resolved
  checkDraws(trees, sampleSize)
  checkNumber(`${subject}: window`, window, { min: 2 * sampleSize })
  return Object.freeze(resolved)
}

/** @throws ParameterError when `featuresPerTree` exceeds the columns, or the samples or trees would not fit in memory. */
export function checkSlidingColumns(columns: number, options: ResolvedSlidingOptions): void {
  const { trees, sampleSize } = options
  const { span, life } = new TreeSchedule(options)
  checkDimensions(trees, sampleSize, countTerms(columns, options))
  checkRowMemory((Math.ceil((trees * span) / life) + 1) * sampleSize, columns)
}
