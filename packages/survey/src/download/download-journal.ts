import { describeValue, ParameterError } from '@astronomaly/core'
import type { JournalFormat } from '@astronomaly/core/node'

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

/** What a line means. */
export const downloadFormat: JournalFormat<DownloadRecord> = {
  subject: 'downloads',
  content: "one object's outcome as JSON",
  parse(value) {
    const record = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<string, unknown>>
    const { id, outcome, url, attempts, file, bytes, sha256, reason } = record
    const sound =
      typeof id === 'string' &&
      typeof url === 'string' &&
      typeof attempts === 'number' &&
      (outcome === 'done'
        ? typeof file === 'string' && Number.isSafeInteger(bytes) && typeof sha256 === 'string'
        : outcome === 'failed' && typeof reason === 'string')
    if (!sound) throw new ParameterError(`Received ${describeValue(value)}.`)
    return record as unknown as DownloadRecord
  },
}
