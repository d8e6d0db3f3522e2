import { ParameterError, ShapeError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import type { FitsCard } from '../header/fits-card.ts'
import { bytesOf, type ElementCode } from './binary-table-layout.ts'
import {
  checkText,
  type ElementEncoder,
  type FitsStorage,
  refuseTextLists,
  storedAs,
  storedAsIs,
  storedAsText,
  writeText,
} from './encode-elements.ts'

/** How a column is laid out: what stays the same in every batch of a table. */
export interface ColumnLayout {
  readonly name: string
  readonly column: Omit<TableColumn, 'values' | 'offsets'>
  readonly encoder: ElementEncoder
  /** Elements of a row; 1, a descriptor, where the elements are in the heap. */
  readonly repeat: number
  /** Whether the elements are in the heap. */
  readonly inHeap: boolean
  /** Byte in the row. */
  readonly offset: number
}

/** What decides how columns are laid out, besides their values. */
export interface LayoutOptions {
  readonly storage: Readonly<Record<string, FitsStorage>>
  /** Characters of text columns; undefined: of variable length, in the heap. */
  readonly textLength: (name: string, column: TableColumn) => number | undefined
  /** Bytes of a descriptor. */
  readonly descriptorBytes: 8 | 16
}

/** Checks a table and lays its columns out. @throws ParameterError, ShapeError and UnsupportedError as `encodeFitsTable` says. */
export function layOutColumns(subject: string, table: Table, options: LayoutOptions): ColumnLayout[] {
  if (table.columns.size === 0 || table.columns.size > 999) {
    throw new ParameterError(`${subject}: table must have 1 to 999 columns. Received ${table.columns.size}.`)
  }
  for (const name of Object.keys(options.storage)) {
    if (!table.columns.has(name)) {
      throw new ParameterError(`${subject}: storage must name columns of the table. Received ${name}.`)
    }
  }
  let offset = 0
  return [...table.columns].map(([name, column]) => {
    checkOneCard(subject, 'name of a column', name)
    checkOneCard(subject, `unit of column ${name}`, column.unit ?? '')
    checkColumn(subject, name, column, table.rowCount)
    const { values, width, offsets } = column
    const storage = options.storage[name]
    const own = storage === undefined ? storedAsIs(values) : storedAs(subject, name, storage)
    const length = own ? undefined : options.textLength(name, column)
    const encoder = own ?? storedAsText(subject, name, length ?? 1, Math.max(1, width))
    if (!encoder.takes(values)) {
      throw new ParameterError(`${subject}: storage of column ${name} must suit its values. Received ${storage}.`)
    }
    const isText = encoder.code === 'A'
    if (isText && offsets) refuseTextLists(subject, name)
    const inHeap = offsets !== undefined || (isText && length === undefined && width === 1)
    const { values: _, offsets: __, ...rest } = column
    const axes = inHeap ? undefined : dimensions(encoder.code, encoder.size, width, column.shape)
    checkOneCard(subject, `shape of column ${name}`, axes ?? '')
    const layout = { name, column: rest, encoder, repeat: inHeap ? 1 : width, inHeap, offset }
    offset += inHeap ? options.descriptorBytes : width * encoder.size
    return layout
  })
}

/** Characters of a string on a card of its own, on which quotes are doubled. */
const mostOnCard = 68

/**
 * Checks what a keyword that the standard reserves will say, since such a string must not go on on further cards.
 *
 * @throws ParameterError
 * @see FITS standard 4.0, section 4.2.1.2
 */
export function checkOneCard(subject: string, what: string, text: string): void {
  const length = text.replaceAll("'", "''").length
  if (length <= mostOnCard) return
  throw new ParameterError(
    `${subject}: ${what} must have at most ${mostOnCard} characters, quotes doubled. Received ${length}: ${text}.`,
  )
}

/** Bytes of a row. */
export function rowBytesOf(layouts: readonly ColumnLayout[], descriptorBytes: number): number {
  const last = layouts.at(-1)!
  return last.offset + (last.inHeap ? descriptorBytes : last.repeat * last.encoder.size)
}

/** @throws ShapeError or ParameterError when a column's parts do not fit each other. */
export function checkColumn(subject: string, name: string, column: TableColumn, rowCount: number): void {
  const { values, width, offsets, shape } = column
  if (!(Number.isInteger(width) && width >= 0)) {
    throw new ParameterError(`${subject}: width of column ${name} must be an integer >= 0. Received ${width}.`)
  }
  if (shape && (shape.reduce((a, b) => a * b, 1) !== width || !shape.every(Number.isInteger))) {
    throw new ShapeError(`${subject}: shape of column ${name} must have ${width} places. Received [${shape}].`)
  }
  if (!offsets) {
    if (values.length === rowCount * width) return
    throw new ShapeError(`${subject}: column ${name} must have ${rowCount * width} values. Received ${values.length}.`)
  }
  const isSound =
    offsets.length === rowCount + 1 &&
    offsets[0] === 0 &&
    offsets.at(-1) === values.length &&
    offsets.every((at, i) => i === 0 || at >= offsets[i - 1]!)
  if (isSound) return
  throw new ShapeError(
    `${subject}: offsets of column ${name} must rise from 0 to ${values.length} in ${rowCount + 1} numbers. They do not.`,
  )
}

/** The most elements that a row of each column in the heap has had, in the order of the columns; 0 for others. */
export type LongestCells = Float64Array

/** Takes the bytes of the heap, cell by cell; gives the byte at which a cell begins. */
export type TakeCell = (bytes: Uint8Array) => number

/**
 * Encodes rows.
 *
 * @returns `[rowCount × rowBytes]`; the elements of variable length go to `take`, row after row and column after column.
 */
export function encodeRows(
  subject: string,
  table: Table,
  layouts: readonly ColumnLayout[],
  descriptorBytes: 8 | 16,
  longest: LongestCells,
  take: TakeCell,
): Uint8Array<ArrayBuffer> {
  const rowBytes = rowBytesOf(layouts, descriptorBytes)
  const data = new Uint8Array(rowBytes * table.rowCount)
  const view = new DataView(data.buffer)
  for (const { name, encoder, repeat, inHeap, offset } of layouts) {
    if (inHeap || repeat === 0) continue
    const { values } = table.columns.get(name)!
    for (let row = 0; row < table.rowCount; row++) {
      encoder.write(view, row * rowBytes + offset, values, row * repeat, (row + 1) * repeat)
    }
  }
  const heaped = [...layouts.entries()].filter(([, { inHeap }]) => inHeap)
  if (heaped.length === 0) return data
  for (let row = 0; row < table.rowCount; row++) {
    for (const [i, layout] of heaped) {
      const column = table.columns.get(layout.name)!
      const cell = encodeCell(subject, layout, column, row)
      const count = cell.length / layout.encoder.size
      const at = row * rowBytes + layout.offset
      writeDescriptor(view, at, descriptorBytes, count, count === 0 ? 0 : take(cell))
      longest[i] = Math.max(longest[i]!, count)
    }
  }
  return data
}

function encodeCell(subject: string, { name, encoder }: ColumnLayout, column: TableColumn, row: number): Uint8Array {
  const { values, offsets } = column
  if (!offsets) {
    const text = values[row] as string
    checkText(subject, name, text, row)
    const bytes = new Uint8Array(text.length)
    writeText(new DataView(bytes.buffer), 0, text)
    return bytes
  }
  const [from, to] = [offsets[row]!, offsets[row + 1]!]
  const bytes = new Uint8Array(bytesOf(encoder.code, to - from))
  encoder.write(new DataView(bytes.buffer), 0, values, from, to)
  return bytes
}

function writeDescriptor(view: DataView, at: number, bytes: 8 | 16, count: number, start: number): void {
  if (bytes === 8) {
    view.setInt32(at, count)
    view.setInt32(at + 4, start)
    return
  }
  view.setBigInt64(at, BigInt(count))
  view.setBigInt64(at + 8, BigInt(start))
}

/** Cards that describe the columns. */
export function columnCards(
  layouts: readonly ColumnLayout[],
  descriptorBytes: 8 | 16,
  longest: LongestCells,
): FitsCard[] {
  return layouts.flatMap(({ name, column, encoder, repeat, inHeap }, i) => {
    const n = i + 1
    const optional = (keyword: string, value: FitsCard['value']): FitsCard[] =>
      value === undefined || value === '' ? [] : [{ keyword: `${keyword}${n}`, value }]
    const form = inHeap
      ? `1${descriptorBytes === 8 ? 'P' : 'Q'}${encoder.code}(${longest[i]})`
      : `${encoder.code === 'A' ? encoder.size * repeat : repeat}${encoder.code}`
    return [
      { keyword: `TTYPE${n}`, value: name },
      { keyword: `TFORM${n}`, value: form },
      ...optional('TZERO', encoder.zero),
      ...optional('TDIM', inHeap ? undefined : dimensions(encoder.code, encoder.size, repeat, column.shape)),
      ...optional('TUNIT', column.unit),
      ...optional('TCOMM', column.description),
      ...optional('TUCD', column.ucd),
    ]
  })
}

/** TDIM, where a cell has several axes or several strings. */
function dimensions(
  code: ElementCode,
  size: number,
  repeat: number,
  shape: readonly number[] | undefined,
): string | undefined {
  const axes = [...(shape ?? (code === 'A' && repeat > 1 ? [repeat] : []))].reverse()
  if (axes.length === 0) return undefined
  return `(${(code === 'A' ? [size, ...axes] : axes).join(',')})`
}
