import { checkNumber, choiceOption, numberOption, resolveOptions } from '@astronomaly/core'
import { symmetricEigen } from '@astronomaly/core/numeric'

/** A point-spread function, circular. */
export interface PsfOptions {
  /** Full width at half maximum in pixels; above 0 to 100. */
  readonly fwhm: number
  /** @defaultValue 'moffat' */
  readonly profile?: 'gaussian' | 'moffat' | undefined
  /** Steepness of the Moffat profile's wings, 1.5 to 20; large is Gaussian. @defaultValue 3.5 */
  readonly beta?: number | undefined
}

const rules = {
  fwhm: (value: number | undefined, subject: string) => checkNumber(subject, value, { above: 0, max: 100 }),
  profile: choiceOption(['gaussian', 'moffat'], 'moffat'),
  beta: numberOption(3.5, { min: 1.5, max: 20 }),
}

/** One circular Gaussian of a mixture. */
export interface GaussianTerm {
  /** Standard deviation in pixels. */
  readonly sigma: number
  /** Share of the flux; the weights of a mixture sum to 1. */
  readonly weight: number
}

const terms = 3
/** Gaussians are cut at this many standard deviations; 5e-4 of the flux lies beyond and is spread over the rest. */
const reach = 3.5

/**
 * A point-spread function as a sum of circular Gaussians of unit flux.
 *
 * @throws ParameterError when an option is unknown or out of range.
 * @remarks A Moffat profile (1 + r²/α²)^(−β) is the mean of the Gaussians exp(−t r²/α²) over t with density t^(β−1) e^(−t) / Γ(β).
 * Gauss–Laguerre quadrature with the flux weight t^(β−2) replaces it by 3 Gaussians with σ² = α²/(2t): flux and central
 * brightness are exact, and the profile is within 1 % of its peak everywhere.
 * @see Moffat 1969, A&A 3, 455; Golub & Welsch 1969, {@link https://doi.org/10.1090/S0025-5718-69-99647-1}
 */
export function psfMixture(options: PsfOptions): readonly GaussianTerm[] {
  const { fwhm, profile, beta } = resolveOptions('psfMixture', options, rules)
  if (profile === 'gaussian') return [{ sigma: fwhm / Math.sqrt(8 * Math.LN2), weight: 1 }]
  const alpha = fwhm / (2 * Math.sqrt(2 ** (1 / beta) - 1))
  const a = beta - 2
  const jacobi = new Float64Array(terms * terms)
  for (let k = 0; k < terms; k++) {
    jacobi[k * terms + k] = 2 * k + a + 1
    if (k > 0) jacobi[k * terms + k - 1] = jacobi[(k - 1) * terms + k] = Math.sqrt(k * (k + a))
  }
  const { values, vectors } = symmetricEigen(jacobi, terms)
  return Array.from(values, (t, k) => ({ sigma: alpha / Math.sqrt(2 * t), weight: vectors[k * terms]! ** 2 }))
}

/**
 * Convolves a plane with a sum of Gaussians; flux at the border is reflected, so that the sum of the plane does not change.
 *
 * @param plane - `[height, width]` row-major.
 * @returns A new plane of the same shape.
 * @remarks O(pixels × Σ σ): each Gaussian is cut at 3.5 σ and applied along rows, then columns.
 */
export function convolve(
  plane: Float64Array,
  width: number,
  height: number,
  mixture: readonly GaussianTerm[],
): Float64Array {
  const out = new Float64Array(plane.length)
  for (const { sigma, weight } of mixture) {
    const kernel = gaussianKernel(sigma)
    const rows = blurRows(plane, width, height, kernel)
    addBlurredColumns(rows, width, height, kernel, weight, out)
  }
  return out
}

/** One side of a normalised Gaussian: the middle and the taps to its right. */
function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(reach * sigma))
  const kernel = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-0.5 * k * k) / (sigma * sigma)))
  let sum = kernel[0]!
  for (let k = 1; k <= radius; k++) sum += 2 * kernel[k]!
  return kernel.map((v) => v / sum)
}

/** The index within 0 … n − 1 that i reflects to about the outer edges of the first and last pixel. */
function reflect(i: number, n: number): number {
  const at = ((i % (2 * n)) + 2 * n) % (2 * n)
  return at < n ? at : 2 * n - 1 - at
}

function blurRows(plane: Float64Array, width: number, height: number, kernel: Float64Array): Float64Array {
  const radius = kernel.length - 1
  const middle = kernel[0]!
  const out = new Float64Array(plane.length)
  const line = new Float64Array(width + 2 * radius)
  const source = Int32Array.from(line, (_, i) => reflect(i - radius, width))
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let i = 0; i < line.length; i++) line[i] = plane[row + source[i]!]!
    for (let x = 0; x < width; x++) {
      const at = x + radius
      let sum = middle * line[at]!
      for (let k = 1; k <= radius; k++) sum += kernel[k]! * (line[at - k]! + line[at + k]!)
      out[row + x] = sum
    }
  }
  return out
}

function addBlurredColumns(
  plane: Float64Array,
  width: number,
  height: number,
  kernel: Float64Array,
  weight: number,
  out: Float64Array,
): void {
  const radius = kernel.length - 1
  const sum = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let x = 0; x < width; x++) sum[x] = kernel[0]! * plane[row + x]!
    for (let k = 1; k <= radius; k++) {
      const above = reflect(y - k, height) * width
      const below = reflect(y + k, height) * width
      const tap = kernel[k]!
      for (let x = 0; x < width; x++) sum[x] = sum[x]! + tap * (plane[above + x]! + plane[below + x]!)
    }
    for (let x = 0; x < width; x++) out[row + x] = out[row + x]! + weight * sum[x]!
  }
}
