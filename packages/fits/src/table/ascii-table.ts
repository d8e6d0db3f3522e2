import { UnsupportedError } from '@astronomaly/core'
import type { ColumnType, TableColumn } from '@astronomaly/core/table'
import type { FitsHdu } from '../describe-hdu.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import type { FitsFile } from '../open-fits.ts'
import { columnWords, type FitsTableColumn, type NullPolicy, tableColumnNames } from './column-plan.ts'
import { textDecoder } from './decode-text.ts'
import { rowChunks } from './row-chunks.ts'
import { planColumns, type TableReader, type TableReaderOptions, wordsOf } from './table-reader.ts'

/** One column of a TABLE extension. */
export interface AsciiColumn extends FitsTableColumn {
  /** 1-based, as in TFORMn. */
  readonly number: number
  readonly code: 'A' | 'I' | 'F' | 'E' | 'D'
  /** Characters of the field. */
  readonly length: number
  /** Digits after a decimal point that is not written. */
  readonly decimals: number
  readonly offset: number
  readonly scale: number
  readonly zero: number
  /** The field that stands for a missing value, trimmed. */
  readonly missing: string | undefined
}

/** Where a column of a TABLE extension is, and what it reads as. @throws FormatError when a field does not lie in the row. */
function asciiColumn(header: FitsHeader, number: number, name: string, nulls: NullPolicy): AsciiColumn {
  const rowBytes = header.integer('NAXIS1', 0) ?? 0
  const form = header.text(`TFORM${number}`)?.trim()
  const parts = /^([AIFED])(\d+)(?:\.(\d+))?(?:E\d+)?$/.exec(form ?? '')
  if (!parts) throw header.fault(`TFORM${number}`, `must be an ASCII table's format. Received ${JSON.stringify(form)}`)
  const start = header.integer(`TBCOL${number}`, 1)
  const length = Number(parts[2])
  if (start === undefined || start - 1 + length > rowBytes) {
    throw header.fault(`TBCOL${number}`, `must place the field in a row of ${rowBytes} bytes. Received ${start}`)
  }
  const code = parts[1] as AsciiColumn['code']
  const blank = code === 'A' || (code === 'I' && nulls === 'keep') ? undefined : header.get(`TNULL${number}`)
  const missing = blank === undefined || blank === null ? undefined : String(blank).trim()
  const scale = (code === 'A' ? undefined : header.number(`TSCAL${number}`)) ?? 1
  const zero = (code === 'A' ? undefined : header.number(`TZERO${number}`)) ?? 0
  const isPlain = scale === 1 && zero === 0
  const isInteger = code === 'I' && isPlain && missing === undefined
  const isLong = code === 'I' && isPlain && length >= 10 && missing !== undefined && nulls === 'text'
  const type: ColumnType = code === 'A' || isLong ? 'text' : !isInteger ? 'float64' : length < 10 ? 'int32' : 'int64'
  const place = { number, code, length, decimals: Number(parts[3] ?? 0), offset: start - 1, scale, zero, missing }
  return { name, type, width: length === 0 ? 0 : 1, ragged: false, isLong, ...columnWords(header, number), ...place }
}

/** @throws FormatError when the header contradicts itself. */
export function openAsciiTable(file: FitsFile, hdu: FitsHdu, options: TableReaderOptions): TableReader {
  const { header } = hdu
  const rowBytes = header.integer('NAXIS1', 0) ?? 0
  const rowCount = header.integer('NAXIS2', 0) ?? 0
  if (rowBytes === 0 && rowCount > 0) throw header.fault('NAXIS1', `must be > 0 where there are rows. Received 0`)
  const { plans: columns, unreadable } = planColumns(tableColumnNames(header), options, (i, name) =>
    asciiColumn(header, i + 1, name, options.nulls),
  )
  return {
    rowCount,
    columns,
    unreadable,
    async read(from, to, read) {
      const rows = to - from
      const filled = columns
        .filter(({ width }) => width > 0)
        .map((column) => ({ column, ...asciiFiller(column, header, rows, from) }))
      const range = { offset: hdu.dataOffset + from * rowBytes, rowBytes, rows }
      if (filled.length > 0) {
        for await (const { bytes, first, rows: count } of rowChunks(file.source, range, read)) {
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
          for (const { column, fill } of filled) {
            fill(view, column.offset, rowBytes, count, first)
          }
        }
      }
      const values = new Map(filled.map(({ column, values }) => [column, values]))
      return new Map(
        columns.map((column): [string, TableColumn] => [
          column.name,
          { values: values.get(column) ?? [], width: column.width, ...wordsOf(column) },
        ]),
      )
    },
  }
}

/** Decodes `rows` fields, `stride` bytes apart, as the rows from `to` on. */
type FillFields = (view: DataView, at: number, stride: number, rows: number, to: number) => void

function asciiFiller(
  column: AsciiColumn,
  header: FitsHeader,
  rows: number,
  from: number,
): { readonly values: TableColumn['values']; readonly fill: FillFields } {
  const decode = textDecoder(column.length, rows)
  if (column.code === 'A') {
    const values: string[] = new Array<string>(rows).fill('')
    return {
      values,
      fill: (view, at, stride, count, to) => decode({ view, at, stride, rows: count, repeat: 1 }, values, to),
    }
  }
  const { type } = column
  const values = fieldValues(type, rows)
  const texts: string[] = []
  return {
    values,
    fill(view, at, stride, count, to) {
      decode({ view, at, stride, rows: count, repeat: 1 }, texts, 0)
      for (let i = 0; i < count; i++) {
        const text = texts[i]!.trim()
        const row = from + to + i
        if (Array.isArray(values)) values[to + i] = longText(text, column, header, row)
        else if (values instanceof Float64Array) values[to + i] = realOf(text, column, header, row)
        else if (values instanceof Int32Array)
          values[to + i] = text === '' ? 0 : Number(integerOf(text, column, header, row))
        else values[to + i] = text === '' ? 0n : longOf(text, column, header, row)
      }
    },
  }
}

function fieldValues(type: ColumnType, rows: number): string[] | Int32Array | BigInt64Array | Float64Array {
  if (type === 'text') return new Array<string>(rows).fill('')
  if (type === 'int32') return new Int32Array(rows)
  return type === 'int64' ? new BigInt64Array(rows) : new Float64Array(rows)
}

function longText(text: string, column: AsciiColumn, header: FitsHeader, row: number): string {
  if (text === column.missing) return ''
  return text === '' ? '0' : String(longOf(text, column, header, row))
}

const real = /^[+-]?(\d+\.?\d*|\.\d+)([EDed]?[+-]?\d+)?$/

function realOf(text: string, column: AsciiColumn, header: FitsHeader, row: number): number {
  const { missing, zero, scale, code, decimals, number } = column
  if (text === missing) return Number.NaN
  if (text === '') return zero
  if (code === 'I') {
    const value = Number(integerOf(text, column, header, row))
    if (scale === 1 && zero === 0 && !Number.isSafeInteger(value)) {
      throw new UnsupportedError(
        `FITS table: integers of a column with TNULL must lie within ±(2^53 - 1), or be read with nulls: 'text' or 'keep'. Received ${text} in column ${column.name}${header.source === undefined ? '' : ` (${header.source})`}.`,
      )
    }
    return zero + scale * value
  }
  if (!real.test(text)) throw notNumber(text, number, header, row)
  const sound = text.replace(/[Dd]/, 'E').replace(/(\d|\.)([+-]\d+)$/, '$1E$2')
  return zero + (scale * Number(sound)) / 10 ** (sound.includes('.') ? 0 : decimals)
}

function integerOf(text: string, column: AsciiColumn, header: FitsHeader, row: number): string {
  if (!/^[+-]?\d+$/.test(text)) throw notNumber(text, column.number, header, row)
  return text.replace('+', '')
}

function longOf(text: string, column: AsciiColumn, header: FitsHeader, row: number): bigint {
  const digits = integerOf(text, column, header, row).replace(/^(-?)0+(?=\d)/, '$1')
  const value = digits.length <= 20 ? BigInt(digits) : 2n ** 64n
  if (BigInt.asIntN(64, value) !== value) {
    throw header.fault(`TTYPE${column.number}`, `must hold integers of 64 bits. Row ${row + 1} has ${text}`)
  }
  return value
}

function notNumber(text: string, number: number, header: FitsHeader, row: number): Error {
  return header.fault(`TTYPE${number}`, `must hold numbers. Row ${row + 1} has ${JSON.stringify(text)}`)
}
