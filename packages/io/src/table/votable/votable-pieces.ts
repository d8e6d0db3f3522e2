import { concatArrays, definedOnly, FormatError, ParameterError, type Warning } from '@astronomaly/core'
import {
  alternativesOf,
  type CatalogueColumn,
  type ColumnType,
  gatherTable,
  type PieceOptions,
  type PieceSource,
  type Table,
  type TableBatch,
  type TableColumn,
  tablePieces,
} from '@astronomaly/core/table'
import { openFitsTable } from '@astronomaly/fits'
import type { ByteStream } from '../text-pieces.ts'
import { defaultMaxBytes, VoTableFeed } from './read-votable.ts'
import type { VoColumnType } from './vo-column.ts'
import type { EmbeddedFits } from './vo-document.ts'
import type { VoField, VoInfo } from './vo-field.ts'

/** How a VOTable is read in pieces. */
export interface VoTablePiecesOptions {
  readonly table?: number | string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/**
 * A table of a VOTable document in pieces.
 *
 * @remarks Reads the stream once for the types, since integers become f64 where some are missing, and once for each iteration.
 * Memory holds what one piece of the stream gives; an embedded FITS file is held as a whole.
 */
export async function votablePieces(
  open: ByteStream,
  source: string,
  { table, signal, onWarning }: VoTablePiecesOptions,
): Promise<PieceSource> {
  const feed = new VoTableFeed({ source, table }, defaultMaxBytes, false)
  const { document } = feed
  let rowCount = 0
  let counted: number | undefined
  for await (const _ of eachPiece(feed, open, signal)) {
    if (document.found !== counted) rowCount = 0
    counted = document.found
    rowCount += document.rows
    document.rows = 0
    for (const column of document.columns ?? []) column.discard()
  }
  const pieces = await piecesOf(feed, table, rowCount, onWarning, (wanted, how) =>
    readPieces(open, source, document.found as number, wanted, how),
  )
  if (document.found === undefined) throw withoutTable(document.infos, source)
  return pieces
}

/**
 * What the document that has been fed says of its table.
 *
 * @param table - The one that was wanted.
 * @param pieces - Reads its rows, unless they stand in an embedded FITS file.
 * @returns No columns when the document has no table.
 */
export async function piecesOf(
  feed: VoTableFeed,
  table: number | string | undefined,
  rowCount: number,
  onWarning: ((warning: Warning) => void) | undefined,
  pieces: PieceSource['pieces'],
): Promise<PieceSource> {
  feed.checkFound(table)
  feed.tellNames(onWarning)
  const { fits, fields, columns = [] } = feed.document
  if (fits) return tablePieces(await tableOfFits(fits, fields, feed.source, onWarning))
  const described = columns.map((column): CatalogueColumn => {
    const { name, unit, description, ucd } = column.field
    return definedOnly({ name, ...column.columnType(), unit, description, ucd })
  })
  const alternatives = described.map(({ name, type }, i): [string, readonly ColumnType[]] => [
    name,
    alternativesOf(type, columns[i]?.kind),
  ])
  return { columns: described, rowCount, alternatives: new Map(alternatives), pieces }
}

async function* eachPiece(feed: VoTableFeed, open: ByteStream, signal: AbortSignal | undefined): AsyncGenerator<void> {
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    yield* feed.bytes(bytes)
  }
  yield* feed.finish()
}

async function* readPieces(
  open: ByteStream,
  source: string,
  table: number,
  wanted: readonly CatalogueColumn[],
  { batchRows, signal }: PieceOptions,
): AsyncGenerator<TableBatch> {
  const types = new Map(wanted.map(({ name, type, width }) => [name, { type, width } as VoColumnType]))
  const feed = new VoTableFeed({ source, table, columns: new Set(types.keys()), types }, defaultMaxBytes, false)
  let together = 0
  for await (const _ of eachPiece(feed, open, signal)) {
    if (feed.document.rows === 0) continue
    const piece = feed.take(wanted)
    // The pieces of one batch are held together.
    feed.hold(piece)
    together += piece.rowCount
    if (together >= batchRows) feed.release()
    together %= batchRows
    yield piece
  }
}

/** @throws ParameterError: VOTables say their types themselves. */
export function refuseTypes(types: Readonly<Record<string, ColumnType>>, source: string): void {
  if (Object.keys(types).length === 0) return
  throw new ParameterError(
    `catalogue: types must be given of text files alone: others have their own. Received some (${source}).`,
  )
}

/** The error for a document without a table, with what the service says. */
function withoutTable(infos: readonly VoInfo[], source: string): FormatError {
  const status = infos.find(({ name }) => name === 'QUERY_STATUS')
  const said = status ? `${status.value}: ${status.text.slice(0, 500)}` : 'none'
  return new FormatError(`votable: document must have a table. Received ${said}`, { source })
}

/**
 * The table of an embedded FITS file, named and described by the fields in their order.
 *
 * @throws FormatError unless there is a field for each column of the file, also for those that cannot be read.
 */
async function tableOfFits(
  { pieces, hdu }: EmbeddedFits,
  fields: readonly VoField[],
  source: string,
  onWarning: ((warning: Warning) => void) | undefined,
): Promise<Table> {
  const bytes = concatArrays(Uint8Array, pieces)
  const catalogue = await openFitsTable(bytes, { source, hdu, onWarning })
  const { names } = catalogue
  if (names.length !== fields.length) {
    const rule = `embedded FITS must have a column for each of ${fields.length} fields`
    throw new FormatError(`votable: ${rule}. Received ${names.length}`, { source })
  }
  const table = await gatherTable(catalogue)
  const columns = Array.from(table.columns, ([stored, column]): [string, TableColumn] => {
    const { name, unit, description, ucd } = fields[names.indexOf(stored)] as VoField
    return [name, { ...column, ...definedOnly({ unit, description, ucd }) }]
  })
  return { rowCount: table.rowCount, columns: new Map(columns) }
}
