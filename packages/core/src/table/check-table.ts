import { ParameterError, ShapeError, UnsupportedError } from '../errors.ts'
import type { Table } from './table.ts'

/**
 * Checks that a table can be written: at least one column, and every column as long as `rowCount` and its width say.
 *
 * @param subject - Begins the message, such as `'encodeCsv'`.
 * @param mayVary - Whether columns may have rows that vary in length.
 * @throws ParameterError when there is no column or a width is not an integer >= 1; ShapeError when a length is wrong;
 * UnsupportedError when the rows of a column vary in length and may not.
 */
export function checkTable(subject: string, table: Table, mayVary = false): void {
  if (table.columns.size === 0) throw new ParameterError(`${subject}: table must have a column. Received none.`)
  for (const [name, { values, width, offsets }] of table.columns) {
    if (offsets && mayVary) {
      checkOffsets(subject, name, offsets, values.length, table.rowCount)
      continue
    }
    if (offsets) {
      throw new UnsupportedError(
        `${subject}: columns must have the same number of values in every row; FITS and VOTable take others. Received ${name}.`,
      )
    }
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

function checkOffsets(subject: string, name: string, offsets: Uint32Array, values: number, rowCount: number): void {
  if (offsets.length !== rowCount + 1 || offsets[rowCount] !== values) {
    throw new ShapeError(
      `${subject}: offsets of column ${name} must be ${rowCount + 1} and end with ${values}, the number of values. Received ${offsets.length}, of which the last is ${offsets.at(-1)}.`,
    )
  }
  const falls = offsets.findIndex((offset, row) => offset < (row === 0 ? 0 : offsets[row - 1]!))
  if (falls >= 0 || offsets[0] !== 0) {
    throw new ParameterError(`${subject}: offsets of column ${name} must begin with 0 and never fall. Received others.`)
  }
}
