import { FormatError, type Warning } from '@astronomaly/core'
import { renamedWarning, uniqueNames } from '@astronomaly/core/table'
import { commentedHeader, guessDelimiter, headerReach, splitPreamble } from './csv-preamble.ts'
import { declarationsOf, type EcsvHeader, readEcsvHeader } from './ecsv-header.ts'
import type { DeclaredColumn } from './text-column.ts'

/** Most columns of a table of text. */
const mostColumns = 65_536
/** Longest row, and longest run of comments before the header, in characters. */
const longestRow = 2 ** 24

/** What is told of a table of text as it is read. */
export interface CsvHandler {
  /**
   * @param names - Trimmed, none twice, none empty.
   * @param declared - What an ECSV file says of each; nothing of others.
   */
  header(names: readonly string[], declared: readonly (DeclaredColumn | undefined)[]): void
  /** A row of as many cells as the header has names. */
  row(cells: readonly string[], line: number): void
}

/** How {@link CsvReader} reads. */
export interface CsvReaderOptions {
  /** One character; found out when absent. */
  readonly separator?: string | undefined
  /** Called for a row of another number of cells; without it, such a row is an error. */
  readonly onRagged?:
    | ((row: { readonly line: number; readonly cells: readonly string[]; readonly wanted: number }) => void)
    | undefined
  /** Told of names that occur twice. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/**
 * Reads a table of text as it comes, in pieces of any size: RFC 4180 with the liberties that `parseCsvTable` states.
 *
 * @remarks The header's separator is looked for in the first 2^16 characters behind the comments. A row may have 2^24 characters, so
 * that a quote which is never closed is found there, and 65,536 cells. O(characters); memory holds one piece and one row.
 */
export class CsvReader {
  private readonly source: string
  private readonly handler: CsvHandler
  private readonly options: CsvReaderOptions
  private separator: string | undefined
  private names: readonly string[] | undefined
  private buffer = ''
  private at = 0
  /** Number of the line at `at`, 1-based. */
  private line = 1
  private feed = -1
  private carriage = -1
  private isLast = false

  constructor(source: string, handler: CsvHandler, options: CsvReaderOptions = {}) {
    this.source = source
    this.handler = handler
    this.options = options
  }

  /** Reads on. @throws FormatError as soon as a rule is broken. */
  write(text: string): void {
    const nul = text.indexOf('\0')
    if (nul >= 0) this.fail('file must be text. Received a NUL')
    this.append(text)
    if (this.separator !== undefined || this.begin()) this.readRows()
  }

  /** Ends the table. @throws FormatError for a quote that is not closed, and a table without a header. */
  finish(): void {
    this.isLast = true
    this.append('')
    if (this.separator !== undefined || this.begin()) this.readRows()
    if (!this.names) this.fail('file must have a header row. Received an empty file')
  }

  /** @throws FormatError */
  fail(message: string, keyword?: string): never {
    throw new FormatError(`csv: ${message}`, { source: this.source, keyword })
  }

  private append(text: string): void {
    this.buffer = this.at < this.buffer.length ? this.buffer.slice(this.at) + text : text
    this.at = 0
    this.feed = -1
    this.carriage = -1
  }

  /** Reads the comments before the table, and finds the separator; false while there is not enough for that. */
  private begin(): boolean {
    const text = this.buffer.startsWith('\uFEFF') ? this.buffer.slice(1) : this.buffer
    const split = splitPreamble(text)
    const isWhole = split.body.length >= headerReach || this.isLast
    if (!isWhole && text.length - split.body.length <= longestRow) return false
    if (text.length - split.body.length > longestRow) {
      this.fail(`comments before the table must have at most ${longestRow} characters. Received more`)
    }
    const ecsv = readEcsvHeader(split.preamble, this.source)
    const reach = split.body.slice(0, headerReach)
    this.separator = this.options.separator ?? ecsv?.delimiter ?? guessDelimiter(reach)
    this.ecsv = ecsv
    const commented = ecsv ? undefined : commentedHeader(split.preamble, reach, this.separator)
    this.at = this.buffer.length - split.body.length
    this.line = split.firstLine
    if (commented) this.takeHeader(commented)
    return true
  }

  private ecsv: EcsvHeader | undefined

  private readRows(): void {
    const separator = this.separator as string
    for (;;) {
      const begin = this.at
      if (begin >= this.buffer.length) return
      const end = this.lineEnd(begin)
      if (end < 0) break
      const line = this.buffer.slice(begin, end)
      if (!line.includes('"')) {
        if (line.length > longestRow) this.failLong()
        this.at = this.behind(end)
        if (line !== '') this.takeRow(line.split(separator), this.line)
        this.line++
        continue
      }
      const cells = this.quotedRow(begin, separator)
      if (!cells) break
      const first = this.line
      this.line += countLines(this.buffer, begin, this.at)
      this.takeRow(cells, first)
    }
    if (this.buffer.length - this.at > longestRow) this.failLong()
  }

  private failLong(): never {
    this.fail(
      `row must have at most ${longestRow} characters. Received more from line ${this.line} on, where a quote may be left open`,
    )
  }

  /** Where the line that goes through `from` ends; -1 when that has not come yet. */
  private lineEnd(from: number): number {
    const { buffer } = this
    if (this.feed < from) this.feed = orEnd(buffer.indexOf('\n', from), buffer)
    if (this.carriage < from) this.carriage = orEnd(buffer.indexOf('\r', from), buffer)
    const end = Math.min(this.feed, this.carriage)
    // A carriage return may have its line feed in the next piece.
    const isOpen = end === buffer.length || (end === this.carriage && end === buffer.length - 1)
    return isOpen && !this.isLast ? -1 : end
  }

  /** The position behind a line's end at `end`. */
  private behind(end: number): number {
    return this.buffer.startsWith('\r\n', end) ? end + 2 : end + 1
  }

  /** The cells of the row at `begin`, and `at` behind it; undefined when it has not come as a whole. */
  private quotedRow(begin: number, separator: string): string[] | undefined {
    const { buffer } = this
    const cells: string[] = []
    let at = begin
    for (;;) {
      let cell = ''
      if (buffer.charCodeAt(at) === 0x22) {
        const closed = this.quotedCell(at, separator)
        if (!closed) return undefined
        cell = closed.text
        at = closed.end
      }
      const end = this.lineEnd(at)
      if (end < 0) return undefined
      const next = buffer.indexOf(separator, at)
      const isLastCell = next < 0 || next >= end
      cells.push(cell + buffer.slice(at, isLastCell ? end : next))
      if (cells.length > mostColumns) this.failMany(cells.length)
      if (isLastCell) {
        this.at = this.behind(end)
        return cells
      }
      at = next + 1
    }
  }

  /** The quoted cell at `begin`, or its beginning as it stands when more follows the quote. */
  private quotedCell(begin: number, separator: string): { text: string; end: number } | undefined {
    const { buffer } = this
    let text = ''
    let from = begin + 1
    for (;;) {
      const quote = buffer.indexOf('"', from)
      if (quote < 0 && this.isLast)
        this.fail(`quote must be closed. Received the end of the file; it is open from line ${this.line} on`)
      if (quote < 0 || (quote === buffer.length - 1 && !this.isLast)) return undefined
      text += buffer.slice(from, quote)
      const next = buffer.charAt(quote + 1)
      if (next === '"') {
        text += '"'
        from = quote + 2
        continue
      }
      const isClosed = next === '' || next === separator || next === '\n' || next === '\r'
      return { text: isClosed ? text : `"${text}"`, end: quote + 1 }
    }
  }

  private takeRow(cells: readonly string[], line: number): void {
    const { names } = this
    if (!names) {
      if (cells.length > mostColumns) this.failMany(cells.length)
      this.takeHeader(cells)
    } else if (cells.length === names.length) this.handler.row(cells, line)
    else if (this.options.onRagged) this.options.onRagged({ line, cells, wanted: names.length })
    else this.fail(`row must have ${names.length} cells as the header has. Received ${cells.length} on line ${line}`)
  }

  private failMany(cells: number): never {
    this.fail(`row must have at most ${mostColumns} cells. Received ${cells} on line ${this.line}`)
  }

  private takeHeader(cells: readonly string[]): void {
    const stored = cells.map((name) => name.trim())
    const names = uniqueNames(stored, 'column_')
    const message = renamedWarning('csv', stored, names)
    if (message) this.options.onWarning?.({ message: `${message} (${this.source})` })
    const said = this.ecsv && declarationsOf(this.ecsv, stored)
    if (said?.differ) {
      const list = (all: readonly (string | undefined)[]): string => all.slice(0, 20).join(', ')
      this.options.onWarning?.({
        message: `csv: names must be those that the file declares, ${list(this.ecsv?.columns.map(({ name }) => name) ?? [])}. Received ${list(stored)} (${this.source})`,
      })
    }
    this.names = names
    this.handler.header(names, said?.declared ?? [])
  }
}

function orEnd(index: number, buffer: string): number {
  return index < 0 ? buffer.length : index
}

function countLines(text: string, begin: number, end: number): number {
  let lines = 0
  for (let i = begin; i < end; i++) {
    const character = text.charCodeAt(i)
    if (character === 0x0a || (character === 0x0d && text.charCodeAt(i + 1) !== 0x0a)) lines++
  }
  return lines
}
