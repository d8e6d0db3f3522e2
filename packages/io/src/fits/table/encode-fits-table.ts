import { ParameterError } from '@astronomaly/core'
import { checkTable } from '../../table/check-table.ts'
import type { Table, TableColumn } from '../../table/table.ts'
import { encodeHdu } from '../encode-hdu.ts'
import type { FitsCard } from '../header/fits-header.ts'

/** How one column is written. */
interface EncodedColumn {
  readonly form: string
  /** TDIM, where a row holds several strings. */
  readonly dimensions?: string
  /** Bytes of an element. */
  readonly size: number
  readonly write: (view: DataView, at: number, index: number) => void
}

/**
 * A FITS file of one binary table behind an empty primary HDU, both with DATASUM and CHECKSUM.
 *
 * @param table - Strings must be printable ASCII, as FITS has no other; trailing spaces are lost. Floating-point columns may hold NaN.
 * @returns The whole file; the same input gives the same bytes. Strings become `A` (as wide as the longest), booleans `L`,
 * arrays `B`, `I`, `J`, `K`, `E` and `D`; units TUNITn.
 * @throws ParameterError for text or names that FITS cannot hold, more than 999 columns, or no column; ShapeError when a
 * column's length differs.
 */
export function encodeFitsTable(table: Table): Uint8Array<ArrayBuffer> {
  checkTable('encodeFitsTable', table)
  if (table.columns.size > 999) {
    throw new ParameterError(`encodeFitsTable: table must have at most 999 columns. Received ${table.columns.size}.`)
  }
  const columns = [...table.columns].map(([name, column]) => ({ name, column, ...encodeColumn(name, column) }))
  const rowBytes = columns.reduce((bytes, { size, column }) => bytes + size * column.width, 0)
  const cards: FitsCard[] = [
    { keyword: 'XTENSION', value: 'BINTABLE', comment: 'binary table extension' },
    { keyword: 'BITPIX', value: 8, comment: 'array data type' },
    { keyword: 'NAXIS', value: 2, comment: 'number of array dimensions' },
    { keyword: 'NAXIS1', value: rowBytes, comment: 'bytes of a row' },
    { keyword: 'NAXIS2', value: table.rowCount, comment: 'number of rows' },
    { keyword: 'PCOUNT', value: 0, comment: 'no heap' },
    { keyword: 'GCOUNT', value: 1, comment: 'one group' },
    { keyword: 'TFIELDS', value: columns.length, comment: 'number of columns' },
  ]
  const data = new Uint8Array(rowBytes * table.rowCount)
  const view = new DataView(data.buffer)
  let offset = 0
  for (const [i, { name, column, form, dimensions, size, write }] of columns.entries()) {
    cards.push({ keyword: `TTYPE${i + 1}`, value: name }, { keyword: `TFORM${i + 1}`, value: form })
    if (dimensions) cards.push({ keyword: `TDIM${i + 1}`, value: dimensions })
    if (column.unit) cards.push({ keyword: `TUNIT${i + 1}`, value: column.unit })
    for (let row = 0; row < table.rowCount; row++) {
      for (let k = 0; k < column.width; k++) {
        write(view, row * rowBytes + offset + k * size, row * column.width + k)
      }
    }
    offset += size * column.width
  }
  const primary = encodeHdu(
    [
      { keyword: 'SIMPLE', value: true, comment: 'conforms to FITS standard' },
      { keyword: 'BITPIX', value: 8, comment: 'array data type' },
      { keyword: 'NAXIS', value: 0, comment: 'number of array dimensions' },
      { keyword: 'EXTEND', value: true, comment: 'extensions follow' },
    ],
    new Uint8Array(0),
  )
  const extension = encodeHdu(cards, data)
  const out = new Uint8Array(primary.length + extension.length)
  out.set(primary)
  out.set(extension, primary.length)
  return out
}

function encodeColumn(name: string, { values, width }: TableColumn): EncodedColumn {
  if (values instanceof Float64Array)
    return { form: `${width}D`, size: 8, write: (v, at, i) => v.setFloat64(at, values[i]!) }
  if (values instanceof Float32Array)
    return { form: `${width}E`, size: 4, write: (v, at, i) => v.setFloat32(at, values[i]!) }
  if (values instanceof Int32Array)
    return { form: `${width}J`, size: 4, write: (v, at, i) => v.setInt32(at, values[i]!) }
  if (values instanceof Int16Array)
    return { form: `${width}I`, size: 2, write: (v, at, i) => v.setInt16(at, values[i]!) }
  if (values instanceof Uint8Array)
    return { form: `${width}B`, size: 1, write: (v, at, i) => v.setUint8(at, values[i]!) }
  if (values instanceof BigInt64Array) {
    return { form: `${width}K`, size: 8, write: (v, at, i) => v.setBigInt64(at, values[i]!) }
  }
  if (values.every((value) => typeof value === 'boolean')) {
    if (values.length > 0)
      return { form: `${width}L`, size: 1, write: (v, at, i) => v.setUint8(at, values[i] ? 0x54 : 0x46) }
  }
  return encodeText(name, values as readonly string[], width)
}

function encodeText(name: string, values: readonly string[], width: number): EncodedColumn {
  let size = 1
  for (const [i, value] of values.entries()) {
    if (typeof value !== 'string' || !/^[\x20-\x7e]*$/.test(value)) {
      throw new ParameterError(
        `encodeFitsTable: text must be printable ASCII; CSV and Parquet take any. Received ${JSON.stringify(value)} in column ${name}, row ${Math.floor(i / width) + 1}.`,
      )
    }
    if (value.length > size) size = value.length
  }
  return {
    form: `${size * width}A`,
    ...(width > 1 ? { dimensions: `(${size},${width})` } : {}),
    size,
    write: (view, at, i) => {
      const value = values[i]!
      for (let k = 0; k < size; k++) view.setUint8(at + k, k < value.length ? value.charCodeAt(k) : 0x20)
    },
  }
}
