import { checkNumber, ParameterError, ShapeError } from '@astronomaly/core'

/** Places on the sky, one a row. */
export interface SkyPositions {
  /** Right ascension in degrees, any finite number: 360 is added or taken away as often as needed. NaN: the row has no position. */
  readonly raDeg: Float64Array
  /** Declination in degrees, −90 to 90. NaN: the row has no position. */
  readonly decDeg: Float64Array
}

/** How far to look: one of the two. */
export interface SkyRadius {
  /** Largest separation in seconds of arc, included. */
  readonly radiusArcsec?: number | undefined
  /** Largest separation in degrees, included, 0 to 180. */
  readonly radiusDeg?: number | undefined
}

/** The radius in degrees. @throws ParameterError unless exactly one is given and within 0 to 180 degrees. */
export function radiusInDegrees(subject: string, { radiusArcsec, radiusDeg }: SkyRadius): number {
  if ((radiusArcsec === undefined) === (radiusDeg === undefined)) {
    throw new ParameterError(
      `${subject}: options must give one of radiusArcsec and radiusDeg. Received ${radiusDeg === undefined ? 'neither' : 'both'}.`,
    )
  }
  if (radiusDeg !== undefined) return checkNumber(`${subject}: radiusDeg`, radiusDeg, { min: 0, max: 180 })
  return checkNumber(`${subject}: radiusArcsec`, radiusArcsec, { min: 0, max: 648_000 }) / 3600
}

/** Makes sure that a place is on the sky, or NaN. @throws ParameterError otherwise. */
export function checkPosition(subject: string, raDeg: number, decDeg: number): void {
  if (typeof raDeg !== 'number' || raDeg - raDeg !== 0) {
    if (!Number.isNaN(raDeg)) throw new ParameterError(`${subject}: raDeg must be finite or NaN. Received ${raDeg}.`)
  }
  if (typeof decDeg !== 'number' || Math.abs(decDeg) > 90) {
    throw new ParameterError(`${subject}: decDeg must be within -90 to 90, or NaN. Received ${decDeg}.`)
  }
}

/**
 * Makes sure that every row is a place on the sky, or NaN.
 *
 * @throws ShapeError when the columns differ in length; ParameterError for other arrays than Float64Array, infinite numbers, and
 * declinations beyond the poles. It names the row.
 */
export function checkPositions(subject: string, positions: SkyPositions): void {
  const { raDeg, decDeg } = positions ?? {}
  if (!(raDeg instanceof Float64Array && decDeg instanceof Float64Array)) {
    throw new ParameterError(`${subject} must have raDeg and decDeg as Float64Array.`)
  }
  if (raDeg.length !== decDeg.length) {
    throw new ShapeError(`${subject} must have as many raDeg as decDeg. Received ${raDeg.length} and ${decDeg.length}.`)
  }
  if (raDeg.length >= 2 ** 32) {
    throw new ShapeError(`${subject} must have less than 2^32 rows. Received ${raDeg.length}.`)
  }
  for (let row = 0; row < raDeg.length; row++) {
    // Infinity - Infinity and NaN - NaN are NaN, which equals nothing.
    if (raDeg[row]! - raDeg[row]! === 0 && Math.abs(decDeg[row]!) <= 90) continue
    checkPosition(`${subject} row ${row}`, raDeg[row]!, decDeg[row]!)
  }
}
