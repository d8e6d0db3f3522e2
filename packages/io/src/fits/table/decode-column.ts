import { UnsupportedError } from '@astronomaly/core'
import type { TableColumn } from '../../table/table.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import type { BinaryColumn, BinaryLayout } from './binary-table-layout.ts'

type IntegerArray = Uint8Array | Int16Array | Int32Array | BigInt64Array

/** The text of a fixed-width field: up to the first NUL, without trailing spaces. */
export function fieldText(bytes: Uint8Array, start: number, length: number): string {
  let end = start
  while (end < start + length && bytes[end] !== 0) end++
  while (end > start && bytes[end - 1] === 0x20) end--
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}

/**
 * One column of a binary table as values.
 *
 * @param data - The table's data; rows may be padded.
 */
export function decodeColumn(
  data: Uint8Array,
  layout: BinaryLayout,
  column: BinaryColumn,
  header: FitsHeader,
): TableColumn {
  const unit = header.get(`TUNIT${column.number}`)
  const rest = typeof unit === 'string' && unit !== '' ? { unit } : {}
  const { code, repeat } = column
  if (code === 'P' || code === 'Q') {
    throw new UnsupportedError(
      `FITS table: columns of variable length cannot be read; name the others with 'columns'. Received column ${column.name}${header.source ? ` (${header.source})` : ''}.`,
    )
  }
  if (code === 'A') return { ...decodeText(data, layout, column, header), ...rest }
  if (code === 'L') {
    return {
      values: gather(data, layout, column, 1, [] as boolean[], (view, at) => view.getUint8(at) === 0x54),
      width: repeat,
      ...rest,
    }
  }
  if (code === 'X') return { values: decodeBits(data, layout, column), width: repeat, ...rest }
  if (code === 'E' || code === 'C') {
    const width = code === 'C' ? 2 * repeat : repeat
    const values = new Float32Array(layout.rowCount * width)
    gather(data, layout, { ...column, repeat: width }, 4, values, (view, at) => view.getFloat32(at))
    return { values: scaleReal(values, column, header), width, ...rest }
  }
  if (code === 'D' || code === 'M') {
    const width = code === 'M' ? 2 * repeat : repeat
    const values = new Float64Array(layout.rowCount * width)
    gather(data, layout, { ...column, repeat: width }, 8, values, (view, at) => view.getFloat64(at))
    return { values: scaleReal(values, column, header), width, ...rest }
  }
  const count = layout.rowCount * repeat
  const integers =
    code === 'B'
      ? gather(data, layout, column, 1, new Uint8Array(count), (view, at) => view.getUint8(at))
      : code === 'I'
        ? gather(data, layout, column, 2, new Int16Array(count), (view, at) => view.getInt16(at))
        : code === 'J'
          ? gather(data, layout, column, 4, new Int32Array(count), (view, at) => view.getInt32(at))
          : gather(data, layout, column, 8, new BigInt64Array(count), (view, at) => view.getBigInt64(at))
  return { values: scaleInteger(integers, column, header), width: repeat, ...rest }
}

/** Reads every element of a column in row order. */
function gather<T, A extends { [index: number]: T }>(
  data: Uint8Array,
  layout: BinaryLayout,
  column: BinaryColumn,
  bytes: number,
  out: A,
  read: (view: DataView, at: number) => T,
): A {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let next = 0
  for (let row = 0; row < layout.rowCount; row++) {
    const start = row * layout.rowBytes + column.offset
    for (let i = 0; i < column.repeat; i++) out[next++] = read(view, start + i * bytes)
  }
  return out
}

function decodeText(data: Uint8Array, layout: BinaryLayout, column: BinaryColumn, header: FitsHeader): TableColumn {
  const dimensions = /^\s*\(\s*(\d+)((?:\s*,\s*\d+)+)\s*\)\s*$/.exec(String(header.get(`TDIM${column.number}`) ?? ''))
  const substring = /^(\d+)$/.exec(column.suffix.trim())
  const length = Number(dimensions?.[1] ?? substring?.[1] ?? column.repeat)
  const width = length > 0 && length < column.repeat ? Math.floor(column.repeat / length) : 1
  const values: string[] = []
  for (let row = 0; row < layout.rowCount; row++) {
    const start = row * layout.rowBytes + column.offset
    for (let i = 0; i < width; i++) values.push(fieldText(data, start + i * length, Math.min(length, column.repeat)))
  }
  return { values, width }
}

function decodeBits(data: Uint8Array, layout: BinaryLayout, column: BinaryColumn): Uint8Array {
  const out = new Uint8Array(layout.rowCount * column.repeat)
  for (let row = 0; row < layout.rowCount; row++) {
    const start = row * layout.rowBytes + column.offset
    for (let bit = 0; bit < column.repeat; bit++) {
      out[row * column.repeat + bit] = (data[start + (bit >> 3)]! >> (7 - (bit & 7))) & 1
    }
  }
  return out
}

function scaleReal<A extends Float32Array | Float64Array>(
  values: A,
  column: BinaryColumn,
  header: FitsHeader,
): A | Float64Array {
  const scale = header.number(`TSCAL${column.number}`) ?? 1
  const zero = header.number(`TZERO${column.number}`) ?? 0
  return scale === 1 && zero === 0 ? values : Float64Array.from(values, (value) => zero + scale * value)
}

/** Applies TNULL, TSCAL and TZERO; the integer offsets that stand for unsigned types stay integers. */
function scaleInteger(stored: IntegerArray, column: BinaryColumn, header: FitsHeader): TableColumn['values'] {
  const scale = header.number(`TSCAL${column.number}`) ?? 1
  const zero = header.number(`TZERO${column.number}`) ?? 0
  const blank = header.get(`TNULL${column.number}`)
  const long = stored instanceof BigInt64Array
  const wanted =
    typeof blank === 'number' && Number.isInteger(blank)
      ? long
        ? BigInt(blank)
        : blank
      : long && typeof blank === 'bigint'
        ? blank
        : undefined
  const missing = wanted !== undefined && (stored as { includes(x: unknown): boolean }).includes(wanted)
  if (!missing && scale === 1) {
    if (zero === 0) return stored
    if (stored instanceof Uint8Array && zero === -128) return Int16Array.from(stored, (v) => v - 128)
    if (stored instanceof Int16Array && zero === 2 ** 15) return Int32Array.from(stored, (v) => v + 2 ** 15)
    if (stored instanceof BigInt64Array && zero === 2 ** 63) return unsignedLongs(stored, column, header)
  }
  const out = new Float64Array(stored.length)
  for (let i = 0; i < out.length; i++) out[i] = stored[i] === wanted ? Number.NaN : zero + scale * Number(stored[i])
  return out
}

function unsignedLongs(stored: BigInt64Array, column: BinaryColumn, header: FitsHeader): BigInt64Array {
  return stored.map((value) => {
    if (value >= 0n) {
      throw new UnsupportedError(
        `FITS table: unsigned integers must be < 2^63. Received ${value + 2n ** 63n} in column ${column.name}${header.source ? ` (${header.source})` : ''}.`,
      )
    }
    return value + 2n ** 63n
  })
}
