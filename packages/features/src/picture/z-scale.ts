import { type Image, median, type NumericArray, NumericalError, numberOption, resolveOptions } from '@astronomaly/core'
import { checkImage } from './check-image.ts'
import { limitsToUnit } from './stretch.ts'

/** How {@link zScaleLimits} samples and rejects. */
export interface ZScaleOptions {
  /** Values looked at, evenly spaced. @defaultValue 1000 */
  readonly samples?: number | undefined
  /** The slope of the sorted values is divided by it; in (0, 1]. Smaller shows a wider range. @defaultValue 0.25 */
  readonly contrast?: number | undefined
  /** Largest share of the samples that may be rejected before the limits fall back to the extremes. @defaultValue 0.5 */
  readonly maxReject?: number | undefined
  /** Fewest samples that must survive. @defaultValue 5 */
  readonly minSamples?: number | undefined
  /** Samples further from the line than this many standard deviations are rejected. @defaultValue 2.5 */
  readonly rejectSigma?: number | undefined
  /** @defaultValue 5 */
  readonly maxIterations?: number | undefined
}

const rules = {
  samples: numberOption(1000, { min: 1, integer: true }),
  contrast: numberOption(0.25, { above: 0, max: 1 }),
  maxReject: numberOption(0.5, { min: 0, max: 1 }),
  minSamples: numberOption(5, { min: 1, integer: true }),
  rejectSigma: numberOption(2.5, { above: 0 }),
  maxIterations: numberOption(5, { min: 1, integer: true }),
}

/**
 * The range of values in which the sky and faint objects are seen (IRAF's zscale).
 *
 * @param values - Any order; NaN is ignored.
 * @returns `low` ≤ `high`.
 * @throws NumericalError when every value is NaN or one is infinite; ParameterError
 * @remarks Fits a line to the sorted samples, rejecting outliers and their neighbours, and shows median ± slope × half of the samples,
 * within the extremes of the samples. Equal to astropy's `ZScaleInterval`. O(values + samples log samples).
 * @see {@link https://docs.astropy.org/en/stable/api/astropy.visualization.ZScaleInterval.html}
 */
export function zScaleLimits(values: ArrayLike<number>, options: ZScaleOptions = {}): { low: number; high: number } {
  const resolved = resolveOptions('zScale', options, rules)
  const { contrast, maxReject, minSamples, rejectSigma, maxIterations } = resolved
  const samples = sortedSample(values, resolved.samples)
  const n = samples.length
  if (n === 0) throw new NumericalError('zScale: image must have a pixel that is not NaN.')
  let low = samples[0]!
  let high = samples[n - 1]!
  const fewest = Math.max(minSamples, Math.floor(n * maxReject))
  const grow = Math.max(1, Math.floor(n * 0.01))
  let rejected = new Uint8Array(n)
  let good = n
  let before = n + 1
  let slope = 0
  for (let round = 0; round < maxIterations && good < before && good >= fewest; round++) {
    const line = fitLine(samples, rejected)
    slope = line.slope
    const limit = rejectSigma * line.scatter
    for (let i = 0; i < n; i++) {
      if (Math.abs(samples[i]! - (line.intercept + line.slope * i)) > limit) rejected[i] = 1
    }
    rejected = spread(rejected, grow)
    before = good
    good = n - rejected.reduce((a, b) => a + b, 0)
  }
  if (good >= fewest) {
    slope /= contrast
    const middle = (n - 1) >> 1
    const centre = median(samples)
    low = Math.max(low, centre - (middle - 1) * slope)
    high = Math.min(high, centre + (n - middle) * slope)
  }
  return { low, high }
}

/** Linear between the {@link zScaleLimits} of all planes together, cut at both: f32 in [0, 1]. NaN stays. @throws NumericalError */
export function zScale(input: Image<NumericArray>, options: ZScaleOptions = {}): Image<Float32Array> {
  const { low, high } = zScaleLimits(checkImage('zScale', input).data, options)
  return limitsToUnit('zScale', input, low, high)
}

function sortedSample(values: ArrayLike<number>, wanted: number): Float64Array {
  const kept: number[] = []
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (v - v === 0) kept.push(v)
    else if (!Number.isNaN(v)) throw new NumericalError(`zScale: values must be finite or NaN. Received ${v} at ${i}.`)
  }
  const step = Math.max(1, Math.floor(kept.length / wanted))
  const out = new Float64Array(Math.min(wanted, Math.ceil(kept.length / step)))
  for (let i = 0; i < out.length; i++) out[i] = kept[i * step]!
  return out.sort()
}

/** Least-squares line through the samples that are not rejected, with the standard deviation of what is left. */
function fitLine(y: Float64Array, rejected: Uint8Array): { slope: number; intercept: number; scatter: number } {
  let n = 0
  let sx = 0
  let sy = 0
  for (let i = 0; i < y.length; i++) {
    if (rejected[i]) continue
    n++
    sx += i
    sy += y[i]!
  }
  const mx = sx / n
  const my = sy / n
  let xx = 0
  let xy = 0
  for (let i = 0; i < y.length; i++) {
    if (rejected[i]) continue
    xx += (i - mx) ** 2
    xy += (i - mx) * (y[i]! - my)
  }
  const slope = xx > 0 ? xy / xx : 0
  let squares = 0
  for (let i = 0; i < y.length; i++) if (!rejected[i]) squares += (y[i]! - my - slope * (i - mx)) ** 2
  return { slope, intercept: my - slope * mx, scatter: Math.sqrt(squares / n) }
}

/** Rejects the neighbours of rejected samples too: a window of `width`, one longer to the right where `width` is even. */
function spread(rejected: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(rejected.length)
  const before = width - 1 - ((width - 1) >> 1)
  for (let i = 0; i < rejected.length; i++) {
    if (!rejected[i]) continue
    out.fill(1, Math.max(0, i - ((width - 1) >> 1)), Math.min(rejected.length, i + before + 1))
  }
  return out
}
