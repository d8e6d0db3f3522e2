const radian = Math.PI / 180

/** Where the pole of the native sphere is, in degrees. */
export interface SpherePole {
  /** Celestial longitude α_p of the native pole. */
  readonly lonDeg: number
  /** Celestial latitude δ_p of the native pole. */
  readonly latDeg: number
  /** Native longitude φ_p of the celestial pole. */
  readonly phiDeg: number
}

/** A turn between a native sphere (φ in radians, sin θ, cos θ) and a celestial one (degrees). */
export interface SphereRotation {
  /** Writes celestial longitude (0 ≤ … < 360) and latitude of a native place. */
  toCelestial(phi: number, sinTheta: number, cosTheta: number, out: Float64Array): void
  /** Writes native φ (−π to π), sin θ and cos θ of a celestial place. */
  toNative(lonDeg: number, latDeg: number, out: Float64Array): void
}

/** An angle in 0 ≤ … < 360. */
export function turnDegrees(angle: number): number {
  const turned = ((angle % 360) + 360) % 360
  return turned === 360 ? 0 : turned
}

/**
 * The turn about a native pole.
 *
 * @see https://doi.org/10.1051/0004-6361:20021327, equations 2 and 5
 */
export function sphereRotation({ lonDeg: lonPole, latDeg, phiDeg }: SpherePole): SphereRotation {
  // Exact at the poles and the equator, where the cosine of the nearest double is not zero.
  const sinPole = Math.sin(latDeg * radian)
  const cosPole = Math.abs(latDeg) === 90 ? 0 : Math.cos(latDeg * radian)
  const phiPole = phiDeg * radian
  return {
    toCelestial(phi, sinTheta, cosTheta, out) {
      const turn = phi - phiPole
      const [sinTurn, cosTurn] = [Math.sin(turn), Math.cos(turn)]
      const north = sinTheta * cosPole - cosTheta * sinPole * cosTurn
      const east = -cosTheta * sinTurn
      out[0] = turnDegrees(lonPole + Math.atan2(east, north) / radian)
      out[1] = Math.atan2(sinTheta * sinPole + cosTheta * cosPole * cosTurn, Math.hypot(east, north)) / radian
    },
    toNative(lonDeg, latitude, out) {
      const turn = (lonDeg - lonPole) * radian
      const [sinLat, cosLat] = [Math.sin(latitude * radian), Math.cos(latitude * radian)]
      const [sinTurn, cosTurn] = [Math.sin(turn), Math.cos(turn)]
      const north = sinLat * cosPole - cosLat * sinPole * cosTurn
      const east = -cosLat * sinTurn
      const phi = phiPole + Math.atan2(east, north)
      out[0] = phi - 2 * Math.PI * Math.round(phi / (2 * Math.PI))
      out[1] = sinLat * sinPole + cosLat * cosPole * cosTurn
      out[2] = Math.hypot(east, north)
    },
  }
}
