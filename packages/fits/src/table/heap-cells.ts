import { type ByteSource, type ReadBytesOptions, readExactly } from '../bytes/byte-source.ts'
import { bytesOf, type ElementCode } from './binary-table-layout.ts'
import type { ColumnFiller } from './decode-column.ts'

/** Most bytes of the heap at a time, unless one cell has more. */
const windowBytes = 2 ** 22

/** Bytes between cells that are rather read than passed over. */
const smallGap = 2 ** 16

/** Where the cells of one column lie in the heap. */
export interface HeapColumn {
  readonly code: ElementCode
  /** `[rows]`, elements of each cell. */
  readonly counts: Uint32Array
  /** `[rows]`, byte of each cell in the heap. */
  readonly starts: Float64Array
  /** Takes the elements of each cell. */
  readonly filler: ColumnFiller
  /** `[rows]` or more, where in the filler's values each cell begins. */
  readonly places: Uint32Array
}

/**
 * Reads the cells of columns from the heap, each byte about once, however the cells lie.
 *
 * @param heapStart - Byte of the source at which the heap begins; all cells lie in it.
 */
export async function readHeapCells(
  source: ByteSource,
  heapStart: number,
  columns: readonly HeapColumn[],
  options: ReadBytesOptions,
): Promise<void> {
  const order = cellsByStart(columns)
  const end = (cell: number): number => {
    const column = columns[cell % columns.length]!
    const row = Math.floor(cell / columns.length)
    return column.starts[row]! + bytesOf(column.code, column.counts[row]!)
  }
  const start = (cell: number): number => columns[cell % columns.length]!.starts[Math.floor(cell / columns.length)]!
  let next = 0
  while (next < order.length) {
    options.signal?.throwIfAborted()
    const first = next
    const from = start(order[first]!)
    let to = end(order[first]!)
    for (next++; next < order.length; next++) {
      const cell = order[next]!
      if (start(cell) > to + smallGap || Math.max(to, end(cell)) > from + windowBytes) break
      to = Math.max(to, end(cell))
    }
    const bytes = await readExactly(source, heapStart + from, heapStart + to, options)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = first; i < next; i++) {
      const cell = order[i]!
      const row = Math.floor(cell / columns.length)
      const { counts, starts, filler, places } = columns[cell % columns.length]!
      filler.fill({ view, at: starts[row]! - from, stride: 0, rows: 1, repeat: counts[row]! }, places[row]!)
    }
  }
}

/** The cells that hold something, row after row and column after column numbered, in the order of the heap. */
function cellsByStart(columns: readonly HeapColumn[]): Uint32Array {
  const rows = columns[0]?.counts.length ?? 0
  const cells = new Uint32Array(rows * columns.length)
  const starts = new Float64Array(cells.length)
  let held = 0
  let last = 0
  let isSorted = true
  for (let row = 0; row < rows; row++) {
    for (const [c, column] of columns.entries()) {
      if (column.counts[row] === 0) continue
      const cell = row * columns.length + c
      starts[cell] = column.starts[row]!
      isSorted &&= starts[cell]! >= last
      last = starts[cell]!
      cells[held++] = cell
    }
  }
  const found = cells.subarray(0, held)
  return isSorted ? found : found.sort((a, b) => starts[a]! - starts[b]! || a - b)
}
