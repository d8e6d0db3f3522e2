import { checkNumber, flagOption, ParameterError, type RunOptions, resolveOptions, runRules } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { writeFileAtomic } from '@astronomaly/core/node'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { encodeFitsTable } from '@astronomaly/fits'
import { encodeEcsv, encodeVoTable } from '@astronomaly/io'
import { writeTable } from '@astronomaly/io/node'
import { freeName, groupRows, joinFiles, takeValues } from './object-table.ts'
import { provenanceOf } from './provenance.ts'
import type { RunData } from './run-data.ts'

/** What to write of a ranking. */
export interface ExportOptions extends Pick<RunOptions, 'onWarning'> {
  /**
   * First rows only.
   * @defaultValue all
   */
  readonly top?: number | undefined
  /**
   * Leave out the objects that a person has labelled; the rest come in the order of {@link nextOrder}.
   * @defaultValue false
   */
  readonly withoutLabelled?: boolean | undefined
  /**
   * Add the columns of the catalogue that the run was given. One whose name is taken becomes `catalogue_<name>`, with a warning.
   * @defaultValue false
   */
  readonly catalogue?: boolean | undefined
}

/** The score that a run ranks by now: the learner's when there are labels, else the forest's. */
export function currentScore(data: RunData): Float64Array {
  return data.learned?.score ?? data.forestScore
}

/** {@link nextOrder}, where the order by the current score is known. */
function nextOf(data: RunData, byScore: Uint32Array): Uint32Array {
  return data.learned?.next ?? byScore.filter((row) => !data.ratings.has(row))
}

/**
 * All rows without a label, in the order in which to look at them: what the learner would show next, as in `evaluate`; before anything is
 * learnt, the forest's order.
 */
export function nextOrder(data: RunData): Uint32Array {
  return nextOf(data, rankDescending(currentScore(data)))
}

const rules = {
  top: (value: number | undefined, subject: string): number | undefined =>
    value === undefined ? undefined : checkNumber(subject, value, { integer: true, min: 1 }),
  withoutLabelled: flagOption(false),
  catalogue: flagOption(false),
  onWarning: runRules.onWarning,
}

function ordersOf(data: RunData, options: ExportOptions): Readonly<Record<'byScore' | 'next' | 'chosen', Uint32Array>> {
  const { top, withoutLabelled } = resolveOptions('export', options, rules)
  const byScore = rankDescending(currentScore(data))
  const next = nextOf(data, byScore)
  return { byScore, next, chosen: (withoutLabelled ? next : byScore).subarray(0, top) }
}

/** Rows from first to last, by the current score; without the labelled ones, in the order of {@link nextOrder}. */
export function currentOrder(data: RunData, options: ExportOptions = {}): Uint32Array {
  return ordersOf(data, options).chosen
}

/** The place of each row in an order, from 1; NaN for rows that are not in it. */
function placesIn(order: Uint32Array, rowCount: number): Float64Array {
  const places = new Float64Array(rowCount).fill(Number.NaN)
  for (let i = 0; i < order.length; i++) places[order[i]!] = i + 1
  return places
}

/**
 * The ranking as batches of a table: rank, id, score, forest_score, rating, next, ra, dec, file, and the catalogue's columns when asked for.
 * `rank` is the place by score among all objects, `next` the place in {@link nextOrder}, NaN for those that have a label.
 *
 * @remarks No two names differ by case alone: FITS does not tell such columns apart.
 */
export function* rankingBatches(
  data: RunData,
  options: ExportOptions = {},
  rows: number = groupRows,
): Generator<Table> {
  const { byScore, next, chosen } = ordersOf(data, options)
  const places = { rank: placesIn(byScore, data.ids.length), next: placesIn(next, data.ids.length) }
  const added = options.catalogue ? catalogueColumns(data, options.onWarning) : []
  let start = 0
  do {
    const order = chosen.subarray(start, start + rows)
    const columns = rankingColumns(data, order, places)
    for (const [name, column] of added) columns.set(name, { ...column, values: takeValues(column.values, order) })
    yield { rowCount: order.length, columns }
    start += rows
  } while (start < chosen.length)
}

function rankingColumns(
  data: RunData,
  order: Uint32Array,
  { rank, next }: Readonly<Record<'rank' | 'next', Float64Array>>,
): Map<string, TableColumn> {
  const score = currentScore(data)
  const numbers = (value: (row: number) => number): TableColumn => ({
    values: Float64Array.from(order, value),
    width: 1,
  })
  const strings = (value: (row: number) => string): TableColumn => ({ values: Array.from(order, value), width: 1 })
  return new Map<string, TableColumn>([
    ['rank', { values: Int32Array.from(order, (row) => rank[row]!), width: 1 }],
    ['id', strings((row) => data.ids[row]!)],
    ['score', numbers((row) => score[row]!)],
    ['forest_score', numbers((row) => data.forestScore[row]!)],
    ['rating', numbers((row) => data.ratings.get(row) ?? Number.NaN)],
    ['next', numbers((row) => next[row]!)],
    ['ra', { ...numbers((row) => data.raDeg[row]!), unit: 'deg' }],
    ['dec', { ...numbers((row) => data.decDeg[row]!), unit: 'deg' }],
    ['file', strings((row) => joinFiles(data.files[row]!))],
  ])
}

/** Names of {@link rankingColumns}. */
const rankingNames = ['rank', 'id', 'score', 'forest_score', 'rating', 'next', 'ra', 'dec', 'file'] as const

/** The run's own columns of its catalogue, which stand in every ranking. */
const ownColumns: ReadonlySet<string> = new Set(['id', 'ra', 'dec', 'file'])

/** The columns of the run's catalogue beside those of every ranking, under names that are free. */
function catalogueColumns({ table }: RunData, onWarning: ExportOptions['onWarning']): [string, TableColumn][] {
  const columns = new Map<string, TableColumn>()
  const renamed: string[] = []
  const isTaken = (name: string): boolean =>
    [...rankingNames, ...columns.keys()].some((own) => own.toLowerCase() === name.toLowerCase())
  for (const [given, column] of table.columns) {
    if (ownColumns.has(given)) continue
    const name = isTaken(given) ? freeName(given, [...rankingNames, ...columns.keys(), ...table.columns.keys()]) : given
    if (name !== given) renamed.push(`${given} is ${name}`)
    columns.set(name, column)
  }
  if (renamed.length > 0) {
    onWarning?.({ message: `columns of the catalogue whose names are taken have others: ${renamed.join(', ')}` })
  }
  return [...columns]
}

/** Writes `ranking.parquet` and `ranking.csv` into the run directory, in row groups and lines, never as a whole. */
export async function writeRanking(data: RunData): Promise<void> {
  for (const name of ['ranking.parquet', 'ranking.csv']) await writeTable(data.run.file(name), rankingBatches(data))
}

/** Formats that have no rows to be written one after the other: the whole table is encoded. */
const encoders: Readonly<Record<string, (table: Table) => string | Uint8Array>> = {
  fits: encodeFitsTable,
  vot: encodeVoTable,
  ecsv: encodeEcsv,
}

/**
 * Writes the ranking to a file whose ending says the format: `.csv`, `.parquet`, `.fits`, `.vot` or `.ecsv`, with its provenance in the file's
 * header. CSV has none: `<file>.provenance.json` lies beside it.
 *
 * @returns Rows written.
 * @throws ParameterError for another ending.
 */
export async function exportRanking(data: RunData, path: string, options: ExportOptions = {}): Promise<number> {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  const encode = Object.hasOwn(encoders, ending) ? encoders[ending] : undefined
  if (!encode && ending !== 'csv' && ending !== 'parquet') {
    throw new ParameterError(`export: file must end in .csv, .parquet, .fits, .vot, .ecsv. Received ${path}.`)
  }
  const notes = provenanceOf(data)
  if (!encode) {
    const rowCount = await writeTable(path, withNotes(rankingBatches(data, options), notes))
    if (ending === 'csv') {
      const text = JSON.stringify(Object.fromEntries(notes), null, 2)
      await writeFileAtomic(`${path}.provenance.json`, `${text}\n`)
    }
    return rowCount
  }
  const [table] = rankingBatches(data, options, data.ids.length)
  await writeFileAtomic(path, encode({ ...table!, notes }))
  return table!.rowCount
}

function* withNotes(batches: Iterable<Table>, notes: ReadonlyMap<string, string>): Generator<Table> {
  for (const batch of batches) yield { ...batch, notes }
}
