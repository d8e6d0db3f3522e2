import type { PathLengthConvention } from './average-path-length.ts'
import type { FlatForest } from './flat-forest.ts'
import type { MissingRule } from './forest-rows.ts'

/** All that a model consists of. */
export interface IsolationForestParts {
  readonly forest: FlatForest
  /** Number of columns of the rows, ≥ 1. */
  readonly columns: number
  /** ψ: rows that each tree was grown on, ≥ 1. */
  readonly sampleSize: number
  readonly missing: MissingRule
  readonly pathLength: PathLengthConvention
  /** Score above which a row is an anomaly. */
  readonly offset: number
}
