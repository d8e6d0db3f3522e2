import { ParameterError, ShapeError } from '@astronomaly/core'

const sqrtTwoPi = Math.sqrt(2 * Math.PI)
const logSqrtTwoPi = Math.log(sqrtTwoPi)

/** Where the improvement is counted from. */
export interface ExpectedImprovementOptions {
  /** The highest value seen so far: y_max. */
  readonly best: number
  /**
   * By how much it must be exceeded: ξ. Larger values explore more.
   * @defaultValue 0
   */
  readonly xi?: number | undefined
}

/**
 * The logarithm of the expected improvement, EI = (μ − y_max − ξ) Φ(z) + σ φ(z), z = (μ − y_max − ξ)/σ.
 *
 * @param mean - μ, one finite number per object.
 * @param std - σ > 0, one per object.
 * @returns One finite number per object, higher = more to gain. Where EI itself would be 0 in double precision, its
 * logarithm still orders the objects.
 * @throws ShapeError when lengths differ, ParameterError for a σ that is not > 0 or a number that is not finite.
 * @remarks log EI = log σ + log(φ(z) + z Φ(z)). Below z = −2 the sum would cancel; there it is φ(z)(1 − t R(t)), t = −z, with
 * Mills' ratio R as Laplace's continued fraction, in which 1 − t R(t) is a quotient of positive numbers.
 * @see Jones, Schonlau & Welch 1998, doi:10.1023/A:1008306431147, eq. 15; Ament et al. 2023, arXiv:2310.20708
 */
export function logExpectedImprovement(
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
  { best, xi = 0 }: ExpectedImprovementOptions,
): Float64Array {
  if (mean.length !== std.length) {
    throw new ShapeError(`logExpectedImprovement: needs one std per mean (${mean.length}). Received ${std.length}.`)
  }
  const target = best + xi
  if (!Number.isFinite(target)) {
    throw new ParameterError(`logExpectedImprovement: best and xi must be finite. Received ${best} and ${xi}.`)
  }
  const out = new Float64Array(mean.length)
  for (let i = 0; i < out.length; i++) {
    const value = logImprovement(mean[i]!, std[i]!, target)
    if (Number.isNaN(value)) {
      throw new ParameterError(
        `logExpectedImprovement: mean must be finite and std > 0. Received ${mean[i]} and ${std[i]} at ${i}.`,
      )
    }
    out[i] = value
  }
  return out
}

/** log EI of one object over `target` = y_max + ξ; NaN when `std` is not > 0 or `mean` not finite. */
export function logImprovement(mean: number, std: number, target: number): number {
  if (!(std > 0 && Number.isFinite(mean) && Number.isFinite(std))) return Number.NaN
  return Math.log(std) + logGain((mean - target) / std)
}

/** log(φ(z) + z Φ(z)). */
function logGain(z: number): number {
  if (z > 3) {
    const density = Math.exp(-0.5 * z * z) / sqrtTwoPi
    const tail = upperFraction(z)
    // φ + z (1 − φ R) = z + φ (1 − z R), and 1 − z R = tail / (z + tail).
    return Math.log(z + (density * tail) / (z + tail))
  }
  if (z > -2) {
    const density = Math.exp(-0.5 * z * z) / sqrtTwoPi
    return Math.log(density + z * (0.5 + density * oddSeries(z)))
  }
  const t = -z
  const tail = upperFraction(t)
  return -0.5 * t * t - logSqrtTwoPi + Math.log(tail / (t + tail))
}

/** (Φ(z) − ½)/φ(z) = z + z³/3 + z⁵/15 + …: every term has the sign of z. */
function oddSeries(z: number): number {
  let term = z
  let sum = z
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return sum
}

/** 1/(t + 2/(t + 3/(t + …))), so that Mills' ratio is 1/(t + this). 15 digits for t ≥ 2. */
function upperFraction(t: number): number {
  let value = 0
  for (let k = Math.ceil(320 / (t * t)) + 8; k >= 1; k--) value = k / (t + value)
  return value
}
