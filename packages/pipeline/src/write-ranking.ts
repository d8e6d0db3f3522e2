import { assertKnownKeys, checkNumber, ParameterError, rankDescending } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeCsv, encodeFitsTable, encodeParquetTable, type Table, type TableColumn } from '@astronomaly/io'
import { joinFiles } from './object-table.ts'
import type { RunData } from './run-data.ts'

/** What to write of a ranking. */
export interface ExportOptions {
  /**
   * First rows only.
   * @defaultValue all
   */
  readonly top?: number
  /**
   * Leave out the objects that a person has labelled.
   * @defaultValue false
   */
  readonly withoutLabelled?: boolean
  /**
   * Add the columns of the catalogue that the run was given.
   * @defaultValue false
   */
  readonly catalogue?: boolean
}

/** The score that a run ranks by now: the learner's when there are labels, else the forest's. */
export function currentScore(data: RunData): Float64Array {
  return data.learned?.score ?? data.forestScore
}

/** Rows from first to last, by the current score. */
export function currentOrder(data: RunData, options: ExportOptions = {}): Uint32Array {
  assertKnownKeys('export', options, ['top', 'withoutLabelled', 'catalogue'])
  if (options.top !== undefined) checkNumber('export: top', options.top, { integer: true, min: 1 })
  const order = rankDescending(currentScore(data))
  const kept = options.withoutLabelled ? order.filter((row) => !data.ratings.has(row)) : order
  return options.top === undefined ? kept : kept.subarray(0, options.top)
}

/** The ranking as a table: rank, id, score, forest_score, rating, ra, dec, file, and the catalogue's columns when asked for. */
export function rankingTable(data: RunData, options: ExportOptions = {}): Table {
  const order = currentOrder(data, options)
  const score = currentScore(data)
  const numbers = (value: (row: number, i: number) => number): TableColumn => ({
    values: Float64Array.from(order, value),
    width: 1,
  })
  const strings = (value: (row: number) => string): TableColumn => ({ values: Array.from(order, value), width: 1 })
  const columns = new Map<string, TableColumn>([
    ['rank', { values: Int32Array.from(order, (_, i) => i + 1), width: 1 }],
    ['id', strings((row) => data.ids[row]!)],
    ['score', numbers((row) => score[row]!)],
    ['forest_score', numbers((row) => data.forestScore[row]!)],
    ['rating', numbers((row) => data.ratings.get(row) ?? Number.NaN)],
    ['ra', { ...numbers((row) => data.raDeg[row]!), unit: 'deg' }],
    ['dec', { ...numbers((row) => data.decDeg[row]!), unit: 'deg' }],
    ['file', strings((row) => joinFiles(data.files[row]!))],
  ])
  if (options.catalogue) {
    for (const [name, column] of data.table.columns) {
      if (columns.has(name)) continue
      const cell = (row: number): string | number => column.values[row] as string | number
      columns.set(
        name,
        typeof column.values[0] === 'string'
          ? strings((row) => String(cell(row)))
          : numbers((row) => Number(cell(row))),
      )
    }
  }
  return { rowCount: order.length, columns }
}

/** Writes `ranking.csv` into the run directory. */
export async function writeRanking(data: RunData): Promise<void> {
  await writeFileAtomic(data.run.file('ranking.csv'), encodeCsv(rankingTable(data)))
}

/**
 * Writes the ranking to a file whose ending says the format: `.csv`, `.parquet` or `.fits`.
 *
 * @returns Rows written.
 * @throws ParameterError for another ending.
 */
export async function exportRanking(data: RunData, path: string, options: ExportOptions = {}): Promise<number> {
  const table = rankingTable(data, options)
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase()
  const encode =
    ending === 'csv'
      ? encodeCsv
      : ending === 'parquet'
        ? encodeParquetTable
        : ending === 'fits'
          ? encodeFitsTable
          : undefined
  if (!encode) throw new ParameterError(`export: file must end in .csv, .parquet or .fits. Received ${path}.`)
  await writeFileAtomic(path, encode(table))
  return table.rowCount
}
