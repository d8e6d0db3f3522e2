import { type Asymmetry, minimiseAsymmetry, rotationDifference } from './asymmetry.ts'
import { boxMean } from './box-mean.ts'
import { gini } from './gini.ts'
import { growthCurve } from './growth-curve.ts'
import { m20 } from './m20.ts'
import { type ObjectWindow, valuesAt } from './object-window.ts'

export const lightNames: readonly string[] = [
  'concentration',
  'asymmetry',
  'smoothness',
  'gini',
  'm20',
  'object_asymmetry',
  'shape_asymmetry',
  'outer_asymmetry',
  'size',
]

/** How an object's light is laid out. */
export interface LightFeatures {
  /** One value a name of {@link lightNames}. */
  readonly values: readonly number[]
  /** Where the object is most symmetric, to half a pixel. */
  readonly centre: Asymmetry
  /** Radius of half of the light about that centre, in pixels. */
  readonly halfLight: number
}

export function lightFeatures(window: ObjectWindow): LightFeatures {
  const { width, height, flux, smooth, inside, pixels, reach, side } = window
  const centre = minimiseAsymmetry(flux, height, width, window.x, window.y, reach)
  const { x, y } = centre
  const curve = growthCurve(flux, height, width, x, y, reach + 2)
  const petrosian = curve.petrosian(0.2) ?? reach
  const total = curve.within(Math.min(curve.radius, 1.5 * petrosian))
  const halfLight = Math.max(0.5, curve.radiusOf(0.5 * total))
  const inner = Math.max(0.25, curve.radiusOf(0.2 * total))
  const outer = Math.max(inner, curve.radiusOf(0.8 * total))
  const everywhere = width + height
  const outskirts = flux.slice()
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) {
      if ((column - x) ** 2 + (row - y) ** 2 < halfLight ** 2) outskirts[p] = 0
    }
  }
  const values = [
    5 * Math.log10(outer / inner),
    Math.max(-0.5, centre.value - noiseAsymmetry(window, centre)),
    smoothness(window, centre, petrosian),
    gini(valuesAt(flux, pixels)),
    m20(flux, width, pixels),
    rotationDifference(smooth, height, width, x, y, everywhere),
    rotationDifference(Float64Array.from(inside), height, width, x, y, everywhere),
    rotationDifference(outskirts, height, width, x, y, reach),
    Math.log10(halfLight / side),
  ]
  return { values, centre, halfLight }
}

/**
 * What noise adds to an asymmetry: the mean of |I − I₁₈₀| is 2 σ / √π for noise alone. Where the sky was set to 0 there is none of it,
 * and the cut adds its own: of two pixels of equal light near it, one may be left and the other not.
 */
function noiseAsymmetry(window: ObjectWindow, { x, y }: Asymmetry): number {
  const { width, height, flux, noise, cut, reach } = window
  const each = (2 * noise) / Math.sqrt(Math.PI)
  let light = 0
  let area = 0
  let expected = 0
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) {
      if ((column - x) ** 2 + (row - y) ** 2 > reach * reach) continue
      const v = Math.abs(flux[p]!)
      light += v
      area++
      if (cut === undefined) continue
      const w = Math.abs(valueAt(window, 2 * x - column, 2 * y - row))
      // No pair differs by more than its light.
      expected += Math.min(Math.max(v, w), v === 0 || w === 0 ? Math.max(cut, each) : each)
    }
  }
  if (!(light > 0)) return 0
  return cut === undefined ? (area * noise * 2) / Math.sqrt(Math.PI) / light : expected / light
}

/** The light of a pixel, 0 beyond the window. */
function valueAt({ width, height, flux }: ObjectWindow, column: number, row: number): number {
  return column >= 0 && row >= 0 && column < width && row < height ? flux[row * width + column]! : 0
}

/** Share of the blurred light that stands above its mean over a box of a quarter Petrosian radius; the core is left out. */
function smoothness(window: ObjectWindow, { x, y }: Asymmetry, petrosian: number): number {
  const { width, height, smooth, pixels } = window
  const means = boxMean(smooth, height, width, Math.max(1, Math.round(petrosian / 8)))
  let above = 0
  let total = 0
  for (const p of pixels) {
    if (((p % width) - x) ** 2 + (Math.floor(p / width) - y) ** 2 < (petrosian / 4) ** 2) continue
    above += Math.max(0, smooth[p]! - means[p]!)
    total += smooth[p]!
  }
  return total > 0 ? above / total : 0
}
