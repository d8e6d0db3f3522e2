import type { JournalEntry } from '@astronomaly/active-learning/node'
import type { Matrix, Seed } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import type { RunDirectory } from './run-directory.ts'
import type { RunRecord } from './run-record.ts'

/** What a learner made of the labels. */
export interface LearnedScores {
  /** The learner's id. */
  readonly learner: string
  readonly seed: Seed
  /** Labels that it was given. */
  readonly labels: number
  /** By row; higher = more interesting. */
  readonly score: Float64Array
  /** All rows without a label, in the order in which the learner would show them. */
  readonly next: Uint32Array
}

/** A finished run, read back. */
export interface RunData {
  readonly run: RunDirectory
  readonly record: RunRecord
  /** The run's catalogue; its rows are the rows of every array here. */
  readonly table: Table
  readonly ids: readonly string[]
  /** Files of each object, relative to the ranked folder. */
  readonly files: readonly (readonly string[])[]
  /** Fingerprint of each object's picture, as a rating remembers it; empty in runs of versions that kept none. */
  readonly pictures: readonly string[]
  /** Degrees; NaN where unknown. */
  readonly raDeg: Float64Array
  /** Degrees; NaN where unknown. */
  readonly decDeg: Float64Array
  /** Isolation-forest scores, in (0, 1), higher = more anomalous. */
  readonly forestScore: Float64Array
  /** The latest rating of each labelled row. A rating that was given to another picture than those of the run is not among them. */
  readonly ratings: ReadonlyMap<number, number>
  /** Every rating that was ever given, oldest first. */
  readonly journal: readonly JournalEntry[]
  /** Latest ratings whose picture the run does not have. */
  readonly setAside: readonly JournalEntry[]
  readonly learned: LearnedScores | undefined
  /** The principal components of all objects. */
  features(): Promise<Matrix<Float32Array>>
}
