import { describeFitsTable, fitsTableBatches } from '../fits/table/fits-table-batches.ts'
import { asType, type CatalogueColumn, numericAlternatives, type PieceSource } from './catalogue.ts'
import type { SourceOpener } from './parquet-pieces.ts'
import type { ColumnType, Table, TableColumn } from './table.ts'

/** Rows that are read at a time to find out whether integers are small. */
const scanRows = 65_536

/**
 * A FITS table in pieces.
 *
 * @remarks Columns of 64-bit integers are read once beforehand, since their values decide their type. Memory holds one piece.
 */
export async function fitsPieces(
  open: SourceOpener,
  name: string,
  hdu: number | string | undefined,
  signal: AbortSignal | undefined,
): Promise<PieceSource> {
  const which = { source: name, ...(hdu === undefined ? {} : { hdu }) }
  const source = await open()
  try {
    const table = await describeFitsTable(source, { ...which, ...(signal ? { signal } : {}) })
    const long = table.columns.filter(({ type }) => type === 'int64' || type === 'uint64').map((column) => column.name)
    const unsafe = new Set<string>()
    if (long.length > 0) {
      const options = { ...which, columns: long, batchRows: scanRows, ...(signal ? { signal } : {}) }
      for await (const batch of fitsTableBatches(source, options)) {
        for (const [column, { values }] of batch.columns) if (!areSafe(values as BigInt64Array)) unsafe.add(column)
      }
    }
    const columns = table.columns.map(
      ({ name: own, type, width, unit, description, ucd }): CatalogueColumn => ({
        name: own,
        type: long.includes(own) ? (unsafe.has(own) ? 'text' : 'float64') : type,
        width,
        ...(unit === undefined ? {} : { unit }),
        ...(description === undefined ? {} : { description }),
        ...(ucd === undefined ? {} : { ucd }),
      }),
    )
    const alternatives = columns.map(({ name: own, type }): [string, readonly ColumnType[]] => [
      own,
      long.includes(own) && type === 'float64' ? ['text'] : numericAlternatives(type),
    ])
    return {
      columns,
      rowCount: table.rowCount,
      alternatives: new Map(alternatives),
      pieces: (wanted, rows, ownSignal) => readPieces(open, which, wanted, rows, ownSignal),
    }
  } finally {
    await source.close?.()
  }
}

async function* readPieces(
  open: SourceOpener,
  which: { readonly source: string; readonly hdu?: number | string },
  wanted: readonly CatalogueColumn[],
  batchRows: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  const source = await open()
  try {
    const columns = wanted.map(({ name }) => name)
    for await (const batch of fitsTableBatches(source, {
      ...which,
      columns,
      batchRows,
      ...(signal ? { signal } : {}),
    })) {
      const own = wanted.map(({ name, type }): [string, TableColumn] => [
        name,
        asType(batch.columns.get(name) as TableColumn, type),
      ])
      yield { rowCount: batch.rowCount, columns: new Map(own) }
    }
  } finally {
    await source.close?.()
  }
}

function areSafe(values: BigInt64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isSafeInteger(Number(values[i]))) return false
  return true
}
