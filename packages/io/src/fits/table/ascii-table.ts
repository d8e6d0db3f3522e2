import type { TableColumn } from '../../table/table.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import { fieldText } from './decode-column.ts'

/** One column of a TABLE extension. */
export interface AsciiColumn {
  /** 1-based, as in TFORMn. */
  readonly number: number
  readonly name: string
  readonly code: 'A' | 'I' | 'F' | 'E' | 'D'
  readonly width: number
  /** Digits after a decimal point that is not written. */
  readonly decimals: number
  readonly offset: number
}

/** Lays the columns of a TABLE extension out. @throws FormatError when a field does not lie in the row. */
export function asciiLayout(header: FitsHeader): AsciiColumn[] {
  const rowBytes = header.integer('NAXIS1', 0) ?? 0
  const rowCount = header.integer('NAXIS2', 0) ?? 0
  const fields = header.integer('TFIELDS', 0, 999)
  if (fields === undefined) throw header.fault('TFIELDS', 'must be present')
  if (rowBytes === 0 && rowCount > 0) throw header.fault('NAXIS1', `must be > 0 where there are rows. Received 0`)
  const columns: AsciiColumn[] = []
  for (let number = 1; number <= fields; number++) {
    const form = header.text(`TFORM${number}`)?.trim()
    const parts = /^([AIFED])(\d+)(?:\.(\d+))?(?:E\d+)?$/.exec(form ?? '')
    if (!parts)
      throw header.fault(`TFORM${number}`, `must be an ASCII table's format. Received ${JSON.stringify(form)}`)
    const start = header.integer(`TBCOL${number}`, 1)
    const width = Number(parts[2])
    if (start === undefined || start - 1 + width > rowBytes) {
      throw header.fault(`TBCOL${number}`, `must place the field in a row of ${rowBytes} bytes. Received ${start}`)
    }
    const name = header.get(`TTYPE${number}`)
    columns.push({
      number,
      name: typeof name === 'string' ? name.trim() : '',
      code: parts[1] as AsciiColumn['code'],
      width,
      decimals: Number(parts[3] ?? 0),
      offset: start - 1,
    })
  }
  return columns
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)([EDed]?[+-]?\d+)?$/

/**
 * One column as values: strings; integers as Int32Array, or BigInt64Array where wider than 9 characters; else Float64Array.
 *
 * @returns Fields equal to TNULL are NaN, which turns an integer column into Float64Array; other blank numbers are 0, as the
 * standard has it.
 * @throws FormatError when a numeric field holds something else.
 */
export function decodeAsciiColumn(data: Uint8Array, column: AsciiColumn, header: FitsHeader): TableColumn {
  const rowBytes = header.integer('NAXIS1', 0) ?? 0
  const rowCount = header.integer('NAXIS2', 0) ?? 0
  const unit = header.get(`TUNIT${column.number}`)
  const rest = { width: 1, ...(typeof unit === 'string' && unit !== '' ? { unit } : {}) }
  const fields: string[] = []
  for (let row = 0; row < rowCount; row++) fields.push(fieldText(data, row * rowBytes + column.offset, column.width))
  if (column.code === 'A') return { values: fields, ...rest }
  const blank = header.get(`TNULL${column.number}`)
  const missing = typeof blank === 'string' || typeof blank === 'number' ? String(blank).trim() : undefined
  const scale = header.number(`TSCAL${column.number}`) ?? 1
  const zero = header.number(`TZERO${column.number}`) ?? 0
  const check = (text: string, row: number): string => {
    const ok = column.code === 'I' ? /^[+-]?\d+$/.test(text) : number.test(text)
    if (!ok)
      throw header.fault(`TTYPE${column.number}`, `must hold numbers. Row ${row + 1} has ${JSON.stringify(text)}`)
    return text
  }
  const trimmed = fields.map((field) => field.trim())
  if (column.code === 'I' && scale === 1 && zero === 0 && !trimmed.includes(missing as string)) {
    const integers = trimmed.map((text, row) => (text === '' ? '0' : check(text, row).replace('+', '')))
    return column.width < 10
      ? { values: Int32Array.from(integers, Number), ...rest }
      : { values: BigInt64Array.from(integers, BigInt), ...rest }
  }
  const values = Float64Array.from(trimmed, (text, row) => {
    if (text === missing) return Number.NaN
    if (text === '') return zero
    const sound = check(text, row)
      .replace(/[Dd]/, 'E')
      .replace(/(\d|\.)([+-]\d+)$/, '$1E$2')
    const implied = column.code === 'I' || sound.includes('.') ? 0 : column.decimals
    return zero + (scale * Number(sound)) / 10 ** implied
  })
  return { values, ...rest }
}
