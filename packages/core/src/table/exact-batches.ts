import { concatArrays } from '../concat-arrays.ts'
import type { PieceOptions } from './catalogue.ts'
import type { ColumnValues, Table, TableBatch, TableColumn } from './table.ts'

/** Some rows of a table. */
interface Part {
  readonly table: Table
  readonly from: number
  readonly to: number
}

/**
 * Pieces of any size as batches of exactly `batchRows` of the wanted rows; the last may have fewer.
 *
 * @param read - Reads the pieces.
 * @remarks Holds the pieces of one batch, and what is left of the last. O(values).
 */
export async function* exactBatches(
  read: (options: PieceOptions) => AsyncIterable<TableBatch>,
  options: PieceOptions,
): AsyncGenerator<TableBatch> {
  const { batchRows, signal } = options
  const [from, to] = options.rows
  let parts: Part[] = []
  let rows = 0
  let start = from
  signal?.throwIfAborted()
  if (from === to) return
  for await (const table of read(options)) {
    signal?.throwIfAborted()
    const end = Math.min(table.rowCount, to - table.start)
    for (let first = Math.max(0, from - table.start); first < end; ) {
      const last = Math.min(end, first + batchRows - rows)
      parts.push({ table, from: first, to: last })
      rows += last - first
      first = last
      if (rows < batchRows) continue
      yield { start, ...joined(parts, rows) }
      signal?.throwIfAborted()
      start += rows
      parts = []
      rows = 0
    }
    if (table.start + table.rowCount >= to) break
  }
  if (rows > 0) yield { start, ...joined(parts, rows) }
}

function joined(parts: readonly Part[], rowCount: number): Table {
  const [first] = parts as [Part]
  const columns = new Map<string, TableColumn>()
  for (const name of first.table.columns.keys()) {
    const own = parts.map(({ table, from, to }) => sliceColumn(table.columns.get(name) as TableColumn, from, to))
    columns.set(name, own.length === 1 ? (own[0] as TableColumn) : joinColumns(own))
  }
  return { rowCount, columns }
}

/** The rows `[from, to)` of a column; all of them are the column itself. */
export function sliceColumn(column: TableColumn, from: number, to: number): TableColumn {
  const { values, width, offsets } = column
  if (offsets) {
    if (from === 0 && to === offsets.length - 1) return column
    const first = offsets[from]!
    const own = offsets.slice(from, to + 1).map((offset) => offset - first)
    return { ...column, values: values.slice(first, offsets[to]), offsets: own }
  }
  return from === 0 && to * width === values.length
    ? column
    : { ...column, values: values.slice(from * width, to * width) }
}

function joinColumns(columns: readonly TableColumn[]): TableColumn {
  const [first] = columns as [TableColumn]
  const values = joinValues(columns.map((column) => column.values))
  if (!first.offsets) return { ...first, values }
  const rows = columns.reduce((sum, { offsets }) => sum + (offsets as Uint32Array).length - 1, 0)
  const offsets = new Uint32Array(rows + 1)
  let row = 0
  let base = 0
  for (const column of columns) {
    const own = column.offsets as Uint32Array
    for (let i = 1; i < own.length; i++) offsets[++row] = base + own[i]!
    base += own[own.length - 1]!
  }
  return { ...first, values, offsets }
}

function joinValues(parts: readonly ColumnValues[]): ColumnValues {
  const [first] = parts
  if (Array.isArray(first)) return (parts as string[][]).flat()
  return concatArrays(first!.constructor as new (length: number) => Float64Array<ArrayBuffer>, parts as Float64Array[])
}
