import { assertKnownKeys, checkOneOf, FormatError, ParameterError } from '@astronomaly/core'
import { type CsvError, parse } from 'csv-parse/browser/esm/sync'
import { checkTable } from './check-table.ts'
import { cellWriter, inferColumn, quoteCell } from './csv-cells.ts'
import { commentedHeader, type EcsvHeader, guessDelimiter, readEcsvHeader, splitPreamble } from './csv-preamble.ts'
import type { Table, TableColumn } from './table.ts'

const delimiters = { comma: ',', tab: '\t', semicolon: ';', space: ' ' } as const

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
 * header, a quote is not closed, or the text has a NUL (with the number of the line where there is one).
 * @remarks Header names are trimmed; an empty one becomes `column_3` by its place. Lines beginning with `#` before the header
 * are comments; when the last of them has as many cells as the line that follows, it is the header (numpy.savetxt, TOPCAT).
 * ECSV (astropy) is read by its own separator and column types, with units.
 * @see RFC 4180; https://docs.astropy.org/en/stable/io/ascii/ecsv.html
 */
export function parseCsvTable(text: string, source: string, options: CsvOptions = {}): Table {
  assertKnownKeys('parseCsvTable', options, ['delimiter', 'onRagged'])
  const known = ['auto', 'comma', 'tab', 'semicolon', 'space'] as const
  const delimiter = checkOneOf('parseCsvTable: delimiter', options.delimiter ?? 'auto', known)
  if (text.includes('\0')) throw new FormatError('csv: file must be text. Received a NUL', { source })
  const { body, firstLine, preamble } = splitPreamble(text.startsWith('\uFEFF') ? text.slice(1) : text)
  const ecsv = readEcsvHeader(preamble)
  const separator = delimiter !== 'auto' ? delimiters[delimiter] : (ecsv?.delimiter ?? guessDelimiter(body))
  const reader = new RowReader(source, options.onRagged)
  const commented = ecsv ? undefined : commentedHeader(preamble, body, separator)
  if (commented) reader.add(commented, firstLine - 1)
  readRows(body, separator, firstLine, reader)
  return reader.table(ecsv)
}

/** Gathers rows as columns of cells, and checks each against the header. */
class RowReader {
  private readonly source: string
  private names: string[] | undefined
  private cells: string[][] = []

  private readonly onRagged: CsvOptions['onRagged']

  constructor(source: string, onRagged: CsvOptions['onRagged']) {
    this.source = source
    this.onRagged = onRagged
  }

  add(row: readonly string[], line: number): void {
    if (!this.names) {
      this.names = row.map((name, i) => name.trim() || `column_${i + 1}`)
      this.cells = row.map(() => [])
      const twice = this.names.find((name, i, all) => all.indexOf(name) < i)
      if (twice !== undefined) this.fail(`column names must differ. Received ${twice} twice`, twice)
      return
    }
    if (row.length !== this.names.length) {
      if (this.onRagged) {
        this.onRagged({ line, cells: row, wanted: this.names.length })
        return
      }
      this.fail(`row must have ${this.names.length} cells as the header has. Received ${row.length} on line ${line}`)
    }
    for (let i = 0; i < row.length; i++) (this.cells[i] as string[]).push(row[i] as string)
  }

  fail(message: string, keyword?: string, cause?: unknown): never {
    throw new FormatError(`csv: ${message}`, { source: this.source, ...(keyword ? { keyword } : {}), cause })
  }

  table(ecsv: EcsvHeader | undefined): Table {
    if (!this.names) this.fail('file must have a header row. Received an empty file')
    const columns = new Map<string, TableColumn>()
    for (const [i, name] of this.names.entries()) {
      const cells = this.cells[i] as string[]
      const { unit, text } = ecsv?.columns.get(name) ?? {}
      columns.set(name, {
        values: text ? cells : inferColumn(name, cells),
        width: 1,
        ...(unit === undefined ? {} : { unit }),
      })
    }
    return { rowCount: (this.cells[0] as string[]).length, columns }
  }
}

function readRows(body: string, separator: string, firstLine: number, reader: RowReader): void {
  if (!body.includes('"')) {
    const text = body.includes('\r') ? body.replace(/\r\n?/g, '\n') : body
    let line = firstLine
    for (let start = 0; start < text.length; line++) {
      const feed = text.indexOf('\n', start)
      const end = feed < 0 ? text.length : feed
      if (end > start) reader.add(text.slice(start, end).split(separator), line)
      start = end + 1
    }
    return
  }
  try {
    parse(body, {
      delimiter: separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      on_record: (record: string[], { lines }: { lines: number }) => {
        reader.add(record, firstLine + lines - 1)
        return null
      },
    })
  } catch (error) {
    if (error instanceof FormatError) throw error
    const { code, message } = error as CsvError
    reader.fail(
      code === 'CSV_QUOTE_NOT_CLOSED' ? 'quote must be closed. Received the end of the file' : message,
      undefined,
      error,
    )
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
