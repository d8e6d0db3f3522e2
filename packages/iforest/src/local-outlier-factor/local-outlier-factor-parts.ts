/** All that a model consists of. */
export interface LocalOutlierFactorParts {
  /** `[n, columns]`, row-major: the fitted rows, n ≥ 2, finite. */
  readonly rows: Float32Array
  /** Number of columns of the rows, ≥ 1. */
  readonly columns: number
  /** k: neighbours of each row, 1 to n − 1. */
  readonly neighbours: number
  /** `[n]`, distance from each fitted row to the k-th nearest of the others, ≥ 0. */
  readonly kDistances: Float64Array
  /** `[n]`, local reachability density of each fitted row, in (0, 1e10]. */
  readonly densities: Float64Array
  /** `[n]`, local outlier factor of each fitted row, > 0. */
  readonly trainingScores: Float64Array
  /** Score above which a row is an anomaly. */
  readonly offset: number
}
