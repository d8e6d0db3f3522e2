import { existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { type JournalEntry, readLabels } from '@astronomaly/active-learning/node'
import { collectRows, FormatError, type RunOptions } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { cellNumber, cellText, findColumn } from '@astronomaly/io'
import { readCatalogue } from '@astronomaly/io/node'
import { readLearned } from '../label/learned-scores.ts'
import { reducedRows } from '../stages/feature-rows.ts'
import { readScores } from '../stages/score-stage.ts'
import { applyRatings } from './apply-ratings.ts'
import { splitFiles } from './object-table.ts'
import type { RunData } from './run-data.ts'
import { RunDirectory } from './run-directory.ts'

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
  if (record.stages.scores === undefined || rowCount === 0) {
    throw new FormatError("run: is not finished; the same 'rank' command goes on with it", { source: run.path })
  }
  const source = run.file('catalogue.parquet')
  const table = await readCatalogue(source)
  if (table.rowCount !== rowCount) {
    throw new FormatError(`run: must have ${rowCount} objects. catalogue.parquet has ${table.rowCount}`, { source })
  }
  const ids = text(table, 'id', source)
  const forestScore = await readScores(run, record.shards ?? 0, rowCount).catch((cause: Error) => {
    const source = run.file('scores')
    throw new FormatError(`run: scores are damaged (${cause.message}); run 'rank' again`, { source, cause })
  })
  await access(run.file('forest.model')).catch((cause) => {
    throw new FormatError("run: must have forest.model; run 'rank' again", { source: run.path, cause })
  })
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
    features: async () => collectRows(await reducedRows(run, record)),
  }
}

/** How many objects of a run have ratings that remember no picture. */
export async function ratingsWithoutPicture(run: RunDirectory): Promise<number> {
  return new Set((await journalEntries(run)).filter(({ picture }) => picture === undefined).map(({ id }) => id)).size
}

async function journalEntries(run: RunDirectory): Promise<readonly JournalEntry[]> {
  const path = run.file('labels.jsonl')
  return existsSync(path) ? readLabels(path) : []
}
