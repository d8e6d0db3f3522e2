/** What the local reachability densities of rows are computed from. */
export interface NeighbourLists {
  /** `[rows, k]`, Euclidean distances, nearest first. */
  readonly distances: Float64Array
  /** `[rows, k]`, numbers of fitted rows. */
  readonly numbers: Uint32Array
  readonly k: number
}

/** What scikit-learn adds to the mean reachability distance, lest rows with more than k duplicates have infinite densities. */
const floor = 1e-10

/** The largest density there is: that of a row with k duplicates. */
export const densest: number = 1 / floor

/**
 * The local reachability density of row `i`: 1 / (mean over its neighbours o of max(d(i, o), k-distance(o)) + 1e-10).
 *
 * @param kDistances - Of each fitted row, the distance of its k-th neighbour.
 */
export function reachabilityDensity(lists: NeighbourLists, i: number, kDistances: Float64Array): number {
  const { distances, numbers, k } = lists
  let sum = 0
  for (let j = i * k; j < (i + 1) * k; j++) sum += Math.max(distances[j]!, kDistances[numbers[j]!]!)
  return 1 / (sum / k + floor)
}

/** The local outlier factor of row `i`: the mean over its neighbours of their densities, divided by its own. */
export function outlierFactor(lists: NeighbourLists, i: number, densities: Float64Array, own: number): number {
  const { numbers, k } = lists
  let sum = 0
  for (let j = i * k; j < (i + 1) * k; j++) sum += densities[numbers[j]!]! / own
  return sum / k
}
