import { assertKnownKeys, checkOneOf, ParameterError } from '@astronomaly/core'
import { checkTable } from './check-table.ts'
import { cellWriter, inferColumn, quoteCell } from './csv-cells.ts'
import type { EcsvHeader } from './csv-preamble.ts'
import { type CsvHandler, CsvReader } from './csv-reader.ts'
import type { Table, TableColumn } from './table.ts'

/** What separates cells, by name. */
export const delimiters = { comma: ',', tab: '\t', semicolon: ';', space: ' ' } as const

/** How to read a table of text. */
export interface CsvOptions {
  /**
   * What separates cells. `'auto'` takes a tab when the header has one outside quotes, else the one of comma and semicolon that
   * it has more of (comma when equal); of an ECSV file, what the file says.
   * @defaultValue 'auto'
   */
  readonly delimiter?: 'auto' | keyof typeof delimiters
  /** Called for each row with another number of cells than the header, which is then left out; without it such a row is an error. */
  readonly onRagged?: (row: {
    readonly line: number
    readonly cells: readonly string[]
    readonly wanted: number
  }) => void
}

/**
 * Reads a table of text with a header row: CSV as RFC 4180 has it, and its tab- and semicolon-separated relatives.
 *
 * @param text - The whole file. LF, CRLF and CR end lines; a byte order mark and empty lines are skipped. A cell in double quotes
 * may hold separators and line ends, a doubled quote in it is a quote; a quote inside an unquoted cell is taken literally.
 * @param source - Named in errors: a path, URL or description.
 * @returns Columns in the order of the file. A column is Float64Array when every cell is empty or a plain number and at least
 * one is a number; else it is text, exactly as written. What would be damaged as a number stays text: leading zeros (`007`),
 * a plus sign, hexadecimal, integers beyond ±(2^53 - 1) such as `587722984180548043`. So does every column whose name says
 * that it holds identifiers (`id`, `file`, `name`, `objid`, `source_id` …). Numbers are rounded to the nearest float64.
 * Missing: an empty cell or `nan` in a numeric column is NaN, an empty cell in a text column ''.
 * @throws FormatError when there is no header, two columns have the same name, a row has another number of cells than the
 * header, a quote is not closed, the text has a NUL, or a row has more than 2^24 characters or 65,536 cells (with the number of the
 * line where there is one).
 * @remarks Header names are trimmed; an empty one becomes `column_3` by its place. Lines beginning with `#` before the header
 * are comments; when the last of them has as many cells as the line that follows, it is the header (numpy.savetxt, TOPCAT).
 * ECSV (astropy) is read by its own separator and column types, with units.
 * @see RFC 4180; https://docs.astropy.org/en/stable/io/ascii/ecsv.html
 */
export function parseCsvTable(text: string, source: string, options: CsvOptions = {}): Table {
  return readCsvTable([text], source, options)
}

/** Reads a table of text that comes in pieces, as {@link parseCsvTable} does. */
export function readCsvTable(pieces: Iterable<string>, source: string, options: CsvOptions): Table {
  assertKnownKeys('parseCsvTable', options, ['delimiter', 'onRagged'])
  const known = ['auto', 'comma', 'tab', 'semicolon', 'space'] as const
  const delimiter = checkOneOf('parseCsvTable: delimiter', options.delimiter ?? 'auto', known)
  const gatherer = new CellGatherer()
  const reader = new CsvReader(source, gatherer, {
    ...(delimiter === 'auto' ? {} : { separator: delimiters[delimiter] }),
    onRagged: options.onRagged,
  })
  for (const piece of pieces) reader.write(piece)
  reader.finish()
  return gatherer.table()
}

/** Gathers rows as columns of cells. */
class CellGatherer implements CsvHandler {
  private names: readonly string[] = []
  private cells: string[][] = []
  private ecsv: EcsvHeader | undefined

  header(names: readonly string[], ecsv: EcsvHeader | undefined): void {
    this.names = names
    this.cells = names.map(() => [])
    this.ecsv = ecsv
  }

  row(cells: readonly string[]): void {
    for (let i = 0; i < cells.length; i++) (this.cells[i] as string[]).push(cells[i] as string)
  }

  table(): Table {
    const columns = new Map<string, TableColumn>()
    for (const [i, name] of this.names.entries()) {
      const cells = this.cells[i] as string[]
      const { unit, text } = this.ecsv?.columns.get(name) ?? {}
      columns.set(name, {
        values: text ? cells : inferColumn(name, cells),
        width: 1,
        ...(unit === undefined ? {} : { unit }),
      })
    }
    return { rowCount: this.cells[0]?.length ?? 0, columns }
  }
}

/**
 * Writes a table as CSV (RFC 4180, lines end in LF) with a header row.
 *
 * @param table - A column of width w > 1 becomes w columns `name_0` … `name_(w-1)`. Units are not written.
 * @returns Numbers as the shortest decimal that reads back as the same value of the column's own precision, NaN as an empty
 * cell, infinities as `inf` and `-inf`, booleans as `true` and `false`. Cells with a separator, a quote or a line end are quoted.
 * @throws ParameterError when the table has no column or two names become the same; ShapeError when a column's length is wrong.
 * @remarks CSV has no types: a text column that holds only plain numbers is read back as numbers unless its name says that it
 * holds identifiers. Cells that a spreadsheet would run as a formula (beginning with `=`, `+`, `-` or `@`) are written as they
 * are: open files of unknown origin with the import dialogue, as text. O(cells); the result is one string of at most 512 MiB.
 */
export function encodeCsv(table: Table): string {
  checkTable('encodeCsv', table)
  const names: string[] = []
  const writers: ((row: number) => string)[] = []
  for (const [name, { values, width }] of table.columns) {
    const cell = cellWriter(values)
    for (let i = 0; i < width; i++) {
      names.push(width === 1 ? name : `${name}_${i}`)
      writers.push((row) => cell(row * width + i))
    }
  }
  if (new Set(names).size < names.length) {
    throw new ParameterError(`encodeCsv: column names must differ. Received ${names.join(', ')}.`)
  }
  const lines = [names.map(quoteCell).join(',')]
  for (let row = 0; row < table.rowCount; row++) {
    const line = writers.map((cell) => cell(row)).join(',')
    // A line that is quite empty would be skipped by readers.
    lines.push(line === '' ? '""' : line)
  }
  return `${lines.join('\n')}\n`
}
