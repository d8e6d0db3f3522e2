import { createLearner, type ProtocolResult, playProtocol } from '@astronomaly/active-learning'
import {
  assertKnownKeys,
  checkNumber,
  type Matrix,
  meanAndStd,
  ParameterError,
  type RunOptions,
  type Seed,
} from '@astronomaly/core'
import {
  averagePrecision,
  foundByRank,
  precisionAtRecall,
  rankDescending,
  rankWeightedScore,
} from '@astronomaly/core/metrics'
import { writeFileAtomic } from '@astronomaly/core/node'
import { IsolationForest } from '@astronomaly/iforest'
import { checkScale, type RatingScale } from '../label/rating-file.ts'
import { openUnlearned } from '../run/open-run.ts'
import { readTruth } from '../run/truth.ts'
import { takeRows } from '../stages/take-rows.ts'

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

/** How one learner did; means over seeds. */
export interface LearnerEvaluation {
  /** Anomalies among the first that many labels. */
  readonly found: Readonly<Record<string, number>>
  /** Lowest and highest of `found` over seeds. */
  readonly foundRange: Readonly<Record<string, readonly [low: number, high: number]>>
  /** Share of all anomalies in the first tenth of the ranking after the last batch, labelled objects included. */
  readonly recallTop10: number
  /** The same for the first twentieth. */
  readonly recallTop5: number
  /** Anomalies in the first twentieth of the ranking, before any label and after each batch, labelled objects included. */
  readonly foundInTop5Percent: Readonly<Record<string, number>>
  /** Standard deviation of `foundInTop5Percent` over seeds. */
  readonly foundInTop5PercentStd: Readonly<Record<string, number>>
  /** Anomalies in the first 500 of the ranking, before any label and after each batch, labelled objects included. */
  readonly foundInTop500: Readonly<Record<string, number>>
  /** The same with the labelled objects left out of ranking and count. */
  readonly foundInTop500Unlabelled: Readonly<Record<string, number>>
  readonly averagePrecision: number
  readonly rankWeightedScore: number
  /** At recall 25, 50, 75 and 95 %. */
  readonly precisionAtRecall: Readonly<Record<string, number>>
  /** Mean recall by rank after the last batch, at `ranks`. */
  readonly recall: readonly number[]
  readonly recallLow: readonly number[]
  readonly recallHigh: readonly number[]
}

/** The outcome of {@link evaluate}. */
export interface Evaluation {
  /** Content hash of the ranking that was evaluated: another one makes these figures obsolete. */
  readonly ranking: string
  /** Objects with a truth. */
  readonly objects: number
  readonly anomalies: number
  readonly labels: number
  readonly batch: number
  readonly seeds: number
  /** Ranks at which `recall` is given. */
  readonly ranks: readonly number[]
  /** By the learner's id. */
  readonly learners: Readonly<Record<string, LearnerEvaluation>>
}

function spreadRanks(count: number): number[] {
  const ranks = new Set<number>()
  for (let i = 1; i <= Math.min(count, 100); i++) ranks.add(i)
  for (let i = 0; i <= 300; i++) ranks.add(Math.max(1, Math.round(count ** (i / 300))))
  for (let i = 1; i <= 100; i++) ranks.add(Math.max(1, Math.round((count * i) / 100)))
  return [...ranks].sort((a, b) => a - b)
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

function meanRecord(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  return Object.fromEntries(Object.keys(records[0] ?? {}).map((key) => [key, mean(records.map((r) => r[key]!))]))
}

/** One learner, one seed. */
function judge(
  played: ProtocolResult,
  detectorOrder: Uint32Array,
  interesting: Uint8Array,
  anomalies: number,
  ranks: readonly number[],
) {
  const steps = [
    { labels: 0, order: { withLabelled: detectorOrder, withoutLabelled: detectorOrder } },
    ...played.batches,
  ]
  const last = played.finalOrder.withLabelled
  const byRank = foundByRank(last, interesting)
  const share = (part: number): number => (byRank[Math.max(1, Math.ceil(part * last.length)) - 1] ?? 0) / anomalies
  const inTop = (order: Uint32Array, count = 500): number =>
    foundByRank(order.subarray(0, count), interesting).at(-1) ?? 0
  const twentieth = Math.ceil(0.05 * last.length)
  return {
    found: Object.fromEntries(played.batches.map((step) => [step.labels, step.found])),
    recallTop5: share(0.05),
    recallTop10: share(0.1),
    foundInTop5Percent: Object.fromEntries(
      steps.map((step) => [step.labels, inTop(step.order.withLabelled, twentieth)]),
    ),
    foundInTop500: Object.fromEntries(steps.map((step) => [step.labels, inTop(step.order.withLabelled)])),
    foundInTop500Unlabelled: Object.fromEntries(steps.map((step) => [step.labels, inTop(step.order.withoutLabelled)])),
    averagePrecision: averagePrecision(last, interesting),
    rankWeightedScore: rankWeightedScore(last, interesting, Math.min(500, last.length)),
    precisionAtRecall: Object.fromEntries(
      [25, 50, 75, 95].map((p) => [p, precisionAtRecall(last, interesting, p / 100)]),
    ),
    recall: ranks.map((rank) => byRank[rank - 1]! / anomalies),
  }
}

/** The scores of all rows by a forest of another seed. */
async function scoreAgain(
  rows: Matrix<Float32Array>,
  options: { readonly trees: number; readonly sampleSize: number; readonly seed: Seed },
  run: RunOptions,
): Promise<Float64Array> {
  return (await new IsolationForest(options).fit(rows, run)).score(rows, run)
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
  assertKnownKeys('evaluate', options, [
    ...['run', 'truth', 'scale', 'interesting', 'labels', 'batch', 'seeds', 'learners'],
    ...['signal', 'onProgress', 'onWarning', 'workers'],
  ])
  const names = options.learners ?? ['forest', 'neighbour-score', 'gp', 'default']
  checkScale('evaluate', options.scale)
  const threshold = checkNumber('evaluate: interesting', options.interesting ?? 3, { min: 0, max: 5 })
  const wanted = checkNumber('evaluate: labels', options.labels ?? 500, { min: 1, integer: true })
  const batch = checkNumber('evaluate: batch', options.batch ?? 100, { min: 1, integer: true })
  const seeds = checkNumber('evaluate: seeds', options.seeds ?? 1, { min: 1, max: 1000, integer: true })
  const learners = new Map(names.map((name) => createLearner(name)).map((learner) => [learner.id, learner]))

  const data = await openUnlearned(options.run)
  const { rows, ratings } = await readTruth(data, options.truth, options)
  const interesting = Uint8Array.from(ratings, (rating) => Number(rating >= threshold))
  const anomalies = interesting.reduce((a, b) => a + b, 0)
  if (anomalies === 0 || anomalies === rows.length) {
    throw new ParameterError(
      `evaluate: truth must have objects rated >= ${threshold} and objects below. Received ${anomalies} of ${rows.length}.`,
    )
  }
  const labels = Math.min(wanted, rows.length)
  const signal: RunOptions = options.signal ? { signal: options.signal } : {}
  const everything = await data.features()
  const features = takeRows(everything, rows)
  const ranks = spreadRanks(rows.length)
  const { trees, sampleSize, seed } = data.record.options as { trees: number; sampleSize: number; seed: Seed }

  const outcomes = new Map([...learners.keys()].map((id) => [id, [] as ReturnType<typeof judge>[]]))
  let done = 0
  for (let k = 0; k < seeds; k++) {
    const forestSeed = k === 0 ? seed : `${seed}/${k}`
    const all =
      k === 0 ? data.forestScore : await scoreAgain(everything, { trees, sampleSize, seed: forestSeed }, signal)
    const scores = Float64Array.from(rows, (row) => all[row]!)
    for (const [id, learner] of learners) {
      options.signal?.throwIfAborted()
      const played = await playProtocol(
        {
          features,
          scores,
          ratings,
          interesting: (rating) => rating >= threshold,
          learner,
          labels,
          batch,
          seed: forestSeed,
        },
        signal,
      )
      outcomes.get(id)!.push(judge(played, rankDescending(scores), interesting, anomalies, ranks))
      options.onProgress?.({ stage: 'evaluate', done: ++done, total: seeds * learners.size })
    }
  }

  const evaluation: Evaluation = {
    ranking: data.record.stages.forest ?? '',
    objects: rows.length,
    anomalies,
    labels,
    batch,
    seeds,
    ranks,
    learners: Object.fromEntries(
      [...outcomes].map(([name, all]): [string, LearnerEvaluation] => [
        name,
        {
          found: meanRecord(all.map((o) => o.found)),
          foundRange: Object.fromEntries(
            Object.keys(all[0]!.found).map((n) => {
              const values = all.map((o) => o.found[n]!)
              return [n, [Math.min(...values), Math.max(...values)] as const]
            }),
          ),
          recallTop10: mean(all.map((o) => o.recallTop10)),
          recallTop5: mean(all.map((o) => o.recallTop5)),
          foundInTop5Percent: meanRecord(all.map((o) => o.foundInTop5Percent)),
          foundInTop5PercentStd: Object.fromEntries(
            Object.keys(all[0]!.foundInTop5Percent).map((n) => [
              n,
              meanAndStd(all.map((o) => o.foundInTop5Percent[n]!)).std,
            ]),
          ),
          foundInTop500: meanRecord(all.map((o) => o.foundInTop500)),
          foundInTop500Unlabelled: meanRecord(all.map((o) => o.foundInTop500Unlabelled)),
          averagePrecision: mean(all.map((o) => o.averagePrecision)),
          rankWeightedScore: mean(all.map((o) => o.rankWeightedScore)),
          precisionAtRecall: meanRecord(all.map((o) => o.precisionAtRecall)),
          recall: ranks.map((_, i) => mean(all.map((o) => o.recall[i]!))),
          recallLow: ranks.map((_, i) => Math.min(...all.map((o) => o.recall[i]!))),
          recallHigh: ranks.map((_, i) => Math.max(...all.map((o) => o.recall[i]!))),
        },
      ]),
    ),
  }
  await writeFileAtomic(data.run.file('evaluation.json'), `${JSON.stringify(evaluation, null, 1)}\n`)
  return evaluation
}
