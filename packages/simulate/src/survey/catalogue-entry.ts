import type { Random } from '@astronomaly/core'
import { type PerBand, perBand } from '../paint/canvas.ts'
import type { Painted } from '../paint/painted.ts'
import { type ObservingConditions, pixelScaleArcsec, pointVariance } from './observing-conditions.ts'

/** One row of a catalogue like DECaLS's; bands in the order g, r, z. */
export interface CatalogueEntry {
  /** Position on the sky, degrees (ICRS). */
  readonly raDeg: number
  readonly decDeg: number
  /** Best-fitting model: EXP, DEV or COMP. */
  readonly type: 'EXP' | 'DEV' | 'COMP'
  /** Measured flux, nanomaggies. */
  readonly flux: PerBand
  /** Inverse variance of `flux`. */
  readonly fluxIvar: PerBand
  /** `flux` over its error. */
  readonly snr: PerBand
  /** Mean squared residual of the best model, in units of the noise. */
  readonly rchisq: PerBand
  /** Bits set in every exposure at the object's centre. */
  readonly allmask: PerBand
  /** Half-light radius of the exponential part, arcsec; 0 without one. */
  readonly shapeexpR: number
  /** Half-light radius of the de Vaucouleurs part, arcsec; 0 without one. */
  readonly shapedevR: number
  /** Full width at half maximum of the point-spread function, arcsec. */
  readonly psfsize: PerBand
  /** Inverse variance of a point source's flux, nanomaggies⁻². */
  readonly psfdepth: PerBand
}

/** What the entry is drawn from. */
interface Observed {
  readonly painted: Painted
  readonly flux: PerBand
  readonly conditions: ObservingConditions
  readonly mask: PerBand
  readonly harmed: boolean
}

/**
 * Draws the catalogue's measurements.
 *
 * @remarks Position uniform on the sky between declinations −10° and +30°. Noise-equivalent area of a galaxy by equation 1 of Etsebeth et al. 2024.
 * rchisq = 1 + roughness × (signal to noise / 200)^0.7, with 4 % scatter: the brighter and the less smooth, the worse a smooth model
 * fits. Sizes carry 5 % of error. A masked band has flux and inverse variance 0, as in the survey.
 */
export function drawCatalogueEntry(
  random: Random,
  { painted, flux, conditions, mask, harmed }: Observed,
): CatalogueEntry {
  const south = Math.sin((-10 * Math.PI) / 180)
  const raDeg = 360 * random.uniform()
  const decDeg = (Math.asin(south + (0.5 - south) * random.uniform()) * 180) / Math.PI
  const radius = Math.max(painted.expRadius, painted.devRadius, 1)
  const variance = perBand((b) => {
    const point = pointVariance(conditions, b) / conditions.skySigma[b]! ** 2
    const area = (point ** (1 / 1.15) + (8.91 * radius * radius) ** (1 / 1.15)) ** 1.15
    return conditions.skySigma[b]! ** 2 * area + Math.max(0, flux[b]!) / conditions.electronsPerNanomaggie[b]!
  })
  const noise = perBand(() => random.normal())
  const lost = (b: number): boolean => (mask[b]! & 1) !== 0
  const measured = perBand((b) => (lost(b) ? 0 : flux[b]! + Math.sqrt(variance[b]!) * noise[b]!))
  const snr = perBand((b) => (lost(b) ? 0 : measured[b]! / Math.sqrt(variance[b]!)))
  const roughness = harmed ? Math.max(painted.roughness, 2 * random.uniform()) : painted.roughness
  const error = (): number => Math.exp(0.05 * random.normal())
  return {
    raDeg,
    decDeg,
    type: painted.type,
    flux: measured,
    fluxIvar: perBand((b) => (lost(b) ? 0 : 1 / variance[b]!)),
    snr,
    rchisq: perBand((b) => (1 + roughness * (Math.max(0, snr[b]!) / 200) ** 0.7) * Math.exp(0.04 * random.normal())),
    allmask: mask,
    shapeexpR: painted.expRadius * pixelScaleArcsec * error(),
    shapedevR: painted.devRadius * pixelScaleArcsec * error(),
    psfsize: conditions.psfFwhmArcsec,
    psfdepth: perBand((b) => 1 / pointVariance(conditions, b)),
  }
}
