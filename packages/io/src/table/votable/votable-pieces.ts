import { FormatError, ParameterError, type Warning } from '@astronomaly/core'
import type { ColumnType, Table, TableColumn } from '@astronomaly/core/table'
import { type CatalogueColumn, numericAlternatives, type PieceSource, tablePieces } from '@astronomaly/core/table'
import type { ByteStream } from '../text-pieces.ts'
import { defaultMaxBytes, tableOfFits, withoutTable } from './parse-votable.ts'
import { VoTableFeed } from './read-votable.ts'
import type { VoColumn, VoColumnType } from './vo-column.ts'

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
  feed.checkFound(table)
  feed.tellNames(onWarning)
  const { found } = document
  if (found === undefined || !document.columns) throw withoutTable(document.infos, source)
  if (document.fits) return tablePieces(await tableOfFits(document.fits, document.fields, source, onWarning))
  const columns = document.columns.map((column) => ({ column, described: describe(column) }))
  return {
    columns: columns.map(({ described }) => described),
    rowCount,
    alternatives: new Map(
      columns.map(({ column, described }) => [described.name, alternativesOf(column, described.type)]),
    ),
    pieces: (wanted, _, ownSignal) => readPieces(open, source, found, wanted, ownSignal),
  }
}

async function* eachPiece(feed: VoTableFeed, open: ByteStream, signal: AbortSignal | undefined): AsyncGenerator<void> {
  for await (const bytes of open(signal)) {
    signal?.throwIfAborted()
    yield* feed.bytes(bytes)
  }
  yield* feed.finish()
}

function describe(column: VoColumn): CatalogueColumn {
  const { name, unit, description, ucd } = column.field
  return {
    name,
    ...column.columnType(),
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(ucd === undefined ? {} : { ucd }),
  }
}

function alternativesOf(column: VoColumn, type: ColumnType): readonly ColumnType[] {
  return column.kind === 'int64' && type === 'float64' ? ['text'] : numericAlternatives(type)
}

async function* readPieces(
  open: ByteStream,
  source: string,
  table: number,
  wanted: readonly CatalogueColumn[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  const types = new Map(wanted.map(({ name, type, width }) => [name, { type, width } as VoColumnType]))
  const feed = new VoTableFeed({ source, table, columns: new Set(types.keys()), types }, defaultMaxBytes, false)
  const { document } = feed
  for await (const _ of eachPiece(feed, open, signal)) {
    const { rows } = document
    if (rows === 0) continue
    const byName = new Map(document.columns?.map((column) => [column.field.name, column]))
    const columns = wanted.map(({ name }): [string, TableColumn] => {
      const column = byName.get(name)
      if (column) return [name, column.take(rows, types.get(name) as VoColumnType)]
      throw new FormatError('votable: file must not change while it is read. Received other fields', { source })
    })
    for (const column of document.columns ?? []) column.compact()
    document.rows = 0
    yield { rowCount: rows, columns: new Map(columns) }
  }
}

/** @throws ParameterError: VOTables say their types themselves. */
export function refuseTypes(types: Readonly<Record<string, ColumnType>>, source: string): void {
  if (Object.keys(types).length === 0) return
  throw new ParameterError(
    `catalogue: types must be given of text files alone: others have their own. Received some (${source}).`,
  )
}
