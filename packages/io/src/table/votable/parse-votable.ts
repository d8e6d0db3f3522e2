import {
  checkNumber,
  definedOnly,
  numberOption,
  type OptionRules,
  ParameterError,
  resolveOptions,
  runRules,
  textOption,
  type Warning,
} from '@astronomaly/core'
import { catalogueFrom, gatherTable, type Table } from '@astronomaly/core/table'
import { defaultMaxBytes, VoTableFeed } from './read-votable.ts'
import type { VoField, VoInfo, VoParam } from './vo-field.ts'
import { piecesOf } from './votable-pieces.ts'

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

const voTableRules = {
  source: textOption('votable'),
  table: tableOption,
  maxBytes: numberOption(defaultMaxBytes, { min: 0 }),
  onWarning: runRules.onWarning,
} satisfies OptionRules<VoTableOptions>

function tableOption(table: number | string | undefined, subject: string): number | string | undefined {
  if (typeof table === 'number') return checkNumber(subject, table, { integer: true, min: 0 })
  if (table === undefined || typeof table === 'string') return table
  throw new ParameterError(`${subject} must be a number or a name. Received ${String(table)}.`)
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
  const { source, table, maxBytes, onWarning } = resolveOptions('parseVoTable', options, voTableRules)
  const isText = typeof input === 'string'
  const feed = new VoTableFeed({ source, table }, maxBytes, isText)
  for (const _ of isText ? feed.text(input) : feed.bytes(input));
  for (const _ of feed.finish());
  const { fields, params, infos, name, description, rows } = feed.document
  const pieces = await piecesOf(feed, table, rows, onWarning, async function* (wanted) {
    yield feed.take(wanted)
  })
  const whole = await gatherTable(catalogueFrom(pieces))
  return definedOnly({ ...whole, fields, params, infos, name, description })
}
