import { FormatError, NotFoundError, ParameterError } from '@astronomaly/core'
import type { CatalogueColumn, PieceSource } from './catalogue.ts'
import { isIdentifierName, readNumber } from './csv-cells.ts'
import type { EcsvHeader } from './csv-preamble.ts'
import { type CsvHandler, CsvReader, type CsvReaderOptions } from './csv-reader.ts'
import type { ColumnType, Table, TableColumn } from './table.ts'
import { type ByteStream, type TextEncoding, TextPieces } from './text-pieces.ts'

/** How a table of text is read in pieces. */
export interface CsvPiecesOptions extends CsvReaderOptions {
  readonly encoding: TextEncoding
  /** What is known of columns beforehand. */
  readonly types: ReadonlyMap<string, ColumnType>
  readonly signal?: AbortSignal | undefined
}

/**
 * A table of text in pieces.
 *
 * @remarks Reads the stream once for the types, unless all of them are given, and once for each iteration. Memory holds what one
 * piece of the stream gives.
 */
export async function csvPieces(open: ByteStream, source: string, options: CsvPiecesOptions): Promise<PieceSource> {
  const { types, signal } = options
  for (const [name, type] of types) {
    if (type === 'text' || type === 'float64') continue
    throw new ParameterError(
      `catalogue: types of text files must be text or float64. Received ${type} for ${name} (${source}).`,
    )
  }
  const scan = new TypeScan(types)
  const reader = new CsvReader(source, scan, options)
  const text = new TextPieces(source, options.encoding)
  let isWhole = true
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    reader.write(text.decode(bytes))
    if (!scan.isSettled) continue
    isWhole = false
    break
  }
  if (isWhole) {
    reader.write(text.decode(new Uint8Array(0), true))
    reader.finish()
  }
  const unknown = [...types.keys()].find((name) => !scan.names.includes(name))
  if (unknown !== undefined) {
    throw new NotFoundError(`catalogue: column must exist. Received ${unknown} (${source}).`)
  }
  // Rows that are left out have been told of already.
  const again = isWhole && options.onRagged ? { ...options, onRagged: () => undefined } : options
  return {
    columns: scan.columns(),
    ...(isWhole ? { rowCount: scan.rows } : {}),
    alternatives: scan.alternatives(),
    pieces: (columns, _, ownSignal) => readPieces(open, source, scan.names, columns, again, ownSignal),
  }
}

async function* readPieces(
  open: ByteStream,
  source: string,
  names: readonly string[],
  columns: readonly CatalogueColumn[],
  options: CsvPiecesOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  const values = new ValueGatherer(source, names, columns)
  const reader = new CsvReader(source, values, options)
  const text = new TextPieces(source, options.encoding)
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    reader.write(text.decode(bytes))
    if (values.rows > 0) yield values.take()
  }
  reader.write(text.decode(new Uint8Array(0), true))
  reader.finish()
  if (values.rows > 0) yield values.take()
}

/** Finds out which columns are numbers, by the rules of `parseCsvTable`. */
class TypeScan implements CsvHandler {
  names: readonly string[] = []
  rows = 0
  private readonly types: ReadonlyMap<string, ColumnType>
  private ecsv: EcsvHeader | undefined
  /** Whether every cell so far can be a number. */
  private readonly maybe: boolean[] = []
  /** Whether a cell was a number, not a missing one. */
  private readonly some: boolean[] = []

  constructor(types: ReadonlyMap<string, ColumnType>) {
    this.types = types
  }

  /** Whether all types are given, so that no row need be looked at. */
  get isSettled(): boolean {
    return this.names.length > 0 && this.names.every((name) => this.types.has(name))
  }

  header(names: readonly string[], ecsv: EcsvHeader | undefined): void {
    this.names = names
    this.ecsv = ecsv
    for (const name of names) {
      this.maybe.push(!this.types.has(name) && !ecsv?.columns.get(name)?.text && !isIdentifierName(name))
      this.some.push(false)
    }
  }

  row(cells: readonly string[]): void {
    this.rows++
    for (let i = 0; i < cells.length; i++) {
      if (!this.maybe[i]) continue
      const value = readNumber(cells[i] as string)
      if (value === undefined) this.maybe[i] = false
      else if (!Number.isNaN(value)) this.some[i] = true
    }
  }

  columns(): CatalogueColumn[] {
    return this.names.map((name, i) => {
      const unit = this.ecsv?.columns.get(name)?.unit
      const type = this.types.get(name) ?? (this.maybe[i] && this.some[i] ? 'float64' : 'text')
      return { name, type, width: 1, ...(unit === undefined ? {} : { unit }) }
    })
  }

  alternatives(): ReadonlyMap<string, readonly ColumnType[]> {
    return new Map(this.names.map((name, i) => [name, this.maybe[i] && !this.some[i] ? ['float64'] : ['text']]))
  }
}

/** Gathers the values of the wanted columns. */
class ValueGatherer implements CsvHandler {
  rows = 0
  private readonly source: string
  private readonly names: readonly string[]
  private readonly columns: readonly CatalogueColumn[]
  private readonly places: readonly number[]
  private numbers: Float64Array[]
  private texts: string[][]

  constructor(source: string, names: readonly string[], columns: readonly CatalogueColumn[]) {
    this.source = source
    this.names = names
    this.columns = columns
    this.places = columns.map(({ name }) => names.indexOf(name))
    this.numbers = columns.map(({ type }) => new Float64Array(type === 'text' ? 0 : 16))
    this.texts = columns.map(() => [])
  }

  header(names: readonly string[]): void {
    if (names.length === this.names.length && names.every((name, i) => name === this.names[i])) return
    throw new FormatError('csv: file must not change while it is read. Received another header', {
      source: this.source,
    })
  }

  row(cells: readonly string[], line: number): void {
    for (const [i, place] of this.places.entries()) {
      const cell = cells[place] as string
      const { name, type } = this.columns[i] as CatalogueColumn
      if (type === 'text') {
        ;(this.texts[i] as string[]).push(cell)
        continue
      }
      const value = readNumber(cell)
      if (value === undefined) {
        throw new FormatError(
          `csv: column must hold numbers. Received ${JSON.stringify(cell.slice(0, 40))} on line ${line}`,
          {
            source: this.source,
            keyword: name,
          },
        )
      }
      let numbers = this.numbers[i] as Float64Array
      if (this.rows === numbers.length) {
        const grown = new Float64Array(2 * numbers.length)
        grown.set(numbers)
        this.numbers[i] = grown
        numbers = grown
      }
      numbers[this.rows] = value
    }
    this.rows++
  }

  /** The rows so far, which are forgotten. */
  take(): Table {
    const columns = this.columns.map(({ name, type, unit }, i): [string, TableColumn] => [
      name,
      {
        values: type === 'text' ? (this.texts[i] as string[]) : (this.numbers[i] as Float64Array).slice(0, this.rows),
        width: 1,
        ...(unit === undefined ? {} : { unit }),
      },
    ])
    const rowCount = this.rows
    this.rows = 0
    this.texts = this.columns.map(() => [])
    return { rowCount, columns: new Map(columns) }
  }
}
