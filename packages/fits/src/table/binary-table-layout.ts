import { FormatError } from '@astronomaly/core'
import type { FitsHeader } from '../header/fits-header.ts'

/** Types of the elements that a column or a cell of the heap holds. */
export type ElementCode = 'L' | 'X' | 'B' | 'I' | 'J' | 'K' | 'A' | 'E' | 'D' | 'C' | 'M'

/** Element types of binary tables, as TFORM names them; P and Q point to cells of variable length in the heap. */
export type ColumnCode = ElementCode | 'P' | 'Q'

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

/** Keywords that describe the rows: other ones where the table is compressed. */
export interface LayoutKeywords {
  readonly form: string
  readonly rowBytes: string
  readonly rowCount: string
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

/** Bytes of `count` elements. */
export function bytesOf(code: ColumnCode, count: number): number {
  return code === 'X' ? Math.ceil(count / 8) : count * elementBytes[code]
}

/**
 * Lays the columns of a BINTABLE out.
 *
 * @param keywords - Where the rows are described; those of a plain table unless given.
 * @throws FormatError when a TFORM is missing or unknown, or the columns are wider than a row.
 */
export function binaryLayout(
  header: FitsHeader,
  keywords: LayoutKeywords = { form: 'TFORM', rowBytes: 'NAXIS1', rowCount: 'NAXIS2' },
): BinaryLayout {
  const rowBytes = header.integer(keywords.rowBytes, 0) ?? 0
  const rowCount = header.integer(keywords.rowCount, 0) ?? 0
  const fields = header.integer('TFIELDS', 0, 999)
  if (fields === undefined) throw header.fault('TFIELDS', 'must be present')
  if (rowBytes === 0 && rowCount > 0)
    throw header.fault(keywords.rowBytes, `must be > 0 where there are rows. Received 0`)
  const columns: BinaryColumn[] = []
  let offset = 0
  for (let number = 1; number <= fields; number++) {
    const keyword = `${keywords.form}${number}`
    const form = header.text(keyword)?.trim()
    const parts = /^(\d*)([LXBIJKAEDCMPQ])(.*)$/.exec(form ?? '')
    if (!parts) throw header.fault(keyword, `must be a binary table's format. Received ${JSON.stringify(form)}`)
    const repeat = parts[1] === '' ? 1 : Number(parts[1])
    const code = parts[2] as ColumnCode
    const byteLength = bytesOf(code, repeat)
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

/** The element type of a variable-length column's cells; undefined when its TFORM names none. */
export function elementOfCells(column: BinaryColumn): ElementCode | undefined {
  const code = column.suffix[0]
  return code !== undefined && 'LXBIJKAEDCM'.includes(code) ? (code as ElementCode) : undefined
}

/** The descriptor of a variable-length cell; the numbers may be anything. */
export function readDescriptor(view: DataView, at: number, wide: boolean): { count: number; start: number } {
  if (!wide) return { count: view.getInt32(at), start: view.getInt32(at + 4) }
  return {
    count: view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4),
    start: view.getInt32(at + 8) * 2 ** 32 + view.getUint32(at + 12),
  }
}

/** An error about a cell that does not lie in the heap. */
export function outsideHeap(
  column: string,
  row: number,
  count: number,
  start: number,
  source: string | undefined,
): FormatError {
  return new FormatError(
    `FITS: cell of column ${column}, row ${row + 1}, must lie in the heap. Received ${count} elements at ${start}.`,
    { keyword: column, source },
  )
}
