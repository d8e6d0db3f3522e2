import { NumericalError, ShapeError } from '../errors.ts'

/** @throws ShapeError unless `a` is n × n. */
export function checkSquare(subject: string, a: Float64Array, n: number): void {
  if (!(Number.isInteger(n) && n >= 0 && a.length === n * n)) {
    throw new ShapeError(`${subject}: needs ${n} x ${n} numbers. Received ${a.length}.`)
  }
}

/**
 * The lower Cholesky factor L of a symmetric positive definite matrix, A = L Lᵀ.
 *
 * @param a - n × n, row-major; only the lower triangle is read.
 * @returns L, n × n row-major, zeros above the diagonal.
 * @throws NumericalError when a pivot is not positive.
 * @remarks n³/6 multiply-adds.
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  checkSquare('cholesky', a, n)
  const l = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!
      if (i !== j) {
        l[i * n + j] = sum / l[j * n + j]!
      } else {
        if (!(sum > 0))
          throw new NumericalError(`cholesky: matrix must be positive definite. Received pivot ${sum} at ${i}.`)
        l[i * n + i] = Math.sqrt(sum)
      }
    }
  }
  return l
}

/** Solves L x = b for lower-triangular L (n × n, row-major). n²/2 multiply-adds. */
export function solveLower(l: Float64Array, n: number, b: ArrayLike<number>): Float64Array {
  checkSquare('solveLower', l, n)
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    let sum = x[i]!
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!
    x[i] = sum / l[i * n + i]!
  }
  return x
}

/** Solves Lᵀ x = b for lower-triangular L (n × n, row-major). n²/2 multiply-adds. */
export function solveUpper(l: Float64Array, n: number, b: ArrayLike<number>): Float64Array {
  checkSquare('solveUpper', l, n)
  const x = Float64Array.from(b)
  for (let i = n - 1; i >= 0; i--) {
    x[i] = x[i]! / l[i * n + i]!
    const xi = x[i]!
    for (let k = 0; k < i; k++) x[k] = x[k]! - l[i * n + k]! * xi
  }
  return x
}
