import { assertKnownKeys, type Image, type NumericArray, resolveOptions } from '@astronomaly/core'
import { prepareBands } from '../picture/prepare-bands.ts'
import { type PreprocessOptions, resolvePreprocess } from '../picture/preprocess-options.ts'
import { colourFeatures, colourNames } from './colour-features.ts'
import { ellipseFeatures, ellipseNames } from './ellipse-features.ts'
import { lightFeatures, lightNames } from './light-features.ts'
import { takeApart } from './object-picture.ts'
import { cutWindow } from './object-window.ts'
import { peakFeatures, peakNames } from './peak-features.ts'
import { polarFeatures, polarNames } from './polar-features.ts'
import { sceneFeatures, sceneNames } from './scene-features.ts'

const featureNames: readonly string[] = Object.freeze([
  ...ellipseNames,
  'multimode',
  ...lightNames,
  ...peakNames,
  ...polarNames,
  ...colourNames,
  ...sceneNames,
])

/** How {@link createMorphologyExtractor} looks at a picture. */
export interface MorphologyOptions {
  /**
   * What happens to the picture first. Greyscale and scale are the extractor's own business.
   * @defaultValue `{}`: preset `'paper'`, for survey images
   */
  readonly preprocess?: Omit<PreprocessOptions, 'greyscale' | 'bands' | 'scale'> | undefined
}

const preprocessNames = ['preset', 'threshold', 'clip', 'central', 'crop', 'size', 'resize'] as const

const rules = {
  preprocess(given: MorphologyOptions['preprocess'] = {}, subject: string) {
    assertKnownKeys(subject, given, preprocessNames)
    return resolvePreprocess(given)
  },
}

/** The features of one picture. */
export interface Morphology {
  /** One value a feature name, all finite. */
  readonly features: Float32Array
  /** What was not measured as usual; empty for most pictures. */
  readonly warnings: readonly string[]
}

/** Turns pictures into feature vectors without a trained network. */
export interface MorphologyExtractor {
  /** Names the method and its version: the same id and options give the same numbers. */
  readonly id: string
  /** The same for every picture, whatever its size and number of planes. */
  readonly featureNames: readonly string[]
  /**
   * @param input - `[h, w, planes]`, any unit; NaN = missing. Rectangular pictures are cut to their central square.
   * @throws ShapeError when there is no pixel; NumericalError when a pixel is infinite.
   */
  extract(input: Image<NumericArray>): Morphology
}

/**
 * Sixty numbers that describe the object at the centre of a picture, its colours and its neighbours.
 *
 * @throws ParameterError
 * @remarks Which pixels are the object: preset `'paper'`, the central region of the pixels above the sigma-clipped sky; preset `'rgb'`, the
 * central region of the blurred light that lies 3 standard deviations above its border's and above 2 % of its maximum. Holes are filled,
 * other objects count as sky. When no region covers the centre, the nearest is measured, with a warning; when nothing was detected, one
 * pixel of light at the centre is, with a warning.
 *
 * The features, all without a unit and independent of the brightness of the picture:
 * - `ellipse_<p>_…`: an ellipse fitted to the isophote at percentile p of the object's blurred light (0: its outline): log10 of the
 *   `residual` (root mean square of the relative distance); `offset` of its centre from the outermost ellipse's, in that one's semi-major
 *   axes, at most 2 (outermost: from the centre of the picture); `aspect` minor / major; `angle`, |sin| of the angle to the outermost ellipse's
 *   axis (outermost: to the axis of the light) times the root of the product of both (1 − aspect); `axis`, log10 of the major axis over the
 *   outermost one's (outermost: over the picture's side).
 * - `multimode`, `intensity`, `peaks`: how much of the light belongs to a second nucleus (Freeman et al. 2013).
 * - `concentration` 5 log10(r80 / r20), of the light within 1.5 Petrosian radii (where the surface brightness falls to a fifth of the
 *   mean within) or within the outline's largest radius and 2 pixels, whichever is smaller; `asymmetry` (180°, about the centre that
 *   makes it least, less what noise adds, which is nothing where both pixels of a pair were set to 0),
 *   `smoothness`, `gini`, `m20`; `object_`, `shape_` and `outer_asymmetry`: of the blurred object, its outline and the light beyond the
 *   half-light radius about the same centre; `size`, log10 of the half-light radius over the side.
 * - `fourier_<m>_inner`, `_outer`: amplitude of m-fold structure; `profile_<k>`: brightness at k / 8 of the semi-major axis against the
 *   mean within.
 * - `colour`, `colour_middle`, `colour_gradient`, `colour_asymmetry`: from the first, middle and last plane; neutral for one plane.
 * - `companions`, `near_light`, `second_light`, `edge`: other objects, and how much of the picture's edge the object lies on.
 *
 * Rotations by 90° and mirror images change a feature by rounding only (squares; with an even number of pixels cut off).
 *
 * Deviations from Lochner & Bassett: isophotes are those of the central object and not of all positive pixels, so that a bright neighbour does
 * not move them; the angle is relative and weighted, because the position angle jumps at 180°, means nothing for round objects, and the sky
 * has no preferred direction; a fit that fails gives the circle of the isophote's area with the least residual, and a warning, in place of
 * NaN, because the forest that follows needs finite rows and no object may be lost. `multimode` is the most of A₂ / A₁ (areas of the two
 * largest parts of an isophote) over these six isophotes, where Freeman et al. take the most of A₂² / A₁ over all thresholds, in pixels.
 *
 * O(pixels log pixels).
 * @see Lochner & Bassett 2021, {@link https://doi.org/10.1016/j.ascom.2021.100481}; Conselice 2003,
 * {@link https://doi.org/10.1086/375001}; Lotz, Primack & Madau 2004, {@link https://doi.org/10.1086/421849}; Freeman et al. 2013,
 * {@link https://doi.org/10.1093/mnras/stt1016}; Pawlik et al. 2016, {@link https://doi.org/10.1093/mnras/stv2878}
 */
export function createMorphologyExtractor(options: MorphologyOptions = {}): MorphologyExtractor {
  const { preprocess } = resolveOptions('createMorphologyExtractor', options, rules)
  return Object.freeze({
    id: 'morphology-2',
    featureNames,
    extract(input: Image<NumericArray>): Morphology {
      const { image, warnings, noise, cut } = prepareBands(input, preprocess, true)
      const picture = takeApart(image, { masked: preprocess.preset === 'paper', noise, cut })
      if (picture.found === 'nearest') {
        warnings.push('morphology: no object covers the centre, the nearest one is measured.')
      }
      const window = cutWindow(picture)
      const ellipses = ellipseFeatures(window)
      if (picture.found === 'none') {
        warnings.push('morphology: nothing stands out of the sky, a point at the centre is measured in its place.')
      } else if (ellipses.failed.length > 0) {
        warnings.push(`morphology: no ellipse fits at percentiles ${ellipses.failed.join(', ')}, circles are used.`)
      }
      const light = lightFeatures(window)
      const features = Float32Array.from([
        ...ellipses.values,
        ellipses.multimode,
        ...light.values,
        ...peakFeatures(window),
        ...polarFeatures(window, light.centre),
        ...colourFeatures(window, light),
        ...sceneFeatures(picture, window),
      ])
      replaceUnmeasured(features, warnings)
      return { features, warnings }
    },
  })
}

/** Whatever is not finite becomes 0, with a warning. */
function replaceUnmeasured(features: Float32Array, warnings: string[]): void {
  const lost: string[] = []
  for (let i = 0; i < features.length; i++) {
    if (Number.isFinite(features[i])) continue
    features[i] = 0
    lost.push(featureNames[i]!)
  }
  if (lost.length > 0) warnings.push(`morphology: ${lost.join(', ')} could not be measured and are set to 0.`)
}
