import { assertKnownKeys, checkNumber, FormatError, ParameterError, type Warning } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { describeFitsTable } from '@astronomaly/fits'
import { readFitsCatalogue } from '../fits-pieces.ts'
import { VoTableFeed } from './read-votable.ts'
import type { EmbeddedFits } from './vo-document.ts'
import type { VoField, VoInfo, VoParam } from './vo-field.ts'

/** Most bytes that values may take unless an option says otherwise: 4 GiB. */
export const defaultMaxBytes: number = 2 ** 32 - 1

/** How to read a VOTable. */
export interface VoTableOptions {
  /** Named in errors: a path, URL or description. */
  readonly source?: string | undefined
  /**
   * Number of the table in the document, 0-based, or its name or ID.
   * @defaultValue the first with data in a resource of type `results`, else in one of another type than `meta`
   */
  readonly table?: number | string | undefined
  /**
   * Most bytes that the values may take, of text 8 for each string.
   * @defaultValue 2^32 - 1
   */
  readonly maxBytes?: number | undefined
  /** Told of names that occur twice, and of columns of an embedded FITS file that are left out. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** A table of a VOTable document, and what the document says of it. */
export interface VoTable extends Table {
  readonly name?: string
  /** Of the table, or of what it stands in. */
  readonly description?: string
  /** The columns as the document describes them, in their order. */
  readonly fields: readonly VoField[]
  /** Constants of the document and the table, not those of other tables. */
  readonly params: readonly VoParam[]
  /** What the service says, in order, such as QUERY_STATUS; not what stands in other tables. */
  readonly infos: readonly VoInfo[]
}

/**
 * Reads a table of a VOTable document (versions 1.0 to 1.5; TABLEDATA, BINARY, BINARY2 and embedded FITS).
 *
 * | datatype | values |
 * |---|---|
 * | `boolean` | booleans; Float64Array of 1, 0 and NaN when some are missing |
 * | `bit` `unsignedByte` `short` `int` | Uint8Array, Uint8Array, Int16Array, Int32Array; Float64Array when some are missing |
 * | `long` | Float64Array when every one lies within ±(2^53 - 1), else text |
 * | `float` `double` | Float32Array, Float64Array |
 * | `floatComplex` `doubleComplex` | the same, real and imaginary parts in turn |
 * | `char` `unicodeChar` | text; of two or more axes (`8x3`) that many strings a row, without trailing spaces |
 *
 * Arrays make columns of that width, in the order of the document, and arrays of variable length (`*`) columns with offsets. Missing are: an empty cell, a flagged one (BINARY2), the value of `VALUES null`, `?` among booleans; they
 * become NaN, in text ''.
 *
 * @param input - The whole document: its bytes (UTF-8, UTF-16, ISO-8859-1, by mark and declaration), or its text.
 * @returns The table. A document without one, such as a service's error, gives no columns and the infos. A name that occurs again
 * gets its number: `flux_7`.
 * @throws FormatError, with the byte (of text, the character) and the element or field, when the document is truncated, is no
 * well-formed XML, declares entities, or contradicts itself, and when values take more than `maxBytes`, or 64 MiB and 1,000
 * times the document; UnsupportedError for data outside the document (nothing is ever fetched), for streams that are not base64
 * and for other encodings; NotFoundError when the named table is missing.
 * @remarks O(document); beside the result memory holds one piece of 256 KiB, and numbers as f64.
 * @see https://www.ivoa.net/documents/VOTable/
 */
export async function parseVoTable(input: Uint8Array | string, options: VoTableOptions = {}): Promise<VoTable> {
  const { source, table, maxBytes, onWarning } = resolveOptions(options)
  const isText = typeof input === 'string'
  const feed = new VoTableFeed({ source, table }, maxBytes, isText)
  for (const _ of isText ? feed.text(input) : feed.bytes(input));
  for (const _ of feed.finish());
  feed.checkFound(table)
  feed.tellNames(onWarning)
  const { document } = feed
  const { fields, params, infos, name, description } = document
  const rest = {
    fields,
    params,
    infos,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  }
  if (document.fits) return { ...(await tableOfFits(document.fits, fields, source, onWarning)), ...rest }
  const columns = new Map<string, TableColumn>()
  for (const column of document.columns ?? []) {
    columns.set(column.field.name, column.take(document.rows, column.columnType()))
  }
  return { rowCount: document.rows, columns, ...rest }
}

function resolveOptions(options: VoTableOptions): {
  source: string
  table: number | string | undefined
  maxBytes: number
  onWarning: VoTableOptions['onWarning']
} {
  assertKnownKeys('parseVoTable', options, ['source', 'table', 'maxBytes', 'onWarning'])
  const { source = 'votable', table, maxBytes = defaultMaxBytes, onWarning } = options
  checkNumber('parseVoTable: maxBytes', maxBytes, { min: 0 })
  if (typeof table === 'number') checkNumber('parseVoTable: table', table, { integer: true, min: 0 })
  else if (table !== undefined && typeof table !== 'string') {
    throw new ParameterError(`parseVoTable: table must be a number or a name. Received ${String(table)}.`)
  }
  return { source, table, maxBytes, onWarning }
}

/** The first table of a document, which must have one. @throws FormatError, with what the service says, when it has none. */
export async function tableOfDocument(
  bytes: Uint8Array,
  source: string,
  onWarning: VoTableOptions['onWarning'],
): Promise<Table> {
  const { rowCount, columns, infos } = await parseVoTable(bytes, { source, ...(onWarning ? { onWarning } : {}) })
  if (columns.size === 0) throw withoutTable(infos, source)
  return { rowCount, columns }
}

/** The error for a document without a table, with what the service says. */
export function withoutTable(infos: readonly VoInfo[], source: string): FormatError {
  const status = infos.find(({ name }) => name === 'QUERY_STATUS')
  const said = status ? `${status.value}: ${status.text.slice(0, 500)}` : 'none'
  return new FormatError(`votable: document must have a table. Received ${said}`, { source })
}

/**
 * The table of an embedded FITS file, named and described by the fields in their order.
 *
 * @throws FormatError unless there is a field for each column of the file, also for those that cannot be read.
 */
export async function tableOfFits(
  { pieces, hdu }: EmbeddedFits,
  fields: readonly VoField[],
  source: string,
  onWarning: VoTableOptions['onWarning'],
): Promise<Table> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  const which = { source, ...(hdu === undefined ? {} : { hdu }) }
  const { names } = await describeFitsTable(bytes, which)
  if (names.length !== fields.length) {
    const rule = `embedded FITS must have a column for each of ${fields.length} fields`
    throw new FormatError(`votable: ${rule}. Received ${names.length}`, { source })
  }
  const table = await readFitsCatalogue(bytes, { ...which, onWarning })
  const columns = [...table.columns].map(([own, column]): [string, TableColumn] => {
    const { name, unit = column.unit, description, ucd } = fields[names.indexOf(own)] as VoField
    return [
      name,
      {
        ...column,
        ...(unit === undefined ? {} : { unit }),
        ...(description === undefined ? {} : { description }),
        ...(ucd === undefined ? {} : { ucd }),
      },
    ]
  })
  return { rowCount: table.rowCount, columns: new Map(columns) }
}
