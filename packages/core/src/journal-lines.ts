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
   * @param line - Its number, from 1.
   */
  readonly parse: (value: unknown, line: number) => Entry
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
  /** Bytes up to the end of the last whole append. */
  readonly sound: number
  /** Bytes that were read. */
  readonly size: number
  /** Whether the last sound line lacks its newline. */
  readonly unended: boolean
  /** The appends that do not count: at most one at the end, and those that earlier versions have marked. */
  readonly torn: readonly TornAppend[]
}

export const longestLine: number = 2 ** 20
const newline = 10
/** Earlier versions did not cut a torn append off: they ended it with the character CANCEL, and went on. */
const cancel = '\u0018'

/**
 * The entries of a journal, oldest first, read as a stream.
 *
 * @returns How far the journal is sound. A last append that is cut off, within a line or between two, was never acknowledged and does not
 * count; a last line that lacks only its newline does.
 * @throws FormatError with file, line and byte offset for any other damaged line; the file system's error when it cannot be read.
 * @remarks Memory: the lines of one append. Can be read while somebody appends.
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
  const strict = new TextDecoder('utf-8', { fatal: true })
  const torn: TornAppend[] = []
  /** The append that is being read, and its lines so far. */
  let append: { readonly offset: number; readonly entries: Entry[]; text: string } | undefined
  let end = { sound: 0, size: 0, unended: false }
  for await (const { bytes, number, offset, ended } of rawLines(handle, path, format)) {
    const size = offset + bytes.length + (ended ? 1 : 0)
    end = { ...end, size }
    const loose = new TextDecoder().decode(bytes)
    if (ended && loose.endsWith(cancel)) {
      torn.push({ offset: append?.offset ?? offset, text: (append?.text ?? '') + loose.slice(0, -1) })
      append = undefined
      end.sound = size
      continue
    }
    if (format.emptyLines && loose.trim() === '') {
      if (!append) end = { sound: size, size, unended: !ended }
      continue
    }
    let entry: Entry
    let more: boolean
    try {
      const value: unknown = JSON.parse(strict.decode(bytes))
      entry = format.parse(value, number)
      more = (value as { readonly more?: unknown } | null)?.more === true
    } catch (cause) {
      if (ended)
        throw damage(format, path, number, offset, cause instanceof Error ? cause.message : String(cause), cause)
      append = { offset: append?.offset ?? offset, entries: [], text: (append?.text ?? '') + loose }
      break
    }
    append ??= { offset, entries: [], text: '' }
    append.entries.push(entry)
    append.text += `${loose}\n`
    if (more) continue
    // An append counts when all of its lines are there.
    end = { sound: size, size, unended: !ended }
    const { entries } = append
    append = undefined
    yield* entries
  }
  if (append) torn.push({ offset: append.offset, text: append.text })
  return { ...end, torn }
}

interface RawLine {
  readonly bytes: Uint8Array
  readonly number: number
  readonly offset: number
  /** Whether it has its newline. */
  readonly ended: boolean
}

async function* rawLines(
  handle: FileHandle,
  path: string,
  format: JournalFormat<unknown>,
): AsyncGenerator<RawLine, void, undefined> {
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
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      const bytes = Buffer.concat([...pieces, chunk.subarray(from, to)])
      yield { bytes, number, offset, ended: true }
      offset += bytes.length + 1
      number++
      pieces = []
      length = 0
      from = to + 1
    }
    // The buffer is filled anew.
    pieces.push(Uint8Array.from(chunk.subarray(from)))
    length += bytesRead - from
    if (length > longest) throw damage(format, path, number, offset, `It is longer than ${longest} bytes.`)
  }
  if (length > 0) yield { bytes: Buffer.concat(pieces), number, offset, ended: false }
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
