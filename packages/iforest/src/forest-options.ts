import { assertKnownKeys, checkNumber, checkOneOf, createRandom, ParameterError, type Seed } from '@astronomaly/core'
import type { MissingRule } from './read-batches.ts'

/** A share of a whole, in (0, 1]. */
export interface Fraction {
  readonly fraction: number
}

/** Options of {@link IsolationForest}; the defaults are scikit-learn's. */
export interface IsolationForestOptions {
  /**
   * Number of trees, 1 to 100,000.
   * @defaultValue 100
   */
  readonly trees?: number
  /**
   * Rows that each tree is grown on, never more than there are: a number ≥ 1, a share of the rows (rounded down, at least 1) or
   * `'auto'`, which is 256.
   * @defaultValue 'auto'
   */
  readonly sampleSize?: number | Fraction | 'auto'
  /**
   * Depth at which a tree stops: an integer ≥ 0, `'unlimited'`, or `'auto'`, which is ⌈log2 sampleSize⌉.
   * @defaultValue 'auto'
   */
  readonly maxDepth?: number | 'auto' | 'unlimited'
  /**
   * Columns that each tree may split on, drawn anew for each: a number ≥ 1, a share of the columns (rounded down, at least 1) or
   * `'all'`.
   * @defaultValue 'all'
   */
  readonly featuresPerTree?: number | Fraction | 'all'
  /**
   * Whether each tree's rows are drawn with replacement.
   * @defaultValue false
   */
  readonly bootstrap?: boolean
  /**
   * Share of the fitted rows that `isAnomaly` calls anomalies, in (0, 0.5]; it costs a second pass over the rows. With `'auto'`
   * rows that score above 0.5 are anomalies.
   * @defaultValue 'auto'
   */
  readonly contamination?: number | 'auto'
  /**
   * What NaN is: an error, or a missing value whose row follows both children, weighted by their shares of the training rows.
   * @defaultValue 'reject'
   */
  readonly missing?: MissingRule
  /**
   * The formula for the mean depth c(n): see {@link averagePathLength}.
   * @defaultValue 'scikit-learn'
   */
  readonly pathLength?: 'scikit-learn' | 'exact'
  /**
   * Root of all randomness. Each tree has a stream of its own, hashed from the seed and the tree's number.
   * @defaultValue 0
   */
  readonly seed?: Seed
}

/** {@link IsolationForestOptions} with every default filled in. */
export type ResolvedIsolationForestOptions = Readonly<Required<IsolationForestOptions>>

const known = [
  'trees',
  'sampleSize',
  'maxDepth',
  'featuresPerTree',
  'bootstrap',
  'contamination',
  'missing',
  'pathLength',
  'seed',
]

function resolveSize<W extends string>(subject: string, value: unknown, words: readonly W[]): number | Fraction | W {
  if (words.includes(value as W)) return value as W
  if (typeof value === 'object' && value !== null) {
    assertKnownKeys(subject, value, ['fraction'])
    const { fraction } = value as Fraction
    return Object.freeze({ fraction: checkNumber(`${subject}.fraction`, fraction, { above: 0, max: 1 }) })
  }
  if (typeof value === 'number') return checkNumber(subject, value, { integer: true, min: 1, max: 2 ** 26 })
  throw new ParameterError(
    `${subject} must be an integer, { fraction } or ${words.map((w) => `'${w}'`).join(', ')}. Received ${String(value)}.`,
  )
}

/** Fills in defaults. @throws ParameterError for an unknown option or one out of its range. */
export function resolveForestOptions(options: IsolationForestOptions): ResolvedIsolationForestOptions {
  const of = (name: string): string => `IsolationForest: ${name}`
  assertKnownKeys('IsolationForest', options, known)
  // Defaults are for what is absent: null is a value, and a wrong one.
  const { trees = 100, sampleSize = 'auto', maxDepth = 'auto', featuresPerTree = 'all', bootstrap = false } = options
  const { contamination = 'auto', missing = 'reject', pathLength = 'scikit-learn', seed = 0 } = options
  if (typeof bootstrap !== 'boolean') {
    throw new ParameterError(`${of('bootstrap')} must be true or false. Received ${String(bootstrap)}.`)
  }
  createRandom(seed, 'iforest.check')
  return Object.freeze({
    trees: checkNumber(of('trees'), trees, { integer: true, min: 1, max: 100_000 }),
    sampleSize: resolveSize(of('sampleSize'), sampleSize, ['auto']),
    maxDepth:
      maxDepth === 'auto' || maxDepth === 'unlimited'
        ? maxDepth
        : checkNumber(of('maxDepth'), maxDepth, { integer: true, min: 0 }),
    featuresPerTree: resolveSize(of('featuresPerTree'), featuresPerTree, ['all']),
    bootstrap,
    contamination:
      contamination === 'auto'
        ? contamination
        : checkNumber(of('contamination'), contamination, { above: 0, max: 0.5 }),
    missing: checkOneOf(of('missing'), missing, ['reject', 'both-ways']),
    pathLength: checkOneOf(of('pathLength'), pathLength, ['scikit-learn', 'exact']),
    seed,
  })
}
