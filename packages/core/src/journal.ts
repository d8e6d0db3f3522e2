import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError, ParameterError } from './errors.ts'
import {
  type JournalEnd,
  type JournalFormat,
  journalEntries,
  longestLine,
  type TornAppend,
  tornEnd,
} from './journal-lines.ts'
import type { Warning } from './run-options.ts'
import { syncFolder } from './sync-folder.ts'

/** How a journal is opened. */
export interface OpenJournalOptions<Entry> {
  /** Called for each entry that it holds, oldest first. */
  readonly onEntry?: ((entry: Entry) => void) | undefined
  /** Called for an append that was cut off. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

interface Append {
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * A file of one JSON object a line, oldest first, to which lines are only ever appended.
 *
 * @remarks When `append` resolves, its lines are on disk (fsync). Appends that come while others are being written go together, in the
 * order of the calls, so that the disk is asked once for many of them. All lines of one append but the last say `"more":true`, so
 * that an append counts as a whole or not at all. A last append that was cut off was never acknowledged and does not count: the next
 * one ends it with the character CANCEL (U+0018), and its bytes stay, so that whoever reads meanwhile is not misled. Any other damaged
 * line means that something else wrote to the file, and opening refuses. One process at a time may append: hold a lock.
 */
export class Journal<Entry> {
  readonly path: string
  /** The appends that do not count; normally none. */
  readonly torn: readonly TornAppend[]
  readonly #handle: FileHandle
  readonly #format: JournalFormat<Entry>
  /** Of the file as it was opened; undefined once something has been appended. */
  #end: JournalEnd | undefined
  #pending: Append[] = []
  #writing: Promise<void> | undefined
  #broken: { readonly error: unknown } | undefined
  #closed = false

  private constructor(path: string, handle: FileHandle, format: JournalFormat<Entry>, end: JournalEnd) {
    this.path = path
    this.torn = end.torn
    this.#handle = handle
    this.#format = format
    this.#end = end
  }

  /**
   * Opens a journal, or makes an empty one, and tells what it holds. Its folder must exist. What is there is not changed.
   *
   * @throws As `readJournal`.
   */
  static async open<Entry>(
    path: string,
    format: JournalFormat<Entry>,
    options: OpenJournalOptions<Entry> = {},
  ): Promise<Journal<Entry>> {
    const handle = await open(path, 'a+')
    try {
      const entries = journalEntries(handle, path, format)
      let step = await entries.next()
      for (; !step.done; step = await entries.next()) options.onEntry?.(step.value)
      const end = step.value
      for (const { offset } of end.torn) {
        options.onWarning?.({ message: `${path}: what was never acknowledged is cut off at byte ${offset}` })
      }
      if (end.size === 0) await syncFolder(dirname(path))
      return new Journal(path, handle, format, end)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Appends lines, all or none of them; resolves when they are on disk.
   *
   * @param lines - Of objects that JSON can hold, without a property `more`.
   * @throws ParameterError after `close`, or for a line that is too long; the file system's error, now and ever after: whether the lines are on
   * disk is then told by opening the file again.
   */
  async append(lines: readonly object[]): Promise<void> {
    const { subject, longestLine: longest = longestLine } = this.#format
    if (this.#closed) throw new ParameterError(`${subject}: ${this.path} must be open. Received a closed one.`)
    if (lines.length === 0) return
    const last = lines.length - 1
    const texts = lines.map((line, i) => JSON.stringify(i < last ? { ...line, more: true } : line))
    const tooLong = texts.find((text) => Buffer.byteLength(text) > longest)
    if (tooLong !== undefined) {
      throw new ParameterError(`${subject}: a line must have at most ${longest} bytes. Received ${tooLong.length}.`)
    }
    await new Promise<void>((resolve, reject) => {
      this.#pending.push({ text: `${texts.join('\n')}\n`, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  async #write(): Promise<void> {
    // Before it can end, whoever called must have taken hold of it: else appends after a failed one would wait for ever.
    await undefined
    while (this.#pending.length > 0) {
      const batch = this.#pending
      this.#pending = []
      try {
        if (this.#broken) throw this.#broken.error
        await this.#writeText(batch.map(({ text }) => text).join(''))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        this.#broken ??= { error }
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = undefined
  }

  async #writeText(text: string): Promise<void> {
    const before = this.#end ? await this.#mend(this.#end) : ''
    this.#end = undefined
    await this.#handle.appendFile(before + text)
    await this.#handle.datasync()
  }

  /** What must be written first: the end of what was never acknowledged, or of a line that lacks its newline. */
  async #mend({ sound, size, unended }: JournalEnd): Promise<string> {
    if (sound === size && !unended) return ''
    if ((await this.#handle.stat()).size !== size) {
      const rule = 'must have one writer at a time'
      throw new FormatError(`${this.#format.subject}: journal ${rule}. It has changed since it was opened`, {
        source: this.path,
      })
    }
    return sound < size ? tornEnd : '\n'
  }

  /** Waits for appends under way and closes the file. Closing twice is allowed. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writing
    await this.#handle.close()
  }
}
