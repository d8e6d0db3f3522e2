import { checkNumber, numberOption, resolveOptions } from '@astronomaly/core'

/** Mass model of a lens: a singular isothermal ellipsoid in external shear. */
export interface LensMass {
  /** Radius of the circle with the area inside the critical curve without shear, any angle unit; > 0. */
  readonly einsteinRadius: number
  /** Minor over major axis of the surface density, 0.1 to 1. @defaultValue 1 */
  readonly axisRatio?: number | undefined
  /** Position angle of the major axis, radians from x towards y. @defaultValue 0 */
  readonly angle?: number | undefined
  /** Strength γ of the external shear, 0 to 0.5. @defaultValue 0 */
  readonly shear?: number | undefined
  /** Direction along which the shear stretches the images, radians from x towards y. @defaultValue 0 */
  readonly shearAngle?: number | undefined
}

/** Rules of a mass model, whose radius is of any unit. */
export const massRules = {
  einsteinRadius: (value: number | undefined, subject: string): number =>
    checkNumber(subject, value, { above: 0, max: 1e6 }),
  axisRatio: numberOption(1, { min: 0.1, max: 1 }),
  angle: numberOption(0),
  shear: numberOption(0, { min: 0, max: 0.5 }),
  shearAngle: numberOption(0),
}

/** Maps a point of the sky, relative to the lens, to the deflection there: (x, y) − α(x, y) is where its light comes from. */
export type Deflection = (x: number, y: number) => readonly [number, number]

/**
 * The deflection of light by a singular isothermal ellipsoid, ready to be evaluated at many points.
 *
 * @returns A function of offsets from the lens's centre, in the unit of `einsteinRadius`; (0, 0) at the centre itself.
 * @throws ParameterError when a value is unknown or out of range.
 * @remarks Surface density over the critical one κ = b √q / (2 ψ) with ψ = √(q² X² + Y²), X along the major axis. Then
 * α_X = b √q / q′ · atan(q′ X / ψ), α_Y = b √q / q′ · artanh(q′ Y / ψ), q′ = √(1 − q²); at q = 1, α = b r̂. Shear adds
 * γ (cos 2φ, sin 2φ; sin 2φ, −cos 2φ) · (x, y). Symbols: b = `einsteinRadius`, q = `axisRatio`, γ = `shear`, φ = `shearAngle`.
 * @see Kormann, Schneider & Bartelmann 1994, A&A 284, 285, equation 27
 */
export function sieDeflection(mass: LensMass): Deflection {
  const resolved = resolveOptions('sieDeflection', mass, massRules)
  const { einsteinRadius: b, axisRatio: q, angle, shear, shearAngle } = resolved
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const shearX = shear * Math.cos(2 * shearAngle)
  const shearY = shear * Math.sin(2 * shearAngle)
  const flattening = Math.sqrt(1 - q * q)
  const round = flattening < 1e-4
  const strength = round ? b : (b * Math.sqrt(q)) / flattening
  return (x, y) => {
    const outerX = shearX * x + shearY * y
    const outerY = shearY * x - shearX * y
    const u = x * cos + y * sin
    const v = y * cos - x * sin
    const psi = Math.sqrt(q * q * u * u + v * v)
    if (psi === 0) return [outerX, outerY]
    const along = round ? (strength * u) / psi : strength * Math.atan((flattening * u) / psi)
    const across = round ? (strength * v) / psi : strength * Math.atanh((flattening * v) / psi)
    return [along * cos - across * sin + outerX, along * sin + across * cos + outerY]
  }
}
