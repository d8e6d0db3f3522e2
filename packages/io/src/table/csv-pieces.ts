import { FormatError } from '@astronomaly/core'
import type { CatalogueColumn, ColumnType, PieceSource, Table, TableColumn } from '@astronomaly/core/table'
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
  const again = {
    ...options,
    onWarning: undefined,
    ...(isWhole && options.onRagged ? { onRagged: () => undefined } : {}),
  }
  return {
    columns: types.columns.map((column) => column.column()),
    ...(isWhole ? { rowCount: types.rows } : {}),
    alternatives: new Map(types.columns.map((column) => [column.name, column.alternatives()])),
    pieces: (columns, _, ownSignal) => readPieces(open, types, columns, again, ownSignal),
  }
}

async function* readPieces(
  open: ByteStream,
  types: CsvTypes,
  columns: readonly CatalogueColumn[],
  options: CsvPiecesOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  const values = new PieceGatherer(types, columns)
  const reader = new CsvReader(types.source, values, options)
  const text = new TextPieces(types.source, options.encoding)
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    reader.write(text.decode(bytes))
    if (values.rows > 0) yield values.take()
  }
  reader.write(text.decode(new Uint8Array(0), true))
  reader.finish()
  if (values.rows > 0) yield values.take()
}

/** Gathers the cells of the wanted columns. */
class PieceGatherer implements CsvHandler {
  private readonly types: CsvTypes
  private readonly columns: readonly CatalogueColumn[]
  private readonly places: readonly number[]
  private cells: string[][]
  private lines: number[] = []

  constructor(types: CsvTypes, columns: readonly CatalogueColumn[]) {
    this.types = types
    this.columns = columns
    this.places = columns.map((wanted) => types.columns.findIndex(({ name }) => name === wanted.name))
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

  /** The rows so far, which are forgotten. */
  take(): Table {
    const { lines } = this
    const columns = this.columns.map(({ name, type }, i): [string, TableColumn] => {
      const column = this.types.columns[this.places[i] as number] as TextColumn
      const fault = cellFault(this.types.source, name, (row) => lines[row])
      return [name, column.read(this.cells[i] as string[], type, fault)]
    })
    this.lines = []
    this.cells = this.columns.map(() => [])
    return { rowCount: lines.length, columns: new Map(columns) }
  }
}
