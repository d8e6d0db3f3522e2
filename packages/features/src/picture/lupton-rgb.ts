import { type Image, image, median, type NumericArray, numberOption, quantile, resolveOptions } from '@astronomaly/core'
import { checkImage } from './check-image.ts'

/** How {@link luptonRgb} shows a survey image. */
export interface LuptonRgbOptions {
  /**
   * Brightness that the stretch lets run linearly, in units of the sky's scatter, > 0; larger = darker.
   * @defaultValue 5
   */
  readonly softening?: number | undefined
  /**
   * How strongly bright parts are compressed (Q of the paper); > 0.
   * @defaultValue 8
   */
  readonly compression?: number | undefined
}

const rules = {
  softening: numberOption(5, { above: 0 }),
  compression: numberOption(8, { above: 0 }),
}

/** Brightness that is shown white, in units of the sky's scatter. */
const white = 40

/**
 * A survey image as a picture for the eye: arcsinh stretch of the mean of all bands, each band's colour kept.
 *
 * @param input - `[height, width, bands]`, bluest band first, any unit; NaN is black. One band gives grey; of more than three bands the
 * first, middle and last are shown.
 * @returns `[height, width, 3]` (1 for one band), 0 … 255 as Float32, red first. A bright pixel keeps its hue instead of turning white.
 * @throws ShapeError, ParameterError, NumericalError when a pixel is infinite.
 * @remarks Each band is put in units of its own sky: less the median, over the median's distance from the 16th percentile. O(pixels).
 * @see Lupton et al. 2004, {@link https://doi.org/10.1086/382245}
 */
export function luptonRgb(input: Image<NumericArray>, options: LuptonRgbOptions = {}): Image<Float32Array> {
  const { softening, compression } = resolveOptions('luptonRgb', options, rules)
  const { data, height, width, channels: bands } = checkImage('luptonRgb', input)
  const shown = bands === 1 ? [0] : [bands - 1, bands >> 1, 0]
  const pixels = height * width
  const planes = shown.map((band) => inSkyUnits(data, pixels, bands, band))
  const channels = planes.length
  const out = new Float32Array(pixels * channels)
  const strength = compression / softening
  const top = Math.asinh(strength * white)
  for (let p = 0; p < pixels; p++) {
    let mean = 0
    let brightest = 0
    for (const plane of planes) {
      mean += plane[p]! / channels
      brightest = Math.max(brightest, plane[p]!)
    }
    if (mean === 0) continue
    const gain = Math.asinh(strength * mean) / top / mean
    const scale = 255 * Math.min(gain, 1 / brightest)
    for (let c = 0; c < channels; c++) out[p * channels + c] = planes[c]![p]! * scale
  }
  return image(out, height, width, channels)
}

/** A band above its sky, in units of the sky's scatter; 0 below it and where it is NaN. */
function inSkyUnits(data: NumericArray, pixels: number, bands: number, band: number): Float64Array {
  const plane = new Float64Array(pixels)
  for (let p = 0; p < pixels; p++) plane[p] = data[p * bands + band]!
  const sky = median(plane)
  const scatter = sky - quantile(plane, 0.16) || quantile(plane, 0.99) - sky || 1
  for (let p = 0; p < pixels; p++) {
    const v = (plane[p]! - sky) / scatter
    plane[p] = Number.isNaN(v) ? 0 : Math.max(0, v)
  }
  return plane
}
