/** How covariance falls with distance. */
export type GaussianProcessKernel = 'matern-1.5' | 'matern-2.5' | 'rational-quadratic'

/** The terms of a covariance: [amplitude ·] kernel(distance) [+ linear] + noise. */
export interface CovarianceForm {
  readonly kernel: GaussianProcessKernel
  readonly amplitude: boolean
  readonly ard: boolean
  readonly linear: boolean
  readonly columns: number
}

/** Where each hyper-parameter stands in θ; −1 when the form lacks it. */
export interface ThetaLayout {
  readonly size: number
  readonly amplitude: number
  /** Shape α of the rational quadratic. */
  readonly shape: number
  /** Where the first of `lengthScales` stands. */
  readonly lengthScale: number
  readonly lengthScales: number
  readonly linear: number
  readonly noise: number
}

/** θ is in the order amplitude, shape, length scales, linear, noise. */
export function thetaLayout({ kernel, amplitude, ard, linear, columns }: CovarianceForm): ThetaLayout {
  let at = 0
  const next = (present: boolean): number => (present ? at++ : -1)
  const amplitudeAt = next(amplitude)
  const shape = next(kernel === 'rational-quadratic')
  const lengthScale = at
  const lengthScales = ard ? columns : 1
  at += lengthScales
  const linearAt = next(linear)
  const noise = next(true)
  return { size: at, amplitude: amplitudeAt, shape, lengthScale, lengthScales, linear: linearAt, noise }
}

/** The hyper-parameters as plain numbers. */
export interface CovarianceValues {
  readonly amplitude: number
  readonly shape: number
  /** 1/ℓ², one for all columns or one for each. */
  readonly inverseSquares: Float64Array
  readonly linear: number
  readonly noise: number
}

/** exp θ, by name. */
export function covarianceValues(layout: ThetaLayout, theta: ArrayLike<number>): CovarianceValues {
  const at = (index: number, otherwise: number): number => (index < 0 ? otherwise : Math.exp(theta[index]!))
  return {
    amplitude: at(layout.amplitude, 1),
    shape: at(layout.shape, 1),
    inverseSquares: Float64Array.from({ length: layout.lengthScales }, (_, j) =>
      Math.exp(-2 * theta[layout.lengthScale + j]!),
    ),
    linear: at(layout.linear, 0),
    noise: at(layout.noise, 0),
  }
}

/** A kernel of r² (distances in length scales) with what its gradient needs. */
export interface KernelProfile {
  value(r2: number): number
  /** g with ∂k/∂log ℓⱼ = (Δⱼ/ℓⱼ)² g. */
  slope(r2: number): number
  /** ∂k/∂log α of the rational quadratic. */
  shapeSlope(r2: number): number
}

/** The profile of a kernel: Matérn ν = 1.5 or 2.5, or (1 + r²/2α)^−α. */
export function kernelProfile(kernel: GaussianProcessKernel, shape: number): KernelProfile {
  const none = (): number => 0
  switch (kernel) {
    case 'matern-1.5':
      return {
        value(r2) {
          const t = Math.sqrt(3 * r2)
          return (1 + t) * Math.exp(-t)
        },
        slope: (r2) => 3 * Math.exp(-Math.sqrt(3 * r2)),
        shapeSlope: none,
      }
    case 'matern-2.5':
      return {
        value(r2) {
          const t = Math.sqrt(5 * r2)
          return (1 + t + (t * t) / 3) * Math.exp(-t)
        },
        slope(r2) {
          const t = Math.sqrt(5 * r2)
          return (5 / 3) * (1 + t) * Math.exp(-t)
        },
        shapeSlope: none,
      }
    case 'rational-quadratic':
      return {
        value: (r2) => Math.exp(-shape * Math.log1p(r2 / (2 * shape))),
        slope: (r2) => Math.exp(-(shape + 1) * Math.log1p(r2 / (2 * shape))),
        shapeSlope(r2) {
          const u = r2 / (2 * shape)
          return Math.exp(-shape * Math.log1p(u)) * shape * (u / (1 + u) - Math.log1p(u))
        },
      }
  }
}

/**
 * Covariances of one row with many, without noise.
 *
 * @param rows - `[count × columns]`; `row` begins at `offset` of `data`.
 * @param out - Written at `start`, `start + step`, …
 */
export function covariancesWith(
  form: CovarianceForm,
  values: CovarianceValues,
  profile: KernelProfile,
  data: ArrayLike<number>,
  offset: number,
  rows: Float64Array,
  count: number,
  out: Float64Array,
  start: number,
  step: number,
): void {
  const { columns } = form
  const { inverseSquares, amplitude, linear } = values
  const scales = inverseSquares.length === columns && form.ard ? inverseSquares : undefined
  const scale = scales ? 1 : inverseSquares[0]!
  for (let i = 0; i < count; i++) {
    const base = i * columns
    let r2 = 0
    for (let j = 0; j < columns; j++) {
      const d = data[offset + j]! - rows[base + j]!
      r2 += scales ? d * d * scales[j]! : d * d
    }
    let value = amplitude * profile.value(r2 * scale)
    if (linear > 0) {
      let dot = 0
      for (let j = 0; j < columns; j++) dot += data[offset + j]! * rows[base + j]!
      value += linear * dot
    }
    out[start + i * step] = value
  }
}
