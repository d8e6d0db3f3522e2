import { checkNumber, resolveOptions } from '@astronomaly/core'

/** What a cut-out's size follows from, in pixels. */
export interface CutoutSideOptions {
  /** Standard deviation of the point-spread function as a Gaussian, > 0; its full width at half maximum is 2.3548 times that. */
  readonly psfSigma: number
  /** Half-light radius of the exponential profile that was fitted to the object, ≥ 0. */
  readonly halfLightRadius: number
}

const rules = {
  psfSigma: (value: number | undefined, subject: string): number => checkNumber(subject, value, { above: 0 }),
  halfLightRadius: (value: number | undefined, subject: string): number => checkNumber(subject, value, { min: 0 }),
}

/** Exponent of the sum. */
const p = 1.15

/**
 * Side of the square that holds an object, in whole pixels.
 *
 * @returns ⌈√N⌉ with N = [(4πσ²)^(1/p) + (8.91 r²)^(1/p)]^p effective pixels, σ = `psfSigma`, r = `halfLightRadius`, p = 1.15.
 * @throws ParameterError for sizes that are not finite numbers, σ ≤ 0 and r < 0.
 * @see https://doi.org/10.1093/mnras/stae496 (Etsebeth et al. 2024, equation 1)
 */
export function cutoutSide(options: CutoutSideOptions): number {
  const { psfSigma: sigma, halfLightRadius: radius } = resolveOptions('cutoutSide', options, rules)
  const pixels = ((4 * Math.PI * sigma ** 2) ** (1 / p) + (8.91 * radius ** 2) ** (1 / p)) ** p
  return Math.ceil(Math.sqrt(pixels))
}
