import { type Image, image, type NumericArray, NumericalError } from '@astronomaly/core'
import { lumaWeights, toGreyscale } from './greyscale.ts'
import { prepareBands } from './prepare-bands.ts'
import { type PreprocessOptions, resolvePreprocess, type Scale } from './preprocess-options.ts'
import { asinhStretch, logStretch, minMaxScale, percentileClip } from './stretch.ts'
import { zScale } from './z-scale.ts'

/** A picture that is ready, and what happened to it. */
export interface Preprocessed {
  /** f32 `[size, size, planes]`, no NaN. */
  readonly image: Image<Float32Array>
  /** What an astronomer should know of this picture; empty when all went as usual. */
  readonly warnings: string[]
}

/**
 * A picture ready for an encoder.
 *
 * @param input - `[h, w, planes]`, any unit. NaN = missing. Where h and w differ, the central square is taken first, with a warning.
 * @returns f32 `[size, size, planes]`, one plane after a greyscale. Preset `'rgb'` with scale `'none'` keeps the input's range.
 * @throws ShapeError, ParameterError, NumericalError when a pixel is infinite.
 * @remarks In this order: central square; missing pixels (0 in preset `'paper'`, the plane's median in `'rgb'`; a warning gives their
 * number); {@link maskSky} in preset `'paper'`; central region, found in the mean of the planes before their sky is 0; crop; resize;
 * greyscale; scale. The sky is measured before the crop, where most of it is seen. Pixels set to 0 as sky, or outside the central
 * region, stay 0 and do not count for the limits of the scales `'percentile'` and `'z-scale'`. A picture in
 * which nothing stands out comes back blank, with a warning, and is not an error.
 * @see Etsebeth et al. 2024, {@link https://doi.org/10.1093/mnras/stae496}, section 3.1
 */
export function preprocess(input: Image<NumericArray>, options: PreprocessOptions = {}): Preprocessed {
  const o = resolvePreprocess(options)
  const { image: prepared, warnings } = prepareBands(input, o)
  const { preset, central, greyscale, bands, scale } = o
  let out = prepared
  if (greyscale !== 'none') {
    out = toGreyscale(out, greyscale === 'luma' ? lumaWeights(bands) : greyscale)
  }
  if (scale !== 'none') out = scaled(out, scale, preset === 'paper' || central, warnings)
  return { image: out, warnings }
}

const stretches: Record<Exclude<Scale, 'none'>, (x: Image) => Image> = {
  'min-max': minMaxScale,
  asinh: asinhStretch,
  log: logStretch,
  percentile: percentileClip,
  'z-scale': zScale,
}

/** The stretch, or a blank picture where it has nothing to work with: all pixels equal, or none above 0. */
function scaled(x: Image, scale: Exclude<Scale, 'none'>, masked: boolean, warnings: string[]): Image {
  try {
    if (masked && (scale === 'percentile' || scale === 'z-scale')) return stretchedWithinMask(x, stretches[scale])
    return stretches[scale](x)
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error
    warnings.push(`preprocess: nothing to scale, the picture is blank. ${error.message}`)
    return image(new Float32Array(x.data.length), ...x.shape)
  }
}

/** The stretch with limits from the pixels that are not 0. The others stay 0, and where there is one value beside them, it becomes 1. */
function stretchedWithinMask(x: Image, stretch: (x: Image) => Image): Image {
  const light = x.data.filter((v) => v !== 0)
  if (light.length > 0 && light.every((v) => v === light[0])) {
    return image(
      x.data.map((v) => (v === 0 ? 0 : 1)),
      ...x.shape,
    )
  }
  const missing = x.data.map((v) => (v === 0 ? Number.NaN : v))
  const out = stretch(image(missing, ...x.shape))
  return image(
    out.data.map((v) => (Number.isNaN(v) ? 0 : v)),
    ...x.shape,
  )
}
