import type { Table, TableColumn } from '@astronomaly/core/table'
import { numberOf } from './text-values.ts'

/**
 * The column of one of these names, of which an earlier one is preferred to a later; a name that no column has as it stands may differ in case.
 *
 * @returns Undefined when the table has none of them.
 */
export function findColumn(table: Pick<Table, 'columns'>, ...names: readonly string[]): TableColumn | undefined {
  for (const name of names) {
    const exact = table.columns.get(name)
    if (exact) return exact
    for (const [own, column] of table.columns) if (own.toLowerCase() === name.toLowerCase()) return column
  }
  return undefined
}

/**
 * One cell as the text of an identifier: integers without a decimal point and with all digits, text without white space round it.
 *
 * @returns `''` when it is missing. Of several values in a row, the first.
 */
export function cellText(column: TableColumn, row: number): string {
  const value = firstOf(column, row)
  return value === undefined || Number.isNaN(value) ? '' : String(value).trim()
}

/**
 * One cell as a number, also where it is text that says one: `+41.2`, `010.6`. Truth values are 1 and 0.
 *
 * @returns NaN when the cell is missing (empty, `null`, `NA`, `--` and their like) or no number, and without a column. Of several values in a row, the first.
 */
export function cellNumber(column: TableColumn | undefined, row: number): number {
  const value = column && firstOf(column, row)
  if (typeof value === 'string') return numberOf(value) ?? Number.NaN
  return value === undefined ? Number.NaN : Number(value)
}

function firstOf({ values, width, offsets }: TableColumn, row: number): string | number | bigint | boolean | undefined {
  if (!offsets) return width === 0 ? undefined : values[row * width]
  const at = offsets[row] as number
  return at < (offsets[row + 1] as number) ? values[at] : undefined
}
