import { describe, expect, it } from 'vitest'
import { createRandom, NumericalError, ParameterError, ShapeError } from '../../src/index.ts'
import { type Eigen, symmetricEigen } from '../../src/numeric/index.ts'

/** B Bᵀ of a random n × rank matrix B whose columns shrink. */
function covariance(n: number, rank: number, seed: number): Float64Array {
  const random = createRandom(seed, 'test.eigen')
  const b = Float64Array.from({ length: n * rank }, (_, i) => random.normal() * 0.9 ** (i % rank))
  const a = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < rank; k++) a[i * n + j]! += b[i * rank + k]! * b[j * rank + k]!
    }
  }
  return a
}

/** The slow twin: Jacobi's rotations, until nothing is left beside the diagonal. */
function jacobiEigen(a: Float64Array, n: number): Eigen {
  const m = a.slice()
  const v = Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0))
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (m[p * n + q] === 0) continue
        const angle = Math.atan2(2 * m[p * n + q]!, m[q * n + q]! - m[p * n + p]!) / 2
        const [c, s] = [Math.cos(angle), Math.sin(angle)]
        const rotate = (x: Float64Array, i: number, j: number): void => {
          const [y, z] = [x[i]!, x[j]!]
          x[i] = c * y - s * z
          x[j] = s * y + c * z
        }
        for (let k = 0; k < n; k++) rotate(m, k * n + p, k * n + q)
        for (let k = 0; k < n; k++) rotate(m, p * n + k, q * n + k)
        for (let k = 0; k < n; k++) rotate(v, p * n + k, q * n + k)
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => m[j * n + j]! - m[i * n + i]!)
  const vectors = order.flatMap((row) => {
    const vector = [...v.subarray(row * n, (row + 1) * n)]
    const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0)
    return vector.map((x) => x * Math.sign(largest))
  })
  return { values: Float64Array.from(order, (i) => m[i * n + i]!), vectors: Float64Array.from(vectors) }
}

function check(a: Float64Array, n: number, count: number): void {
  const { values, vectors } = symmetricEigen(a, n, count)
  expect(values).toHaveLength(n)
  expect(vectors).toHaveLength(count * n)
  const scale = Math.max(Math.abs(values[0] ?? 0), Math.abs(values[n - 1] ?? 0)) || 1
  for (let k = 0; k < count; k++) {
    const v = vectors.subarray(k * n, (k + 1) * n)
    for (let i = 0; i < n; i++) {
      let product = 0
      for (let j = 0; j < n; j++) product += a[i * n + j]! * v[j]!
      // Backward stable to a small multiple of n eps.
      expect(Math.abs(product - values[k]! * v[i]!)).toBeLessThan(1e-12 * scale * Math.max(1, n / 10))
    }
    for (let other = 0; other <= k; other++) {
      const w = vectors.subarray(other * n, (other + 1) * n)
      const dot = v.reduce((sum, x, i) => sum + x * w[i]!, 0)
      expect(Math.abs(dot - (other === k ? 1 : 0))).toBeLessThan(2e-14) // rounding of up to 120 products; parallel vectors made orthogonal too late have ten times as much
    }
    const largest = v.reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0)
    expect(largest).toBeGreaterThan(0)
  }
}

describe('symmetricEigen', () => {
  it('solves full-rank, rank-deficient and tiny matrices', () => {
    for (const [n, rank] of [
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 1],
      [30, 40],
      [60, 12],
    ] as const) {
      check(covariance(n, rank, n), n, Math.min(n, rank))
    }
  })

  it('agrees with its slow twin', () => {
    const n = 50
    const a = covariance(n, 70, 7)
    const twin = jacobiEigen(a, n)
    const all = symmetricEigen(a, n)
    const ten = symmetricEigen(a, n, 10)
    expect(ten.values).toEqual(all.values)
    for (let i = 0; i < n; i++) expect(Math.abs(all.values[i]! - twin.values[i]!)).toBeLessThan(1e-12 * twin.values[0]!) // n eps
    // Gaps of a few per cent.
    for (let i = 0; i < 10 * n; i++) {
      expect(Math.abs(all.vectors[i]! - twin.vectors[i]!)).toBeLessThan(1e-9)
      expect(Math.abs(ten.vectors[i]! - twin.vectors[i]!)).toBeLessThan(1e-9)
    }
  })

  it('gives the same bits for part of the vectors as for all', () => {
    const a = covariance(30, 40, 5)
    expect(symmetricEigen(a, 30, 4).vectors).toEqual(symmetricEigen(a, 30).vectors.slice(0, 4 * 30))
  })

  it('finds an orthonormal basis where eigenvalues are equal', () => {
    const n = 12
    const identity = new Float64Array(n * n)
    for (let i = 0; i < n; i++) identity[i * n + i] = 3
    check(identity, n, n)
    const blocks = new Float64Array(n * n)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) blocks[i * n + j] = i % 3 === j % 3 ? 1 : 0
    }
    check(blocks, n, 6)
    const wide = 120
    check(covariance(wide, 3, 9), wide, wide)
    check(new Float64Array(n * n), n, n)
    const negative = identity.map((x) => -x)
    check(negative, n, 4)
  })

  it('finds an orthonormal basis whatever the distance of neighbouring eigenvalues', () => {
    const n = 60
    const random = createRandom(3, 'test.gaps')
    const u = Float64Array.from({ length: n }, () => random.normal())
    const squares = u.reduce((sum, x) => sum + x * x, 0)
    // Half of the values in a chain of steps about the limit of a cluster, 1e-7 of the largest one, turned by a reflection.
    for (const gap of [1e-3, 2e-7, 1e-7, 5e-8, 1e-11, 1e-15]) {
      const values = Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 - i / n : 0.3 - i * gap))
      const dot = values.reduce((sum, x, i) => sum + x * u[i]! * u[i]!, 0)
      const p = values.map((x, i) => (2 * (x - dot / squares) * u[i]!) / squares)
      const a = new Float64Array(n * n)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) a[i * n + j] = (i === j ? values[i]! : 0) - u[i]! * p[j]! - p[i]! * u[j]!
      }
      check(a, n, n)
    }
  })

  it('finds the pairs of Wilkinson’s matrix, whose eigenvalues agree to rounding', () => {
    const n = 61
    const a = new Float64Array(n * n)
    for (let i = 0; i < n; i++) {
      a[i * n + i] = Math.abs(i - 30)
      if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = 1
    }
    check(a, n, n)
    check(a, n, 7)
  })

  it('takes the fewest vectors that reach a share of the positive eigenvalues', () => {
    const n = 4
    const a = new Float64Array(n * n)
    for (const [i, value] of [6, 3, 1, 0].entries()) a[i * n + i] = value
    expect(symmetricEigen(a, n, { share: 0.6 }).vectors).toHaveLength(1 * n)
    expect(symmetricEigen(a, n, { share: 0.61 }).vectors).toHaveLength(2 * n)
    expect(symmetricEigen(a, n, { share: 1 }).vectors).toHaveLength(3 * n)
    expect(symmetricEigen(new Float64Array(n * n), n, { share: 0.5 }).vectors).toHaveLength(0)
  })

  it('rejects what is not a matrix of finite numbers', () => {
    expect(() => symmetricEigen(new Float64Array(3), 2, 1)).toThrow(ShapeError)
    expect(() => symmetricEigen(new Float64Array(4), 2, 3)).toThrow(ParameterError)
    expect(() => symmetricEigen(new Float64Array(4), 2, { share: 0 })).toThrow(ParameterError)
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, 0, 1), 2, 1)).toThrow(NumericalError)
  })
})
