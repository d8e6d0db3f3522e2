/**
 * The lower triangle of (L Lᵀ)⁻¹ for a lower-triangular L, row-major; zeros above the diagonal.
 *
 * @remarks n³/3 multiply-adds, all along rows, four rows at a time.
 */
export function inverseFromFactor(factor: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = i * n
    let k = 0
    for (; k + 4 <= i; k += 4) {
      const a = k * n
      const b = a + n
      const c = b + n
      const d = c + n
      const fa = factor[row + k]!
      const fb = factor[row + k + 1]!
      const fc = factor[row + k + 2]!
      const fd = factor[row + k + 3]!
      // Above the diagonal `lower` is 0, so that the longest of the four rows sets the limit.
      for (let j = 0; j < k + 4; j++) {
        lower[row + j]! -= fa * lower[a + j]! + fb * lower[b + j]! + fc * lower[c + j]! + fd * lower[d + j]!
      }
    }
    for (; k < i; k++) {
      const f = factor[row + k]!
      for (let j = 0; j <= k; j++) lower[row + j]! -= f * lower[k * n + j]!
    }
    const pivot = factor[row + i]!
    for (let j = 0; j < i; j++) lower[row + j]! /= pivot
    lower[row + i] = 1 / pivot
  }
  const inverse = new Float64Array(n * n)
  let k = 0
  for (; k + 4 <= n; k += 4) {
    const a = k * n
    const b = a + n
    const c = b + n
    const d = c + n
    for (let i = 0; i < k + 4; i++) {
      const row = i * n
      const fa = lower[a + i]!
      const fb = lower[b + i]!
      const fc = lower[c + i]!
      const fd = lower[d + i]!
      for (let j = 0; j <= i; j++) {
        inverse[row + j]! += fa * lower[a + j]! + fb * lower[b + j]! + fc * lower[c + j]! + fd * lower[d + j]!
      }
    }
  }
  for (; k < n; k++) {
    const a = k * n
    for (let i = 0; i <= k; i++) {
      const f = lower[a + i]!
      for (let j = 0; j <= i; j++) inverse[i * n + j]! += f * lower[a + j]!
    }
  }
  return inverse
}
