import { concatArrays, FormatError, NotFoundError, type Warning } from '@astronomaly/core'
import type { TableBatch, TableColumn } from '@astronomaly/core/table'
import type { HeldBytes, VoColumnType } from './vo-column.ts'
import { VoDocument, type VoWanted } from './vo-document.ts'
import { XmlReader } from './xml-reader.ts'
import { type XmlEncoding, xmlEncoding } from './xml-text.ts'

/** Most bytes that values may take unless an option says otherwise: 4 GiB. */
export const defaultMaxBytes: number = 2 ** 32 - 1
/** Bytes that values may always take, whatever the size of the document. */
const alwaysAllowed = 64 * 2 ** 20
/** Bytes of values for each byte of the document: an empty cell may stand for a whole array. */
const largestRatio = 1000
/** Bytes or characters that are read in one piece. */
const pieceSize = 2 ** 18
/** Bytes that are enough to tell the encoding. */
const enough = 256

/** Feeds a VOTable document's bytes or text to its reader, in pieces that are neither small nor large. */
export class VoTableFeed {
  readonly document: VoDocument
  private readonly reader: XmlReader
  readonly source: string
  private readonly isText: boolean
  private encoding: XmlEncoding | undefined
  private decoder: TextDecoder | undefined
  private small: Uint8Array[] = []
  private smallLength = 0
  private fed = 0
  private taken = 0
  private readonly held: HeldBytes

  /**
   * @param maxBytes - Most bytes that values may take.
   * @param isText - Whether {@link VoTableFeed.text} is used, and offsets count characters.
   */
  constructor(wanted: VoWanted, maxBytes: number, isText: boolean) {
    this.source = wanted.source
    this.isText = isText
    this.held = {
      bytes: 0,
      handed: 0,
      limit: () => Math.min(maxBytes, Math.max(alwaysAllowed, largestRatio * this.fed)),
    }
    this.document = new VoDocument(wanted, this.held)
    const measure = (text: string): number => (this.encoding ? this.encoding.measure(text) : text.length)
    this.reader = new XmlReader(this.document, this.source, measure)
    this.document.reader = this.reader
  }

  /** Reads text on, piece by piece; yields after each, so that rows can be taken. */
  *text(text: string): Generator<void> {
    for (let at = 0; at < text.length; at += pieceSize) {
      const piece = text.slice(at, at + pieceSize)
      this.fed += piece.length
      this.reader.write(piece, this.fed)
      yield
    }
  }

  /** Reads bytes on; yields after each piece. Fewer than 64 KiB are kept until more come or the document ends. */
  *bytes(bytes: Uint8Array): Generator<void> {
    if (this.smallLength + bytes.length < pieceSize / 4) {
      this.small.push(bytes.slice())
      this.smallLength += bytes.length
      return
    }
    yield* this.flush()
    for (let at = 0; at < bytes.length; at += pieceSize) {
      this.decode(bytes.subarray(at, at + pieceSize))
      yield
    }
  }

  /** Reads what has been kept, and checks that the document is complete. */
  *finish(): Generator<void> {
    yield* this.flush()
    if (!this.isText) this.decode(new Uint8Array(0), true)
    this.reader.finish()
    yield
  }

  /** The wanted table's fields were found. @throws NotFoundError unless they were, or none was named. */
  checkFound(table: number | string | undefined): void {
    if (this.document.found !== undefined || table === undefined) return
    throw new NotFoundError(
      `votable: table must exist. Received ${JSON.stringify(table)}; the document has ${this.document.tables} (${this.source}).`,
    )
  }

  /** Tells of fields of the wanted table that had the same name. */
  tellNames(onWarning: ((warning: Warning) => void) | undefined): void {
    const { renamed } = this.document
    if (renamed) onWarning?.({ message: `${renamed} (${this.source})` })
  }

  /**
   * The rows so far of these columns, which are forgotten.
   *
   * @throws FormatError when the document has no such column.
   */
  take(wanted: readonly (VoColumnType & { readonly name: string })[]): TableBatch {
    const { document, source, taken: start } = this
    const { rows: rowCount } = document
    const byName = new Map(document.columns?.map((column) => [column.field.name, column]))
    const columns = wanted.map((as): [string, TableColumn] => {
      const column = byName.get(as.name)
      if (column) return [as.name, column.take(rowCount, as)]
      throw new FormatError('votable: file must not change while it is read. Received other fields', { source })
    })
    for (const column of document.columns ?? []) column.compact()
    document.rows = 0
    this.taken += rowCount
    return { start, rowCount, columns: new Map(columns) }
  }

  /** Takes note that rows which have been taken are still held. @throws FormatError when they are too large together. */
  hold({ columns }: TableBatch): void {
    for (const { values } of columns.values()) this.held.handed += 8 * values.length
    const limit = this.held.limit()
    if (this.held.handed > limit) this.reader.fail(`values must take at most ${limit} bytes. Received more`)
  }

  /** Whoever has taken rows holds them no longer. */
  release(): void {
    this.held.handed = 0
  }

  private *flush(): Generator<void> {
    if (this.smallLength === 0) return
    const all = concatArrays(Uint8Array, this.small)
    this.small = []
    this.smallLength = 0
    if (all.length < enough && !this.encoding) this.encoding = xmlEncoding(all, this.source)
    this.decode(all)
    yield
  }

  private decode(bytes: Uint8Array, isLast = false): void {
    this.encoding ??= xmlEncoding(bytes, this.source)
    this.decoder ??= new TextDecoder(this.encoding.label, { fatal: true })
    this.fed += bytes.length
    let text: string
    try {
      text = this.decoder.decode(bytes, { stream: !isLast })
    } catch (cause) {
      throw new FormatError(`votable: text must be ${this.encoding.label.toUpperCase()}`, {
        source: this.source,
        offset: this.fed - bytes.length,
        cause,
      })
    }
    this.reader.write(text, this.fed - (isLast ? 0 : begunCharacter(bytes, this.encoding.label)))
  }
}

/** Bytes at the end that are the beginning of a character. */
function begunCharacter(bytes: Uint8Array, label: string): number {
  if (label !== 'utf-8') return 0
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}
