import { assertKnownKeys, checkNumber } from '@astronomaly/core'
import type { LensMass } from './sie-deflection.ts'

/** The galaxy behind a lens; positions and lengths in arcsec, relative to the lens. */
export interface LensSource {
  /** Where the source would be seen without the lens. @defaultValue 0 */
  readonly x?: number
  readonly y?: number
  /** Half-light radius along the major axis; > 0. @defaultValue 0.3 */
  readonly radius?: number
  /** Sérsic index. @defaultValue 1 */
  readonly index?: number
  /** @defaultValue 1 */
  readonly axisRatio?: number
  /** Position angle, radians from x towards y. @defaultValue 0 */
  readonly angle?: number
}

/** A gravitational lens: mass and background source; angles in arcsec (and radians for directions). */
export interface LensParameters extends LensMass {
  readonly source?: LensSource
}

/** All fields of {@link LensParameters} filled in. */
export interface ResolvedLens {
  readonly mass: Required<LensMass>
  readonly source: Required<LensSource>
}

/** Fills in and checks a lens. @throws ParameterError when a field is unknown or out of range. */
export function resolveLens(lens: LensParameters): ResolvedLens {
  assertKnownKeys('lens', lens, ['einsteinRadius', 'axisRatio', 'angle', 'shear', 'shearAngle', 'source'])
  const source = lens.source ?? {}
  assertKnownKeys('lens: source', source, ['x', 'y', 'radius', 'index', 'axisRatio', 'angle'])
  return {
    mass: {
      einsteinRadius: checkNumber('lens: einsteinRadius', lens.einsteinRadius, { above: 0, max: 100 }),
      axisRatio: checkNumber('lens: axisRatio', lens.axisRatio ?? 1, { min: 0.1, max: 1 }),
      angle: checkNumber('lens: angle', lens.angle ?? 0),
      shear: checkNumber('lens: shear', lens.shear ?? 0, { min: 0, max: 0.5 }),
      shearAngle: checkNumber('lens: shearAngle', lens.shearAngle ?? 0),
    },
    source: {
      x: checkNumber('lens: source.x', source.x ?? 0, { min: -100, max: 100 }),
      y: checkNumber('lens: source.y', source.y ?? 0, { min: -100, max: 100 }),
      radius: checkNumber('lens: source.radius', source.radius ?? 0.3, { min: 0.01, max: 100 }),
      index: checkNumber('lens: source.index', source.index ?? 1, { min: 0.36, max: 10 }),
      axisRatio: checkNumber('lens: source.axisRatio', source.axisRatio ?? 1, { min: 0.05, max: 1 }),
      angle: checkNumber('lens: source.angle', source.angle ?? 0),
    },
  }
}
