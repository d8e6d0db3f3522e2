import { flagOption, type Image, image, type NumericArray, numberOption, resolveOptions } from '@astronomaly/core'
import { checkImage } from '../picture/check-image.ts'
import { clippedStatistics, resolveSigmaClip, type SigmaClipOptions } from '../picture/sigma-clip.ts'

/** What {@link maskSky} takes for sky. */
export interface MaskSkyOptions {
  /**
   * Standard deviations above the median below which a pixel is sky.
   * @defaultValue 3
   */
  readonly threshold?: number | undefined
  /** How median and standard deviation are estimated. @defaultValue `{}`: three sigma, five rounds */
  readonly clip?: SigmaClipOptions | undefined
  /**
   * Take the sky's median off the pixels that stay.
   * @defaultValue false
   */
  readonly subtract?: boolean | undefined
}

const rules = {
  threshold: numberOption(3),
  clip: resolveSigmaClip,
  subtract: flagOption(false),
}

/** The sky of one plane: statistics of the pixels that survive sigma clipping; NaN when the plane has none. */
export interface Sky {
  readonly median: number
  readonly std: number
}

/** What {@link maskSky} made. */
export interface MaskedSky {
  /** f32 `[h, w, c]`, sky and missing pixels 0. */
  readonly image: Image<Float32Array>
  /** One per plane. */
  readonly sky: readonly Sky[]
}

/**
 * Sets the sky to 0: in every plane, each pixel below median + `threshold` · standard deviation of the sigma-clipped plane.
 *
 * @param input - `[h, w, c]`; NaN is ignored in the statistics and becomes 0.
 * @throws ShapeError, ParameterError, NumericalError when a pixel is infinite.
 * @remarks In a plane without any scatter every pixel stays.
 * @see Etsebeth et al. 2024, {@link https://doi.org/10.1093/mnras/stae496}, section 3.1
 */
export function maskSky(input: Image<NumericArray>, options: MaskSkyOptions = {}): MaskedSky {
  const { threshold, clip, subtract } = resolveOptions('maskSky', options, rules)
  const { data, height, width, channels } = checkImage('maskSky', input)
  const pixels = height * width
  const plane = new Float64Array(pixels)
  const out = new Float32Array(data.length)
  const sky: Sky[] = []
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < pixels; p++) plane[p] = data[p * channels + c]!
    const { median, std } = clippedStatistics(plane, clip)
    const lowest = median + threshold * std
    const base = subtract ? median : 0
    for (let p = 0; p < pixels; p++) out[p * channels + c] = plane[p]! >= lowest ? plane[p]! - base : 0
    sky.push({ median, std })
  }
  return { image: image(out, height, width, channels), sky }
}
