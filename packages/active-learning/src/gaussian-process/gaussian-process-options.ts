import {
  checkNumber,
  choiceOption,
  definedOnly,
  type Filled,
  flagOption,
  numberOption,
  resolveOptions,
  type Seed,
} from '@astronomaly/core'
import { seedOption } from '../seed-option.ts'
import type { GaussianProcessKernel } from './covariance.ts'

/** The lowest and the highest value of a hyper-parameter, 0 < low ≤ high. */
export type HyperparameterRange = readonly [low: number, high: number]

/** The box in which hyper-parameters are searched. Each is [1e-5, 1e5] unless given. */
export interface GaussianProcessBounds {
  readonly amplitude?: HyperparameterRange | undefined
  readonly shape?: HyperparameterRange | undefined
  readonly lengthScale?: HyperparameterRange | undefined
  readonly linear?: HyperparameterRange | undefined
  readonly noise?: HyperparameterRange | undefined
}

/** A log-normal prior: the median, and the standard deviation of the natural logarithm. */
export interface LogNormal {
  /** > 0 */
  readonly median: number
  /** > 0 */
  readonly spread: number
}

/** Priors by hyper-parameter; that of `lengthScale` holds for each. */
export interface GaussianProcessPriors {
  readonly amplitude?: LogNormal | undefined
  readonly shape?: LogNormal | undefined
  readonly lengthScale?: LogNormal | undefined
  readonly linear?: LogNormal | undefined
  readonly noise?: LogNormal | undefined
}

/** What a {@link GaussianProcess} is made of and how its hyper-parameters are found. */
export interface GaussianProcessOptions {
  /** @defaultValue 'matern-1.5' */
  readonly kernel?: GaussianProcessKernel | undefined
  /**
   * Whether the kernel is multiplied by a variance σ_f² to be found; else by 1.
   * @defaultValue false
   */
  readonly amplitude?: boolean | undefined
  /**
   * One length scale per column instead of one for all.
   * @defaultValue false
   */
  readonly ard?: boolean | undefined
  /**
   * Whether σ_l² x·x′ is added, which follows trends beyond the data.
   * @defaultValue false
   */
  readonly linear?: boolean | undefined
  /**
   * Prior mean: 0, or a constant by generalised least squares.
   * @defaultValue 'zero'
   */
  readonly mean?: 'zero' | 'constant' | undefined
  /** @defaultValue [1e-5, 1e5] for each */
  readonly bounds?: GaussianProcessBounds | undefined
  /**
   * Log-normal priors on hyper-parameters; the search then maximises likelihood × prior. Those not named have none.
   * @defaultValue \{\}
   */
  readonly priors?: GaussianProcessPriors | undefined
  /**
   * Where the search begins: log hyper-parameters in the order amplitude, shape, length scales, linear, noise, those that
   * there are.
   * @defaultValue log of the prior's median where there is a prior, else 0, which is 1.0
   */
  readonly start?: readonly number[] | undefined
  /**
   * Whether hyper-parameters are searched; else `start` is taken as it is.
   * @defaultValue true
   */
  readonly optimize?: boolean | undefined
  /**
   * Further random starts within a factor of 10 of the data's own scale; the first two starts are `start` and that scale,
   * which for a hyper-parameter with a prior is the prior's median.
   * @defaultValue 0
   */
  readonly restarts?: number | undefined
  /** @defaultValue 0 */
  readonly seed?: Seed | undefined
}

const widest: HyperparameterRange = [1e-5, 1e5]

const range = (given: HyperparameterRange | undefined, subject: string): HyperparameterRange => {
  const [lowest, highest] = given ?? widest
  const low = checkNumber(`${subject}[0]`, lowest, { min: 1e-80, max: 1e80 })
  return Object.freeze([low, checkNumber(`${subject}[1]`, highest, { min: low, max: 1e80 })] as const)
}

const logNormalRules = {
  median: (value: unknown, subject: string) => checkNumber(subject, value, { min: 1e-80, max: 1e80 }),
  spread: (value: unknown, subject: string) => checkNumber(subject, value, { above: 0 }),
}

const prior = (given: LogNormal | undefined, subject: string): LogNormal | undefined =>
  given && Object.freeze(resolveOptions(subject, given, logNormalRules))

/** One rule for each kind of hyper-parameter. */
const each = <Rule>(rule: Rule) => ({ amplitude: rule, shape: rule, lengthScale: rule, linear: rule, noise: rule })

/** Kinds of hyper-parameters. */
export const hyperparameterKinds = ['amplitude', 'shape', 'lengthScale', 'linear', 'noise'] as const

const rules = {
  kernel: choiceOption(['matern-1.5', 'matern-2.5', 'rational-quadratic'], 'matern-1.5'),
  amplitude: flagOption(false),
  ard: flagOption(false),
  linear: flagOption(false),
  mean: choiceOption(['zero', 'constant'], 'zero'),
  bounds: (given: GaussianProcessBounds | undefined, subject: string) =>
    Object.freeze(resolveOptions(subject, given, each(range))),
  priors: (given: GaussianProcessPriors | undefined, subject: string) =>
    Object.freeze(definedOnly(resolveOptions(subject, given, each(prior)))),
  start: (given: readonly number[] = [], subject: string): readonly number[] =>
    Object.freeze(Array.from(given, (value, i) => checkNumber(`${subject}[${i}]`, value, { min: -200, max: 200 }))),
  optimize: flagOption(true),
  restarts: numberOption(0, { integer: true, min: 0, max: 1000 }),
  seed: seedOption('active-learning.gaussian-process'),
}

/** Options checked, filled in and frozen. @throws ParameterError */
export function resolveGaussianProcessOptions(options: GaussianProcessOptions): Filled<GaussianProcessOptions> {
  return Object.freeze(resolveOptions('GaussianProcess', options, rules))
}
