import type { ProjectionName } from './sky-wcs.ts'

/**
 * A projection between its plane and its native sphere, in radians (Calabretta & Greisen's x, y, φ, θ).
 *
 * @remarks θ is given by its sine and cosine, which keep their digits at the pole where most images are. Both directions write to
 * `out` and return whether the place exists.
 */
export interface Projection {
  readonly name: ProjectionName
  /** Native latitude θ₀ of the reference point, in degrees: 90 for zenithal projections. */
  readonly theta0Deg: number
  /** (x, y) to (φ, sin θ, cos θ). */
  toSphere(x: number, y: number, out: Float64Array): boolean
  /** (φ, sin θ, cos θ) to (x, y). */
  toPlane(phi: number, sinTheta: number, cosTheta: number, out: Float64Array): boolean
}

/** How far beyond its edge a place still counts as on it, for roundings of places on the edge itself. */
const edge = 1e-12

const quarter = Math.PI / 2

/**
 * A zenithal projection by its radius R(θ), NaN where there is none, and by sin θ and cos θ of a radius up to `greatest`.
 */
function zenithal(
  name: ProjectionName,
  greatest: number,
  radius: (sinTheta: number, cosTheta: number) => number,
  sinOf: (r: number) => number,
  cosOf: (r: number) => number,
): Projection {
  return {
    name,
    theta0Deg: 90,
    toSphere(x, y, out) {
      const r = Math.hypot(x, y)
      if (!(r <= greatest + edge)) return false
      const within = Math.min(r, greatest)
      out[0] = r === 0 ? 0 : Math.atan2(x, -y)
      out[1] = sinOf(within)
      out[2] = cosOf(within)
      return true
    },
    toPlane(phi, sinTheta, cosTheta, out) {
      const r = radius(sinTheta, cosTheta)
      out[0] = r * Math.sin(phi)
      out[1] = -r * Math.cos(phi)
      return !Number.isNaN(r)
    },
  }
}

const tan = zenithal(
  'TAN',
  Number.MAX_VALUE,
  (sinTheta, cosTheta) => (sinTheta > 0 ? cosTheta / sinTheta : Number.NaN),
  (r) => 1 / Math.hypot(1, r),
  (r) => r / Math.hypot(1, r),
)

const arc = zenithal('ARC', Math.PI, (sinTheta, cosTheta) => Math.atan2(cosTheta, sinTheta), Math.cos, Math.sin)

const stg = zenithal(
  'STG',
  Number.MAX_VALUE,
  (sinTheta, cosTheta) => (sinTheta > -1 ? (2 * cosTheta) / (1 + sinTheta) : Number.NaN),
  (r) => (4 - r * r) / (4 + r * r),
  (r) => (4 * r) / (4 + r * r),
)

const zea = zenithal(
  'ZEA',
  2,
  (sinTheta, cosTheta) => (sinTheta > 0 ? cosTheta * Math.sqrt(2 / (1 + sinTheta)) : Math.sqrt(2 * (1 - sinTheta))),
  (r) => 1 - (r * r) / 2,
  (r) => r * Math.sqrt(1 - (r * r) / 4),
)

/**
 * The orthographic projection, slanted by (ξ, η) = (`xi`, `eta`).
 *
 * @remarks With z = 1 − sin θ: (ξ² + η² + 1) z² − 2 (ξx + ηy + 1) z + x² + y² = 0, whose smaller root is the visible side.
 */
function sin(xi: number, eta: number): Projection {
  const a = xi * xi + eta * eta + 1
  return {
    name: 'SIN',
    theta0Deg: 90,
    toSphere(x, y, out) {
      const b = xi * x + eta * y + 1
      const c = x * x + y * y
      const inside = b * b - a * c
      if (!(inside >= -edge)) return false
      const root = Math.sqrt(Math.max(inside, 0))
      const z = b > 0 ? c / (b + root) : (b - root) / a
      if (!(z >= 0 && z <= 2)) return false
      const [u, v] = [x - xi * z, y - eta * z]
      out[0] = u === 0 && v === 0 ? 0 : Math.atan2(u, -v)
      out[1] = 1 - z
      out[2] = Math.hypot(u, v)
      return true
    },
    toPlane(phi, sinTheta, cosTheta, out) {
      const [u, v] = [cosTheta * Math.sin(phi), -cosTheta * Math.cos(phi)]
      if (!(xi * u + eta * v + sinTheta >= -edge)) return false
      // 1 − sin θ = cos² θ / (1 + sin θ) keeps its digits near the pole.
      const z = sinTheta > 0 ? (cosTheta * cosTheta) / (1 + sinTheta) : 1 - sinTheta
      out[0] = u + xi * z
      out[1] = v + eta * z
      return true
    },
  }
}

const car: Projection = {
  name: 'CAR',
  theta0Deg: 0,
  toSphere(x, y, out) {
    out[0] = x
    out[1] = Math.sin(y)
    out[2] = Math.max(0, Math.cos(y))
    return Math.abs(x) <= Math.PI + edge && Math.abs(y) <= quarter + edge
  },
  toPlane(phi, sinTheta, cosTheta, out) {
    out[0] = phi
    out[1] = Math.atan2(sinTheta, cosTheta)
    return true
  },
}

const ait: Projection = {
  name: 'AIT',
  theta0Deg: 0,
  toSphere(x, y, out) {
    const square = 1 - (x / 4) ** 2 - (y / 2) ** 2
    if (!(square >= 0.5 - edge)) return false
    const z = Math.sqrt(square)
    // cos θ (cos φ/2, sin φ/2) and sin θ.
    const [near, side] = [Math.max(2 * square - 1, 0), (x * z) / 2]
    out[0] = 2 * Math.atan2(side, near)
    out[1] = y * z
    out[2] = Math.hypot(near, side)
    return true
  },
  toPlane(phi, sinTheta, cosTheta, out) {
    const gamma = Math.sqrt(2 / (1 + cosTheta * Math.cos(phi / 2)))
    out[0] = 2 * gamma * cosTheta * Math.sin(phi / 2)
    out[1] = gamma * sinTheta
    return true
  },
}

/**
 * The projections that are followed, by their code; `parameters` are the PVi_m of the latitude's axis.
 *
 * @see https://doi.org/10.1051/0004-6361:20021327, sections 5.1.2 to 5.1.6, 5.2.3 and 5.3.4
 */
export const projections: Readonly<Record<ProjectionName, (parameters: ReadonlyMap<number, number>) => Projection>> = {
  TAN: () => tan,
  SIN: (parameters) => sin(parameters.get(1) ?? 0, parameters.get(2) ?? 0),
  ARC: () => arc,
  STG: () => stg,
  ZEA: () => zea,
  CAR: () => car,
  AIT: () => ait,
}
