import {
  checkNumber,
  choiceOption,
  type Filled,
  medianInPlace,
  NumericalError,
  numberOption,
  resolveOptions,
} from '@astronomaly/core'

/** How {@link sigmaClip} decides. */
export interface SigmaClipOptions {
  /**
   * Values further than this many standard deviations from the centre are clipped; > 0.
   * @defaultValue 3
   */
  readonly sigma?: number | undefined
  /**
   * Most rounds, an integer ≥ 1, or `'converge'`: until a round clips nothing.
   * @defaultValue 5
   */
  readonly maxIterations?: number | 'converge' | undefined
  /**
   * What the distance is measured from.
   * @defaultValue 'median'
   */
  readonly centre?: 'median' | 'mean' | undefined
}

const rules = {
  sigma: numberOption(3, { above: 0 }),
  maxIterations: (value: number | 'converge' = 5, subject: string) =>
    value === 'converge' ? value : checkNumber(subject, value, { min: 1, integer: true }),
  centre: choiceOption(['median', 'mean'], 'median'),
}

/** The outcome of {@link sigmaClip}. Statistics are those of the values that survive; NaN when none does. */
export interface SigmaClipResult {
  /** 1 = clipped or NaN, 0 = kept. */
  readonly mask: Uint8Array
  readonly median: number
  readonly mean: number
  /** Population standard deviation about the mean. */
  readonly std: number
  /** Number of values kept. */
  readonly kept: number
  /** Rounds done; the last one, which clips nothing, counts. */
  readonly iterations: number
  /** Limits of the last round; values equal to a limit are kept. */
  readonly lower: number
  readonly upper: number
}

/** Options with every default filled in. @throws ParameterError */
export function resolveSigmaClip(options: SigmaClipOptions = {}): Filled<SigmaClipOptions> {
  return Object.freeze(resolveOptions('sigmaClip', options, rules))
}

/**
 * Iterative sigma clipping, as astropy's `SigmaClip`.
 *
 * @param values - Any order; NaN = missing, masked and otherwise ignored. Not changed.
 * @throws NumericalError when a value is infinite.
 * @remarks O(n) per round. Each round keeps the values within `sigma` standard deviations (population, about the mean of the
 * values still kept) of their median.
 * @see {@link https://docs.astropy.org/en/stable/api/astropy.stats.SigmaClip.html}
 */
export function sigmaClip(values: ArrayLike<number>, options: SigmaClipOptions = {}): SigmaClipResult {
  const data = values instanceof Float64Array ? values : Float64Array.from(values)
  const statistics = clippedStatistics(data, options)
  const { lower, upper } = statistics
  const mask = new Uint8Array(data.length)
  for (let i = 0; i < mask.length; i++) {
    const v = data[i]!
    mask[i] = v >= lower && v <= upper ? 0 : 1
  }
  return { mask, ...statistics }
}

/** As {@link sigmaClip}, without the mask. */
export function clippedStatistics(data: Float64Array, options: SigmaClipOptions = {}): Omit<SigmaClipResult, 'mask'> {
  const { sigma, maxIterations, centre } = resolveSigmaClip(options)
  const rounds = maxIterations === 'converge' ? Number.POSITIVE_INFINITY : maxIterations
  const kept = new Float64Array(data.length)
  let n = 0
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!
    if (v - v === 0) kept[n++] = v
    else if (!Number.isNaN(v)) {
      throw new NumericalError(`sigmaClip: values must be finite or NaN. Received ${v} at ${i}.`)
    }
  }
  let statistics = describe(kept, n)
  let lower = Number.NaN
  let upper = Number.NaN
  let iterations = 0
  while (iterations < rounds) {
    iterations++
    const middle = centre === 'median' ? statistics.median : statistics.mean
    lower = middle - sigma * statistics.std
    upper = middle + sigma * statistics.std
    let m = 0
    for (let i = 0; i < n; i++) {
      const v = kept[i]!
      if (v >= lower && v <= upper) kept[m++] = v
    }
    if (m === n) break
    n = m
    statistics = describe(kept, n)
  }
  return { ...statistics, kept: n, iterations, lower, upper }
}

function describe(a: Float64Array, n: number): { median: number; mean: number; std: number } {
  const median = medianInPlace(a, n)
  // One pass: about the median, which is near the mean, the difference of squares loses no digits.
  let sum = 0
  let squares = 0
  for (let i = 0; i < n; i++) {
    const d = a[i]! - median
    sum += d
    squares += d * d
  }
  const shift = sum / n
  return { median, mean: median + shift, std: Math.sqrt(Math.max(0, squares / n - shift * shift)) }
}
