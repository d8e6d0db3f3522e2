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
