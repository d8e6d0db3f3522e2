import { checkNumber, numberOption, type ResolvedOptions, resolveOptions } from '@astronomaly/core'
import { type LensMass, massRules } from './sie-deflection.ts'

/** The galaxy behind a lens; positions and lengths in arcsec, relative to the lens. */
export interface LensSource {
  /** Where the source would be seen without the lens. @defaultValue 0 */
  readonly x?: number | undefined
  readonly y?: number | undefined
  /** Half-light radius along the major axis; > 0. @defaultValue 0.3 */
  readonly radius?: number | undefined
  /** Sérsic index. @defaultValue 1 */
  readonly index?: number | undefined
  /** @defaultValue 1 */
  readonly axisRatio?: number | undefined
  /** Position angle, radians from x towards y. @defaultValue 0 */
  readonly angle?: number | undefined
}

/** A gravitational lens: mass and background source; angles in arcsec (and radians for directions). */
export interface LensParameters extends LensMass {
  readonly source?: LensSource | undefined
}

const sourceRules = {
  x: numberOption(0, { min: -100, max: 100 }),
  y: numberOption(0, { min: -100, max: 100 }),
  radius: numberOption(0.3, { min: 0.01, max: 100 }),
  index: numberOption(1, { min: 0.36, max: 10 }),
  axisRatio: numberOption(1, { min: 0.05, max: 1 }),
  angle: numberOption(0),
}

const rules = {
  ...massRules,
  einsteinRadius: (value: number | undefined, subject: string): number =>
    checkNumber(subject, value, { above: 0, max: 100 }),
  source: (value: LensSource | undefined, subject: string) => resolveOptions(subject, value, sourceRules),
}

/** All fields of {@link LensParameters} filled in. */
export interface ResolvedLens {
  readonly mass: ResolvedOptions<typeof massRules>
  readonly source: ResolvedOptions<typeof sourceRules>
}

/** Fills in and checks a lens. @throws ParameterError when a field is unknown or out of range. */
export function resolveLens(lens: LensParameters): ResolvedLens {
  const { source, ...mass } = resolveOptions('lens', lens, rules)
  return { mass, source }
}
