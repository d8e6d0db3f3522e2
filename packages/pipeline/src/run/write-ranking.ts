import { assertKnownKeys, checkNumber, ParameterError, type RunOptions } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { writeFileAtomic } from '@astronomaly/core/node'
import type { ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import { encodeFitsTable } from '@astronomaly/fits'
import { encodeCsv, encodeEcsv, encodeParquetTable, encodeVoTable } from '@astronomaly/io'
import { freeName, joinFiles } from './object-table.ts'
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

function ordersOf(data: RunData, options: ExportOptions): Readonly<Record<'byScore' | 'next' | 'chosen', Uint32Array>> {
  const { top, withoutLabelled } = options
  assertKnownKeys('export', options, ['top', 'withoutLabelled', 'catalogue', 'onWarning'])
  if (top !== undefined) checkNumber('export: top', top, { integer: true, min: 1 })
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

/** The values of some rows, of the same type. */
function takeValues(values: ColumnValues, rows: Uint32Array): ColumnValues {
  if (Array.isArray(values)) return Array.from(rows, (row) => values[row]) as readonly string[] | readonly boolean[]
  const typed = values as Exclude<ColumnValues, readonly unknown[]>
  const taken = typed.slice(0, rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = typed[rows[i]!]!
  return taken
}

/**
 * The ranking as a table: rank, id, score, forest_score, rating, next, ra, dec, file, and the catalogue's columns when asked for. `rank` is the
 * place by score among all objects, `next` the place in {@link nextOrder}, NaN for those that have a label.
 *
 * @remarks No two names differ by case alone: FITS does not tell such columns apart.
 */
export function rankingTable(data: RunData, options: ExportOptions = {}): Table {
  const orders = ordersOf(data, options)
  const order = orders.chosen
  const rank = placesIn(orders.byScore, data.ids.length)
  const next = placesIn(orders.next, data.ids.length)
  const score = currentScore(data)
  const numbers = (value: (row: number) => number): TableColumn => ({
    values: Float64Array.from(order, value),
    width: 1,
  })
  const strings = (value: (row: number) => string): TableColumn => ({ values: Array.from(order, value), width: 1 })
  const columns = new Map<string, TableColumn>([
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
  if (options.catalogue) addCatalogue(columns, data, order, options.onWarning)
  return { rowCount: order.length, columns }
}

/** The run's own columns of its catalogue, which stand in every ranking. */
const ownColumns: ReadonlySet<string> = new Set(['id', 'ra', 'dec', 'file'])

function addCatalogue(
  columns: Map<string, TableColumn>,
  { table }: RunData,
  order: Uint32Array,
  onWarning: ExportOptions['onWarning'],
): void {
  const taken = new Set([...columns.keys()].map((name) => name.toLowerCase()))
  const renamed: string[] = []
  for (const [given, column] of table.columns) {
    if (ownColumns.has(given)) continue
    const name = taken.has(given.toLowerCase()) ? freeName(given, [...columns.keys(), ...table.columns.keys()]) : given
    if (name !== given) renamed.push(`${given} is ${name}`)
    taken.add(name.toLowerCase())
    columns.set(name, { ...column, values: takeValues(column.values, order) })
  }
  if (renamed.length > 0) {
    onWarning?.({ message: `columns of the catalogue whose names are taken have others: ${renamed.join(', ')}` })
  }
}

/** Writes `ranking.csv` into the run directory. */
export async function writeRanking(data: RunData): Promise<void> {
  await writeFileAtomic(data.run.file('ranking.csv'), encodeCsv(rankingTable(data)))
}

const encoders: Readonly<Record<string, (table: Table) => string | Uint8Array>> = {
  csv: encodeCsv,
  parquet: encodeParquetTable,
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
  if (!encode) {
    const endings = Object.keys(encoders).map((name) => `.${name}`)
    throw new ParameterError(`export: file must end in ${endings.join(', ')}. Received ${path}.`)
  }
  const notes = provenanceOf(data)
  const table: Table = { ...rankingTable(data, options), notes }
  await writeFileAtomic(path, encode(table))
  if (ending === 'csv') {
    const text = JSON.stringify(Object.fromEntries(notes), null, 2)
    await writeFileAtomic(`${path}.provenance.json`, `${text}\n`)
  }
  return table.rowCount
}
