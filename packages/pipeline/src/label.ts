import { readFile } from 'node:fs/promises'
import { createLearner, type Learner } from '@astronomaly/active-learning'
import { LabelJournal } from '@astronomaly/active-learning/node'
import {
  assertKnownKeys,
  FormatError,
  NotFoundError,
  ParameterError,
  type RunOptions,
  type Seed,
} from '@astronomaly/core'
import { parseCsvTable } from '@astronomaly/io'
import { writeLearned } from './learned-scores.ts'
import { cellText, findColumn } from './object-table.ts'
import { addRejections } from './rejections.ts'
import { openRun, type RunData, warnOfSetAside } from './run-data.ts'
import type { Rejection } from './scan-folder.ts'
import { writeRanking } from './write-ranking.ts'

/** What a person said of one object. */
export interface Rating {
  readonly id: string
  /** 0 (dull, or an artefact) to 5 (the most interesting). */
  readonly rating: number
}

/** Ratings read from a file, and the lines that cannot be used. */
export interface RatingFile {
  readonly ratings: readonly Rating[]
  readonly rejected: readonly Rejection[]
}

/**
 * Reads a CSV file with columns `id` and `rating`.
 *
 * @param known - Whether the run has an object of that id.
 * @returns The usable ratings in the order of the file; a line with an unknown id or a rating outside 0 … 5 is rejected.
 * @throws NotFoundError when there is no such file; FormatError when it is not a table with those columns.
 */
export async function readRatings(path: string, known: (id: string) => boolean): Promise<RatingFile> {
  const content = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const rule = cause.code === 'ENOENT' ? 'must exist' : `must be readable (${cause.code ?? cause.message})`
    throw new NotFoundError(`ratings: file ${rule}. Received ${path}.`, { cause })
  })
  const rejected: Rejection[] = []
  const table = parseCsvTable(content, path, {
    onRagged: ({ line, cells, wanted }) => {
      const reason = `line ${line}: must have ${wanted} cells as the header has. Received ${cells.length}`
      rejected.push({ id: cells[0]?.trim() ?? '', file: path, stage: 'labels', reason })
    },
  })
  const ids = findColumn(table, 'id')
  const values = findColumn(table, 'rating')
  if (!ids || !values) {
    throw new FormatError(
      `ratings: file must have columns id and rating. It has ${[...table.columns.keys()].join(', ')}`,
      {
        source: path,
      },
    )
  }
  const ratings: Rating[] = []
  for (let row = 0; row < table.rowCount; row++) {
    const id = cellText(ids, row)
    const written = cellText(values, row)
    const rating = written === '' ? Number.NaN : Number(written)
    const reject = (reason: string): void => {
      rejected.push({ id, file: path, stage: 'labels', reason: `row ${row + 1}: ${reason}` })
    }
    if (!known(id)) reject(`no object of the run has id '${id}'`)
    else if (!(rating >= 0 && rating <= 5)) reject(`rating must be a number from 0 to 5. Received '${written}'`)
    else ratings.push({ id, rating })
  }
  return { ratings, rejected }
}

/** How to label a run. */
export interface LabelOptions extends RunOptions {
  /** The run directory. */
  readonly run: string
  /** New ratings: a CSV file with `id` and `rating`, or the ratings themselves. Without any, the run is ranked again with those it has. */
  readonly labels?: string | readonly Rating[]
  /**
   * What learns from the labels.
   * @defaultValue 'neighbour-score'
   */
  readonly learner?: string
  /** @defaultValue the seed of the run */
  readonly seed?: Seed
}

/** What {@link label} did. */
export interface LabelSummary {
  /** Ratings appended to the journal. */
  readonly added: number
  /** Ratings that the journal had already, the same. */
  readonly repeated: number
  /** Lines that could not be used; each is in `rejected.csv`. */
  readonly rejected: readonly Rejection[]
  /** Objects with a rating now. */
  readonly labelled: number
  readonly learner: string
}

/**
 * Appends ratings to the run's journal and ranks all objects again.
 *
 * @remarks The journal is synced before anything else happens: a rating that was accepted is never lost.
 * @throws ParameterError when no object has a rating; what {@link openRun} throws; FormatError when the file is not a table with `id` and `rating`.
 */
export async function label(options: LabelOptions): Promise<LabelSummary> {
  assertKnownKeys('label', options, [
    'run',
    'labels',
    'learner',
    'seed',
    'signal',
    'onProgress',
    'onWarning',
    'workers',
  ])
  const learner = createLearner(options.learner ?? 'neighbour-score')
  const { run } = await openRun(options.run, options)
  return run.locked(() => labelInto(options, learner))
}

async function labelInto(options: LabelOptions, learner: Learner): Promise<LabelSummary> {
  const before = await openRun(options.run)
  const rowOf = new Map(before.ids.map((id, row) => [id, row]))
  const { ratings, rejected } =
    typeof options.labels === 'string'
      ? await readRatings(options.labels, (id) => rowOf.has(id))
      : judgeRatings(options.labels ?? [], (id) => rowOf.has(id))
  const latest = new Map(before.ratings)
  const added = ratings.filter(({ id, rating }) => {
    const row = rowOf.get(id)!
    const changed = latest.get(row) !== rating
    latest.set(row, rating)
    return changed
  })
  const journal = await LabelJournal.open(before.run.file('labels.jsonl'))
  try {
    if (added.length > 0)
      await journal.append(added.map((rating) => ({ ...rating, ...pictureOf(before, rowOf.get(rating.id)!) })))
  } finally {
    await journal.close()
  }
  if (rejected.length > 0) await addRejections(before.run, rejected)
  if (latest.size === 0)
    throw new ParameterError(
      `label: needs at least one rating of an object of the run. Received none${rejected[0] ? ` that can be used (${rejected[0].id}: ${rejected[0].reason})` : ''}.`,
    )

  const ranking = await learner.rank(
    {
      features: await before.features(),
      scores: before.forestScore,
      labels: [...latest].sort(([a], [b]) => a - b).map(([row, rating]) => ({ row, rating })),
      seed: options.seed ?? (before.record.options.seed as Seed),
    },
    options,
  )
  const { run } = before
  await writeLearned(run, { learner: learner.id, labels: latest.size, score: ranking.score })
  await writeRanking(await openRun(options.run))
  warnOfSetAside(before, options.onWarning)
  return {
    added: added.length,
    repeated: ratings.length - added.length,
    rejected,
    labelled: latest.size,
    learner: learner.id,
  }
}

/** What a rating remembers of the object that it was given to. */
function pictureOf({ files, pictures }: RunData, row: number): { readonly file: string; readonly picture?: string } {
  const picture = pictures[row]!
  return { file: files[row]![0]!, ...(picture === '' ? {} : { picture }) }
}

function judgeRatings(given: readonly Rating[], known: (id: string) => boolean): RatingFile {
  for (const { id, rating } of given) {
    if (!known(id)) throw new NotFoundError(`label: the run must have the object. Received id '${id}'.`)
    if (!(rating >= 0 && rating <= 5))
      throw new ParameterError(`label: rating must be a number from 0 to 5. Received ${rating} for '${id}'.`)
  }
  return { ratings: given, rejected: [] }
}
