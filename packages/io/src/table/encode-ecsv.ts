import type { ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import { checkTable, typeOf } from '@astronomaly/core/table'
import { numberText, quoteCell } from './csv-cells.ts'

/**
 * Writes a table as ECSV 1.0, which astropy and `parseCsvTable` read with types, units and descriptions.
 *
 * @param table - Columns of another width than 1 become lists (`subtype`). UCDs go into a column's `meta`, notes into the table's.
 * @returns Numbers as the shortest decimal that reads back as the same value of the column's own type, integers with all digits,
 * booleans as `True` and `False`; NaN as an empty cell, in lists `null`. Commas separate cells, which are quoted as in CSV.
 * @throws ParameterError when the table has no column; ShapeError when a column's length is wrong.
 * @remarks O(cells); the result is one string of at most 512 MiB.
 * @see https://github.com/astropy/astropy-APEs/blob/main/APE6.rst
 */
export function encodeEcsv(table: Table): string {
  checkTable('encodeEcsv', table, true)
  const columns = [...table.columns]
  const cells = columns.map(([, column]) => cellWriter(column))
  const lines = [
    '# %ECSV 1.0',
    '# ---',
    "# delimiter: ','",
    '# datatype:',
    ...columns.map(([name, column]) => `# - ${describe(name, column)}`),
    ...noteLines(table),
    '# schema: astropy-2.0',
    columns.map(([name]) => quote(name)).join(','),
  ]
  for (let row = 0; row < table.rowCount; row++) {
    const line = cells.map((cell) => cell(row)).join(',')
    // A line that is quite empty would be skipped by readers.
    lines.push(line === '' ? '""' : line)
  }
  return `${lines.join('\n')}\n`
}

/** Notes as an ordered map. */
function noteLines({ notes }: Table): string[] {
  if (!notes?.size) return []
  return ['# meta: !!omap', ...Array.from(notes, ([name, text]) => `# - ${scalar(name)}: ${scalar(text)}`)]
}

/** A column as YAML. */
function describe(name: string, { values, width, offsets, shape, unit, description, ucd }: TableColumn): string {
  const type = datatypeOf(values)
  const isList = width !== 1 || offsets !== undefined
  const subtype = offsets ? `${type}[null]` : `${type}[${(shape ?? [width]).join(',')}]`
  const entries = [
    `name: ${scalar(name)}`,
    ...(unit === undefined ? [] : [`unit: ${scalar(unit)}`]),
    `datatype: ${isList ? 'string' : type}`,
    ...(isList ? [`subtype: ${scalar(subtype)}`] : []),
    ...(description === undefined ? [] : [`description: ${scalar(description)}`]),
    ...(ucd === undefined ? [] : [`meta: {ucd: ${scalar(ucd)}}`]),
  ]
  return `{${entries.join(', ')}}`
}

/** Text as a quoted scalar of YAML, on one line. */
function scalar(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7F-\x9F\u2028\u2029\uFEFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function datatypeOf(values: ColumnValues): string {
  const type = typeOf(values)
  return type === 'boolean' ? 'bool' : type === 'text' ? 'string' : type
}

function cellWriter({ values, width, offsets, shape }: TableColumn): (row: number) => string {
  const single = values instanceof Float32Array
  if (!offsets && width === 1) {
    return (row) => {
      const value = values[row]
      if (typeof value === 'string') return quote(value)
      if (typeof value === 'boolean') return value ? 'True' : 'False'
      return typeof value === 'number' ? numberText(value, single) : String(value)
    }
  }
  const item = (i: number): string => {
    const value = values[i]
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value !== 'number') return String(value)
    if (Object.is(value, -0)) return '-0.0'
    // Infinity is what Python writes beyond JSON.
    return numberText(value, single).replace('inf', 'Infinity') || 'null'
  }
  return (row) => {
    const from = offsets?.[row] ?? row * width
    const to = offsets?.[row + 1] ?? from + width
    const items = Array.from({ length: to - from }, (_, i) => item(from + i))
    return quote(nested(items, offsets ? [items.length] : (shape ?? [width])))
  }
}

/** Values as a JSON list of these axes, slowest first. */
function nested(items: readonly string[], [length = 1, ...inner]: readonly number[]): string {
  if (inner.length === 0) return `[${items.join(',')}]`
  const size = items.length / length
  return `[${Array.from({ length }, (_, i) => nested(items.slice(i * size, (i + 1) * size), inner)).join(',')}]`
}

/** As in CSV; spaces at the ends are kept by quotes. */
function quote(text: string): string {
  const cell = quoteCell(text)
  return cell === text && text.trim() !== text ? `"${text}"` : cell
}
