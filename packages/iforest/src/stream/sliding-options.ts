import { assertKnownKeys, checkNumber, describeValue, ParameterError } from '@astronomaly/core'
import {
  forestOptionNames,
  type IsolationForestOptions,
  type ResolvedIsolationForestOptions,
  resolveForestOptions,
} from '../forest-options.ts'
import { autoSampleSize, checkDimensions, checkDraws, checkRowMemory } from '../grow/draw-limits.ts'
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

/** {@link SlidingIsolationForestOptions} with every default filled in. */
export interface ResolvedSlidingOptions extends Omit<ResolvedIsolationForestOptions, 'sampleSize' | 'contamination'> {
  readonly sampleSize: number
  readonly window: number
}

const subject = 'SlidingIsolationForest'

/** Fills in defaults. @throws ParameterError for an unknown option or one out of its range. */
export function resolveSlidingOptions(options: SlidingIsolationForestOptions): ResolvedSlidingOptions {
  assertKnownKeys(subject, options, [...forestOptionNames.filter((name) => name !== 'contamination'), 'window'])
  const { window = 8192, sampleSize = autoSampleSize, ...rest } = options
  if (typeof sampleSize !== 'number') {
    throw new ParameterError(`${subject}: sampleSize must be a number. Received ${describeValue(sampleSize)}.`)
  }
  const { contamination: _, ...resolved } = resolveForestOptions({ ...rest, sampleSize }, subject)
  checkDraws(resolved.trees, sampleSize)
  return Object.freeze({
    ...resolved,
    sampleSize,
    window: checkNumber(`${subject}: window`, window, { integer: true, min: 2 * sampleSize, max: 2 ** 52 }),
  })
}

/** @throws ParameterError when `featuresPerTree` exceeds the columns, or the samples or trees would not fit in memory. */
export function checkSlidingColumns(columns: number, options: ResolvedSlidingOptions): void {
  const { trees, sampleSize } = options
  const { span, life } = new TreeSchedule(options)
  checkDimensions(trees, sampleSize, countTerms(columns, options))
  checkRowMemory((Math.ceil((trees * span) / life) + 1) * sampleSize, columns)
}
