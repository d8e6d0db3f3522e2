import { FormatError } from '@astronomaly/core'
import type { CatalogueColumn, ColumnType, PieceSource, Table, TableBatch, TableColumn } from '@astronomaly/core/table'
import { type CsvHandler, CsvReader, type CsvReaderOptions } from './csv-reader.ts'
import { CsvTypes, cellFault } from './csv-types.ts'
import type { TextColumn } from './text-column.ts'
import { type ByteStream, type TextEncoding, TextPieces } from './text-pieces.ts'

/** How a table of text is read in pieces. */
export interface CsvPiecesOptions extends CsvReaderOptions {
  readonly encoding: TextEncoding
  /** What is known of columns beforehand. */
  readonly types: Readonly<Record<string, ColumnType>>
  readonly signal?: AbortSignal | undefined
}

/**
 * A table of text in pieces.
 *
 * @remarks Reads the stream once for the types, unless all of them are given, and once for each iteration. Memory holds what one
 * piece of the stream gives.
 */
export async function csvPieces(open: ByteStream, source: string, options: CsvPiecesOptions): Promise<PieceSource> {
  const { signal } = options
  const types = new CsvTypes(source, options.types, options.onWarning)
  const reader = new CsvReader(source, types, options)
  const text = new TextPieces(source, options.encoding)
  let isWhole = true
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    reader.write(text.decode(bytes))
    if (!types.isSettled) continue
    isWhole = false
    break
  }
  if (isWhole) {
    reader.write(text.decode(new Uint8Array(0), true))
    reader.finish()
  }
  types.finish()
  // Names, and rows that are left out, have been told of already.
  const onRagged = isWhole && options.onRagged ? () => undefined : options.onRagged
  const again = { ...options, onWarning: undefined, onRagged }
  return {
    columns: types.columns.map((column) => column.column()),
    rowCount: isWhole ? types.rows : undefined,
    alternatives: new Map(types.columns.map((column) => [column.name, column.alternatives()])),
    pieces: (columns, { signal: wanted }) => readPieces(open, types, columns, again, wanted),
  }
}

async function* readPieces(
  open: ByteStream,
  types: CsvTypes,
  columns: readonly CatalogueColumn[],
  options: CsvPiecesOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<TableBatch> {
  const cells = new CsvCells(types, columns)
  const reader = new CsvReader(types.source, cells, options)
  const text = new TextPieces(types.source, options.encoding)
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    reader.write(text.decode(bytes))
    if (cells.rows > 0) yield cells.take()
  }
  reader.write(text.decode(new Uint8Array(0), true))
  reader.finish()
  if (cells.rows > 0) yield cells.take()
}

/** The whole of a table of text in memory. */
export function wholeCsv(
  text: string,
  source: string,
  options: Pick<CsvPiecesOptions, 'types' | 'separator' | 'onRagged' | 'onWarning'>,
): Table {
  const types = new CsvTypes(source, options.types, options.onWarning)
  let cells: CsvCells | undefined
  const reader = new CsvReader(
    source,
    {
      header: (names, declared) => {
        types.header(names, declared)
        cells = new CsvCells(
          types,
          types.columns.map((column) => column.column()),
        )
      },
      row: (row, line) => cells?.row(row, line),
    },
    options,
  )
  reader.write(text)
  reader.finish()
  // A text without a header has been refused.
  const { rowCount, columns } = (cells as CsvCells).settle()
  return { rowCount, columns }
}

/** Gathers the cells of the wanted columns. */
class CsvCells implements CsvHandler {
  private readonly types: CsvTypes
  private readonly columns: readonly CatalogueColumn[]
  /** Where the columns stand among all. */
  private readonly places: readonly number[]
  private cells: string[][]
  private lines: number[] = []
  private start = 0

  constructor(types: CsvTypes, columns: readonly CatalogueColumn[]) {
    const placeOf = new Map(types.columns.map(({ name }, place) => [name, place]))
    this.types = types
    this.columns = columns
    this.places = columns.map(({ name }) => placeOf.get(name) as number)
    this.cells = columns.map(() => [])
  }

  get rows(): number {
    return this.lines.length
  }

  header(names: readonly string[]): void {
    const known = this.types.columns
    if (names.length === known.length && names.every((name, i) => name === known[i]?.name)) return
    throw new FormatError('csv: file must not change while it is read. Received another header', {
      source: this.types.source,
    })
  }

  row(cells: readonly string[], line: number): void {
    this.lines.push(line)
    for (let i = 0; i < this.places.length; i++) {
      ;(this.cells[i] as string[]).push(cells[this.places[i] as number] as string)
    }
  }

  /** The rows so far, which are all there are: their cells say what the columns are. */
  settle(): TableBatch {
    for (const [i, column] of this.types.columns.entries()) column.seeAll(this.cells[i] as string[], this.lines)
    this.types.finish()
    return this.take(this.types.columns.map((column) => column.column()))
  }

  /** The rows so far, which are forgotten. */
  take(as: readonly CatalogueColumn[] = this.columns): TableBatch {
    const { lines, start } = this
    const columns = as.map(({ name, type }, i): [string, TableColumn] => {
      const column = this.types.columns[this.places[i] as number] as TextColumn
      const fault = cellFault(this.types.source, name, (row) => lines[row])
      return [name, column.read(this.cells[i] as string[], type, fault)]
    })
    this.lines = []
    this.cells = this.columns.map(() => [])
    this.start += lines.length
    return { start, rowCount: lines.length, columns: new Map(columns) }
  }
}
