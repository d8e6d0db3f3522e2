import { type FileHandle, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError, ParameterError, type Warning } from '@astronomaly/core'
import { isRating } from './label.ts'

/** One line of the journal. */
export interface JournalEntry {
  /** The object's identifier, not empty. */
  readonly id: string
  /** From 0 to 5. */
  readonly rating: number
  /** When, as ISO 8601 with a zone. */
  readonly at: string
  /** Who, when known. */
  readonly user?: string
  /** The object's file when it was rated. */
  readonly file?: string
  /** Fingerprint of the picture that was rated: whatever the object is called later, the rating is of this picture. */
  readonly picture?: string
}

/** A label to append; the time is filled in. */
export interface NewJournalEntry {
  readonly id: string
  readonly rating: number
  /** @defaultValue now */
  readonly at?: string | Date
  readonly user?: string
  readonly file?: string
  readonly picture?: string
}

/** How a journal is opened. */
export interface LabelJournalOptions {
  /** Called for a last line that was cut off. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/**
 * The labels of a run, one JSON object per line, oldest first. Lines are only ever appended.
 *
 * @remarks When {@link LabelJournal.append} resolves, the labels are on disk (fsync). Appends that overlap are written one
 * after the other, each in whole lines; all lines of one append but its last say `"more":true`. What a power cut can leave is
 * a last append that is cut off, within a line or between two: it was never acknowledged, so no label of it counts; opening
 * reports it and keeps its bytes, and the next append ends it with the character CANCEL (U+0018), which marks it for
 * good. Any other damaged line means that something else wrote to the file, and opening refuses with the place, so that no
 * label is ever skipped in silence. A last line that lacks only its newline counts. Empty lines are passed over.
 * One process at a time may append.
 */
export class LabelJournal {
  /** The file. */
  readonly path: string
  /** The cut-off appends that were passed over, with their byte offsets; normally empty. */
  readonly torn: readonly { readonly offset: number; readonly text: string }[]
  readonly #handle: FileHandle
  readonly #entries: JournalEntry[]
  #ending: string
  #tail: Promise<void> = Promise.resolve()
  #broken: unknown
  #closed = false

  private constructor(path: string, handle: FileHandle, parsed: ParsedJournal) {
    this.path = path
    this.#handle = handle
    this.#entries = parsed.entries
    this.#ending = parsed.ending
    this.torn = parsed.torn
  }

  /**
   * Opens the journal, or creates an empty one. Its folder must exist.
   *
   * @throws FormatError with file, line and byte offset for a damaged line that is not the last.
   */
  static async open(path: string, options: LabelJournalOptions = {}): Promise<LabelJournal> {
    const handle = await open(path, 'a+')
    try {
      const bytes = await handle.readFile()
      if (bytes.length === 0) await syncFolder(dirname(path))
      const parsed = parseJournal(bytes, path)
      for (const { offset } of parsed.torn) {
        options.onWarning?.({ message: `${path}: labels that were never acknowledged are cut off at byte ${offset}` })
      }
      return new LabelJournal(path, handle, parsed)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Appends labels, all or none of them; resolves when they are on disk.
   *
   * @throws ParameterError when one of them is not valid; then nothing is written.
   */
  async append(labels: readonly NewJournalEntry[]): Promise<void> {
    const added = labels.map((label, i) => checkEntry(label, i))
    if (this.#closed) throw new ParameterError(`LabelJournal.append: ${this.path} must be open. Received a closed one.`)
    if (added.length === 0) return
    const turn = this.#tail.then(() => this.#write(added))
    this.#tail = turn.catch(() => {})
    await turn
  }

  async #write(added: readonly JournalEntry[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    const last = added.length - 1
    const lines = added.map((entry, i) => `${JSON.stringify(i < last ? { ...entry, more: true } : entry)}\n`).join('')
    try {
      const { size } = await this.#handle.stat()
      try {
        await this.#handle.appendFile(this.#ending + lines)
        await this.#handle.sync()
      } catch (error) {
        await this.#handle.truncate(size)
        throw error
      }
    } catch (error) {
      this.#broken = error
      throw error
    }
    this.#ending = ''
    for (const entry of added) this.#entries.push(entry)
  }

  /** All labels that are on disk, oldest first. A copy. */
  entries(): readonly JournalEntry[] {
    return this.#entries.slice()
  }

  /** The last label of each id, in the order in which ids were first labelled. An id can have named several pictures. */
  latest(): ReadonlyMap<string, JournalEntry> {
    return new Map(this.#entries.map((entry) => [entry.id, entry]))
  }

  /** Waits for appends under way and closes the file. Closing twice is allowed. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#tail
    await this.#handle.close()
  }
}

/**
 * All labels of a journal, oldest first, without opening it for writing. A cut-off last line was never acknowledged and does not count.
 *
 * @throws FormatError with file, line and byte offset for a damaged line that is not the last; the file system's error
 * when it cannot be read.
 */
export async function readLabels(path: string): Promise<readonly JournalEntry[]> {
  return parseJournal(await readFile(path), path).entries
}

interface ParsedJournal {
  readonly entries: JournalEntry[]
  readonly torn: { offset: number; text: string }[]
  /** What must be written before the next line. */
  readonly ending: string
}

const newline = 10
const cancel = '\u0018'

function parseJournal(bytes: Uint8Array, path: string): ParsedJournal {
  const entries: JournalEntry[] = []
  const torn: { offset: number; text: string }[] = []
  const strict = new TextDecoder('utf-8', { fatal: true })
  let ending = ''
  /** Where the append that is being read begins, and how many labels came before it. */
  let append: { readonly offset: number; readonly before: number } | undefined
  const cancelAppend = (offset: number, end: number): void => {
    const from = append?.offset ?? offset
    if (append) entries.length = append.before
    append = undefined
    torn.push({ offset: from, text: new TextDecoder().decode(bytes.subarray(from, end)) })
  }
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const found = bytes.indexOf(newline, start)
    const end = found < 0 ? bytes.length : found
    const part = bytes.subarray(start, end)
    const text = new TextDecoder().decode(part)
    if (found < 0) ending = '\n'
    if (text.endsWith(cancel)) cancelAppend(start, end - 1)
    else if (text.trim() !== '') {
      try {
        const { entry, more } = parseLine(strict.decode(part))
        if (more) append ??= { offset: start, before: entries.length }
        else append = undefined
        entries.push(entry)
      } catch (cause) {
        if (found >= 0) {
          const reason = cause instanceof Error ? cause.message : String(cause)
          throw new FormatError(`LabelJournal: line ${line} must be one label as JSON. ${reason}`, {
            source: path,
            offset: start,
            cause,
          })
        }
        cancelAppend(start, end)
        ending = `${cancel}\n`
      }
    }
    start = end + 1
  }
  if (append) {
    cancelAppend(bytes.length, bytes.length)
    ending = `${cancel}\n`
  }
  return { entries, torn, ending }
}

function parseLine(text: string): { readonly entry: JournalEntry; readonly more: boolean } {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null)
    throw new ParameterError(`label must be an object. Received ${text}.`)
  const { more } = value as { readonly more?: unknown }
  return { entry: validEntry('label', value as Record<string, unknown>), more: more === true }
}

function checkEntry(entry: NewJournalEntry, index: number): JournalEntry {
  const { at = new Date() } = entry
  const time = at instanceof Date && Number.isFinite(at.getTime()) ? at.toISOString() : at
  return validEntry(`LabelJournal.append: label ${index}`, { ...entry, at: time })
}

function validEntry(subject: string, entry: { readonly [K in keyof JournalEntry]?: unknown }): JournalEntry {
  const { id, rating, at } = entry
  if (typeof id !== 'string' || id === '') {
    throw new ParameterError(`${subject}: id must be a string that is not empty. Received ${JSON.stringify(id)}.`)
  }
  if (!isRating(rating)) {
    throw new ParameterError(`${subject}: the rating of '${id}' must be from 0 to 5. Received ${String(rating)}.`)
  }
  if (typeof at !== 'string' || !isoTime.test(at) || !Number.isFinite(Date.parse(at))) {
    throw new ParameterError(`${subject}: the time of '${id}' must be ISO 8601 with a zone. Received ${String(at)}.`)
  }
  const texts: { user?: string; file?: string; picture?: string } = {}
  for (const name of ['user', 'file', 'picture'] as const) {
    const text = entry[name]
    if (text === undefined) continue
    if (typeof text !== 'string') {
      throw new ParameterError(`${subject}: the ${name} of '${id}' must be a string. Received ${String(text)}.`)
    }
    texts[name] = text
  }
  return { id, rating, at, ...texts }
}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/

/** Makes a new file's name as durable as its content. Systems that cannot open a folder do without. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(folder, 'r')
  } catch {
    return
  }
  try {
    await handle.sync()
  } catch {
    // Windows opens folders but does not sync them.
  } finally {
    await handle.close()
  }
}
