import {
  assertKnownKeys,
  checkNumber,
  checkOneOf,
  createRandom,
  type Filled,
  ParameterError,
  type Seed,
} from '@astronomaly/core'
import type { GaussianProcessKernel } from './covariance.ts'

/** The lowest and the highest value of a hyper-parameter, 0 < low ≤ high. */
export type HyperparameterRange = readonly [low: number, high: number]

/** The box in which hyper-parameters are searched. Each is [1e-5, 1e5] unless given. */
export interface GaussianProcessBounds {
  readonly amplitude?: HyperparameterRange
  readonly shape?: HyperparameterRange
  readonly lengthScale?: HyperparameterRange
  readonly linear?: HyperparameterRange
  readonly noise?: HyperparameterRange
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
  readonly amplitude?: LogNormal
  readonly shape?: LogNormal
  readonly lengthScale?: LogNormal
  readonly linear?: LogNormal
  readonly noise?: LogNormal
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

const optionNames = [
  'kernel',
  'amplitude',
  'ard',
  'linear',
  'mean',
  'bounds',
  'priors',
  'start',
  'optimize',
  'restarts',
  'seed',
] as const
/** Kinds of hyper-parameters. */
export const hyperparameterKinds = ['amplitude', 'shape', 'lengthScale', 'linear', 'noise'] as const
const widest: HyperparameterRange = [1e-5, 1e5]

/** Options checked and filled in. @throws ParameterError */
export function resolveGaussianProcessOptions(options: GaussianProcessOptions): Filled<GaussianProcessOptions> {
  const subject = 'GaussianProcess'
  assertKnownKeys(subject, options, optionNames)
  const { bounds = {}, priors = {}, start = [], seed = 0 } = options
  assertKnownKeys(`${subject}: bounds`, bounds, hyperparameterKinds)
  const checked: Record<string, HyperparameterRange> = {}
  for (const name of hyperparameterKinds)
    checked[name] = checkRange(`${subject}: bounds.${name}`, bounds[name] ?? widest)
  assertKnownKeys(`${subject}: priors`, priors, hyperparameterKinds)
  const checkedPriors: Record<string, LogNormal> = {}
  for (const name of hyperparameterKinds) {
    const prior = priors[name]
    if (prior) checkedPriors[name] = checkPrior(`${subject}: priors.${name}`, prior)
  }
  for (const [i, value] of start.entries()) checkNumber(`${subject}: start[${i}]`, value, { min: -200, max: 200 })
  const restarts = checkNumber(`${subject}: restarts`, options.restarts ?? 0, { integer: true, min: 0, max: 1000 })
  createRandom(seed, 'active-learning.gaussian-process')
  return Object.freeze({
    kernel: checkOneOf(`${subject}: kernel`, options.kernel ?? 'matern-1.5', [
      'matern-1.5',
      'matern-2.5',
      'rational-quadratic',
    ]),
    amplitude: checkBoolean(`${subject}: amplitude`, options.amplitude ?? false),
    ard: checkBoolean(`${subject}: ard`, options.ard ?? false),
    linear: checkBoolean(`${subject}: linear`, options.linear ?? false),
    mean: checkOneOf(`${subject}: mean`, options.mean ?? 'zero', ['zero', 'constant']),
    bounds: Object.freeze(checked),
    priors: Object.freeze(checkedPriors),
    start: Object.freeze([...start]),
    optimize: checkBoolean(`${subject}: optimize`, options.optimize ?? true),
    restarts,
    seed,
  })
}

function checkBoolean(subject: string, value: unknown): boolean {
  if (typeof value !== 'boolean')
    throw new ParameterError(`${subject} must be true or false. Received ${String(value)}.`)
  return value
}

function checkRange(subject: string, range: HyperparameterRange): HyperparameterRange {
  const low = checkNumber(`${subject}[0]`, range[0], { min: 1e-80, max: 1e80 })
  return Object.freeze([low, checkNumber(`${subject}[1]`, range[1], { min: low, max: 1e80 })] as const)
}

function checkPrior(subject: string, prior: LogNormal): LogNormal {
  assertKnownKeys(subject, prior, ['median', 'spread'])
  return Object.freeze({
    median: checkNumber(`${subject}.median`, prior.median, { min: 1e-80, max: 1e80 }),
    spread: checkNumber(`${subject}.spread`, prior.spread, { above: 0 }),
  })
}
