import { ParameterError } from '@astronomaly/core'
import type { ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import { checkTable } from '@astronomaly/core/table'
import { shortestSingle } from '../csv-cells.ts'
import type { VoDatatype } from './vo-field.ts'
import { escapeXml, notXml } from './xml-text.ts'

const halfPair = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * Writes a table as a VOTable 1.4 document with its data as TABLEDATA.
 *
 * @param table - Units, descriptions, UCDs and notes are written; text is `char` when all of it is ASCII, else `unicodeChar`. Columns of
 * another width than 1 become arrays, of text such of the longest string's size, whose trailing spaces are lost.
 * Integers from 2^63 on make their column text.
 * @returns The document, UTF-8 when stored. Numbers are the shortest decimals that read back as the same; NaN is written as
 * `NaN`, infinities as `+Inf` and `-Inf`.
 * @throws ParameterError when the table has no column or text has a character that XML cannot hold; ShapeError when a column's
 * length is wrong.
 * @remarks O(cells); the result is one string of at most 512 MiB.
 * @see https://www.ivoa.net/documents/VOTable/20191021/
 */
export function encodeVoTable(table: Table): string {
  checkTable('encodeVoTable', table, true)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
    '<RESOURCE type="results">',
    ...Array.from(
      table.notes ?? [],
      ([name, text]) => `<INFO name="${checked(name, name)}" value="${checked(name, text)}"/>`,
    ),
    `<TABLE nrows="${table.rowCount}">`,
  ]
  const cells: ((row: number) => string)[] = []
  for (const [name, column] of table.columns) {
    const { datatype, arraysize, cell } = writerOf(name, column)
    const size = arraysize === '' ? '' : ` arraysize="${arraysize}"`
    const rest = [
      ['ucd', column.ucd],
      ['unit', column.unit],
    ].map(([key, value]) => (value === undefined ? '' : ` ${key}="${checked(name, value)}"`))
    const begin = `<FIELD name="${checked(name, name)}" datatype="${datatype}"${size}${rest.join('')}`
    const { description } = column
    lines.push(
      description === undefined
        ? `${begin}/>`
        : `${begin}><DESCRIPTION>${checked(name, description)}</DESCRIPTION></FIELD>`,
    )
    cells.push(cell)
  }
  lines.push('<DATA><TABLEDATA>')
  for (let row = 0; row < table.rowCount; row++) {
    lines.push(`<TR>${cells.map((cell) => `<TD>${cell(row)}</TD>`).join('')}</TR>`)
  }
  lines.push('</TABLEDATA></DATA>', '</TABLE>', '</RESOURCE>', '</VOTABLE>', '')
  return lines.join('\n')
}

interface CellWriter {
  readonly datatype: VoDatatype
  readonly arraysize: string
  readonly cell: (row: number) => string
}

function writerOf(name: string, { values, width, offsets }: TableColumn): CellWriter {
  const from = (row: number): number => offsets?.[row] ?? row * width
  const beyond = (row: number): number => offsets?.[row + 1] ?? (row + 1) * width
  const plain =
    values instanceof BigUint64Array && values.some((value) => value >= 2n ** 63n) ? Array.from(values, String) : values
  if (isText(plain)) {
    const datatype = plain.every((value) => !/[^\t-~]/.test(value)) ? 'char' : 'unicodeChar'
    if (width === 1) return { datatype, arraysize: '*', cell: (row) => checked(name, plain[row] ?? '') }
    const size = plain.reduce((most, value) => Math.max(most, value.length), 1)
    const cell = (row: number): string => {
      const strings = plain.slice(from(row), beyond(row))
      return checked(name, strings.map((value) => value.padEnd(size)).join(''))
    }
    return { datatype, arraysize: `${size}x${offsets ? '*' : width}`, cell }
  }
  const single = plain instanceof Float32Array
  const text = (i: number): string => {
    const value = plain[i]
    if (typeof value === 'boolean') return value ? 'T' : 'F'
    return typeof value === 'number' ? numberText(value, single) : String(value)
  }
  const datatype = datatypeOf(plain)
  if (width === 1) return { datatype, arraysize: '', cell: text }
  const cell = (row: number): string =>
    Array.from({ length: beyond(row) - from(row) }, (_, i) => text(from(row) + i)).join(' ')
  return { datatype, arraysize: offsets ? '*' : String(width), cell }
}

function datatypeOf(values: ColumnValues): VoDatatype {
  if (values instanceof Float64Array) return 'double'
  if (values instanceof Float32Array) return 'float'
  if (values instanceof Int32Array) return 'int'
  if (values instanceof Int16Array) return 'short'
  if (values instanceof Uint8Array) return 'unsignedByte'
  return values instanceof BigInt64Array || values instanceof BigUint64Array ? 'long' : 'boolean'
}

function isText(values: ColumnValues): values is readonly string[] {
  return Array.isArray(values) && typeof values[0] !== 'boolean'
}

function numberText(value: number, single: boolean): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf'
  if (Object.is(value, -0)) return '-0'
  return String(single ? shortestSingle(value) : value)
}

function checked(name: string, text: string): string {
  const bad = notXml.exec(text) ?? halfPair.exec(text)
  if (!bad) return escapeXml(text)
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  throw new ParameterError(`encodeVoTable: text of column ${name} must be of XML's characters. Received U+${code}.`)
}
