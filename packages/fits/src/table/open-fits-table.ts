import { choiceOption, definedOnly, type OptionRules, resolveOptions, type UnsupportedError } from '@astronomaly/core'
import {
  alternativesOf,
  asType,
  type Catalogue,
  type CatalogueColumn,
  catalogueFrom,
  noteOddities,
  type Oddities,
  type PieceSource,
  settledType,
  type TableColumn,
  typeOf,
  type ValueKind,
} from '@astronomaly/core/table'
import type { ByteSource } from '../bytes/byte-source.ts'
import type { FitsInput } from '../open-fits.ts'
import { type FitsTableColumn, tableColumnNames } from './column-plan.ts'
import { type FitsTableOptions, openTable, type ResolvedTableOptions, tableRules } from './open-table.ts'
import type { TableReader } from './table-reader.ts'

/** Rows that are read at a time to find out what values decide of a type. */
const scanRows = 65_536

/** How to open a table as a catalogue. */
export interface OpenFitsTableOptions extends FitsTableOptions {
  /**
   * Types of the columns: `'catalogue'` are those of every {@link Catalogue}, the same in every format: 64-bit integers are f64 when every
   * one of a column lies within ±(2^53 - 1), else text, also where some are missing (`nulls` is `'text'` unless given), and truth values are f64
   * where one is undefined. `'fits'` are those of `readFitsTable`, which the header alone decides; but truth values are f64 in the batches
   * in which one is undefined.
   * @defaultValue 'catalogue'
   */
  readonly types?: 'catalogue' | 'fits' | undefined
}

const openRules = {
  ...tableRules,
  types: choiceOption(['catalogue', 'fits'], 'catalogue'),
} satisfies OptionRules<OpenFitsTableOptions>

/** A table of a FITS file as a catalogue. */
export interface FitsCatalogue extends Catalogue {
  readonly rowCount: number
  /** The columns that are read, as the header describes them. */
  readonly fields: readonly FitsTableColumn[]
  /** Names of all columns of the file in its order, also of those that are not wanted or cannot be read. */
  readonly names: readonly string[]
  /** Columns that cannot be read, and why; empty where columns are named. */
  readonly unreadable: ReadonlyMap<string, UnsupportedError>
}

/** What a {@link FitsCatalogue} is made of. */
type FitsPieces = PieceSource & Omit<FitsCatalogue, 'batches'>

/** Opens bytes for one reading, which closes them. */
export type SourceOpener = () => Promise<ByteSource>

/**
 * Opens a binary (BINTABLE) or ASCII (TABLE) table, also a compressed one, as a catalogue: any columns and rows, in batches.
 *
 * @param input - Bytes, a Blob, a source, a file that is open, or a function that opens a source for each reading.
 * @returns What the header says of the table, and its rows in batches, which are the caller's own.
 * @throws FormatError when the file is truncated or contradicts itself, NotFoundError when it has no such HDU or column,
 * UnsupportedError for what no array of JavaScript holds; ParameterError for wrong options.
 * @remarks Of types `'fits'` nothing but the header is read here; else columns of 64-bit integers and of truth values are read
 * once, as their values decide. A batch takes what `readFitsTable` takes for its rows.
 */
export async function openFitsTable(
  input: FitsInput | SourceOpener,
  options: OpenFitsTableOptions = {},
): Promise<FitsCatalogue> {
  const { types, ...rest } = resolveOptions('openFitsTable', options, openRules)
  return types === 'fits'
    ? openExactTable('openFitsTable', input, rest)
    : openCatalogueTable(input, { ...rest, nulls: options.nulls ?? 'text' })
}

/** A table with the types of `readFitsTable`. */
export async function openExactTable(
  subject: string,
  input: FitsInput | SourceOpener,
  options: ResolvedTableOptions,
): Promise<FitsCatalogue> {
  return whileOpen(input, async (opened) => {
    const table = await openTable(subject, opened, options)
    return catalogueFrom(exactPieces(table, options, typeof input === 'function' ? input : undefined), subject)
  })
}

/** @param again - Opens the source for each reading; without it the table's own is read, which must be open still. */
function exactPieces(
  { hdu, file, reader }: Awaited<ReturnType<typeof openTable>>,
  options: ResolvedTableOptions,
  again: SourceOpener | undefined,
): FitsPieces {
  const columns = reader.columns.map(columnOf)
  return {
    columns,
    rowCount: reader.rowCount,
    alternatives: new Map(),
    unreadable: reader.unreadable,
    fields: reader.columns.map(fieldOf),
    names: tableColumnNames(hdu.header),
    async *pieces(wanted, { rows: [from, to], batchRows, signal }) {
      const own = await again?.()
      try {
        const chosen = { ...options, signal, columns: wanted.map(({ name }) => name), onWarning: undefined }
        const isWhole = own === undefined && wanted.length === columns.length
        const { read } = isWhole ? reader : (await openTable('openFitsTable', own ?? file, chosen)).reader
        const last = Math.min(to, reader.rowCount)
        for (let start = from; start < last; start += batchRows) {
          signal?.throwIfAborted()
          const end = Math.min(last, start + batchRows)
          yield { start, rowCount: end - start, columns: inOrder(await read(start, end, { signal }), wanted) }
        }
      } finally {
        await own?.close?.()
      }
    },
  }
}

/** A table with the types of catalogues. */
async function openCatalogueTable(
  input: FitsInput | SourceOpener,
  options: ResolvedTableOptions,
): Promise<FitsCatalogue> {
  const { exact, kinds, oddities } = await whileOpen(input, async (opened) => {
    const table = await openTable('openFitsTable', opened, options)
    const scanned = exactPieces(table, options, undefined)
    const kinds = new Map(scanned.fields.map((field) => [field.name, kindOf(field)]))
    const exact = typeof input === 'function' ? exactPieces(table, options, input) : scanned
    return { exact, kinds, oddities: await findOddities(scanned, kinds, options.signal) }
  })
  const columns = exact.columns.map((column): CatalogueColumn => {
    const met = oddities.get(column.name)
    const kind = kinds.get(column.name) as ValueKind
    return { ...column, type: met ? settledType(kind, met) : column.type }
  })
  return catalogueFrom({
    ...exact,
    columns,
    alternatives: new Map(columns.map(({ name, type }) => [name, alternativesOf(type, kinds.get(name))])),
    async *pieces(wanted, how) {
      for await (const batch of exact.pieces(wanted, how)) {
        const columns = wanted.map(({ name, type }): [string, TableColumn] => [
          name,
          asType(batch.columns.get(name) as TableColumn, type),
        ])
        yield { ...batch, columns: new Map(columns) }
      }
    },
  })
}

/** Reads the columns whose values decide their types: 64-bit integers and truth values. */
async function findOddities(
  exact: FitsPieces,
  kinds: ReadonlyMap<string, ValueKind>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Oddities>> {
  const undecided = [...kinds].filter(([, kind]) => kind === 'int64' || kind === 'boolean').map(([name]) => name)
  const oddities = new Map(undecided.map((name): [string, Oddities] => [name, { missing: false, unsafe: false }]))
  if (undecided.length === 0) return oddities
  for await (const batch of catalogueFrom(exact).batches({ columns: undecided, batchRows: scanRows, signal })) {
    for (const [name, { values }] of batch.columns) {
      const met = oddities.get(name) as Oddities
      if (kinds.get(name) === 'boolean') met.missing ||= typeOf(values) === 'float64'
      else noteOddities(values as ArrayLike<unknown>, 'int64', met)
    }
  }
  return oddities
}

/** Opens what a function opens for as long as `body` takes. */
async function whileOpen<Result>(
  input: FitsInput | SourceOpener,
  body: (opened: FitsInput) => Promise<Result>,
): Promise<Result> {
  if (typeof input !== 'function') return body(input)
  const source = await input()
  try {
    return await body(source)
  } finally {
    await source.close?.()
  }
}

function inOrder(
  columns: Awaited<ReturnType<TableReader['read']>>,
  wanted: readonly CatalogueColumn[],
): ReadonlyMap<string, TableColumn> {
  return new Map(wanted.map(({ name }) => [name, columns.get(name) as TableColumn]))
}

function kindOf({ type, isLong }: FitsTableColumn): ValueKind {
  return isLong || type === 'int64' || type === 'uint64' ? 'int64' : type
}

function fieldOf({ name, type, width, ragged, isLong, ...rest }: FitsTableColumn): FitsTableColumn {
  const { shape, unit, description, ucd } = rest
  return definedOnly({ name, type, width, ragged, isLong, shape, unit, description, ucd })
}

function columnOf({ name, type, width, ragged, shape, unit, description, ucd }: FitsTableColumn): CatalogueColumn {
  // A row of no values does not vary in length.
  const isEmpty = width === 0 && !ragged
  return definedOnly({ name, type, width, ragged: isEmpty ? false : undefined, shape, unit, description, ucd })
}
