import { NumericalError, ParameterError } from '@astronomaly/core'
import { cholesky, solveLower, solveUpper, symmetricEigen } from '@astronomaly/core/numeric'

/** An ellipse in pixel coordinates. */
export interface Ellipse {
  readonly x: number
  readonly y: number
  /** Semi-major axis. */
  readonly major: number
  /** Semi-minor axis. */
  readonly minor: number
  /** Direction of the major axis from the x axis towards the y axis, in [0, π). */
  readonly angle: number
}

/**
 * The ellipse that fits points best, by direct least squares: no iteration, and never another conic.
 *
 * @param points - x0, y0, x1, y1, …, finite; at least 6 points.
 * @throws ParameterError for too few points; NumericalError when a coordinate is not finite or the points lie on a line or on one spot.
 * @remarks Minimises the algebraic distance Σ (A x² + B xy + C y² + D x + E y + F)² under 4AC − B² = 1, in coordinates centred and
 * scaled to the points. The constraint is solved as a symmetric 3 × 3 eigenproblem. O(points).
 * @see Fitzgibbon, Pilu & Fisher 1999, {@link https://doi.org/10.1109/34.765658}; Halíř & Flusser 1998
 */
export function fitEllipse(points: ArrayLike<number>): Ellipse {
  const n = points.length >> 1
  if (n < 6) throw new ParameterError(`fitEllipse: needs at least 6 points. Received ${n}.`)
  for (let i = 0; i < 2 * n; i++) {
    const v = points[i]!
    if (v - v !== 0) throw new NumericalError(`fitEllipse: points must be finite. Received ${v} at ${i}.`)
  }
  let mx = 0
  let my = 0
  for (let i = 0; i < n; i++) {
    mx += points[2 * i]! / n
    my += points[2 * i + 1]! / n
  }
  let spread = 0
  for (let i = 0; i < n; i++) spread += Math.hypot(points[2 * i]! - mx, points[2 * i + 1]! - my) / n
  if (!(spread > 0)) throw new NumericalError('fitEllipse: points must not all be equal.')

  const row = new Float64Array(6)
  const s = new Float64Array(36)
  for (let i = 0; i < n; i++) {
    const x = (points[2 * i]! - mx) / spread
    const y = (points[2 * i + 1]! - my) / spread
    row.set([x * x, x * y, y * y, x, y, 1])
    for (let j = 0; j < 6; j++) for (let k = 0; k <= j; k++) s[j * 6 + k]! += (row[j]! * row[k]!) / n
  }
  const at = (j: number, k: number): number => s[Math.max(j, k) * 6 + Math.min(j, k)]!
  // The linear part follows from the quadratic one: (D, E, F) = T (A, B, C).
  const linear = Float64Array.from({ length: 9 }, (_, i) => at(3 + Math.floor(i / 3), 3 + (i % 3)))
  let factor: Float64Array
  try {
    factor = cholesky(linear, 3)
  } catch (cause) {
    throw new NumericalError('fitEllipse: points must not lie on a line.', { cause })
  }
  const t = [0, 1, 2].map((k) => solveUpper(factor, 3, solveLower(factor, 3, [-at(3, k), -at(4, k), -at(5, k)])))
  const reduced = new Float64Array(9)
  for (let j = 0; j < 3; j++) {
    for (let k = 0; k < 3; k++) {
      let sum = at(j, k)
      for (let l = 0; l < 3; l++) sum += at(j, 3 + l) * t[k]![l]!
      reduced[j * 3 + k] = sum
    }
  }
  const [a, b, c] = largestConstrained(reduced)
  const [d, e, f] = [0, 1, 2].map((l) => t[0]![l]! * a + t[1]![l]! * b + t[2]![l]! * c) as [number, number, number]
  return toEllipse(a, b, c, d, e, f, mx, my, spread)
}

/** The vector v that minimises vᵀ S v under 4 v₀ v₂ − v₁² = 1, S symmetric and positive semidefinite. */
function largestConstrained(s: Float64Array): [number, number, number] {
  const ridge = 1e-14 * (s[0]! + s[4]! + s[8]!) + Number.MIN_VALUE
  for (const i of [0, 4, 8]) s[i] = s[i]! + ridge
  let l: Float64Array
  try {
    l = cholesky(s, 3)
  } catch (cause) {
    throw new NumericalError('fitEllipse: points must not lie on a line.', { cause })
  }
  const columns = [
    [0, 0, 2],
    [0, -1, 0],
    [2, 0, 0],
  ].map((column) => solveLower(l, 3, column))
  const half = new Float64Array(9)
  for (let j = 0; j < 3; j++) {
    const rowOf = solveLower(l, 3, [columns[0]![j]!, columns[1]![j]!, columns[2]![j]!])
    half.set(rowOf, j * 3)
  }
  for (const [i, j] of [
    [1, 3],
    [2, 6],
    [5, 7],
  ] as const) {
    half[i] = (half[i]! + half[j]!) / 2
    half[j] = half[i]!
  }
  const { vectors } = symmetricEigen(half, 3, 1)
  const v = solveUpper(l, 3, vectors.subarray(0, 3))
  return [v[0]!, v[1]!, v[2]!]
}

function toEllipse(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  mx: number,
  my: number,
  scale: number,
): Ellipse {
  const determinant = 4 * a * c - b * b
  const x = (b * e - 2 * c * d) / determinant
  const y = (b * d - 2 * a * e) / determinant
  const level = -(f + (d * x + e * y) / 2)
  const mean = (a + c) / 2
  const difference = Math.hypot((a - c) / 2, b / 2)
  const sign = mean < 0 ? -1 : 1
  const major = Math.sqrt((sign * level) / (sign * mean - difference))
  const minor = Math.sqrt((sign * level) / (sign * mean + difference))
  if (!(determinant > 0 && Number.isFinite(major) && minor > 0)) {
    throw new NumericalError('fitEllipse: points must not lie on a line.')
  }
  // The major axis is the eigenvector of the smaller eigenvalue of [[a, b/2], [b/2, c]].
  const twice = Math.atan2(-sign * b, -sign * (a - c))
  const angle = (((twice / 2) % Math.PI) + Math.PI) % Math.PI
  return { x: mx + scale * x, y: my + scale * y, major: scale * major, minor: scale * minor, angle }
}

/**
 * How far points lie from an ellipse: the root mean square of ρ − 1, ρ the elliptical radius of a point (1 on the ellipse). No unit.
 */
export function ellipseResidual(points: ArrayLike<number>, ellipse: Ellipse): number {
  const { x, y, major, minor, angle } = ellipse
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const n = points.length >> 1
  let squares = 0
  for (let i = 0; i < n; i++) {
    const dx = points[2 * i]! - x
    const dy = points[2 * i + 1]! - y
    const rho = Math.hypot((dx * cos + dy * sin) / major, (dy * cos - dx * sin) / minor)
    squares += (rho - 1) ** 2
  }
  return Math.sqrt(squares / Math.max(1, n))
}
