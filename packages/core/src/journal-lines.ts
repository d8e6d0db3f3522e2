import { type FileHandle, open } from 'node:fs/promises'
import { FormatError } from './errors.ts'

/** What the lines of a journal mean. */
export interface JournalFormat<Entry> {
  /** Begins the messages. */
  readonly subject: string
  /** What a line must be, as in `'one label as JSON'`. */
  readonly content: string
  /**
   * Checks a line; what it throws is the reason why the line is damaged.
   *
   * @param number - Of the entry among those that count, from 1.
   */
  readonly parse: (value: unknown, number: number) => Entry
  /**
   * Bytes that a line may have; longer ones are neither written nor read.
   * @defaultValue 2^20
   */
  readonly longestLine?: number | undefined
  /**
   * Whether empty lines are passed over; otherwise they are damage.
   * @defaultValue false
   */
  readonly emptyLines?: boolean | undefined
}

/** An append that was cut off, and so never acknowledged. */
export interface TornAppend {
  readonly offset: number
  readonly text: string
}

/** How far a journal is sound. */
export interface JournalEnd {
  /** Bytes up to the end of the last append that is whole or marked. */
  readonly sound: number
  /** Bytes that were read. */
  readonly size: number
  /** Whether the last sound line lacks its newline. */
  readonly unended: boolean
  /** The appends that do not count: those that a later one has marked, and at most one at the end. */
  readonly torn: readonly TornAppend[]
}

export const longestLine: number = 2 ** 20
const newline = 10
/** The character CANCEL marks a torn append: the next one ends it so, and leaves its bytes where a reader may have read them. */
const cancel = 0x18
/** What ends a torn append. */
export const tornEnd = '\u0018\n'

/**
 * The entries of a journal, oldest first, read as a stream.
 *
 * @returns How far the journal is sound. A last append that is cut off, within a line or between two, was never acknowledged and does not
 * count; a last line that lacks only its newline does.
 * @throws FormatError with file, line and byte offset for any other damaged line; the file system's error when it cannot be read.
 * @remarks Memory: the lines of one append. Can be read while somebody appends: what is in the file is never changed.
 */
export async function* readJournal<Entry>(
  path: string,
  format: JournalFormat<Entry>,
): AsyncGenerator<Entry, JournalEnd, undefined> {
  const handle = await open(path, 'r')
  try {
    return yield* journalEntries(handle, path, format)
  } finally {
    await handle.close()
  }
}

/** As {@link readJournal}, of an open file. */
export async function* journalEntries<Entry>(
  handle: FileHandle,
  path: string,
  format: JournalFormat<Entry>,
): AsyncGenerator<Entry, JournalEnd, undefined> {
  const longest = format.longestLine ?? longestLine
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const torn: TornAppend[] = []
  /** The append that is being read, and its lines so far. */
  let append: { readonly offset: number; readonly entries: Entry[] } | undefined
  let count = 0
  let sound = 0
  let size = 0
  let unended = false
  for await (const lines of linesOfChunks(handle, path, format)) {
    for (const { bytes, number, offset, ended } of lines) {
      size = offset + bytes.length + (ended ? 1 : 0)
      const cancelled = bytes.at(-1) === cancel
      const length = bytes.length - (cancelled ? 1 : 0)
      if (length > longest) throw tooLong(format, path, number, offset)
      if (cancelled) {
        torn.push(await tornAppend(handle, append?.offset ?? offset, offset + length))
        append = undefined
        sound = size
        unended = !ended
        continue
      }
      let entry: Entry
      let more: boolean
      try {
        const text = decoder.decode(bytes)
        if (format.emptyLines && text.trim() === '') {
          if (!append) {
            sound = size
            unended = !ended
          }
          continue
        }
        const value: unknown = JSON.parse(text)
        entry = format.parse(value, count + (append?.entries.length ?? 0) + 1)
        more = (value as { readonly more?: unknown } | null)?.more === true
      } catch (cause) {
        if (ended)
          throw damage(format, path, number, offset, cause instanceof Error ? cause.message : String(cause), cause)
        append ??= { offset, entries: [] }
        continue
      }
      append ??= { offset, entries: [] }
      append.entries.push(entry)
      if (more) continue
      // An append counts when all of its lines are there.
      sound = size
      unended = !ended
      const { entries } = append
      append = undefined
      count += entries.length
      for (const each of entries) yield each
    }
  }
  if (append) torn.push(await tornAppend(handle, append.offset, size))
  return { sound, size, unended, torn }
}

async function tornAppend(handle: FileHandle, offset: number, end: number): Promise<TornAppend> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - offset), 0, end - offset, offset)
  return { offset, text: buffer.toString('utf8', 0, bytesRead) }
}

interface RawLine {
  /** Valid until the next chunk. */
  readonly bytes: Uint8Array
  readonly number: number
  readonly offset: number
  /** Whether it has its newline. */
  readonly ended: boolean
}

/** The lines that end in each chunk of the file, then the one without end. */
async function* linesOfChunks(
  handle: FileHandle,
  path: string,
  format: JournalFormat<unknown>,
): AsyncGenerator<readonly RawLine[], void, undefined> {
  const longest = format.longestLine ?? longestLine
  const buffer = Buffer.alloc(2 ** 18)
  let pieces: Uint8Array[] = []
  let length = 0
  let offset = 0
  let number = 1
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) break
    at += bytesRead
    const chunk = buffer.subarray(0, bytesRead)
    const lines: RawLine[] = []
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      const last = chunk.subarray(from, to)
      const bytes = length > 0 ? Buffer.concat([...pieces, last]) : last
      lines.push({ bytes, number, offset, ended: true })
      offset += bytes.length + 1
      number++
      pieces = []
      length = 0
      from = to + 1
    }
    yield lines
    // The buffer is filled anew.
    pieces.push(Uint8Array.from(chunk.subarray(from)))
    length += bytesRead - from
    // A torn line has its mark besides.
    if (length > longest + 1) throw tooLong(format, path, number, offset)
  }
  if (length > 0) yield [{ bytes: Buffer.concat(pieces), number, offset, ended: false }]
}

function tooLong(format: JournalFormat<unknown>, source: string, line: number, offset: number): FormatError {
  return damage(format, source, line, offset, `It is longer than ${format.longestLine ?? longestLine} bytes.`)
}

function damage(
  { subject, content }: JournalFormat<unknown>,
  source: string,
  line: number,
  offset: number,
  reason: string,
  cause?: unknown,
): FormatError {
  return new FormatError(`${subject}: line ${line} must be ${content}. ${reason}`, { source, offset, cause })
}
