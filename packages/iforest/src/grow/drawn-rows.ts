import type { MissingRule } from '../forest-rows.ts'

/** The rows that the trees of a forest are grown on. */
export interface DrawnRows {
  /** `[rows held, columns]`, row-major; a row that several trees drew is held once where that is known. */
  readonly data: Float32Array
  /** For each tree, the rows of `data` that it drew. */
  readonly trees: readonly Uint32Array[]
  /** Rows drawn per tree. */
  readonly sampleSize: number
  /** The rule for missing values, where nobody has looked yet whether the drawn rows keep it. */
  readonly unchecked?: MissingRule
}
