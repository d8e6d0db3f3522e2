import { FormatError, type FormatErrorDetails } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import { type ReadBytesOptions, readExactly } from '../bytes/byte-source.ts'
import type { FitsHdu } from '../describe-hdu.ts'
import type { FitsFile } from '../open-fits.ts'
import { type BinaryColumn, binaryLayout, bytesOf, outsideHeap, readDescriptor } from './binary-table-layout.ts'
import { isVariable } from './binary-table-reader.ts'
import { type BinaryColumnPlan, planBinaryColumn, tableColumnNames } from './column-plan.ts'
import { type ColumnAlgorithm, columnAlgorithm, mostUnpackedBytes, unpackElements } from './compressed-cells.ts'
import { columnFiller } from './decode-column.ts'
import { planColumns, type TableReader, type TableReaderOptions, wordsOf } from './table-reader.ts'

/** A column, and the one that holds its compressed tiles. */
interface PackedColumn {
  readonly plan: BinaryColumnPlan
  readonly holder: BinaryColumn
  readonly algorithm: ColumnAlgorithm
}

/** The cells of one tile of a column of variable length: where they are in the heap, packed, and their elements. */
interface PackedCells {
  readonly counts: Float64Array
  readonly starts: Float64Array
  readonly lengths: Float64Array
}

/**
 * A table whose columns are compressed tile by tile of rows.
 *
 * @throws FormatError when the header contradicts itself, UnsupportedError for other algorithms.
 * @see FITS standard 4.0, section 10.3
 */
export function openCompressedTable(file: FitsFile, hdu: FitsHdu, options: TableReaderOptions): TableReader {
  const { header } = hdu
  const layout = binaryLayout(header)
  const plain = binaryLayout(header, { form: 'ZFORM', rowBytes: 'ZNAXIS1', rowCount: 'ZNAXIS2' })
  const tileRows = header.integer('ZTILELEN', 1) ?? Math.max(1, plain.rowCount)
  const tiles = Math.ceil(plain.rowCount / tileRows)
  if (tiles !== layout.rowCount) {
    throw header.fault('NAXIS2', `must be the number of tiles, ${tiles}. Received ${layout.rowCount}`)
  }
  if (layout.heapOffset < layout.rowBytes * layout.rowCount) {
    throw header.fault('THEAP', `must not lie in the rows. Received ${layout.heapOffset}`)
  }
  const names = tableColumnNames(header)
  const { plans: packed, unreadable } = planColumns(names, options, (i, name): PackedColumn => {
    const stored = plain.columns[i]!
    const plan = planBinaryColumn(header, stored, name, options.nulls)
    const holder = layout.columns[i]!
    if ((holder.code !== 'P' && holder.code !== 'Q') || holder.repeat !== 1) {
      throw header.fault(
        `TFORM${stored.number}`,
        `must point to compressed bytes. Received ${header.text(`TFORM${stored.number}`)}`,
      )
    }
    return { plan, holder, algorithm: columnAlgorithm(header, stored.number, plan.element.code) }
  })
  const tileReader = new TableTiles(file, hdu, layout.rowBytes, layout.heapOffset, {
    tileRows,
    rowCount: plain.rowCount,
  })
  return {
    rowCount: plain.rowCount,
    columns: packed.map(({ plan }) => plan),
    unreadable,
    async read(from, to, read) {
      const room = new Room(hdu, options.maxValues)
      for (const { plan } of packed) room.take((to - from) * Math.max(1, plan.width))
      const columns = new Map<string, TableColumn>()
      for (const column of packed) {
        columns.set(
          column.plan.name,
          isVariable(column.plan)
            ? await readVariable(tileReader, column, from, to, room, read)
            : await readFixed(tileReader, column, from, to, room, read),
        )
      }
      return columns
    },
  }
}

/** How many values may still be made: their number is known from the header alone, and may be anything. */
class Room {
  readonly #hdu: FitsHdu
  readonly #most: number
  #taken = 0

  constructor(hdu: FitsHdu, most: number) {
    this.#hdu = hdu
    this.#most = most
  }

  /** @throws FormatError when they are more than may be at a time. */
  take(values: number): void {
    this.#taken += values
    this.check(this.#taken)
  }

  check(values: number): void {
    if (values <= this.#most) return
    const { source } = this.#hdu.header
    throw new FormatError(
      `FITS: rows of a compressed table must have at most ${this.#most} values at a time ('maxValues'; fewer rows have fewer). Received ${values}.`,
      { keyword: 'ZTABLE', offset: this.#hdu.headerOffset, source },
    )
  }
}

/** Reads what tiles point at. */
class TableTiles {
  readonly tileRows: number
  readonly #file: FitsFile
  readonly #hdu: FitsHdu
  readonly #rowBytes: number
  readonly #heapOffset: number
  readonly #rowCount: number
  /** The last tile of each column, as batches that are shorter than tiles want it again. */
  readonly #last = new Map<PackedColumn, { readonly tile: number; readonly bytes: Uint8Array }>()

  constructor(
    file: FitsFile,
    hdu: FitsHdu,
    rowBytes: number,
    heapOffset: number,
    rows: { readonly tileRows: number; readonly rowCount: number },
  ) {
    this.tileRows = rows.tileRows
    this.#rowCount = rows.rowCount
    this.#file = file
    this.#hdu = hdu
    this.#rowBytes = rowBytes
    this.#heapOffset = heapOffset
  }

  rowsOf(tile: number): number {
    return Math.min(this.tileRows, this.#rowCount - tile * this.tileRows)
  }

  /** Bytes of the heap. @throws FormatError when they do not lie in it. */
  async heap(name: string, row: number, start: number, length: number, read: ReadBytesOptions): Promise<Uint8Array> {
    if (!(length >= 0 && start >= 0 && this.#heapOffset + start + length <= this.#hdu.dataLength)) {
      throw outsideHeap(name, row, length, start, this.#hdu.header.source)
    }
    read.signal?.throwIfAborted()
    const from = this.#hdu.dataOffset + this.#heapOffset + start
    return readExactly(this.#file.source, from, from + length, read)
  }

  /** One column of one tile, unpacked: `length` bytes. */
  async unpacked(
    column: PackedColumn,
    tile: number,
    length: number,
    algorithm: ColumnAlgorithm,
    read: ReadBytesOptions,
  ): Promise<Uint8Array> {
    const last = this.#last.get(column)
    if (last?.tile === tile) return last.bytes
    read.signal?.throwIfAborted()
    const { holder, plan } = column
    const at = this.#hdu.dataOffset + tile * this.#rowBytes + holder.offset
    const bytes = await readExactly(this.#file.source, at, at + holder.byteLength, read)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const { count, start } = readDescriptor(view, 0, holder.code === 'Q')
    const packed = await this.heap(plan.name, tile, start, count, read)
    const unpacked = await unpackElements(packed, algorithm, plan.element.code, length, placeOf(plan))
    this.#last.set(column, { tile, bytes: unpacked })
    return unpacked
  }
}

async function readFixed(
  tiles: TableTiles,
  column: PackedColumn,
  from: number,
  to: number,
  room: Room,
  read: ReadBytesOptions,
): Promise<TableColumn> {
  const { plan, algorithm } = column
  const { stored, width } = plan
  const filler = columnFiller(plan.element, (to - from) * width)
  for (let row = from; row < to && width > 0; ) {
    const tile = Math.floor(row / tiles.tileRows)
    const first = row - tile * tiles.tileRows
    const rows = Math.min(tiles.rowsOf(tile) - first, to - row)
    room.check(tiles.rowsOf(tile) * width)
    const bytes = await tiles.unpacked(column, tile, tiles.rowsOf(tile) * stored.byteLength, algorithm, read)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const at = first * stored.byteLength
    filler.fill({ view, at, stride: stored.byteLength, rows, repeat: stored.repeat }, (row - from) * width)
    row += rows
  }
  return { values: filler.values, width, ...wordsOf(plan) }
}

/** The descriptors of a tile: those that the plain table had, and after all of them those of the packed cells. */
async function packedCells(
  tiles: TableTiles,
  column: PackedColumn,
  tile: number,
  room: Room,
  read: ReadBytesOptions,
): Promise<PackedCells> {
  const { stored } = column.plan
  const rows = tiles.rowsOf(tile)
  room.check(rows)
  const length = rows * (stored.byteLength + 16)
  const bytes = await tiles.unpacked(column, tile, length, 'GZIP_1', read)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cells = {
    counts: new Float64Array(rows),
    starts: new Float64Array(rows),
    lengths: new Float64Array(rows),
  }
  for (let row = 0; row < rows && stored.repeat > 0; row++) {
    cells.counts[row] = readDescriptor(view, row * stored.byteLength, stored.code === 'Q').count
    const packed = readDescriptor(view, rows * stored.byteLength + 16 * row, true)
    cells.lengths[row] = packed.count
    cells.starts[row] = packed.start
  }
  return cells
}

async function readVariable(
  tiles: TableTiles,
  column: PackedColumn,
  from: number,
  to: number,
  room: Room,
  read: ReadBytesOptions,
): Promise<TableColumn> {
  const { plan } = column
  const { element, parts } = plan
  const isText = element.code === 'A'
  const offsets = new Uint32Array(to - from + 1)
  const cellsOf = async (row: number): Promise<{ cells: PackedCells; first: number; rows: number }> => {
    const tile = Math.floor(row / tiles.tileRows)
    const first = row - tile * tiles.tileRows
    return {
      cells: await packedCells(tiles, column, tile, room, read),
      first,
      rows: Math.min(tiles.rowsOf(tile) - first, to - row),
    }
  }
  for (let row = from; row < to; ) {
    const { cells, first, rows } = await cellsOf(row)
    for (let i = first; i < first + rows; i++, row++) {
      const count = cells.counts[i]!
      const most = mostUnpackedBytes(column.algorithm, element.code, cells.lengths[i]!)
      if (count < 0 || bytesOf(element.code, count) > Math.max(most, cells.lengths[i]!)) {
        throw outsideHeap(plan.name, row, count, cells.starts[i]!, element.source)
      }
      room.take(count * parts)
      offsets[row - from + 1] = isText ? row - from + 1 : offsets[row - from]! + count * parts
    }
  }
  const filler = columnFiller(element, offsets.at(-1)!)
  for (let row = from; row < to; ) {
    const { cells, first, rows } = await cellsOf(row)
    for (let i = first; i < first + rows; i++, row++) {
      const count = cells.counts[i]!
      if (count === 0) continue
      const length = bytesOf(element.code, count)
      const packed = await tiles.heap(plan.name, row, cells.starts[i]!, cells.lengths[i]!, read)
      // A cell that compression would not shorten is stored as it is.
      const algorithm = packed.length === length ? 'NOCOMPRESS' : column.algorithm
      const bytes = await unpackElements(packed, algorithm, element.code, length, placeOf(plan))
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      filler.fill({ view, at: 0, stride: 0, rows: 1, repeat: count }, offsets[row - from]!)
    }
  }
  const found = { values: filler.values, width: plan.width, ...wordsOf(plan) }
  return isText ? found : { ...found, offsets }
}

/** What an error of a column names. */
function placeOf({ name, element }: BinaryColumnPlan): FormatErrorDetails {
  return { keyword: name, source: element.source }
}
