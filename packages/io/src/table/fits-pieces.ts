import type { Warning } from '@astronomaly/core'
import type { ColumnType, ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import {
  asType,
  type CatalogueColumn,
  numericAlternatives,
  type PieceSource,
  safeIntegers,
} from '@astronomaly/core/table'
import type { FitsTableColumn } from '@astronomaly/fits'
import { describeFitsTable, fitsTableBatches, openFits, readFitsTable } from '@astronomaly/fits'
import type { SourceOpener } from './parquet-pieces.ts'
import { type Oddities, settledType, type ValueKind } from './settled-type.ts'

/** Rows that are read at a time to find out whether integers are small. */
const scanRows = 65_536

/** What decides the type of a column beside its header. */
interface Draft extends Oddities {
  readonly described: FitsTableColumn
  readonly kind: ValueKind
}

/** Which table of a file. */
interface Which {
  readonly source: string
  readonly hdu?: number | string
}

/**
 * Reads a FITS table with the types that catalogues have: 64-bit integers are f64 when every one of a column is exact in it, else text,
 * also where some are missing.
 *
 * @throws What `readFitsTable` throws.
 */
export async function readFitsCatalogue(
  bytes: Uint8Array,
  { onWarning, ...which }: Which & { readonly onWarning?: ((warning: Warning) => void) | undefined },
): Promise<Table> {
  const file = await openFits(bytes, { source: which.source })
  const options = { ...which, nulls: 'text', ...(onWarning ? { onWarning } : {}) } as const
  const { rowCount, columns } = await readFitsTable(file, options)
  const described = await describeFitsTable(file, { ...which, nulls: 'text' })
  const longs = new Set(described.columns.flatMap((column) => (kindOf(column) === 'int64' ? [column.name] : [])))
  const own = [...columns].map(([name, column]): [string, TableColumn] => [
    name,
    longs.has(name) ? { ...column, values: safeIntegers(column.values as ArrayLike<unknown>) } : column,
  ])
  return { rowCount, columns: new Map(own) }
}

/**
 * A FITS table in pieces.
 *
 * @remarks Columns of 64-bit integers and of truth values are read once beforehand, since their values decide their type. Memory
 * holds one piece.
 */
export async function fitsPieces(
  open: SourceOpener,
  name: string,
  hdu: number | string | undefined,
  signal: AbortSignal | undefined,
  onWarning: ((warning: Warning) => void) | undefined,
): Promise<PieceSource> {
  const which = { source: name, ...(hdu === undefined ? {} : { hdu }) }
  const read = { ...which, nulls: 'text', ...(signal ? { signal } : {}) } as const
  const source = await open()
  try {
    const table = await describeFitsTable(source, { ...read, ...(onWarning ? { onWarning } : {}) })
    const drafts = table.columns.map((described): Draft => {
      return { described, kind: kindOf(described), missing: false, unsafe: false }
    })
    const scanned = new Map(
      drafts.filter(({ kind }) => kind === 'int64' || kind === 'boolean').map((each) => [each.described.name, each]),
    )
    if (scanned.size > 0) {
      const options = { ...read, columns: [...scanned.keys()], batchRows: scanRows }
      for await (const batch of fitsTableBatches(source, options)) {
        for (const [column, { values }] of batch.columns) noteValues(values, scanned.get(column) as Draft)
      }
    }
    const columns = drafts.map(({ described, kind, ...oddities }): CatalogueColumn => {
      const { name: own, width, unit, description, ucd } = described
      return {
        name: own,
        type: settledType(kind, oddities),
        width,
        ...(unit === undefined ? {} : { unit }),
        ...(description === undefined ? {} : { description }),
        ...(ucd === undefined ? {} : { ucd }),
      }
    })
    const alternatives = columns.map(({ name: own, type }, i): [string, readonly ColumnType[]] => [
      own,
      drafts[i]?.kind === 'int64' && type === 'float64' ? ['text'] : numericAlternatives(type),
    ])
    return {
      columns,
      rowCount: table.rowCount,
      alternatives: new Map(alternatives),
      unreadable: table.unreadable,
      pieces: (wanted, rows, ownSignal) => readPieces(open, which, wanted, rows, ownSignal),
    }
  } finally {
    await source.close?.()
  }
}

function kindOf({ type, isLong }: FitsTableColumn): ValueKind {
  return isLong || type === 'int64' || type === 'uint64' ? 'int64' : type
}

function noteValues(values: ColumnValues, found: Draft): void {
  if (found.kind === 'boolean') found.missing ||= values instanceof Float64Array
  else found.unsafe ||= !(safeIntegers(values as ArrayLike<unknown>) instanceof Float64Array)
}

async function* readPieces(
  open: SourceOpener,
  which: Which,
  wanted: readonly CatalogueColumn[],
  batchRows: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  const source = await open()
  try {
    const columns = wanted.map(({ name }) => name)
    for await (const batch of fitsTableBatches(source, {
      ...which,
      nulls: 'text',
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
