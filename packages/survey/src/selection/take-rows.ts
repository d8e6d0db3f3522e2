import type { ColumnValues, TableColumn } from '@astronomaly/core/table'

/** A column of some rows of another, values copied in the same type. @param rows - Numbers of rows of the column. */
export function takeRows(column: TableColumn, rows: ArrayLike<number>): TableColumn {
  const { values, width, offsets } = column
  const from = (row: number): number => offsets?.[row] ?? row * width
  const beyond = (row: number): number => offsets?.[row + 1] ?? (row + 1) * width
  const places = new Uint32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) places[i + 1] = places[i]! + beyond(rows[i]!) - from(rows[i]!)
  const out = emptyLike(values, places[rows.length]!)
  for (let i = 0; i < rows.length; i++) {
    const first = from(rows[i]!)
    const count = places[i + 1]! - places[i]!
    for (let k = 0; k < count; k++) out[places[i]! + k] = values[first + k]
  }
  return { ...column, values: out as unknown as ColumnValues, ...(offsets && { offsets: places }) }
}

function emptyLike(values: ColumnValues, length: number): { [index: number]: unknown } {
  if (Array.isArray(values)) return new Array(length)
  return new (values.constructor as new (length: number) => { [index: number]: unknown })(length)
}
