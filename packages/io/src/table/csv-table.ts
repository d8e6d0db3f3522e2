import { assertKnownKeys, checkOneOf, ParameterError, type Warning } from '@astronomaly/core'
import type { ColumnType, Table, TableColumn } from '@astronomaly/core/table'
import { checkTable } from '@astronomaly/core/table'
import { cellWriter, quoteCell } from './csv-cells.ts'
import { type CsvHandler, CsvReader } from './csv-reader.ts'
import { CsvTypes, cellFault } from './csv-types.ts'

/** What separates cells, by name. */
export const delimiters = { comma: ',', tab: '\t', semicolon: ';', space: ' ' } as const

/** How to read a table of text. */
export interface CsvOptions {
  /**
   * What separates cells. `'auto'` takes a tab when the header has one outside quotes, else the one of comma and semicolon that
   * it has more of (comma when equal); of an ECSV file, what the file says.
   * @defaultValue 'auto'
   */
  readonly delimiter?: 'auto' | keyof typeof delimiters | undefined
  /** Called for each row with another number of cells than the header, which is then left out; without it such a row is an error. */
  readonly onRagged?:
    | ((row: { readonly line: number; readonly cells: readonly string[]; readonly wanted: number }) => void)
    | undefined
  /** Told of names that occur twice, and of names and columns that are not what an ECSV file declares. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** How to read a table of text as a whole. */
export interface CsvTableOptions extends CsvOptions {
  /**
   * Types of columns: `'float64'`, of which every cell must be a number or missing, or `'text'`.
   * @defaultValue what the file declares, else what the cells are
   */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined
}

/**
 * Reads a table of text with a header row: CSV as RFC 4180 has it, and its tab- and semicolon-separated relatives.
 *
 * @param text - The whole file. LF, CRLF and CR end lines; a byte order mark and empty lines are skipped. A cell in double quotes
 * may hold separators and line ends, a doubled quote in it is a quote; a quote inside an unquoted cell is taken literally.
 * @param source - Named in errors: a path, URL or description.
 * @returns Columns in the order of the file, as `types` asks for them, an ECSV file declares them, or the cells look. What they look like: a
 * column is Float64Array when every cell is a plain number or missing and at least one is a number; else it is text, exactly as
 * written. What would be damaged as a number stays text: leading zeros (`007`), a plus sign, hexadecimal, integers beyond
 * ±(2^53 - 1) such as `587722984180548043`. So does every column whose name says that it holds identifiers (`id`, `file`, `name`,
 * `objid`, `source_id` …). Where numbers are asked for or declared, leading zeros and a plus sign are numbers. Numbers are rounded to the nearest float64.
 * Missing is among numbers a cell that is empty or says `nan`, `null`, `none`, `NA`, `N/A`, `#N/A`, `<NA>` in any case, or has dashes
 * alone: NaN; in a text column an empty cell alone: ''.
 * @throws FormatError when there is no header, a row has another number of cells than the header, a quote is not closed, a cell is no
 * number where `types` asks for them, the text has a NUL, or a row has more than 2^24 characters or 65,536 cells (with the number of the
 * line where there is one); NotFoundError for types of a column that does not exist.
 * @remarks Header names are trimmed; an empty one becomes `column_3` by its place, one that occurs again gets its number: `flux_7`. Blank lines and lines
 * beginning with `#` before the header are passed over; when the last comment has as many cells as the line that follows, it is the
 * header (numpy.savetxt, TOPCAT).
 *
 * ECSV (astropy, Gaia) is read by its own separator, types, units and descriptions: `float32` as Float32Array, other floating point as
 * Float64Array; integers and `bool` as in `parseVoTable`; lists (`subtype`) as columns of that width, or with offsets. A column in which a cell is not what is declared
 * is text, with a warning; so are complex numbers and objects.
 * @see RFC 4180; https://docs.astropy.org/en/stable/io/ascii/ecsv.html
 */
export function parseCsvTable(text: string, source: string, options: CsvTableOptions = {}): Table {
  return readCsvTable([text], source, options)
}

/** Reads a table of text that comes in pieces, as {@link parseCsvTable} does. */
export function readCsvTable(pieces: Iterable<string>, source: string, options: CsvTableOptions): Table {
  assertKnownKeys('parseCsvTable', options, ['delimiter', 'onRagged', 'onWarning', 'types'])
  const known = ['auto', 'comma', 'tab', 'semicolon', 'space'] as const
  const delimiter = checkOneOf('parseCsvTable: delimiter', options.delimiter ?? 'auto', known)
  const { onRagged, onWarning, types = {} } = options
  const gatherer = new CellGatherer(new CsvTypes(source, types, onWarning))
  const reader = new CsvReader(source, gatherer, {
    ...(delimiter === 'auto' ? {} : { separator: delimiters[delimiter] }),
    onRagged,
    onWarning,
  })
  for (const piece of pieces) reader.write(piece)
  reader.finish()
  return gatherer.table()
}

/** Gathers rows as columns of cells. */
class CellGatherer implements CsvHandler {
  readonly types: CsvTypes
  private readonly cells: string[][] = []
  private readonly lines: number[] = []

  constructor(types: CsvTypes) {
    this.types = types
  }

  header(...header: Parameters<CsvHandler['header']>): void {
    this.types.header(...header)
    this.cells.push(...this.types.columns.map(() => []))
  }

  row(cells: readonly string[], line: number): void {
    this.lines.push(line)
    for (let i = 0; i < cells.length; i++) (this.cells[i] as string[]).push(cells[i] as string)
  }

  /** @throws What {@link CsvTypes.finish} throws. */
  table(): Table {
    for (const [i, column] of this.types.columns.entries()) column.seeAll(this.cells[i] as string[], this.lines)
    this.types.finish()
    const columns = this.types.columns.map((column, i): [string, TableColumn] => {
      const { name, type } = column.column()
      const fault = cellFault(this.types.source, name, (row) => this.lines[row])
      return [name, column.read(this.cells[i] as string[], type, fault)]
    })
    return { rowCount: this.lines.length, columns: new Map(columns) }
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
  return csvHeader(table) + csvLines(table)
}

/** The header row of a table, with its line end. @throws What {@link encodeCsv} throws. */
export function csvHeader(table: Table): string {
  checkTable('encodeCsv', table)
  const names = [...table.columns].flatMap(([name, { width }]) =>
    width === 1 ? [name] : Array.from({ length: width }, (_, i) => `${name}_${i}`),
  )
  if (new Set(names).size < names.length) {
    throw new ParameterError(`encodeCsv: column names must differ. Received ${names.join(', ')}.`)
  }
  return `${names.map(quoteCell).join(',')}\n`
}

/** The rows of a table, each with its line end. */
export function csvLines(table: Table): string {
  const writers: ((row: number) => string)[] = []
  for (const { values, width } of table.columns.values()) {
    const cell = cellWriter(values)
    for (let i = 0; i < width; i++) writers.push((row) => cell(row * width + i))
  }
  let text = ''
  for (let row = 0; row < table.rowCount; row++) {
    const line = writers.map((cell) => cell(row)).join(',')
    // A line that is quite empty would be skipped by readers.
    text += line === '' ? '""\n' : `${line}\n`
  }
  return text
}
