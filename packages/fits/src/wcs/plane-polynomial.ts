/** A term `factor · u^i · v^j · r^k` with r = √(u² + v²). */
export type PolynomialTerm = readonly [factor: number, i: number, j: number, k: number]

/** A map of the plane to itself by two polynomials. */
export interface PlanePolynomial {
  /** Writes the image of (u, v) to `out`. */
  apply(u: number, v: number, out: Float64Array): void
  /**
   * Writes the place whose image is (f, g), found by Newton's method from (u, v), to `out`; `false` when it does not converge.
   */
  solve(f: number, g: number, u: number, v: number, out: Float64Array): boolean
}

const mostSteps = 60

/** Powers 0 to the degree of u, v and r. */
interface Powers {
  readonly u: Float64Array
  readonly v: Float64Array
  readonly r: Float64Array
}

/** A polynomial's value. */
function sumOf(terms: Float64Array, { u, v, r }: Powers): number {
  let value = 0
  for (let t = 0; t < terms.length; t += 4) {
    value += terms[t]! * u[terms[t + 1]!]! * v[terms[t + 2]!]! * r[terms[t + 3]!]!
  }
  return value
}

/** A polynomial's value and its derivatives by u and v, to `out`. */
function slopesOf(terms: Float64Array, { u, v, r }: Powers, out: Float64Array): void {
  let value = 0
  let byU = 0
  let byV = 0
  for (let t = 0; t < terms.length; t += 4) {
    const factor = terms[t]!
    const i = terms[t + 1]!
    const j = terms[t + 2]!
    const k = terms[t + 3]!
    const uv = u[i]! * v[j]!
    value += factor * uv * r[k]!
    if (i > 0) byU += factor * i * u[i - 1]! * v[j]! * r[k]!
    if (j > 0) byV += factor * j * u[i]! * v[j - 1]! * r[k]!
    // d(r^k)/du = k u r^(k − 2); r itself has a cusp at the origin, whose slope is taken as 0.
    if (k > 0 && r[1]! > 0) {
      const slope = (factor * k * uv * r[k]!) / (r[1]! * r[1]!)
      byU += slope * u[1]!
      byV += slope * v[1]!
    }
  }
  out[0] = value
  out[1] = byU
  out[2] = byV
}

/**
 * The map (u, v) → (f, g) of two polynomials.
 *
 * @param unit - A length in the plane below which places are not told apart relatively: the last step of `solve` is below
 * 1e-13 of the place's size plus `unit`.
 */
export function planePolynomial(
  f: readonly PolynomialTerm[],
  g: readonly PolynomialTerm[],
  unit: number,
): PlanePolynomial {
  const degree = Math.max(1, ...[...f, ...g].flatMap(([, i, j, k]) => [i, j, k]))
  const ones = (): Float64Array => new Float64Array(degree + 1).fill(1)
  const powers: Powers = { u: ones(), v: ones(), r: ones() }
  const first = Float64Array.from(f.flat())
  const second = Float64Array.from(g.flat())
  const atFirst = new Float64Array(3)
  const atSecond = new Float64Array(3)
  const setPowers = (u: number, v: number): void => {
    const r = Math.sqrt(u * u + v * v)
    for (let p = 1; p <= degree; p++) {
      powers.u[p] = powers.u[p - 1]! * u
      powers.v[p] = powers.v[p - 1]! * v
      powers.r[p] = powers.r[p - 1]! * r
    }
  }
  const evaluateBoth = (u: number, v: number): void => {
    setPowers(u, v)
    slopesOf(first, powers, atFirst)
    slopesOf(second, powers, atSecond)
  }
  return {
    apply(u, v, out) {
      setPowers(u, v)
      out[0] = sumOf(first, powers)
      out[1] = sumOf(second, powers)
    },
    solve(targetF, targetG, startU, startV, out) {
      let [u, v, stepU, stepV, last] = [startU, startV, 0, 0, Number.POSITIVE_INFINITY]
      for (let step = 0; step < mostSteps; step++) {
        evaluateBoth(u, v)
        const [missF, missG] = [targetF - atFirst[0]!, targetG - atSecond[0]!]
        const miss = Math.hypot(missF, missG)
        if (!Number.isFinite(miss)) return false
        if (miss > last) {
          // Too far: half the way back, unless the steps are so short that the miss is all rounding.
          stepU /= 2
          stepV /= 2
          if (Math.hypot(stepU, stepV) <= 1e-13 * (Math.hypot(u, v) + unit)) break
          u -= stepU
          v -= stepV
          continue
        }
        last = miss
        const determinant = atFirst[1]! * atSecond[2]! - atFirst[2]! * atSecond[1]!
        stepU = (missF * atSecond[2]! - missG * atFirst[2]!) / determinant
        stepV = (missG * atFirst[1]! - missF * atSecond[1]!) / determinant
        if (!Number.isFinite(stepU) || !Number.isFinite(stepV)) {
          if (miss !== 0) return false
          stepU = 0
          stepV = 0
        }
        u += stepU
        v += stepV
        if (Math.hypot(stepU, stepV) <= 1e-13 * (Math.hypot(u, v) + unit)) break
      }
      out[0] = u
      out[1] = v
      setPowers(u, v)
      const miss = Math.hypot(targetF - sumOf(first, powers), targetG - sumOf(second, powers))
      return miss <= 1e-10 * (Math.hypot(targetF, targetG) + unit)
    },
  }
}
