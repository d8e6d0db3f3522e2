import {
  choiceOption,
  FormatError,
  NotFoundError,
  numberOption,
  type OptionRules,
  ParameterError,
  passedOption,
  type ResolvedOptions,
  runRules,
  type Warning,
} from '@astronomaly/core'
import { renamedWarning } from '@astronomaly/core/table'
import type { ReadBytesOptions } from '../bytes/byte-source.ts'
import type { FitsHdu } from '../describe-hdu.ts'
import { assertDataAtHand, assertWholeData, type FitsFile, type FitsInput, toFitsFile } from '../open-fits.ts'
import { openAsciiTable } from './ascii-table.ts'
import { openBinaryTable } from './binary-table-reader.ts'
import { type NullPolicy, storedColumnNames, tableColumnNames } from './column-plan.ts'
import { openCompressedTable } from './compressed-table-reader.ts'
import type { TableReader, TableReaderOptions } from './table-reader.ts'

/** Which table of a file is meant, and how its columns are read. */
export interface FitsTableOptions {
  /** Names the file in errors. */
  readonly source?: string | undefined
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue the first table
   */
  readonly hdu?: number | string | undefined
  /**
   * Names of the columns to read, in any order. A name that no column has as it stands may differ in case, as the standard wishes.
   * @defaultValue all
   */
  readonly columns?: readonly string[] | undefined
  /**
   * What integers equal to TNULL become: `'nan'` makes every integer column that has a TNULL f64, with NaN there; `'text'` does so but for 64-bit
   * integers, which it makes text of their digits, with '' there, so that all of them are exact; `'keep'` leaves them the integers that
   * they are, and undefined truth values false.
   * @defaultValue 'nan'
   */
  readonly nulls?: NullPolicy | undefined
  /**
   * Most values in cells of variable length, and in compressed tables, of all columns together, in one read or batch: they are not
   * bounded by the file's length, as several cells may share their bytes. At most 2^32 − 1.
   * @defaultValue 2^28
   */
  readonly maxValues?: number | undefined
  /** Looked at before each read. */
  readonly signal?: AbortSignal | undefined
  /** Told of columns that cannot be read and are left out, since no `columns` name them, of names that occur twice, and of bytes behind the last member of a packed file, which are ignored. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** The rules of {@link FitsTableOptions}. */
export const tableRules = {
  source: passedOption<string>(),
  hdu: passedOption<number | string>(),
  columns: namesOption,
  nulls: choiceOption(['nan', 'text', 'keep'], 'nan'),
  maxValues: numberOption(2 ** 28, { integer: true, min: 0, max: 2 ** 32 - 1 }),
  signal: runRules.signal,
  onWarning: runRules.onWarning,
} satisfies OptionRules<FitsTableOptions>

/** Options that have been checked. */
export type ResolvedTableOptions = ResolvedOptions<typeof tableRules>

function namesOption(columns: readonly string[] | undefined, subject: string): readonly string[] | undefined {
  if (columns === undefined || (Array.isArray(columns) && columns.every((name) => typeof name === 'string')))
    return columns
  throw new ParameterError(`${subject} must be an array of names. Received ${JSON.stringify(columns)}.`)
}

/** A table that has been found, and its file. */
export interface OpenTable {
  readonly file: FitsFile
  readonly hdu: FitsHdu
  readonly reader: TableReader
}

/**
 * Finds a table and reads its header.
 *
 * @throws FormatError when the file is truncated or contradicts itself, NotFoundError when it has no such HDU or column.
 */
export async function openTable(subject: string, input: FitsInput, options: ResolvedTableOptions): Promise<OpenTable> {
  const { source, signal, onWarning, columns: wanted, nulls, maxValues } = options
  const file = await toFitsFile(input, { signal, source, onWarning })
  const hdu = await findTable(file, options.hdu, { signal })
  assertWholeData(file, hdu)
  const all = tableColumnNames(hdu.header)
  const names = wanted && chooseColumns(subject, all, wanted, hdu)
  const chosen: TableReaderOptions = {
    isWanted: (name) => !names || names.has(name),
    mayLeaveOut: !names,
    nulls,
    maxValues,
  }
  const reader = opener(hdu)(file, hdu, chosen)
  const renamed = renamedWarning(subject, storedColumnNames(hdu.header), all)
  if (renamed) onWarning?.({ message: source === undefined ? renamed : `${renamed} (${source})` })
  for (const { message } of reader.unreadable.values()) {
    onWarning?.({ message: `${subject}: a column is left out. ${message}` })
  }
  return {
    file,
    hdu,
    reader: { ...reader, read: (from, to, options) => readRows({ file, hdu, reader }, from, to, options) },
  }
}

/** Rows, once it is sure that they are there: a compressed table has bounds of its own. */
async function readRows(
  { file, hdu, reader }: OpenTable,
  from: number,
  to: number,
  read: ReadBytesOptions,
): ReturnType<TableReader['read']> {
  const [storedRows, rowBytes] = hdu.shape as [number, number]
  if (reader.rowCount === storedRows && from < to) await assertDataAtHand(file, hdu, read, to * rowBytes)
  return reader.read(from, to, read)
}

function opener({ kind, header }: FitsHdu): typeof openBinaryTable {
  if (kind === 'ascii-table') return openAsciiTable
  return header.get('ZTABLE') === true ? openCompressedTable : openBinaryTable
}

async function findTable(
  file: FitsFile,
  wanted: number | string | undefined,
  read: { readonly signal?: AbortSignal | undefined },
): Promise<FitsHdu> {
  const source = file.source.name
  const isTable = (hdu: FitsHdu): boolean => hdu.kind === 'binary-table' || hdu.kind === 'ascii-table'
  if (wanted !== undefined) {
    const hdu = await file.hdu(wanted, read)
    if (isTable(hdu)) return hdu
    throw new FormatError(`FITS: HDU ${hdu.index} must hold a table. It is of kind ${hdu.kind}.`, {
      offset: hdu.headerOffset,
      source,
    })
  }
  for await (const hdu of file.hdus(read)) if (isTable(hdu)) return hdu
  throw new FormatError('FITS: file must hold a table. It has none.', { source })
}

function chooseColumns(
  subject: string,
  names: readonly string[],
  wanted: readonly string[],
  hdu: FitsHdu,
): ReadonlySet<string> {
  const chosen = new Set<string>()
  for (const name of wanted) {
    const alike = names.filter((each) => each.toUpperCase() === name.toUpperCase())
    const stored = names.includes(name) ? name : alike.length === 1 ? alike[0]! : undefined
    if (stored === undefined) {
      const { source } = hdu.header
      throw new NotFoundError(
        `${subject}: column must exist. Received ${name}; the table has ${names.join(', ')}${source === undefined ? '' : ` (${source})`}.`,
      )
    }
    chosen.add(stored)
  }
  return chosen
}
