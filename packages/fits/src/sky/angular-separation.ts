const radian = Math.PI / 180
const halfRadian = Math.PI / 360

/** Separation from differences and sums of coordinates that are formed in degrees, where they are exact for near places. */
export function separationFromParts(raDifference: number, dec1: number, dec2: number, cosines: number): number {
  let turn = raDifference % 360
  if (turn > 180) turn -= 360
  else if (turn < -180) turn += 360
  const along = Math.sin((dec1 - dec2) * halfRadian)
  const across = Math.sin(turn * halfRadian)
  const opposite = Math.sin((dec1 + dec2) * halfRadian)
  const beyond = Math.cos(turn * halfRadian)
  const near = along * along + cosines * across * across
  const far = opposite * opposite + cosines * beyond * beyond
  return (2 * Math.atan2(Math.sqrt(near), Math.sqrt(far))) / radian
}

/**
 * Angle between two places on the sky, in degrees.
 *
 * @param raDeg1 - Right ascension, any finite number of degrees.
 * @param decDeg1 - Declination, −90 to 90.
 * @returns 0 to 180; NaN when a coordinate is NaN.
 * @remarks Haversine formula h = sin²((δ₁ − δ₂)/2) + cos δ₁ cos δ₂ sin²((α₁ − α₂)/2), with its complement
 * k = sin²((δ₁ + δ₂)/2) + cos δ₁ cos δ₂ cos²((α₁ − α₂)/2) = 1 − h in place of a subtraction: 2 atan2(√h, √k) is accurate to some
 * units in the last place at every distance, coincident and antipodal places included. O(1).
 */
export function angularSeparationDeg(raDeg1: number, decDeg1: number, raDeg2: number, decDeg2: number): number {
  const cosines = Math.cos(decDeg1 * radian) * Math.cos(decDeg2 * radian)
  return separationFromParts(raDeg1 - raDeg2, decDeg1, decDeg2, cosines)
}
