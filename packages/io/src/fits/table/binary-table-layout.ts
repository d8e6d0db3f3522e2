import { FormatError } from '@astronomaly/core'
import type { FitsHeader } from '../header/fits-header.ts'

/** Element types of binary tables, as TFORM names them. */
export type ColumnCode = 'L' | 'X' | 'B' | 'I' | 'J' | 'K' | 'A' | 'E' | 'D' | 'C' | 'M' | 'P' | 'Q'

/** One column of a binary table: where its bytes are in a row. */
export interface BinaryColumn {
  /** 1-based, as in TFORMn. */
  readonly number: number
  /** TTYPE, or `''`. */
  readonly name: string
  readonly code: ColumnCode
  /** Elements in a row; characters for A, bits for X. */
  readonly repeat: number
  /** What follows the code in TFORM: the element type of variable-length columns. */
  readonly suffix: string
  /** Byte in the row. */
  readonly offset: number
  /** Bytes in a row. */
  readonly byteLength: number
}

/** The rows of a binary table. */
export interface BinaryLayout {
  readonly columns: readonly BinaryColumn[]
  readonly rowBytes: number
  readonly rowCount: number
  /** Byte of the heap, from the beginning of the data. */
  readonly heapOffset: number
}

const elementBytes: Record<Exclude<ColumnCode, 'X'>, number> = {
  L: 1,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
}

/**
 * Lays the columns of a BINTABLE out.
 *
 * @throws FormatError when a TFORM is missing or unknown, or the columns are wider than a row.
 */
export function binaryLayout(header: FitsHeader): BinaryLayout {
  const rowBytes = header.integer('NAXIS1', 0) ?? 0
  const rowCount = header.integer('NAXIS2', 0) ?? 0
  const fields = header.integer('TFIELDS', 0, 999)
  if (fields === undefined) throw header.fault('TFIELDS', 'must be present')
  if (rowBytes === 0 && rowCount > 0) throw header.fault('NAXIS1', `must be > 0 where there are rows. Received 0`)
  const columns: BinaryColumn[] = []
  let offset = 0
  for (let number = 1; number <= fields; number++) {
    const keyword = `TFORM${number}`
    const form = header.text(keyword)?.trim()
    const parts = /^(\d*)([LXBIJKAEDCMPQ])(.*)$/.exec(form ?? '')
    if (!parts) throw header.fault(keyword, `must be a binary table's format. Received ${JSON.stringify(form)}`)
    const repeat = parts[1] === '' ? 1 : Number(parts[1])
    const code = parts[2] as ColumnCode
    const byteLength = code === 'X' ? Math.ceil(repeat / 8) : repeat * elementBytes[code]
    if (offset + byteLength > rowBytes) {
      throw header.fault(
        keyword,
        `must fit a row of ${rowBytes} bytes. The columns up to it take ${offset + byteLength}`,
      )
    }
    const name = header.get(`TTYPE${number}`)
    columns.push({
      number,
      name: typeof name === 'string' ? name.trim() : '',
      code,
      repeat,
      suffix: parts[3]!,
      offset,
      byteLength,
    })
    offset += byteLength
  }
  return { columns, rowBytes, rowCount, heapOffset: header.integer('THEAP', 0) ?? rowBytes * rowCount }
}

/**
 * The bytes that a variable-length cell points at, without copying; empty when it holds nothing.
 *
 * @param data - The table's data with its heap.
 * @throws FormatError when the descriptor points outside the heap.
 */
export function heapCell(
  data: Uint8Array,
  layout: BinaryLayout,
  column: BinaryColumn,
  row: number,
  source?: string,
): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const at = row * layout.rowBytes + column.offset
  const wide = column.code === 'Q'
  const count = wide ? Number(view.getBigInt64(at)) : view.getInt32(at)
  const start = wide ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4)
  const code = column.suffix[0] as Exclude<ColumnCode, 'X'>
  const length = count * (elementBytes[code] ?? 1)
  if (count === 0) return data.subarray(0, 0)
  if (count < 0 || start < 0 || layout.heapOffset + start + length > data.length) {
    throw new FormatError(
      `FITS: cell of column ${column.name}, row ${row + 1}, must lie in the heap. Received ${count} elements at ${start}.`,
      { keyword: column.name, ...(source === undefined ? {} : { source }) },
    )
  }
  return data.subarray(layout.heapOffset + start, layout.heapOffset + start + length)
}
