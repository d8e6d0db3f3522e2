import { NumericalError } from '../errors.ts'
import { createRandom } from '../random.ts'

/** A symmetric tridiagonal matrix T, and the reflections that led to it. */
export interface Tridiagonal {
  /** Row i holds, from column i + 1 on, the unit vector of the i-th reflection. */
  readonly reflectors: Float64Array
  readonly diagonal: Float64Array
  /** `off[i]` couples i and i + 1; the last entry is 0. */
  readonly off: Float64Array
}

/** A = Q T Qᵀ with Q = H_0 H_1 …, H_i = I − 2 u uᵀ acting on the entries after i. */
export function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  // The trailing block is kept whole, so that its rows are read and written along memory.
  const m = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      m[i * n + j] = a[i * n + j]!
      m[j * n + i] = a[i * n + j]!
    }
  }
  const diagonal = new Float64Array(n)
  const off = new Float64Array(n)
  const u = new Float64Array(n)
  const p = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    diagonal[i] = m[i * n + i]!
    if (i + 1 >= n) break
    const row = i * n
    let scale = 0
    for (let j = i + 2; j < n; j++) scale = Math.max(scale, Math.abs(m[row + j]!))
    const first = m[row + i + 1]!
    if (i + 2 >= n || scale === 0) {
      off[i] = first
      m.fill(0, row + i + 1, row + n)
      continue
    }
    scale = Math.max(scale, Math.abs(first))
    let squares = 0
    for (let j = i + 1; j < n; j++) {
      u[j] = m[row + j]! / scale
      squares += u[j]! * u[j]!
    }
    const norm = Math.sqrt(squares)
    off[i] = first > 0 ? -norm * scale : norm * scale
    u[i + 1] = u[i + 1]! + (first > 0 ? norm : -norm)
    const length = Math.sqrt(2 * norm * (norm + Math.abs(first / scale)))
    for (let j = i + 1; j < n; j++) u[j] = u[j]! / length
    let dot = 0
    for (let r = i + 1; r < n; r++) {
      const at = r * n
      let sum = 0
      for (let j = i + 1; j < n; j++) sum += m[at + j]! * u[j]!
      p[r] = 2 * sum
      dot += p[r]! * u[r]!
    }
    for (let j = i + 1; j < n; j++) p[j] = p[j]! - dot * u[j]!
    for (let r = i + 1; r < n; r++) {
      const at = r * n
      const ur = u[r]!
      const pr = p[r]!
      for (let j = i + 1; j < n; j++) m[at + j] = m[at + j]! - ur * p[j]! - pr * u[j]!
    }
    m.set(u.subarray(i + 1), row + i + 1)
  }
  return { reflectors: m, diagonal, off }
}

/** Applies the i-th reflection to `v`. */
export function reflect(reflectors: Float64Array, n: number, i: number, v: Float64Array): void {
  const row = i * n
  let dot = 0
  for (let j = i + 1; j < n; j++) dot += reflectors[row + j]! * v[j]!
  dot *= 2
  for (let j = i + 1; j < n; j++) v[j] = v[j]! - dot * reflectors[row + j]!
}

/** The infinity norm: what "negligible" is measured against. */
function largestRowSum(diagonal: Float64Array, off: Float64Array): number {
  let norm = 0
  for (let i = 0; i < diagonal.length; i++) {
    norm = Math.max(norm, Math.abs(diagonal[i]!) + Math.abs(off[i]!) + Math.abs(i > 0 ? off[i - 1]! : 0))
  }
  return norm
}

/** All eigenvalues of a symmetric tridiagonal matrix, descending, by QL with implicit shifts. O(n²). */
export function tridiagonalValues(diagonal: Float64Array, off: Float64Array): Float64Array {
  const d = diagonal.slice()
  const e = off.slice()
  const n = d.length
  const tiny = Number.EPSILON * largestRowSum(d, e)
  for (let l = 0; l < n; l++) {
    for (let round = 0; ; round++) {
      let m = l
      while (m < n - 1 && Math.abs(e[m]!) > tiny) m++
      if (m === l) break
      if (round === 64) throw new NumericalError(`symmetricEigen: eigenvalue ${l} must converge. Received 64 rounds.`)
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!)
      let r = hypotenuse(g, 1)
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r))
      let s = 1
      let c = 1
      let p = 0
      let i = m - 1
      for (; i >= l; i--) {
        const f = s * e[i]!
        const b = c * e[i]!
        r = hypotenuse(f, g)
        e[i + 1] = r
        if (r === 0) {
          d[i + 1] = d[i + 1]! - p
          e[m] = 0
          break
        }
        s = f / r
        c = g / r
        g = d[i + 1]! - p
        r = (d[i]! - g) * s + 2 * c * b
        p = s * r
        d[i + 1] = g + p
        g = c * r - b
      }
      if (r === 0 && i >= l) continue
      d[l] = d[l]! - p
      e[l] = g
      e[m] = 0
    }
  }
  return d.sort().reverse()
}

/**
 * Eigenvalues nearer to each other than this share of the norm are a cluster. The others' vectors have no more of each other in them
 * than rounding / gap, 1e-8, before they are made orthogonal, so that one pass does it and their residuals stay at rounding.
 */
const clusterGap = 1e-7
/** Inverse iterations: one finds the vector of a shift that is good to rounding, the others mend an unlucky start. */
const rounds = 3

/** Eigenvectors of a symmetric tridiagonal matrix for given eigenvalues in descending order; orthonormal rows. */
export function tridiagonalVectors(diagonal: Float64Array, off: Float64Array, values: Float64Array): Float64Array {
  const n = diagonal.length
  const norm = largestRowSum(diagonal, off)
  const tiny = Number.EPSILON * (norm || 1)
  const vectors = new Float64Array(values.length * n)
  const random = createRandom(0, 'core.inverse-iteration')
  const factors = new TridiagonalFactors(n)
  let shift = Number.POSITIVE_INFINITY
  let cluster = 0
  for (let k = 0; k < values.length; k++) {
    const v = vectors.subarray(k * n, (k + 1) * n)
    if (k > 0 && values[k - 1]! - values[k]! > clusterGap * norm) cluster = k
    // Equal eigenvalues get slightly different shifts, so that their vectors do not come out parallel before orthogonalisation.
    shift = Math.min(values[k]!, shift - 2 * tiny)
    factors.factorise(diagonal, off, shift, tiny)
    for (let i = 0; i < n; i++) v[i] = random.uniform() - 0.5
    for (let round = 0; round < rounds; round++) {
      normalise(v)
      factors.solve(v)
      normalise(v)
      orthogonalise(vectors, n, v, cluster, k)
    }
    normalise(v)
    orthogonalise(vectors, n, v, 0, k)
    normalise(v)
  }
  return vectors
}

/** Takes the rows `from` to `to` (excluded) of `vectors` out of `v`, one after the other. */
function orthogonalise(vectors: Float64Array, n: number, v: Float64Array, from: number, to: number): void {
  for (let at = from * n; at < to * n; at += n) {
    let dot = 0
    for (let i = 0; i < n; i++) dot += v[i]! * vectors[at + i]!
    for (let i = 0; i < n; i++) v[i] = v[i]! - dot * vectors[at + i]!
  }
}

function normalise(v: Float64Array): void {
  let largest = 0
  for (const x of v) largest = Math.max(largest, Math.abs(x))
  if (largest === 0) return
  let squares = 0
  for (let i = 0; i < v.length; i++) squares += (v[i]! / largest) ** 2
  const length = Math.sqrt(squares)
  for (let i = 0; i < v.length; i++) v[i] = v[i]! / largest / length
}

/** LU factors with row exchanges of T − shift I. */
class TridiagonalFactors {
  readonly #n: number
  readonly #pivot: Float64Array
  readonly #upper: Float64Array
  readonly #second: Float64Array
  readonly #lower: Float64Array
  readonly #swapped: Uint8Array

  constructor(n: number) {
    this.#n = n
    this.#pivot = new Float64Array(n)
    this.#upper = new Float64Array(n)
    this.#second = new Float64Array(n)
    this.#lower = new Float64Array(n)
    this.#swapped = new Uint8Array(n)
  }

  factorise(diagonal: Float64Array, off: Float64Array, shift: number, tiny: number): void {
    const n = this.#n
    let pivot = n > 0 ? diagonal[0]! - shift : 0
    let upper = n > 0 ? off[0]! : 0
    for (let i = 0; i + 1 < n; i++) {
      const below = off[i]!
      const next = diagonal[i + 1]! - shift
      const after = i + 2 < n ? off[i + 1]! : 0
      if (Math.abs(below) > Math.abs(pivot)) {
        const factor = pivot / below
        this.#swapped[i] = 1
        this.#lower[i] = factor
        this.#pivot[i] = below
        this.#upper[i] = next
        this.#second[i] = after
        pivot = upper - factor * next
        upper = -factor * after
      } else {
        if (pivot === 0) pivot = tiny
        const factor = below / pivot
        this.#swapped[i] = 0
        this.#lower[i] = factor
        this.#pivot[i] = pivot
        this.#upper[i] = upper
        this.#second[i] = 0
        pivot = next - factor * upper
        upper = after
      }
    }
    if (n > 0) this.#pivot[n - 1] = Math.abs(pivot) < tiny ? tiny : pivot
  }

  solve(v: Float64Array): void {
    const n = this.#n
    for (let i = 0; i + 1 < n; i++) {
      if (this.#swapped[i] === 1) {
        const above = v[i]!
        v[i] = v[i + 1]!
        v[i + 1] = above - this.#lower[i]! * v[i]!
      } else v[i + 1] = v[i + 1]! - this.#lower[i]! * v[i]!
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = v[i]!
      if (i + 1 < n) sum -= this.#upper[i]! * v[i + 1]!
      if (i + 2 < n) sum -= this.#second[i]! * v[i + 2]!
      v[i] = sum / this.#pivot[i]!
    }
  }
}

/** √(a² + b²) without overflow, and with the same bits on every machine, which Math.hypot does not promise. */
function hypotenuse(a: number, b: number): number {
  const large = Math.max(Math.abs(a), Math.abs(b))
  if (large === 0) return 0
  const ratio = Math.min(Math.abs(a), Math.abs(b)) / large
  return large * Math.sqrt(1 + ratio * ratio)
}
