import { describe, expect, it } from 'vitest'
import { createRandom, NumericalError, ShapeError } from '../../src/index.ts'
import { cholesky, solveLower, solveUpper } from '../../src/numeric/index.ts'

const n = 12
const random = createRandom(1, 'test.linear-algebra')
const b = Float64Array.from({ length: n * n }, () => random.normal())
const a = new Float64Array(n * n)
for (let i = 0; i < n; i++) {
  for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) a[i * n + j]! += b[i * n + k]! * b[j * n + k]!
}

describe('linear algebra', () => {
  it('factorises A = L Lᵀ and solves with both triangles', () => {
    const l = cholesky(a, n)
    const x = Float64Array.from({ length: n }, (_, i) => i - 3)
    const y = new Float64Array(n)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) y[i]! += a[i * n + j]! * x[j]!
    const solved = solveUpper(l, n, solveLower(l, n, y))
    for (let i = 0; i < n; i++) expect(Math.abs(solved[i]! - x[i]!)).toBeLessThan(1e-7) // condition number below 1e6
  })

  it('rejects what is not positive definite or not square', () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(NumericalError)
    expect(() => cholesky(Float64Array.of(Number.NaN), 1)).toThrow(NumericalError)
    expect(() => cholesky(new Float64Array(3), 2)).toThrow(ShapeError)
  })
})
