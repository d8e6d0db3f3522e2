import {
  checkNumber,
  type Image,
  image,
  type NumericArray,
  NumericalError,
  numberOption,
  quantile,
  resolveOptions,
} from '@astronomaly/core'
import { checkImage } from './check-image.ts'

function mapPixels(input: Image<NumericArray>, f: (v: number) => number): Image<Float32Array> {
  const { data, height, width, channels } = checkImage('stretch', input)
  const out = new Float32Array(data.length)
  for (let i = 0; i < out.length; i++) out[i] = f(data[i]!)
  return image(out, height, width, channels)
}

function extremes(subject: string, input: Image<NumericArray>): { low: number; high: number } {
  const { data } = checkImage(subject, input)
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!
    if (v < low) low = v
    if (v > high) high = v
  }
  if (low > high) throw new NumericalError(`${subject}: image must have a pixel that is not NaN.`)
  return { low, high }
}

function brightest(subject: string, input: Image<NumericArray>): number {
  const { high } = extremes(subject, input)
  if (!(high > 0))
    throw new NumericalError(`${subject}: image must have a pixel above 0. Received a maximum of ${high}.`)
  return high
}

/** How {@link asinhStretch} bends. */
export interface AsinhStretchOptions {
  /**
   * Share of the maximum below which the stretch is about linear; > 0.
   * @defaultValue 0.01
   */
  readonly softening?: number | undefined
}

const asinhRules = { softening: numberOption(0.01, { above: 0 }) }

/**
 * asinh(x / (s m)) / asinh(1 / s), m the maximum over all planes, s the softening: 0 → 0, maximum → 1. NaN stays.
 *
 * @throws ShapeError when there is no pixel; ParameterError; NumericalError when no pixel is above 0 or one is infinite.
 * @see Lupton et al. 2004, {@link https://doi.org/10.1086/382245}
 */
export function asinhStretch(input: Image<NumericArray>, options: AsinhStretchOptions = {}): Image<Float32Array> {
  const { softening } = resolveOptions('asinhStretch', options, asinhRules)
  const scale = 1 / (softening * brightest('asinhStretch', input))
  const top = Math.asinh(1 / softening)
  return mapPixels(input, (v) => Math.asinh(v * scale) / top)
}

/** How {@link logStretch} bends. */
export interface LogStretchOptions {
  /**
   * Contrast a of log(1 + a x); > 0.
   * @defaultValue 1000
   */
  readonly contrast?: number | undefined
}

const logRules = { contrast: numberOption(1000, { above: 0 }) }

/**
 * log(1 + a x/m) / log(1 + a), m the maximum over all planes, a the contrast; pixels below 0 give 0, the maximum 1. NaN stays.
 *
 * @throws ShapeError when there is no pixel; ParameterError; NumericalError when no pixel is above 0 or one is infinite.
 */
export function logStretch(input: Image<NumericArray>, options: LogStretchOptions = {}): Image<Float32Array> {
  const { contrast } = resolveOptions('logStretch', options, logRules)
  const scale = contrast / brightest('logStretch', input)
  const top = Math.log1p(contrast)
  return mapPixels(input, (v) => Math.log1p(v < 0 ? 0 : v * scale) / top)
}

/** Which pixels {@link percentileClip} saturates. */
export interface PercentileClipOptions {
  /** Percentile that becomes 0. @defaultValue 1 */
  readonly low?: number | undefined
  /** Percentile that becomes 1. @defaultValue 99.5 */
  readonly high?: number | undefined
}

const percentileRules = {
  low: numberOption(1, { min: 0, max: 100 }),
  high: numberOption(99.5, { max: 100 }),
}

/**
 * Linear from the low percentile (0) to the high one (1) of all planes together, cut at both. NaN stays.
 *
 * @throws ShapeError when there is no pixel; ParameterError; NumericalError when the percentiles do not differ or a pixel is infinite.
 */
export function percentileClip(input: Image<NumericArray>, options: PercentileClipOptions = {}): Image<Float32Array> {
  const { low, high } = resolveOptions('percentileClip', options, percentileRules)
  checkNumber('percentileClip: high', high, { above: low })
  const { data } = checkImage('percentileClip', input)
  return limitsToUnit('percentileClip', input, quantile(data, low / 100), quantile(data, high / 100))
}

/** Linear from the least pixel (0) to the greatest (1) of all planes together, which keeps colours. NaN stays. @throws NumericalError */
export function minMaxScale(input: Image<NumericArray>): Image<Float32Array> {
  const { low, high } = extremes('minMaxScale', input)
  return limitsToUnit('minMaxScale', input, low, high)
}

/** Linear with `low` → 0 and `high` → 1, cut at both. @throws NumericalError when they do not differ. */
export function limitsToUnit(
  subject: string,
  input: Image<NumericArray>,
  low: number,
  high: number,
): Image<Float32Array> {
  if (!(high > low)) {
    throw new NumericalError(`${subject}: pixels must not all be equal. Received limits ${low} and ${high}.`)
  }
  const span = high - low
  return mapPixels(input, (v) => (v <= low ? 0 : v >= high ? 1 : (v - low) / span))
}
