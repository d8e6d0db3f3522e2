/** A sparse linear map along one axis: output i = Σ weights[k] · input[indices[k]], k from starts[i] to starts[i + 1]. */
export interface AxisMap {
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly weights: Float64Array
}

/** The input index that position `i` reflects to about the centres of the first and last pixel (scipy's mode 'mirror'). */
export function mirrorIndex(i: number, n: number): number {
  if (n === 1) return 0
  const period = 2 * n - 2
  const at = ((i % period) + period) % period
  return at < n ? at : period - at
}

function packMap(rows: readonly ReadonlyMap<number, number>[]): AxisMap {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach((row, i) => {
    starts[i + 1] = starts[i]! + row.size
  })
  const indices = new Int32Array(starts[rows.length]!)
  const weights = new Float64Array(indices.length)
  let at = 0
  for (const row of rows) {
    for (const [index, weight] of row) {
      indices[at] = index
      weights[at++] = weight
    }
  }
  return { starts, indices, weights }
}

/** Samples of a linear (order 1) or cubic (order 3) B-spline with coefficients at the `n` input centres. */
export function splineMap(n: number, out: number, order: 1 | 3): AxisMap {
  return packMap(
    Array.from({ length: out }, (_, i) => {
      const x = ((i + 0.5) * n) / out - 0.5
      const first = Math.floor(x) - (order >> 1)
      const row = new Map<number, number>()
      for (let k = 0; k <= order; k++) {
        const index = mirrorIndex(first + k, n)
        const weight = bSpline(x - (first + k), order)
        row.set(index, (row.get(index) ?? 0) + weight)
      }
      return row
    }),
  )
}

function bSpline(distance: number, order: 1 | 3): number {
  const t = Math.abs(distance)
  if (order === 1) return Math.max(0, 1 - t)
  return t < 1 ? 2 / 3 - t * t * (1 - t / 2) : t < 2 ? (2 - t) ** 3 / 6 : 0
}

/** Mean of the input over the area of each output pixel. */
export function areaMap(n: number, out: number): AxisMap {
  const factor = n / out
  return packMap(
    Array.from({ length: out }, (_, i) => {
      const from = i * factor
      const to = (i + 1) * factor
      const row = new Map<number, number>()
      for (let index = Math.floor(from); index < Math.min(n, Math.ceil(to)); index++) {
        const overlap = Math.min(to, index + 1) - Math.max(from, index)
        if (overlap > 1e-12) row.set(index, overlap / factor)
      }
      return row
    }),
  )
}

/** Convolution with a Gaussian cut at 4 sigma, mirrored at the edges (scipy's `gaussian_filter1d`). */
export function gaussianMap(n: number, sigma: number): AxisMap {
  const radius = Math.floor(4 * sigma + 0.5)
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp((-0.5 * (k - radius) ** 2) / sigma ** 2),
  )
  const sum = kernel.reduce((a, b) => a + b, 0)
  return packMap(
    Array.from({ length: n }, (_, i) => {
      const row = new Map<number, number>()
      for (let k = -radius; k <= radius; k++) {
        const index = mirrorIndex(i + k, n)
        row.set(index, (row.get(index) ?? 0) + kernel[k + radius]! / sum)
      }
      return row
    }),
  )
}

/** First `inner`, then `outer`, as one map. */
export function composeMaps(outer: AxisMap, inner: AxisMap): AxisMap {
  return packMap(
    Array.from({ length: outer.starts.length - 1 }, (_, i) => {
      const row = new Map<number, number>()
      for (let k = outer.starts[i]!; k < outer.starts[i + 1]!; k++) {
        const middle = outer.indices[k]!
        for (let j = inner.starts[middle]!; j < inner.starts[middle + 1]!; j++) {
          const index = inner.indices[j]!
          row.set(index, (row.get(index) ?? 0) + outer.weights[k]! * inner.weights[j]!)
        }
      }
      return row
    }),
  )
}

/** Applies `map` to the middle axis of `[outer, n, inner]`. Cost: output elements × weights per output. */
export function applyMap(data: Float64Array, outer: number, n: number, inner: number, map: AxisMap): Float64Array {
  const { starts, indices, weights } = map
  const out = starts.length - 1
  const result = new Float64Array(outer * out * inner)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < out; i++) {
      const to = (o * out + i) * inner
      for (let k = starts[i]!; k < starts[i + 1]!; k++) {
        const from = (o * n + indices[k]!) * inner
        const weight = weights[k]!
        for (let c = 0; c < inner; c++) result[to + c] = result[to + c]! + weight * data[from + c]!
      }
    }
  }
  return result
}

/**
 * Replaces samples along the middle axis of `[outer, n, inner]` by the coefficients of the cubic B-spline that passes
 * through them, mirrored at the edges.
 *
 * @see Unser 1999, {@link https://doi.org/10.1109/79.799930}, box 2
 */
export function splineCoefficients(data: Float64Array, outer: number, n: number, inner: number): void {
  if (n < 2) return
  const pole = Math.sqrt(3) - 2
  const line = new Float64Array(n)
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const at = o * n * inner + c
      for (let i = 0; i < n; i++) line[i] = 6 * data[at + i * inner]!
      let first = 0
      let power = 1
      for (let k = 0; k < 2 * n - 2; k++) {
        first += power * line[mirrorIndex(k, n)]!
        power *= pole
        if (Math.abs(power) < 1e-18) break
      }
      line[0] = first / (1 - pole ** (2 * n - 2))
      for (let i = 1; i < n; i++) line[i] = line[i]! + pole * line[i - 1]!
      line[n - 1] = (pole / (pole * pole - 1)) * (line[n - 1]! + pole * line[n - 2]!)
      for (let i = n - 2; i >= 0; i--) line[i] = pole * (line[i + 1]! - line[i]!)
      for (let i = 0; i < n; i++) data[at + i * inner] = line[i]!
    }
  }
}
