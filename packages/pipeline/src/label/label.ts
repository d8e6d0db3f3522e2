import { createLearner } from '@astronomaly/active-learning'
import { LabelJournal } from '@astronomaly/active-learning/node'
import {
  definedOnly,
  NotFoundError,
  numberOption,
  ParameterError,
  passedOption,
  type ResolvedOptions,
  type RunOptions,
  resolveOptions,
  runRules,
  type Seed,
  UnsupportedError,
} from '@astronomaly/core'
import { applyRatings, warnOfSetAside } from '../run/apply-ratings.ts'
import { openUnlearned } from '../run/open-run.ts'
import { pathOption } from '../run/path-option.ts'
import { addRejections } from '../run/rejections.ts'
import type { RunData } from '../run/run-data.ts'
import { RunDirectory } from '../run/run-directory.ts'
import type { Rejection } from '../run/scan-folder.ts'
import { writeRanking } from '../run/write-ranking.ts'
import { learnFrom } from './learn-from.ts'
import { readLearned } from './learned-scores.ts'
import { onScale, type RatingFile, type RatingScale, type RowRating, readRatings } from './rating-file.ts'

/** What a person said of one object. */
export interface Rating {
  readonly id: string
  /** 0 (dull, or an artefact) to 5 (the most interesting). */
  readonly rating: number
}

/** How to label a run. */
export interface LabelOptions extends RunOptions, RatingScale {
  /** The run directory. */
  readonly run: string
  /**
   * New ratings: a table (CSV, FITS, Parquet, VOTable …) with a column of ids or files and one of ratings, or the ratings themselves.
   * Without any, the run is ranked again with those it has.
   */
  readonly labels?: string | readonly Rating[] | undefined
  /**
   * What learns from the labels.
   * @defaultValue the learner that the run had last, else `'forest-gp'`, the default of `createLearner`
   */
  readonly learner?: string | undefined
  /** @defaultValue the seed of the run's learner, else of the run */
  readonly seed?: Seed | undefined
}

/** What {@link label} did. */
export interface LabelSummary {
  /** Ratings appended to the journal. */
  readonly added: number
  /** Ratings that the journal had already, the same. */
  readonly repeated: number
  /** Lines of the file without a rating. */
  readonly unrated: number
  /** Lines that could not be used; each is in `rejected.csv`. */
  readonly rejected: readonly Rejection[]
  /** Objects with a rating now. */
  readonly labelled: number
  readonly learner: string
  /** Who chose the learner: the call, the run that had it before, or nobody. */
  readonly learnerFrom: 'option' | 'run' | 'default'
}

const rules = {
  ...runRules,
  run: pathOption,
  scale: numberOption(undefined, { above: 0 }),
  labels: (value: string | readonly Rating[] | undefined): string | readonly Rating[] => value ?? [],
  learner: (value: string | undefined): string | undefined => {
    if (value !== undefined) createLearner(value)
    return value
  },
  seed: passedOption<Seed>(),
}

type LabelCall = ResolvedOptions<typeof rules>

/**
 * Appends ratings to the run's journal and ranks all objects again.
 *
 * @remarks The ratings of one call are appended all or none, and the journal is synced before anything else happens: a rating that was
 * accepted is never lost. The learner and its seed are kept in the run.
 * @throws ParameterError when no object has a rating; what `openRun` throws; NotFoundError when there is no such file or object;
 * FormatError when the file is not a table of ratings, or none of them can be used; UnsupportedError when the learner cannot
 * take so many labels, which are kept.
 */
export async function label(options: LabelOptions): Promise<LabelSummary> {
  const call = resolveOptions('label', options, rules)
  const run = new RunDirectory(call.run)
  await run.check()
  return run.locked(() => labelInto(call))
}

async function labelInto(options: LabelCall): Promise<LabelSummary> {
  const { labels, scale } = options
  const before = await openUnlearned(options.run)
  const { ratings, unrated, rejected } =
    typeof labels === 'string' ? await readRatings(labels, before, options) : judgeRatings(labels, before, scale)
  const latest = new Map(before.ratings)
  const added = ratings.filter(({ row, rating }) => {
    const changed = latest.get(row) !== rating
    latest.set(row, rating)
    return changed
  })
  const data = await withRatings(before, added, options.onWarning)
  if (rejected.length > 0) await addRejections(data.run, rejected)
  warnOfSetAside(data, options.onWarning)
  if (data.ratings.size === 0)
    throw new ParameterError('label: needs at least one rating of an object of the run. Received none.')
  const { record } = data
  const learner = createLearner(options.learner ?? record.learner?.name)
  const seed = options.seed ?? record.learner?.seed ?? (record.options.seed as Seed)
  let learned: RunData
  try {
    learned = await learnFrom(data, learner, seed, options)
  } catch (cause) {
    if (!(cause instanceof UnsupportedError)) throw cause
    await writeRanking({ ...data, learned: await readLearned(data) })
    throw new UnsupportedError(
      `${cause.message} The ratings are kept: label again with --learner neighbour-score (learner: 'neighbour-score').`,
      { cause },
    )
  }
  await writeRanking(learned)
  return {
    added: added.length,
    repeated: ratings.length - added.length,
    unrated,
    rejected,
    labelled: data.ratings.size,
    learner: learner.id,
    learnerFrom: options.learner !== undefined ? 'option' : record.learner ? 'run' : 'default',
  }
}

/** The run with more ratings, which are in its journal then. */
async function withRatings(
  data: RunData,
  added: readonly RowRating[],
  onWarning: RunOptions['onWarning'],
): Promise<RunData> {
  if (added.length === 0) return data
  const journal = await LabelJournal.open(data.run.file('labels.jsonl'), { onWarning })
  try {
    await journal.append(added.map(({ row, id, rating }) => ({ id, rating, ...pictureOf(data, row) })))
    return { ...data, ...applyRatings(journal.entries(), data) }
  } finally {
    await journal.close()
  }
}

/** What a rating remembers of the object that it was given to. */
function pictureOf({ files, pictures }: RunData, row: number): { readonly file: string; readonly picture?: string } {
  const picture = pictures[row]!
  return definedOnly({ file: files[row]![0]!, picture: picture === '' ? undefined : picture })
}

function judgeRatings(given: readonly Rating[], { ids }: RunData, scale: number | undefined): RatingFile {
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  const ratings = given.map(({ id, rating }): RowRating => {
    const row = rowOf.get(id)
    const scaled = onScale(rating, scale)
    if (row === undefined) throw new NotFoundError(`label: the run must have the object. Received id '${id}'.`)
    if (!(scaled >= 0 && scaled <= 5))
      throw new ParameterError(
        `label: rating must be a number from 0 to ${scale ?? 5}. Received ${rating} for '${id}'.`,
      )
    return { row, id, rating: scaled }
  })
  return { ratings, unrated: 0, rejected: [] }
}
