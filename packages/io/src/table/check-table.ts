import { ParameterError, ShapeError } from '@astronomaly/core'
import type { Table } from './table.ts'

/**
 * Checks that a table can be written: at least one column, and every column as long as `rowCount` and its width say.
 *
 * @param subject - Begins the message, such as `'encodeCsv'`.
 * @throws ParameterError when there is no column or a width is not an integer >= 1; ShapeError when a length is wrong.
 */
export function checkTable(subject: string, table: Table): void {
  if (table.columns.size === 0) throw new ParameterError(`${subject}: table must have a column. Received none.`)
  for (const [name, { values, width }] of table.columns) {
    if (!(Number.isInteger(width) && width >= 1)) {
      throw new ParameterError(`${subject}: width of column ${name} must be an integer >= 1. Received ${width}.`)
    }
    if (values.length !== table.rowCount * width) {
      throw new ShapeError(
        `${subject}: column ${name} must have ${table.rowCount * width} values. Received ${values.length}.`,
      )
    }
  }
}
