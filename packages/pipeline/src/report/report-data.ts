import type { FeatureDescription } from '@astronomaly/features'

/** Why an object stands out. */
export interface Reason {
  /** In words, such as `'light lopsided about its centre'`. */
  readonly text: string
  /** The feature that says so, where one does. */
  readonly feature?: string
  /** The feature's value. */
  readonly value?: number
  /** Standard deviations above the mean of all objects. */
  readonly deviation?: number
}

/** One object of a contact sheet. */
export interface ReportObject {
  readonly id: string
  /** 1 = first of the ranking that the sheet shows. */
  readonly rank: number
  /** Higher = more anomalous. */
  readonly score: number
  /** The isolation forest's own score, when `score` is a learner's. */
  readonly forestScore?: number
  /** A person's rating, 0 to 5. */
  readonly rating?: number
  /** JPEG or PNG as a `data:` URL. Absent when the picture could not be read again. */
  readonly picture?: string
  /** Degrees, ICRS. */
  readonly raDeg?: number
  /** Degrees, ICRS. */
  readonly decDeg?: number
  /** Why it stands out, most telling first. */
  readonly reasons?: readonly Reason[]
  /** Names the picture by its content; a rating given on the page remembers it. */
  readonly fingerprint?: string
  /** Whether the picture says that it is simulated: its position is then of no real sky and leads nowhere. */
  readonly simulated?: boolean
  /** File name relative to the folder that was ranked. */
  readonly file: string
}

/** A titled run of objects in order. */
export interface ContactSheet {
  /** Anchor, kebab-case. */
  readonly id: string
  readonly title: string
  /** One sentence: which order, and what is left out. */
  readonly note: string
  readonly objects: readonly ReportObject[]
}

/** Counts of scores in equal bins. */
export interface ScoreHistogram {
  readonly title: string
  /** `counts.length + 1` bin edges, ascending. */
  readonly edges: readonly number[]
  readonly counts: readonly number[]
  /** The score of the last object on the first contact sheet. */
  readonly topFrom?: number
}

/** Two dimensions of the feature space, with the first objects of the ranking marked. */
export interface FeatureMap {
  readonly xLabel: string
  readonly yLabel: string
  /** A sample of all objects. */
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly top: readonly { readonly x: number; readonly y: number; readonly id: string; readonly rank: number }[]
}

/** One line of a recall plot. */
export interface RecallCurve {
  /** Such as `'neighbour score, 200 labels'`. */
  readonly name: string
  /** Ranks, ascending, from 1. */
  readonly ranks: readonly number[]
  /** Share of all anomalies found by each rank, in [0, 1]; the mean over seeds. */
  readonly recall: readonly number[]
  /** Lowest and highest over seeds. */
  readonly low?: readonly number[]
  readonly high?: readonly number[]
}

/** What an evaluation or known labels say about rankings. */
export interface RecallPlot {
  readonly title: string
  readonly note: string
  readonly objects: number
  readonly anomalies: number
  readonly curves: readonly RecallCurve[]
  /** A table of figures: header row, then one row a learner. */
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }
}

/** All that a report shows; plain data, so that the page depends on nothing else. */
export interface ReportData {
  readonly title: string
  /** Facts of the run in the order shown, such as `['objects', '2,000 of 2,004']`. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly sheets: readonly ContactSheet[]
  readonly histograms: readonly ScoreHistogram[]
  /** Share of the variance that each principal component explains, descending, in [0, 1]. */
  readonly explainedVariance: readonly number[]
  readonly map?: FeatureMap
  readonly recall: readonly RecallPlot[]
  /** What the features are that reasons name. */
  readonly glossary?: readonly FeatureDescription[]
  /** The first rejected files; `rejectedCount` counts all. */
  readonly rejected: readonly { readonly id: string; readonly file: string; readonly reason: string }[]
  readonly rejectedCount: number
  /** Software, dates, options and sources of the ranking, and what to cite. */
  readonly provenance?: readonly (readonly [name: string, value: string])[]
  /** What the reader should do next, as commands. */
  readonly next: readonly { readonly text: string; readonly command: string }[]
}
