import { existsSync } from 'node:fs'
import { type JournalEntry, readLabels } from '@astronomaly/active-learning/node'
import { collectRows, FormatError, type Matrix, type RunOptions } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { cellNumber, cellText, findColumn } from '@astronomaly/io'
import { readCatalogue } from '@astronomaly/io/node'
import { type LearnedScores, readLearned } from '../label/learned-scores.ts'
import { readForestStage, reducedRows, type StageContext } from '../stages/reduce-stage.ts'
import { splitFiles } from './object-table.ts'
import { RunDirectory, type RunRecord } from './run-directory.ts'

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
  /** Latest ratings whose picture the run does not have. */
  readonly setAside: readonly JournalEntry[]
  readonly learned: LearnedScores | undefined
  /** The principal components of all objects. */
  features(): Promise<Matrix<Float32Array>>
}

function text(table: Table, name: string, source: string): string[] {
  const column = findColumn(table, name)
  if (!column) throw new FormatError(`run: catalogue.parquet lacks column ${name}`, { source })
  return Array.from({ length: table.rowCount }, (_, row) => cellText(column, row))
}

/**
 * Opens a finished run directory.
 *
 * @throws NotFoundError when there is no run; FormatError when it was not finished or a file is damaged.
 * @remarks Holds the object table and 8 bytes a score for each object; features are read when asked for.
 */
export async function openRun(path: string, options: Pick<RunOptions, 'onWarning'> = {}): Promise<RunData> {
  const data = await openUnlearned(path)
  return { ...data, learned: await readLearned(data, options) }
}

/** What {@link openRun} opens, without what was learnt: for those who learn now. */
export async function openUnlearned(path: string): Promise<RunData> {
  const run = new RunDirectory(path)
  const record = await run.read()
  const rowCount = record.rows ?? 0
  if (!record.stages.forest || rowCount === 0) {
    throw new FormatError("run: is not finished; the same 'rank' command goes on with it", { source: run.path })
  }
  const source = run.file('catalogue.parquet')
  const table = await readCatalogue(source)
  if (table.rowCount !== rowCount) {
    throw new FormatError(`run: must have ${rowCount} objects. catalogue.parquet has ${table.rowCount}`, { source })
  }
  const ids = text(table, 'id', source)
  const context: StageContext = { run, shardSize: Number(record.options.shardSize), rowCount, onProgress: () => {} }
  let damage = 'scores differ in number'
  const forestScore = await readForestStage({ ...context, onWarning: (w) => (damage = w.message) })
  if (!forestScore)
    throw new FormatError(`run: scores are damaged (${damage}); run 'rank' again`, { source: run.file('scores') })
  const ra = findColumn(table, 'ra')
  const dec = findColumn(table, 'dec')
  const pictures = findColumn(table, 'picture') ? text(table, 'picture', source) : ids.map(() => '')
  const files = text(table, 'file', source).map((cell) =>
    splitFiles(cell, ((record.options.bands as readonly string[] | null) ?? []).length > 1),
  )
  return {
    run,
    record,
    table,
    ids,
    files,
    pictures,
    raDeg: Float64Array.from(ids, (_, row) => cellNumber(ra, row)),
    decDeg: Float64Array.from(ids, (_, row) => cellNumber(dec, row)),
    forestScore,
    ...applyRatings(await journalEntries(run), { ids, files, pictures }),
    learned: undefined,
    features: async () => collectRows(await reducedRows(context)),
  }
}

/** How many objects of a run have ratings that remember no picture. */
export async function ratingsWithoutPicture(run: RunDirectory): Promise<number> {
  return new Set((await journalEntries(run)).filter(({ picture }) => picture === undefined).map(({ id }) => id)).size
}

/** Says how many ratings are not used because the run does not have their pictures. */
export function warnOfSetAside({ setAside }: RunData, onWarning: RunOptions['onWarning']): void {
  if (setAside.length === 0) return
  onWarning?.({
    message: `${setAside.length} ratings were given to pictures that the run does not have, such as ${setAside[0]?.id}: they stay in labels.jsonl and are not used`,
  })
}

async function journalEntries(run: RunDirectory): Promise<readonly JournalEntry[]> {
  const path = run.file('labels.jsonl')
  return existsSync(path) ? readLabels(path) : []
}

/**
 * The row that each rating belongs to: that of its picture, whatever the object is called now; where several objects have that picture, that
 * of its file or id. A rating that remembers no picture belongs to its id.
 */
function applyRatings(
  entries: readonly JournalEntry[],
  { ids, files, pictures }: Pick<RunData, 'ids' | 'files' | 'pictures'>,
): Pick<RunData, 'ratings' | 'setAside'> {
  const rowOfId = new Map(ids.map((id, row) => [id, row]))
  const rowsOfPicture = new Map<string, number[]>()
  for (const { picture } of entries) if (picture !== undefined) rowsOfPicture.set(picture, [])
  for (const [row, picture] of pictures.entries()) rowsOfPicture.get(picture)?.push(row)
  const ratings = new Map<number, number>()
  const setAside = new Map<string, JournalEntry>()
  for (const entry of entries) {
    const { id, file, picture, rating } = entry
    const own = rowOfId.get(id)
    // Runs of versions that kept no fingerprints can only go by the id.
    const rows =
      picture === undefined || pictures[0] === '' ? (own === undefined ? [] : [own]) : rowsOfPicture.get(picture)!
    const row = rows.find((r) => files[r]?.[0] === file) ?? rows.find((r) => r === own) ?? rows[0]
    if (row === undefined) setAside.set(picture ?? id, entry)
    else ratings.set(row, rating)
  }
  return { ratings, setAside: [...setAside.values()] }
}
