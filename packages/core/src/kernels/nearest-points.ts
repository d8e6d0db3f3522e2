/** Queries and what is asked about them. */
export interface NearestTask {
  /** `[count, columns]`, row-major, finite. */
  readonly queries: Float32Array
  readonly count: number
  /** Neighbours of each query, ≥ 1, no more than there are points that it can have. */
  readonly k: number
  /** `[count]`: the number of each query among the points, when it is one of them and no neighbour of itself. */
  readonly own?: Uint32Array | undefined
}

/** The k nearest points of each query. */
export interface Nearest {
  /** `[count, k]` f64, squares of the Euclidean distances, nearest first. */
  readonly squares: Float64Array
  /** `[count, k]`, numbers of the points; of equal distances the lower number first. */
  readonly numbers: Uint32Array
}

/**
 * The k nearest points of each query: the TypeScript twin of the WebAssembly kernel.
 *
 * @param points - `[n, columns]`, row-major, finite.
 * @remarks O(count × n × columns). The square of a distance is summed in f64 in the order of the columns.
 */
export function nearestPoints(points: Float32Array, columns: number, task: NearestTask, out: Nearest): void {
  const { queries, count, k, own } = task
  const n = points.length / columns
  for (let q = 0; q < count; q++) {
    const squares = out.squares.subarray(q * k, (q + 1) * k)
    const numbers = out.numbers.subarray(q * k, (q + 1) * k)
    let held = 0
    for (let i = 0; i < n; i++) {
      if (i === own?.[q]) continue
      let sum = 0
      for (let c = 0; c < columns; c++) {
        const d = points[i * columns + c]! - queries[q * columns + c]!
        sum += d * d
      }
      if (held === k && !(sum < squares[k - 1]!)) continue
      // Points come in the order of their numbers: of equal distances the earlier stays ahead.
      let at = held < k ? held++ : k - 1
      for (; at > 0 && squares[at - 1]! > sum; at--) {
        squares[at] = squares[at - 1]!
        numbers[at] = numbers[at - 1]!
      }
      squares[at] = sum
      numbers[at] = i
    }
  }
}
