import type { Random } from '@astronomaly/core'
import { type Canvas, type PerBand, perBand, sumOf } from '../paint/canvas.ts'
import { convolve, psfMixture } from '../paint/psf.ts'

/** Arcseconds along the side of a pixel. */
export const pixelScaleArcsec = 0.262

/** How one object was observed; everything per band in the order g, r, z. */
export interface ObservingConditions {
  /** Full width at half maximum of the point-spread function, arcsec. */
  readonly psfFwhmArcsec: PerBand
  /** Moffat exponent of the point-spread function. */
  readonly psfBeta: number
  /** Photo-electrons per nanomaggie over all exposures. */
  readonly electronsPerNanomaggie: PerBand
  /** Standard deviation of the sky, nanomaggies per pixel. */
  readonly skySigma: PerBand
}

/**
 * DECam: electrons per second for one nanomaggie (zero points 26.610, 26.818, 26.484 e/s), sky (22.04, 20.91, 18.46 mag per
 * square arcsec), nominal exposure in seconds, median width of the point-spread function in arcsec.
 */
const bands = [
  { zeroPoint: 26.61, sky: 22.04, seconds: 166, fwhm: 1.29 },
  { zeroPoint: 26.818, sky: 20.91, seconds: 134, fwhm: 1.18 },
  { zeroPoint: 26.484, sky: 18.46, seconds: 200, fwhm: 1.11 },
] as const

/**
 * Draws the conditions of one object.
 *
 * @remarks Seeing: log-normal about the band's median, 9 % common to the bands and 5 % of each. Exposure: 1 to 3.5 times the
 * nominal one, uniform in the logarithm, because most of the survey was passed over more than once. Sky: Poisson scatter of
 * the sky's electrons. This gives 0.002 to 0.004, 0.003 to 0.0065 and 0.010 to 0.019 nanomaggies per pixel in g, r and z.
 * @see Dey et al. 2019, {@link https://doi.org/10.3847/1538-3881/ab089d}
 */
export function drawConditions(random: Random): ObservingConditions {
  const seeing = Math.exp(0.09 * random.normal())
  const exposure = 3.5 ** random.uniform()
  const each = (value: (band: (typeof bands)[number]) => number): PerBand => perBand((i) => value(bands[i]!))
  const electrons = each((b) => 10 ** (0.4 * (b.zeroPoint - 22.5)) * b.seconds * exposure)
  const sky = each((b) => 10 ** (-0.4 * (b.sky - 22.5)) * pixelScaleArcsec ** 2)
  return {
    psfFwhmArcsec: each((b) => b.fwhm * seeing * Math.exp(0.05 * random.normal())),
    psfBeta: 2.8 + 1.2 * random.uniform(),
    electronsPerNanomaggie: electrons,
    skySigma: perBand((b) => Math.sqrt(sky[b]! / electrons[b]!)),
  }
}

/** The canvas seen through each band's point-spread function; flux is kept. */
export function blurCanvas(canvas: Canvas, conditions: ObservingConditions): Canvas {
  const { width, height } = canvas
  const planes = canvas.planes.map((plane, band) => {
    const fwhm = conditions.psfFwhmArcsec[band]! / pixelScaleArcsec
    return convolve(plane, width, height, psfMixture({ fwhm, beta: conditions.psfBeta }))
  })
  return { width, height, planes }
}

/**
 * Adds the scatter of sky and source to a noise-free canvas, in place.
 *
 * @remarks Variance = skySigma² + flux / electronsPerNanomaggie. A pixel holds more than 700 electrons of sky alone, where Poisson
 * and normal counts agree to the fourth moment's 0.2 %; the normal is drawn because it is the faster.
 */
export function addNoise(canvas: Canvas, conditions: ObservingConditions, random: Random): void {
  for (const [band, plane] of canvas.planes.entries()) {
    const variance = conditions.skySigma[band]! ** 2
    const perFlux = 1 / conditions.electronsPerNanomaggie[band]!
    for (let p = 0; p < plane.length; p++) {
      const flux = plane[p]!
      plane[p] = flux + Math.sqrt(variance + (flux > 0 ? flux * perFlux : 0)) * random.normal()
    }
  }
}

/** Variance of the flux of a point source fitted with the point-spread function, nanomaggies², sky only. */
export function pointVariance(conditions: ObservingConditions, band: number): number {
  const sigma = conditions.psfFwhmArcsec[band]! / pixelScaleArcsec / 2.3548
  return conditions.skySigma[band]! ** 2 * 4 * Math.PI * sigma ** 2
}

/** Sum of each plane. */
export function canvasFlux(canvas: Canvas): PerBand {
  return perBand((band) => sumOf(canvas.planes[band]!))
}
