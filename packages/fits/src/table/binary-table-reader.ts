import { FormatError } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import type { FitsHdu } from '../describe-hdu.ts'
import type { FitsFile } from '../open-fits.ts'
import { type BinaryLayout, binaryLayout, bytesOf, outsideHeap, readDescriptor } from './binary-table-layout.ts'
import { type BinaryColumnPlan, planBinaryColumn, tableColumnNames } from './column-plan.ts'
import { type ColumnFiller, columnFiller } from './decode-column.ts'
import { readHeapCells } from './heap-cells.ts'
import { rowChunks } from './row-chunks.ts'
import { planColumns, type TableReader, type TableReaderOptions, wordsOf } from './table-reader.ts'

/** Bytes of rows that are decoded column by column: few enough to stay in the caches of one core. */
const blockBytes = 2 ** 16

/** The descriptors of one column of variable length, as its rows are read. */
interface Descriptors {
  readonly plan: BinaryColumnPlan
  readonly counts: Uint32Array
  readonly starts: Float64Array
}

/** @throws FormatError when the header contradicts itself. */
export function openBinaryTable(file: FitsFile, hdu: FitsHdu, options: TableReaderOptions): TableReader {
  const { header } = hdu
  const layout = binaryLayout(header)
  const names = tableColumnNames(header)
  const { plans, unreadable } = planColumns(names, options, (i, name) =>
    planBinaryColumn(header, layout.columns[i]!, name, options.nulls),
  )
  if (plans.some(isVariable) && layout.heapOffset < layout.rowBytes * layout.rowCount) {
    throw header.fault('THEAP', `must not lie in the rows. Received ${layout.heapOffset}`)
  }
  return {
    rowCount: layout.rowCount,
    columns: plans,
    unreadable,
    async read(from, to, read) {
      const rows = to - from
      const fillers = new Map(
        plans.filter((plan) => !isVariable(plan)).map((plan) => [plan, columnFiller(plan.element, rows * plan.width)]),
      )
      const cells = plans
        .filter(isVariable)
        .map((plan) => ({ plan, counts: new Uint32Array(rows), starts: new Float64Array(rows) }))
      const heap = new HeapCheck(hdu, layout, options.maxValues)
      const range = { offset: hdu.dataOffset + from * layout.rowBytes, rowBytes: layout.rowBytes, rows }
      if (plans.length > 0) {
        for await (const { bytes, first, rows: count } of rowChunks(file.source, range, read)) {
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
          fillRows(view, layout.rowBytes, count, first, fillers)
          for (const each of cells) heap.take(each, view, count, first, from)
        }
      }
      const found = await readCells(file, hdu.dataOffset + layout.heapOffset, cells, read)
      return new Map(
        plans.map((plan): [string, TableColumn] => [
          plan.name,
          found.get(plan) ?? { values: fillers.get(plan)!.values, width: plan.width, ...wordsOf(plan) },
        ]),
      )
    },
  }
}

/** Whether the column's rows point to the heap. */
export function isVariable({ stored }: BinaryColumnPlan): boolean {
  return stored.code === 'P' || stored.code === 'Q'
}

function fillRows(
  view: DataView,
  rowBytes: number,
  rows: number,
  first: number,
  fillers: ReadonlyMap<BinaryColumnPlan, ColumnFiller>,
): void {
  const step = Math.max(1, Math.floor(blockBytes / rowBytes))
  for (let row = 0; row < rows; row += step) {
    for (const [{ stored, width }, filler] of fillers) {
      if (width === 0) continue
      const run = {
        view,
        at: row * rowBytes + stored.offset,
        stride: rowBytes,
        rows: Math.min(step, rows - row),
        repeat: stored.repeat,
      }
      filler.fill(run, (first + row) * width)
    }
  }
}

/** Checks descriptors before anything is made for their cells. */
class HeapCheck {
  readonly #hdu: FitsHdu
  readonly #rowBytes: number
  readonly #heapLength: number
  readonly #maxValues: number
  #values = 0

  constructor(hdu: FitsHdu, layout: BinaryLayout, maxValues: number) {
    this.#hdu = hdu
    this.#rowBytes = layout.rowBytes
    this.#heapLength = hdu.dataLength - layout.heapOffset
    this.#maxValues = maxValues
  }

  /** Reads the descriptors of `rows` rows in `view`. @throws FormatError when a cell lies outside, or they are too large. */
  take({ plan, counts, starts }: Descriptors, view: DataView, rows: number, first: number, from: number): void {
    const { stored, element, parts } = plan
    if (stored.repeat === 0) return
    const wide = stored.code === 'Q'
    for (let row = 0; row < rows; row++) {
      const { count, start } = readDescriptor(view, row * this.#rowBytes + stored.offset, wide)
      if (count === 0) continue
      if (!(count > 0 && start >= 0 && start + bytesOf(element.code, count) <= this.#heapLength)) {
        throw outsideHeap(plan.name, from + first + row, count, start, element.source)
      }
      this.#values += count * parts
      if (this.#values > this.#maxValues) {
        throw new FormatError(
          `FITS: cells of variable length must have at most ${this.#maxValues} values at a time ('maxValues'; fewer rows have fewer). They have more from row ${from + first + row + 1} of column ${plan.name} on.`,
          {
            keyword: `TFORM${stored.number}`,
            offset: this.#hdu.dataOffset,
            source: element.source,
          },
        )
      }
      counts[first + row] = count
      starts[first + row] = start
    }
  }
}

async function readCells(
  file: FitsFile,
  heapStart: number,
  cells: readonly Descriptors[],
  read: { readonly signal?: AbortSignal | undefined },
): Promise<Map<BinaryColumnPlan, TableColumn>> {
  const wanted = cells.map(({ plan, counts, starts }) => {
    const isText = plan.element.code === 'A'
    const offsets = new Uint32Array(counts.length + 1)
    for (const [row, count] of counts.entries())
      offsets[row + 1] = isText ? row + 1 : offsets[row]! + plan.parts * count
    const filler = columnFiller(plan.element, offsets.at(-1)!)
    return { plan, isText, code: plan.element.code, counts, starts, filler, places: offsets }
  })
  await readHeapCells(file.source, heapStart, wanted, read)
  return new Map(
    wanted.map(({ plan, isText, filler, places }) => {
      const values = { values: filler.values, width: plan.width, ...wordsOf(plan) }
      return [plan, isText ? values : { ...values, offsets: places }]
    }),
  )
}
