import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeValue, FormatError, type Warning } from '@astronomaly/core'

/** What became of one object: a line of the journal. */
export interface DownloadRecord {
  readonly id: string
  readonly outcome: 'done' | 'failed'
  readonly url: string
  /** Requests that it took. */
  readonly attempts: number
  /** When, as ISO 8601 in UTC. */
  readonly at: string
  /** Of a file that is on disk: its path below the folder, with `/`. */
  readonly file?: string
  readonly bytes?: number
  /** Of the file's content, 64 hexadecimal digits. */
  readonly sha256?: string
  /** Of a failure: one word, see `readDownloadJournal`. */
  readonly reason?: string
  /** Of a failure: the status of the last answer. */
  readonly status?: number
  readonly message?: string
  /** Of a failure: whether another try would be in vain. */
  readonly permanent?: boolean
}

/** The journal's name in a download's folder. */
export const journalName = 'downloads.jsonl'

const longestLine = 2 ** 20
const newline = 10

/** The end of a journal's sound part, and of the file. */
export interface JournalEnd {
  /** Bytes up to the end of the last whole line. */
  readonly sound: number
  /** Whether that line lacks its newline. */
  readonly open: boolean
  readonly size: number
}

/**
 * The lines of a journal, oldest first, read as a stream.
 *
 * @returns Where its sound part ends: a last line that is cut off was never acknowledged and does not count.
 * @throws FormatError with file, line and byte offset for any other damaged line.
 */
export async function* journalLines(
  handle: FileHandle,
  path: string,
): AsyncGenerator<DownloadRecord, JournalEnd, undefined> {
  const strict = new TextDecoder('utf-8', { fatal: true })
  const buffer = new Uint8Array(2 ** 18)
  let held: Uint8Array = new Uint8Array(0)
  let start = 0
  let line = 1
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    at += bytesRead
    const bytes = Buffer.concat([held, buffer.subarray(0, bytesRead)])
    let from = 0
    for (let to = bytes.indexOf(newline); to >= 0; to = bytes.indexOf(newline, from)) {
      yield parseLine(bytes.subarray(from, to), line++, start + from, path, strict)
      from = to + 1
    }
    held = bytes.subarray(from)
    start += from
    if (held.length > longestLine) throw damage(line, start, path, `It is longer than ${longestLine} bytes.`)
    if (bytesRead === 0) break
  }
  const size = start + held.length
  if (held.length === 0) return { sound: size, open: false, size }
  try {
    yield parseLine(held, line, start, path, strict)
    return { sound: size, open: true, size }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return { sound: start, open: false, size }
  }
}

function parseLine(bytes: Uint8Array, line: number, offset: number, path: string, strict: TextDecoder): DownloadRecord {
  let value: unknown
  try {
    value = JSON.parse(strict.decode(bytes))
  } catch (cause) {
    throw damage(line, offset, path, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const record = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<string, unknown>>
  const { id, outcome, url, attempts, file, bytes: length, sha256, reason } = record
  const sound =
    typeof id === 'string' &&
    typeof url === 'string' &&
    typeof attempts === 'number' &&
    (outcome === 'done'
      ? typeof file === 'string' && Number.isSafeInteger(length) && typeof sha256 === 'string'
      : outcome === 'failed' && typeof reason === 'string')
  if (!sound) throw damage(line, offset, path, `Received ${describeValue(value)}.`)
  return record as unknown as DownloadRecord
}

function damage(line: number, offset: number, source: string, received: string, cause?: unknown): FormatError {
  return new FormatError(`downloads: line ${line} must be one object's outcome as JSON. ${received}`, {
    source,
    offset,
    cause,
  })
}

/**
 * The journal of a download, open for appending.
 *
 * @remarks When `append` resolves, the line is on disk (fsync). Lines that come while others are being written go together, so that
 * the disk is asked once for many of them.
 */
export class DownloadJournal {
  readonly path: string
  readonly #handle: FileHandle
  #pending: { readonly text: string; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #writing: Promise<void> | undefined
  #broken: { readonly error: unknown } | undefined

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /**
   * Opens or creates the journal, tells what it holds, and removes a last line that was cut off.
   *
   * @throws FormatError for a damaged line that is not the last.
   */
  static async open(
    path: string,
    onRecord: (record: DownloadRecord) => void,
    onWarning?: (warning: Warning) => void,
  ): Promise<DownloadJournal> {
    const handle = await open(path, 'a+')
    try {
      const lines = journalLines(handle, path)
      let step = await lines.next()
      for (; !step.done; step = await lines.next()) onRecord(step.value)
      const { sound, size, open: unended } = step.value
      if (sound < size) {
        onWarning?.({ message: `${path}: a line that was never acknowledged is cut off at byte ${sound}` })
        await handle.truncate(sound)
      }
      if (unended) await handle.appendFile('\n')
      if (size === 0) await syncFolder(dirname(path))
      return new DownloadJournal(path, handle)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Appends a line; resolves when it is on disk. @throws The file system's error, now and ever after; no part of a line is left. */
  append(record: DownloadRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken.error)
        return
      }
      this.#pending.push({ text: `${JSON.stringify(record)}\n`, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending
      this.#pending = []
      try {
        if (this.#broken) throw this.#broken.error
        const { size } = await this.#handle.stat()
        try {
          await this.#handle.appendFile(batch.map(({ text }) => text).join(''))
          await this.#handle.datasync()
        } catch (error) {
          await this.#handle.truncate(size).catch(() => {})
          throw error
        }
        for (const { resolve } of batch) resolve()
      } catch (error) {
        this.#broken ??= { error }
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = undefined
  }

  /** Waits for lines under way and closes the file. */
  async close(): Promise<void> {
    await this.#writing
    await this.#handle.close()
  }
}

/** Makes a new file's name as durable as its content. Systems that cannot open or sync a folder do without. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
