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
 * number); {@link maskSky} in preset `'paper'`; greyscale; central region; crop; resize; scale. The sky is measured before the crop,
 * where most of it is seen. A picture in which nothing stands out comes back blank, with a warning, and is not an error.
 * @see Etsebeth et al. 2024, {@link https://doi.org/10.1093/mnras/stae496}, section 3.1
 */
export function preprocess(input: Image<NumericArray>, options: PreprocessOptions = {}): Preprocessed {
  const o = resolvePreprocess(options)
  const { image: prepared, warnings } = prepareBands(input, o)
  const { greyscale, bands, scale } = o
  let out = prepared
  if (greyscale !== 'none') {
    out = toGreyscale(out, greyscale === 'luma' ? lumaWeights(bands) : greyscale)
  }
  if (scale !== 'none') out = scaled(out, scale, warnings)
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
function scaled(x: Image, scale: Exclude<Scale, 'none'>, warnings: string[]): Image {
  try {
    return stretches[scale](x)
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error
    warnings.push(`preprocess: nothing to scale, the picture is blank. ${error.message}`)
    return image(new Float32Array(x.data.length), ...x.shape)
  }
}
