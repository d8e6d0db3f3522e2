import {
  assertKnownKeys,
  checkNumber,
  choiceOption,
  createRandom,
  describeValue,
  flagOption,
  type NumberRule,
  numberOption,
  type OptionRule,
  type OptionRules,
  ParameterError,
  type ResolvedOptions,
  type Seed,
} from '@astronomaly/core'
import { type MissingRule, missingRules } from './forest-rows.ts'
import { mostDraws, mostTrees } from './grow/draw-limits.ts'

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
  readonly trees?: number | undefined
  /**
   * Rows that each tree is grown on, never more than there are: a number ≥ 1, a share of the rows (rounded down, at least 1) or
   * `'auto'`, which is 256.
   * @defaultValue 'auto'
   */
  readonly sampleSize?: number | Fraction | 'auto' | undefined
  /**
   * Depth at which a tree stops: an integer ≥ 0, `'unlimited'`, or `'auto'`, which is ⌈log2 sampleSize⌉.
   * @defaultValue 'auto'
   */
  readonly maxDepth?: number | 'auto' | 'unlimited' | undefined
  /**
   * Columns that each tree may split on, drawn anew for each: a number ≥ 1, a share of the columns (rounded down, at least 1) or
   * `'all'`. Half of the columns change AUROC by −0.46 and average precision by +0.33 per cent in the mean over 26 sets
   * (docs/detectors.md): worth a try where many columns say nothing.
   * @defaultValue 'all'
   */
  readonly featuresPerTree?: number | Fraction | 'all' | undefined
  /**
   * Whether each tree's rows are drawn with replacement.
   * @defaultValue false
   */
  readonly bootstrap?: boolean | undefined
  /**
   * Share of the fitted rows that `isAnomaly` calls anomalies, in (0, 0.5]; it costs a second pass over the rows. With `'auto'`
   * rows that score above 0.5 are anomalies.
   * @defaultValue 'auto'
   */
  readonly contamination?: number | 'auto' | undefined
  /**
   * What NaN is: an error, or a missing value whose row follows both children, weighted by their shares of the training rows.
   * @defaultValue 'reject'
   */
  readonly missing?: MissingRule | undefined
  /**
   * The formula for the mean depth c(n): see {@link averagePathLength}.
   * @defaultValue 'scikit-learn'
   */
  readonly pathLength?: 'scikit-learn' | 'exact' | undefined
  /**
   * Most columns that a cut combines, 1 to 1,000: 1 cuts along the axes, more obliquely (an extended forest). Each column is
   * weighted by a normal number divided by its standard deviation in the node. 2 scores rows around a crowd evenly, where cuts along
   * the axes leave bands; on the 26 sets of docs/detectors.md it changes AUROC by −0.13 per cent, on 24_mnist by +2.7, at some four
   * times the time of scoring. It pays together with `split: 'pooled-gain'`.
   * @see Hariri, Carrasco Kind & Brunner 2019, doi:10.1109/TKDE.2019.2947676
   * @defaultValue 1
   */
  readonly dimensions?: number | undefined
  /**
   * Where a cut lies: `'uniform'` in the range of the node's rows, or `'pooled-gain'`, where it parts them best. With
   * `dimensions: 2` the latter is the Fair-Cut forest. It helps where rows form groups, and harms where anomalies lie at the edge of
   * one: +1.15 per cent of AUROC in the mean over 26 sets (Fair-Cut +1.75), between +22 (19_landsat) and −15 (6_cardio); fitting takes
   * some ten times as long, scoring hardly longer; scores lie above 0.5 more often, so ask for a `contamination`. See
   * docs/detectors.md.
   * @see Cortes 2021, arXiv:2110.13402
   * @defaultValue 'uniform'
   */
  readonly split?: 'uniform' | 'pooled-gain' | undefined
  /**
   * Whether a cut adds nothing to the path length of a row that lies outside the range of the rows that the cut was chosen by. For
   * forests fitted on ordinary rows alone: there +0.70 per cent of AUROC and +2.48 of average precision in the mean over 23 sets, and
   * +2.6 and +8.2 for the Fair-Cut forest. Where anomalies are among the fitted rows it costs 0.39 of average precision. The trees are
   * the same; scoring takes some one and a half times as long. See docs/detectors.md.
   * @defaultValue false
   */
  readonly penalizeRange?: boolean | undefined
  /**
   * Root of all randomness. Each tree has a stream of its own, hashed from the seed and the tree's number.
   * @defaultValue 0
   */
  readonly seed?: Seed | undefined
}

/** A number, or one of some words; the first is the default. */
function numberOrWord<const Word extends string>(words: readonly [Word, ...Word[]], rule: NumberRule) {
  return (value: number | Word | undefined, subject: string): number | Word =>
    value === undefined ? words[0] : words.includes(value as Word) ? (value as Word) : checkNumber(subject, value, rule)
}

/** A number of things, a share of them, or a word, which is the default. */
function sizeOption<const Word extends string>(word: Word) {
  return (value: number | Fraction | Word | undefined, subject: string): number | Fraction | Word => {
    if (value === undefined || value === word) return word
    if (typeof value === 'object' && value !== null) {
      assertKnownKeys(subject, value, ['fraction'])
      return Object.freeze({ fraction: checkNumber(`${subject}.fraction`, value.fraction, { above: 0, max: 1 }) })
    }
    if (typeof value === 'number') return checkNumber(subject, value, { integer: true, min: 1, max: mostDraws })
    throw new ParameterError(
      `${subject} must be an integer, { fraction } or '${word}'. Received ${describeValue(value)}.`,
    )
  }
}

/** The rule of `contamination`, of every estimator that has it. */
export const contaminationOption: OptionRule<number | 'auto', number | 'auto'> = numberOrWord(['auto'], {
  above: 0,
  max: 0.5,
})

/** The rules of the options. */
export const forestRules = {
  trees: numberOption(100, { integer: true, min: 1, max: mostTrees }),
  sampleSize: sizeOption('auto'),
  maxDepth: numberOrWord(['auto', 'unlimited'], { integer: true, min: 0 }),
  featuresPerTree: sizeOption('all'),
  bootstrap: flagOption(false),
  contamination: contaminationOption,
  missing: choiceOption(missingRules, 'reject'),
  pathLength: choiceOption(['scikit-learn', 'exact'], 'scikit-learn'),
  dimensions: numberOption(1, { integer: true, min: 1, max: 1000 }),
  split: choiceOption(['uniform', 'pooled-gain'], 'uniform'),
  penalizeRange: flagOption(false),
  seed: (seed: Seed = 0): Seed => {
    createRandom(seed, 'iforest.check')
    return seed
  },
} satisfies OptionRules<IsolationForestOptions>

/** {@link IsolationForestOptions} with every default filled in. */
export type ResolvedIsolationForestOptions = ResolvedOptions<typeof forestRules>
