import { checkNumber, type Matrix, ParameterError, type RunOptions, type Seed, ShapeError } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { isRating, type Label } from '../labels/label.ts'
import { checkLearnerInput, firstUnlabelled, type Learner, type Ranking } from './learner.ts'

/** One play: a learner asks, and the truth answers. */
export interface ProtocolOptions {
  readonly features: Matrix<Float32Array>
  /** Detector scores, higher = more anomalous. */
  readonly scores: Float64Array
  /** The true rating of every object, 0 to 5: what the simulated person answers. */
  readonly ratings: ArrayLike<number>
  /** Which true ratings count as found. */
  readonly interesting: (rating: number) => boolean
  readonly learner: Learner
  /**
   * Labels in all; no more than there are objects are given.
   * @defaultValue 500
   */
  readonly labels?: number | undefined
  /**
   * Labels between two retrainings.
   * @defaultValue 100
   */
  readonly batch?: number | undefined
  /** @defaultValue 0 */
  readonly seed?: Seed | undefined
}

/** One order of the objects with those already labelled, and one without them. Row numbers, best first. */
export interface ProtocolOrder {
  /** All objects by the learner's score; known ratings do not override it. */
  readonly withLabelled: Uint32Array
  /** The unlabelled objects in the same order. */
  readonly withoutLabelled: Uint32Array
}

/** What is known after one batch of labels. */
export interface ProtocolBatch {
  /** Labels given so far. */
  readonly labels: number
  /** Interesting objects among them. */
  readonly found: number
  /** The ranking after retraining on them. */
  readonly order: ProtocolOrder
}

/** The course of one play. */
export interface ProtocolResult {
  /** The learner's id. */
  readonly learner: string
  /** Interesting objects in all. */
  readonly interesting: number
  /** Rows in the order in which they were labelled. */
  readonly labelled: Uint32Array
  readonly batches: readonly ProtocolBatch[]
  /** The ranking after the last batch; the detector's own when nothing was labelled. */
  readonly finalOrder: ProtocolOrder
}

/**
 * Plays the labelling protocol of the paper with a simulated person: the first batch comes from the top of the detector's
 * ranking, and each later one is what the learner chooses after retraining on all labels so far.
 *
 * @returns The same bits for the same seed.
 * @throws ShapeError when lengths differ, ParameterError for options out of range or a learner that chooses
 * an object twice.
 * @remarks Each batch holds two orders of 4 bytes per object. Progress stage `'protocol'`, in labels.
 * @see Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3.3
 */
export async function playProtocol(options: ProtocolOptions, run: RunOptions = {}): Promise<ProtocolResult> {
  const { features, scores, ratings, interesting, learner, seed = 0 } = options
  const labels = checkNumber('playProtocol: labels', options.labels ?? 500, { integer: true, min: 0 })
  const batch = checkNumber('playProtocol: batch', options.batch ?? 100, { integer: true, min: 1 })
  run.signal?.throwIfAborted()
  checkLearnerInput('playProtocol', { features, scores, labels: [] })
  const count = scores.length
  if (ratings.length !== count) {
    throw new ShapeError(`playProtocol: needs one rating per object (${count}). Received ${ratings.length}.`)
  }
  for (let i = 0; i < count; i++) {
    if (!isRating(ratings[i]))
      throw new ParameterError(`playProtocol: ratings must be from 0 to 5. Received ${ratings[i]} at row ${i}.`)
  }
  const total = Math.min(labels, count)
  const known: Label[] = []
  const seen = new Uint8Array(count)
  const batches: ProtocolBatch[] = []
  const inner: RunOptions = { ...run, onProgress: () => {} }
  const retrain = (): Promise<Ranking> => learner.rank({ features, scores, labels: known.slice(), seed }, inner)
  let found = 0
  let ranking: Ranking | undefined = learner.firstBatch === 'own' ? await retrain() : undefined
  let finalOrder = orderOf(ranking?.score ?? scores, known)
  while (known.length < total) {
    const size = Math.min(batch, total - known.length)
    const chosen = ranking?.selectBatch(size) ?? finalOrder.withoutLabelled.subarray(0, size)
    if (chosen.length !== size) {
      throw new ParameterError(`playProtocol: ${learner.id} must choose ${size} objects. Received ${chosen.length}.`)
    }
    for (const row of chosen) {
      if (seen[row] !== 0)
        throw new ParameterError(`playProtocol: ${learner.id} must choose unlabelled objects. Received row ${row}.`)
      seen[row] = 1
      const rating = ratings[row] as number
      known.push({ row, rating })
      if (interesting(rating)) found++
    }
    ranking = await retrain()
    finalOrder = orderOf(ranking.score, known)
    batches.push({ labels: known.length, found, order: finalOrder })
    run.onProgress?.({ stage: 'protocol', done: known.length, total })
  }
  let all = 0
  for (let i = 0; i < count; i++) if (interesting(ratings[i] as number)) all++
  return {
    learner: learner.id,
    interesting: all,
    labelled: Uint32Array.from(known, ({ row }) => row),
    batches,
    finalOrder,
  }
}

function orderOf(score: Float64Array, known: readonly Label[]): ProtocolOrder {
  const withLabelled = rankDescending(score)
  const labelled = Uint32Array.from(known, ({ row }) => row)
  return { withLabelled, withoutLabelled: firstUnlabelled(withLabelled, labelled, withLabelled.length) }
}
