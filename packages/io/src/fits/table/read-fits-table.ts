import { assertKnownKeys, FormatError, NotFoundError, UnsupportedError } from '@astronomaly/core'
import type { Table, TableColumn } from '../../table/table.ts'
import { eachHdu, type FitsHdu, hduData } from '../list-hdus.ts'
import { asciiLayout, decodeAsciiColumn } from './ascii-table.ts'
import { binaryLayout } from './binary-table-layout.ts'
import { decodeColumn } from './decode-column.ts'

/** How to read a table. */
export interface ReadFitsTableOptions {
  /** Names the file in errors. */
  readonly source?: string
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue the first table
   */
  readonly hdu?: number | string
  /**
   * Names of the columns to read, as the file writes them.
   * @defaultValue all
   */
  readonly columns?: readonly string[]
}

/**
 * Reads a binary (BINTABLE) or ASCII (TABLE) table.
 *
 * | TFORM | values |
 * |---|---|
 * | `A` | strings without trailing spaces |
 * | `L` | booleans (undefined is `false`) |
 * | `X` | Uint8Array of 0 and 1, one a bit |
 * | `B` `I` `J` `K` | Uint8Array, Int16Array, Int32Array, BigInt64Array; the next wider type for the unsigned conventions |
 * | `E` `D` | Float32Array, Float64Array |
 * | `C` `M` | the same, real and imaginary parts in turn |
 *
 * Scaled columns (TSCAL, TZERO) are f64. An integer column in which TNULL occurs is f64 with NaN there. Vector columns have
 * `width` > 1. A column without a name is `col1`, `col2` …; a name that occurs again gets its number: `flux_7`.
 *
 * @param bytes - A whole FITS file.
 * @throws FormatError when the file is truncated or contradicts itself, NotFoundError when it has no such HDU or column,
 * UnsupportedError for columns of variable length and compressed tables.
 */
export async function readFitsTable(bytes: Uint8Array, options: ReadFitsTableOptions = {}): Promise<Table> {
  assertKnownKeys('readFitsTable', options, ['source', 'hdu', 'columns'])
  const { source } = options
  const place = source === undefined ? '' : ` (${source})`
  for (const hdu of eachHdu(bytes, source)) {
    const isTable = hdu.kind === 'binary-table' || hdu.kind === 'ascii-table'
    const wanted = options.hdu === undefined ? isTable : options.hdu === hdu.index || options.hdu === hdu.name
    if (!wanted) continue
    if (!isTable) {
      throw new FormatError(`FITS: HDU ${hdu.index} must hold a table. It is of kind ${hdu.kind}.`, {
        offset: hdu.headerOffset,
        ...(source === undefined ? {} : { source }),
      })
    }
    return decodeTable(bytes, hdu, options.columns)
  }
  if (options.hdu !== undefined)
    throw new NotFoundError(`readFitsTable: hdu must exist. Received ${options.hdu}${place}.`)
  throw new FormatError('FITS: file must hold a table. It has none.', source === undefined ? {} : { source })
}

function decodeTable(bytes: Uint8Array, hdu: FitsHdu, wanted: readonly string[] | undefined): Table {
  const { header } = hdu
  const place = header.source === undefined ? '' : ` (${header.source})`
  if (header.get('ZTABLE') === true) {
    throw new UnsupportedError(`FITS: tables must not be compressed. HDU ${hdu.index} has ZTABLE = T${place}.`)
  }
  const data = hduData(bytes, hdu)
  const columns = new Map<string, TableColumn>()
  const found = new Set<string>()
  const add = (name: string, number: number, decode: () => TableColumn): void => {
    const own = name === '' ? `col${number}` : found.has(name) ? `${name}_${number}` : name
    found.add(own)
    if (!wanted || wanted.includes(own)) columns.set(own, decode())
  }
  const layout = hdu.kind === 'binary-table' ? binaryLayout(header) : undefined
  if (layout) {
    for (const column of layout.columns) {
      add(column.name, column.number, () => decodeColumn(data, layout, column, header))
    }
  } else {
    for (const column of asciiLayout(header)) {
      add(column.name, column.number, () => decodeAsciiColumn(data, column, header))
    }
  }
  for (const name of wanted ?? []) {
    if (!columns.has(name)) {
      throw new NotFoundError(
        `readFitsTable: column must exist. Received ${name}; the table has ${[...found].join(', ')}${place}.`,
      )
    }
  }
  return { rowCount: layout?.rowCount ?? header.integer('NAXIS2', 0) ?? 0, columns }
}
