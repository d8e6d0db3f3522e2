import { existsSync } from 'node:fs'
import { readLabels } from '@astronomaly/active-learning/node'
import { collectRows, FormatError, type Matrix, type RunOptions } from '@astronomaly/core'
import type { Table } from '@astronomaly/io'
import { readCatalogue } from '@astronomaly/io/node'
import { type LearnedScores, readLearned } from './learned-scores.ts'
import { cellNumber, cellText, findColumn, splitFiles } from './object-table.ts'
import { readForestStage, reducedRows, type StageContext } from './reduce-stage.ts'
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
  /** Degrees; NaN where unknown. */
  readonly raDeg: Float64Array
  /** Degrees; NaN where unknown. */
  readonly decDeg: Float64Array
  /** Isolation-forest scores, in (0, 1), higher = more anomalous. */
  readonly forestScore: Float64Array
  /** The latest rating of each labelled row. */
  readonly ratings: ReadonlyMap<number, number>
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
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  const ratings = new Map<number, number>()
  for (const [id, rating] of await latestRatings(run)) {
    const row = rowOf.get(id)
    if (row !== undefined) ratings.set(row, rating)
  }
  return {
    run,
    record,
    table,
    ids,
    files: text(table, 'file', source).map((cell) => splitFiles(cell, record.options.bandPattern !== null)),
    raDeg: Float64Array.from(ids, (_, row) => cellNumber(ra, row)),
    decDeg: Float64Array.from(ids, (_, row) => cellNumber(dec, row)),
    forestScore,
    ratings,
    learned: undefined,
    features: async () => collectRows(await reducedRows(context)),
  }
}

async function latestRatings(run: RunDirectory): Promise<Map<string, number>> {
  const path = run.file('labels.jsonl')
  if (!existsSync(path)) return new Map()
  return new Map((await readLabels(path)).map(({ id, rating }) => [id, rating]))
}
