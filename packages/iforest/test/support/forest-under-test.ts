import type { Rows } from '@astronomaly/core'
import type { FitOptions, FlatForest, IsolationForestOptions } from '@astronomaly/iforest'

/** What the checks ask of a fitted forest. */
export interface FittedForest {
  readonly forest: FlatForest
  readonly trees: number
  readonly sampleSize: number
  readonly buffer: ArrayBuffer
  score(rows: Rows): Promise<Float64Array>
  isAnomaly(rows: Rows): Promise<Uint8Array>
  explain(row: ArrayLike<number>): Float64Array
  toJSON(): unknown
}

/** A forest to be judged: the package's own, or a deliberately wrong one. */
export interface ForestUnderTest {
  fit(rows: Rows, options: IsolationForestOptions, run?: FitOptions): Promise<FittedForest>
  from(buffer: ArrayBuffer): FittedForest
  fromJSON(json: unknown): FittedForest
  extend(model: FittedForest, rows: Rows, options: IsolationForestOptions): Promise<FittedForest>
  merge(a: FittedForest, b: FittedForest): FittedForest
}

class ForestFailure extends Error {}

/** Throws unless the condition holds. */
export function ensure(condition: boolean, message: string): void {
  if (!condition) throw new ForestFailure(message)
}
