import { finiteRows, type Matrix, ParameterError, type RunOptions, type Seed, ShapeError } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import type { Label } from '../labels/label.ts'

/** All that a learner may look at. Nothing in it is changed. */
export interface LearnerInput {
  /** `[objects, columns]`; every value finite. */
  readonly features: Matrix<Float32Array>
  /** The detector's score of each object, higher = more anomalous; every value finite. */
  readonly scores: Float64Array
  /** What is known so far; when a row comes twice, its last label counts. */
  readonly labels: readonly Label[]
  /** @defaultValue 0 */
  readonly seed?: Seed | undefined
}

/** The order that a learner gives to all objects, and its choice of what to show next. */
export interface Ranking {
  /** One per object, higher = more interesting. Known ratings do not override it. */
  readonly score: Float64Array
  /**
   * The unlabelled rows to show next, best first: `count` of them, or all that are left.
   *
   * @throws ParameterError when `count` is not an integer ≥ 0.
   */
  selectBatch(count: number): Uint32Array
  /** What the learner worked out on the way, by learner: for reports and tests. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Turns detector scores and labels into a ranking. It keeps no state between calls. */
export interface Learner {
  /** A stable name, such as `'neighbour-score'`. */
  readonly id: string
  /**
   * What is shown before anything is labelled: the detector's order, or the learner's own.
   * @defaultValue 'detector'
   */
  readonly firstBatch?: 'detector' | 'own'
  /**
   * @throws ShapeError when features and scores differ in length.
   * @throws ParameterError for values that are not finite and labels outside their range.
   */
  rank(input: LearnerInput, run?: RunOptions): Promise<Ranking>
}

/**
 * Checks what every learner needs.
 *
 * @throws ShapeError when lengths differ, ParameterError at the first score and NumericalError at the first
 * feature that is not finite.
 */
export function checkLearnerInput(subject: string, { features, scores }: LearnerInput): void {
  const [rows, columns] = features.shape
  if (scores.length !== rows) {
    throw new ShapeError(`${subject}: needs one score per object (${rows}). Received ${scores.length}.`)
  }
  for (let i = 0; i < rows; i++) {
    if (!Number.isFinite(scores[i]))
      throw new ParameterError(`${subject}: scores must be finite. Received ${scores[i]} at row ${i}.`)
  }
  finiteRows(subject, features, { columns })
}

/** The first `count` of `order` that are not labelled. */
export function firstUnlabelled(order: Uint32Array, labelled: Uint32Array, count: number): Uint32Array {
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new ParameterError(`selectBatch: count must be an integer >= 0. Received ${String(count)}.`)
  }
  const known = new Set(labelled)
  const chosen: number[] = []
  for (let i = 0; i < order.length && chosen.length < count; i++) {
    if (!known.has(order[i]!)) chosen.push(order[i]!)
  }
  return Uint32Array.from(chosen)
}

/** A ranking whose next batch is the top of a list: of `acquisition` where that is given, else of `score`. */
export function rankingOf(
  score: Float64Array,
  labelled: Uint32Array,
  details: Readonly<Record<string, unknown>>,
  acquisition: Float64Array = score,
): Ranking {
  let order: Uint32Array | undefined
  return {
    score,
    details,
    selectBatch(count: number): Uint32Array {
      order ??= rankDescending(acquisition)
      return firstUnlabelled(order, labelled, count)
    },
  }
}
