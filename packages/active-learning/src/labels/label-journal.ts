import { ParameterError, type Warning } from '@astronomaly/core'
import { Journal, type JournalFormat, readJournal } from '@astronomaly/core/node'
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
 * reports it, and the next append ends it with the character CANCEL (U+0018) and leaves it in the file, where it is reported each
 * time. Any other damaged line means that something else wrote to the file, and opening refuses with the
 * place, so that no label is ever skipped in silence. A last line that lacks only its newline counts. Empty lines are passed over.
 * One process at a time may append.
 */
export class LabelJournal {
  /** The file. */
  readonly path: string
  /** The cut-off appends that were passed over, with their byte offsets; normally empty. */
  readonly torn: readonly { readonly offset: number; readonly text: string }[]
  readonly #journal: Journal<JournalEntry>
  readonly #entries: JournalEntry[]

  private constructor(journal: Journal<JournalEntry>, entries: JournalEntry[]) {
    this.path = journal.path
    this.torn = journal.torn
    this.#journal = journal
    this.#entries = entries
  }

  /**
   * Opens the journal, or creates an empty one. Its folder must exist.
   *
   * @throws FormatError with file, line and byte offset for a damaged line that is not the last.
   */
  static async open(path: string, options: LabelJournalOptions = {}): Promise<LabelJournal> {
    const entries: JournalEntry[] = []
    const onEntry = (entry: JournalEntry): void => {
      entries.push(entry)
    }
    return new LabelJournal(await Journal.open(path, format, { onEntry, onWarning: options.onWarning }), entries)
  }

  /**
   * Appends labels, all or none of them; resolves when they are on disk.
   *
   * @throws ParameterError when one of them is not valid; then nothing is written.
   */
  async append(labels: readonly NewJournalEntry[]): Promise<void> {
    const added = labels.map((label, i) => checkEntry(label, i))
    await this.#journal.append(added)
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
    await this.#journal.close()
  }
}

/**
 * All labels of a journal, oldest first, without opening it for writing. A cut-off last append was never acknowledged and does not count.
 *
 * @throws FormatError with file, line and byte offset for a damaged line that is not the last; the file system's error
 * when it cannot be read.
 */
export async function readLabels(path: string): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const entry of readJournal(path, format)) entries.push(entry)
  return entries
}

const format: JournalFormat<JournalEntry> = {
  subject: 'LabelJournal',
  content: 'one label as JSON',
  emptyLines: true,
  parse(value) {
    if (typeof value !== 'object' || value === null) {
      throw new ParameterError(`label must be an object. Received ${JSON.stringify(value)}.`)
    }
    return validEntry('label', value as Record<string, unknown>)
  },
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
