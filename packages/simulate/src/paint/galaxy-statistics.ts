import type { Random } from '@astronomaly/core'
import { pixelScaleArcsec } from '../survey/observing-conditions.ts'
import type { PerBand } from './canvas.ts'

/** What every galaxy of the survey is given before its shape. */
export interface GalaxyBasics {
  /** r-band magnitude (AB, 22.5 = 1 nanomaggie). */
  readonly magnitude: number
  readonly redshift: number
  /** Half-light radius along the major axis, pixels. */
  readonly radius: number
  /** Position angle, radians from x towards y. */
  readonly angle: number
  /** Centre in pixels, within half a pixel of the middle of the picture. */
  readonly x: number
  readonly y: number
}

/** A random number of a normal distribution, kept within limits. */
export function drawNormal(random: Random, mean: number, sigma: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, mean + sigma * random.normal()))
}

export function drawBetween(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform()
}

/** A magnitude between two limits with counts growing as 10^(slope m). */
export function drawMagnitude(random: Random, bright: number, faint: number, slope: number): number {
  const least = 10 ** (-slope * (faint - bright))
  return faint + Math.log10(least + (1 - least) * random.uniform()) / slope
}

/**
 * Draws brightness, distance and size.
 *
 * @param size - Side of the picture in pixels; no galaxy's half-light radius exceeds 0.22 of it.
 * @remarks r = 15.3 to 18.9 with counts ∝ 10^(0.3 r) (flatter than Euclid's 0.6, because the survey's cut on size removes the
 * faint). Redshift: 0.035 · 10^(0.2 (r − 15.5)) with 0.15 dex of scatter. Size: log10(R / arcsec) = 0.55 − 0.09 (r − 17) with 0.13 dex
 * (σ_ln = 0.3, Shen et al. 2003 for bright galaxies), 1.6 to 7 arcsec: the sample of the paper holds sizes above 3 arcsec.
 * @see Shen et al. 2003, {@link https://doi.org/10.1046/j.1365-8711.2003.06740.x}
 */
export function drawBasics(random: Random, size: number, bright = 15.3, faint = 18.9): GalaxyBasics {
  const magnitude = drawMagnitude(random, bright, faint, 0.3)
  const redshift = 0.035 * 10 ** (0.2 * (magnitude - 15.5) + 0.15 * random.normal())
  const logRadius = 0.55 - 0.09 * (magnitude - 17) + 0.13 * random.normal()
  const arcsec = Math.min(7, Math.max(1.6, 10 ** logRadius))
  const middle = (size - 1) / 2
  return {
    magnitude,
    redshift,
    radius: Math.min(arcsec / pixelScaleArcsec, 0.22 * size),
    angle: Math.PI * random.uniform(),
    x: middle + drawBetween(random, -0.5, 0.5),
    y: middle + drawBetween(random, -0.5, 0.5),
  }
}

/** Fluxes in nanomaggies of a source of r-band magnitude `r` with colours g − r and r − z. */
export function fluxOf(r: number, gr: number, rz: number): PerBand {
  return [10 ** (0.4 * (22.5 - r - gr)), 10 ** (0.4 * (22.5 - r)), 10 ** (0.4 * (22.5 - r + rz))]
}

/** Colours g − r and r − z. */
export type Colours = readonly [gr: number, rz: number]

/**
 * Colours of a stellar population seen at a redshift.
 *
 * @remarks Observed frame, linear in z below 0.5: old (red sequence) g − r = 0.72 + 1.9 z, r − z = 0.60 + 0.75 z; young discs
 * 0.38 + 0.9 z, 0.27 + 0.4 z; starbursts 0.16 + 0.4 z, 0.05 + 0.2 z. Scatter 0.04, 0.09 and 0.08 mag. Means read off the colours of
 * nearby galaxies of the main sample (Strateva et al. 2001: blue and red peaks) and rounded.
 * @see Strateva et al. 2001, {@link https://doi.org/10.1086/323301}
 */
export function drawColours(random: Random, population: 'old' | 'young' | 'starburst', redshift: number): Colours {
  const z = Math.min(redshift, 0.5)
  const shift = random.normal()
  if (population === 'old') return [0.72 + 1.9 * z + 0.04 * shift, 0.6 + 0.75 * z + 0.03 * shift]
  if (population === 'young') return [0.38 + 0.9 * z + 0.09 * shift, 0.27 + 0.4 * z + 0.07 * shift]
  return [0.16 + 0.4 * z + 0.08 * shift, 0.05 + 0.2 * z + 0.08 * shift]
}

/** The fluxes of a part of a galaxy that holds `share` of its r-band light. */
export function partFlux(magnitude: number, share: number, [gr, rz]: Colours): PerBand {
  return share > 0 ? fluxOf(magnitude - 2.5 * Math.log10(share), gr, rz) : [0, 0, 0]
}

/**
 * The apparent axis ratio of a disc seen at a random angle.
 *
 * @param minCosine - Least cosine of the inclination: 0 lets edge-on through.
 * @remarks q² = cos² i + q0² sin² i with cos i uniform and thickness q0 = 0.13.
 */
export function drawDiscAxisRatio(random: Random, minCosine: number): number {
  const cosine = drawBetween(random, minCosine, 1)
  return Math.sqrt(cosine ** 2 + 0.13 ** 2 * (1 - cosine ** 2))
}
