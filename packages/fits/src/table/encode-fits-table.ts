import { concatArrays, ParameterError, passedOption, resolveOptions } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { encodeHdu } from '../encode-hdu.ts'
import type { FitsCard } from '../header/fits-card.ts'
import { printable } from '../header/printable.ts'
import {
  type ColumnLayout,
  checkOneCard,
  columnCards,
  encodeRows,
  layOutColumns,
  rowBytesOf,
} from './encode-columns.ts'
import { type FitsStorage, storageNames } from './encode-elements.ts'

/** How a table is written, besides its columns. */
export interface EncodeFitsTableOptions {
  /**
   * EXTNAME.
   * @defaultValue none
   */
  readonly name?: string | undefined
  /**
   * Further cards, in order, such as TDISPn; not those that the columns decide.
   * @defaultValue none
   */
  readonly header?: readonly FitsCard[] | undefined
  /**
   * Integer types to store columns as, by name, whatever arrays hold their values: all of them must be such integers. The unsigned
   * ones, and `int8`, become the standard's TZERO.
   * @defaultValue the type of the array
   */
  readonly storage?: Readonly<Record<string, FitsStorage>> | undefined
}

export const encodeRules = {
  name: passedOption<string>(),
  header: (value: readonly FitsCard[] | undefined): readonly FitsCard[] => value ?? [],
  storage: (value: Readonly<Record<string, FitsStorage>> | undefined): Readonly<Record<string, FitsStorage>> =>
    value ?? {},
}

const structural =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|END|CHECKSUM|DATASUM|CONTINUE|THEAP|TFIELDS|Z(TABLE|IMAGE)|T(TYPE|FORM|ZERO|SCAL|NULL|DIM|UNIT|COMM|UCD)\d+)$/

/** Of the further cards, those whose strings must not go on on further ones. */
const reserved = /^(EXTNAME|TDISP\d+)$/i

/** Checks the options of a writer. @throws ParameterError. */
export function resolveEncodeOptions(
  subject: string,
  options: EncodeFitsTableOptions,
): { readonly header: readonly FitsCard[]; readonly storage: Readonly<Record<string, FitsStorage>> } {
  const { name, header, storage } = resolveOptions(subject, options, encodeRules)
  if (name !== undefined) checkOneCard(subject, 'name', name)
  for (const { keyword, value } of header) {
    if (reserved.test(keyword) && typeof value === 'string') checkOneCard(subject, keyword, value)
    if (structural.test(keyword.toUpperCase()) || (name !== undefined && keyword.toUpperCase() === 'EXTNAME')) {
      throw new ParameterError(`${subject}: header must leave the structure to the table. Received ${keyword}.`)
    }
  }
  for (const [column, type] of Object.entries(storage)) {
    if (!storageNames.includes(type)) {
      throw new ParameterError(
        `${subject}: storage must be ${storageNames.join(', ')}. Received ${String(type)} for column ${column}.`,
      )
    }
  }
  return { header: [...(name === undefined ? [] : [{ keyword: 'EXTNAME', value: name }]), ...header], storage }
}

/** Sizes of a table's data. */
export interface TableSizes {
  readonly rowBytes: number
  readonly rowCount: number
  readonly heapBytes: number
}

/** The cards of a binary table: structure, columns, and further ones. */
export function tableCards(
  layouts: readonly ColumnLayout[],
  { rowBytes, rowCount, heapBytes }: TableSizes,
  descriptorBytes: 8 | 16,
  longest: Float64Array,
  header: readonly FitsCard[],
): FitsCard[] {
  return [
    { keyword: 'XTENSION', value: 'BINTABLE', comment: 'binary table extension' },
    { keyword: 'BITPIX', value: 8, comment: 'array data type' },
    { keyword: 'NAXIS', value: 2, comment: 'number of array dimensions' },
    { keyword: 'NAXIS1', value: rowBytes, comment: 'bytes of a row' },
    { keyword: 'NAXIS2', value: rowCount, comment: 'number of rows' },
    {
      keyword: 'PCOUNT',
      value: heapBytes,
      comment: layouts.some(({ inHeap }) => inHeap) ? 'bytes of the heap' : 'no heap',
    },
    { keyword: 'GCOUNT', value: 1, comment: 'one group' },
    { keyword: 'TFIELDS', value: layouts.length, comment: 'number of columns' },
    ...columnCards(layouts, descriptorBytes, longest),
    ...header,
  ]
}

/** The primary HDU before a table. */
export function emptyPrimary(): Uint8Array<ArrayBuffer> {
  return encodeHdu(
    [
      { keyword: 'SIMPLE', value: true, comment: 'conforms to FITS standard' },
      { keyword: 'BITPIX', value: 8, comment: 'array data type' },
      { keyword: 'NAXIS', value: 0, comment: 'number of array dimensions' },
      { keyword: 'EXTEND', value: true, comment: 'extensions follow' },
    ],
    new Uint8Array(0),
  )
}

/** Bytes that a descriptor of 32 bits can point at. */
const mostHeap = 2 ** 31 - 1

/**
 * A FITS file of one binary table behind an empty primary HDU, both with DATASUM and CHECKSUM.
 *
 * @param table - Strings must be printable ASCII, as FITS has no other; trailing spaces are lost. Floating-point columns may hold NaN,
 * which needs no TNULL.
 * @returns The whole file; the same input gives the same bytes. Strings become `A` (as wide as the longest), booleans `L`, arrays `B`,
 * `I`, `J`, `K`, `E` and `D`, BigUint64Array `K` with TZERO; columns with offsets `P` of these (`Q` where the heap exceeds 2 GiB);
 * shapes TDIMn, units TUNITn, notes HISTORY, descriptions TCOMMn, content descriptors TUCDn.
 * @throws ParameterError for text, names or integers that FITS or their storage cannot hold (of names and units 68 characters), cards that describe the structure, more
 * than 999 columns, or no column; ShapeError when a column's length, offsets or shape contradict it; UnsupportedError for lists of
 * strings whose number varies.
 * @see FITS standard 4.0, section 7.3
 */
export function encodeFitsTable(table: Table, options: EncodeFitsTableOptions = {}): Uint8Array<ArrayBuffer> {
  const subject = 'encodeFitsTable'
  const { cards, data } = encodeTableHdu(subject, table, resolveEncodeOptions(subject, options))
  return concatArrays(Uint8Array, [emptyPrimary(), encodeHdu(cards, data)])
}

/** The cards and the data, with their heap, of a binary table. */
export function encodeTableHdu(
  subject: string,
  table: Table,
  { header, storage }: ReturnType<typeof resolveEncodeOptions>,
): { readonly cards: FitsCard[]; readonly data: Uint8Array<ArrayBuffer> } {
  const textLength = (_: string, { values }: { readonly values: ArrayLike<unknown> }): number => {
    let length = 1
    for (let i = 0; i < values.length; i++) length = Math.max(length, String(values[i]).length)
    return length
  }
  const encode = (descriptorBytes: 8 | 16) => {
    const layouts = layOutColumns(subject, table, { storage, textLength, descriptorBytes })
    const longest = new Float64Array(layouts.length)
    const cells: Uint8Array[] = []
    let heapBytes = 0
    const rows = encodeRows(subject, table, layouts, descriptorBytes, longest, (bytes) => {
      cells.push(bytes)
      heapBytes += bytes.length
      return heapBytes - bytes.length
    })
    return { layouts, longest, cells, heapBytes, rows, descriptorBytes }
  }
  let { layouts, longest, cells, heapBytes, rows, descriptorBytes } = encode(8)
  if (heapBytes > mostHeap) ({ layouts, longest, cells, heapBytes, rows, descriptorBytes } = encode(16))
  const data = new Uint8Array(rows.length + heapBytes)
  data.set(rows)
  let at = rows.length
  for (const cell of cells) {
    data.set(cell, at)
    at += cell.length
  }
  const sizes = { rowBytes: rowBytesOf(layouts, descriptorBytes), rowCount: table.rowCount, heapBytes }
  const notes = Array.from(table.notes ?? [], ([name, text]): FitsCard => {
    return { keyword: 'HISTORY', comment: printable(`${name}: ${text}`) }
  })
  return { cards: tableCards(layouts, sizes, descriptorBytes, longest, [...header, ...notes]), data }
}
