import { type Image, image, median, type NumericArray } from '@astronomaly/core'
import { maskSky } from '../morphology/mask-sky.ts'
import { centralRegion } from './central-region.ts'
import { checkImage } from './check-image.ts'
import { centreCrop, cropTo } from './crop.ts'
import { toGreyscale } from './greyscale.ts'
import type { ResolvedPreprocess } from './preprocess-options.ts'
import { resize, resizedNoise } from './resize.ts'

/** The planes of a picture before they are combined. */
export interface PreparedBands {
  /** f32 `[size, size, planes]`, no NaN. */
  readonly image: Image<Float32Array>
  readonly warnings: string[]
  /** Preset `'paper'`: standard deviation of the noise of a pixel in the mean of the planes, after the resize when `subtract` is set; else 0. */
  readonly noise: number
  /** Preset `'paper'`: the light above the sky, in the mean of the planes, that a pixel must have in each plane to be left; else 0. */
  readonly cut: number
}

/**
 * The steps that come before greyscale and scale: central square, missing pixels, sky, central region, crop, resize.
 *
 * @param subtract - Preset `'paper'`: take the sky's median off the pixels above it.
 */
export function prepareBands(input: Image<NumericArray>, options: ResolvedPreprocess, subtract = false): PreparedBands {
  const { preset, threshold, clip, central, crop, size, resize: method } = options
  const checked = checkImage('preprocess', input)
  const { data, height, width, channels } = checked
  const warnings: string[] = []
  const side = Math.min(height, width)
  const square =
    height === width && data instanceof Float32Array
      ? image(data, side, side, channels)
      : cropTo(data, height, width, channels, side, side)
  if (height !== width) {
    warnings.push(
      `preprocess: picture must be square, the central ${side} x ${side} of ${width} x ${height} pixels are used.`,
    )
  }
  const missing = checked.missing > 0 ? countMissing(square) : 0
  if (missing > 0) {
    const value = preset === 'paper' ? '0' : 'the median of their plane'
    warnings.push(`preprocess: ${missing} of ${square.data.length} values are missing (NaN) and set to ${value}.`)
  }
  const filled = missing > 0 ? fillMissing(square) : square
  let out: Image = filled
  let noise = 0
  let cut = 0
  if (preset === 'paper') {
    const masked = maskSky(square, { threshold, clip, subtract })
    out = masked.image
    noise = Math.hypot(...masked.sky.map(({ std }) => (Number.isNaN(std) ? 0 : std))) / channels
    cut = threshold * noise * Math.sqrt(channels)
    if (out.data.every((v) => v === 0)) {
      warnings.push(`preprocess: no pixel is ${threshold} standard deviations above the sky, the picture is blank.`)
    }
  }
  if (central) {
    const { inside, found } = centralRegion(toGreyscale(filled), { clip })
    if (found !== 'centre') {
      const what = found === 'none' ? 'and there is no other, the picture is blank' : 'the nearest one is kept'
      warnings.push(`preprocess: no region covers the centre, ${what}.`)
    }
    out = keepInside(out, inside)
  }
  if (crop < 1) out = centreCrop(out, crop)
  if (size !== 'native') {
    if (subtract && noise > 0) noise *= resizedNoise(out.shape[0], size, method)
    out = resize(out, size, size, { method })
  }
  return { image: out, warnings, noise, cut }
}

function countMissing(x: Image): number {
  let missing = 0
  for (let i = 0; i < x.data.length; i++) if (Number.isNaN(x.data[i]!)) missing++
  return missing
}

/** Missing pixels become the median of their plane, or 0 where a plane has no other. */
function fillMissing(x: Image): Image<Float32Array> {
  const [height, width, planes] = x.shape
  const out = x.data.slice()
  const plane = new Float32Array(height * width)
  for (let c = 0; c < planes; c++) {
    for (let p = 0; p < plane.length; p++) plane[p] = out[p * planes + c]!
    const middle = median(plane)
    const value = Number.isNaN(middle) ? 0 : middle
    for (let p = 0; p < plane.length; p++) if (Number.isNaN(plane[p]!)) out[p * planes + c] = value
  }
  return image(out, height, width, planes)
}

function keepInside(x: Image, inside: Uint8Array): Image<Float32Array> {
  const [height, width, planes] = x.shape
  const out = new Float32Array(x.data.length)
  for (let i = 0; i < out.length; i++) out[i] = inside[Math.floor(i / planes)] === 1 ? x.data[i]! : 0
  return image(out, height, width, planes)
}
