import { createLearner, type Learner, playProtocol } from '@astronomaly/active-learning'
import {
  type Matrix,
  numberOption,
  ParameterError,
  type RunOptions,
  resolveOptions,
  runRules,
  type Seed,
} from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { writeFileAtomic } from '@astronomaly/core/node'
import { IsolationForest } from '@astronomaly/iforest'
import type { RatingScale } from '../label/rating-file.ts'
import { openUnlearned } from '../run/open-run.ts'
import { pathOption } from '../run/path-option.ts'
import type { RunData } from '../run/run-data.ts'
import { readTruth, type Truth } from '../run/truth.ts'
import { takeRows } from '../stages/take-rows.ts'
import type { Evaluation } from './evaluation.ts'
import { judgeOrder, type KnownAnomalies, type LearnerOutcome, spreadRanks } from './judge-order.ts'
import { summariseOutcomes } from './summarise-outcomes.ts'

/** How to play the labelling with a known truth. */
export interface EvaluateOptions extends RunOptions, RatingScale {
  /** The run directory. */
  readonly run: string
  /** A table of ids or files and ratings, as `label` reads it: what a person would say of each object. */
  readonly truth: string
  /**
   * Ratings from here up are anomalies.
   * @defaultValue 3
   */
  readonly interesting?: number | undefined
  /**
   * Labels in all.
   * @defaultValue 500
   */
  readonly labels?: number | undefined
  /**
   * Labels between two trainings.
   * @defaultValue 100
   */
  readonly batch?: number | undefined
  /**
   * Repetitions, each with a forest and learners of its own seed.
   * @defaultValue 1
   */
  readonly seeds?: number | undefined
  /**
   * Names of learners; one that is named twice counts once.
   * @defaultValue ['forest', 'neighbour-score', 'gp', 'default']
   */
  readonly learners?: readonly string[] | undefined
}

const learnersByDefault = ['forest', 'neighbour-score', 'gp', 'default'] as const

const rules = {
  run: pathOption,
  truth: pathOption,
  scale: numberOption(undefined, { above: 0 }),
  interesting: numberOption(3, { min: 0, max: 5 }),
  labels: numberOption(500, { min: 1, integer: true }),
  batch: numberOption(100, { min: 1, integer: true }),
  seeds: numberOption(1, { min: 1, max: 1000, integer: true }),
  learners: (names: readonly string[] = learnersByDefault): ReadonlyMap<string, Learner> =>
    new Map(names.map((name) => createLearner(name)).map((learner) => [learner.id, learner])),
  ...runRules,
}

/**
 * Plays the paper's protocol on a run whose truth is known: the forest chooses the first batch of labels, then each learner
 * chooses the next ones after each training.
 *
 * @remarks Objects without a truth are left out of everything. A learner's `recallTop10` counts labelled objects too, as the
 * paper's figures do. Writes `evaluation.json`, which the report draws.
 * @throws ParameterError when no object, or every object, is an anomaly, or an option is out of range.
 * @see Etsebeth et al. 2024, doi:10.1093/mnras/stae496, §3.3 and §4
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const resolved = resolveOptions('evaluate', options, rules)
  const { interesting: threshold, batch, seeds, learners } = resolved
  const data = await openUnlearned(resolved.run)
  const truth = await readTruth(data, resolved.truth, options)
  const objects = truth.rows.length
  const known = anomaliesOf(truth, threshold)
  const labels = Math.min(resolved.labels, objects)
  const { signal, workers, onProgress } = resolved
  const outcomes = new Map([...learners.keys()].map((id) => [id, [] as LearnerOutcome[]]))
  let done = 0
  for await (const { scores, ...detected } of detections(data, truth, seeds, { signal, workers })) {
    for (const [id, learner] of learners) {
      signal?.throwIfAborted()
      const interesting = (rating: number): boolean => rating >= threshold
      const protocol = { ...detected, scores, ratings: truth.ratings, interesting, learner, labels, batch }
      const played = await playProtocol(protocol, { signal, workers })
      outcomes.get(id)!.push(judgeOrder(played, rankDescending(scores), known))
      onProgress?.({ stage: 'evaluate', done: ++done, total: seeds * learners.size })
    }
  }
  const evaluation: Evaluation = {
    ranking: data.record.stages.forest ?? '',
    objects,
    anomalies: known.anomalies,
    labels,
    batch,
    seeds,
    ranks: known.ranks,
    learners: Object.fromEntries([...outcomes].map(([id, all]) => [id, summariseOutcomes(all)])),
  }
  await writeFileAtomic(data.run.file('evaluation.json'), `${JSON.stringify(evaluation, null, 1)}\n`)
  return evaluation
}

/** @throws ParameterError when there is nothing to tell apart. */
function anomaliesOf({ rows, ratings }: Truth, threshold: number): KnownAnomalies {
  const interesting = Uint8Array.from(ratings, (rating) => Number(rating >= threshold))
  const anomalies = interesting.reduce((a, b) => a + b, 0)
  if (anomalies === 0 || anomalies === rows.length) {
    throw new ParameterError(
      `evaluate: truth must have objects rated >= ${threshold} and objects below. Received ${anomalies} of ${rows.length}.`,
    )
  }
  return { interesting, anomalies, ranks: spreadRanks(rows.length) }
}

/** What a learner begins with, of the objects that have a truth. */
interface Detection {
  readonly features: Matrix<Float32Array>
  readonly scores: Float64Array
  readonly seed: Seed
}

/** The run's own forest first, then forests of other seeds. */
async function* detections(data: RunData, { rows }: Truth, seeds: number, run: RunOptions): AsyncGenerator<Detection> {
  const everything = await data.features()
  const features = takeRows(everything, rows)
  const { trees, sampleSize, seed: first } = data.record.options as { trees: number; sampleSize: number; seed: Seed }
  for (let k = 0; k < seeds; k++) {
    const seed = k === 0 ? first : `${first}/${k}`
    const forest = k === 0 ? undefined : await new IsolationForest({ trees, sampleSize, seed }).fit(everything, run)
    const all = (await forest?.score(everything, run)) ?? data.forestScore
    yield { features, scores: Float64Array.from(rows, (row) => all[row]!), seed }
  }
}
