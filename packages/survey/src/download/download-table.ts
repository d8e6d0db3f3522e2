import { join } from 'node:path'
import { NotFoundError } from '@astronomaly/core'
import { readJournal } from '@astronomaly/core/node'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { type DownloadRecord, downloadFormat, journalName } from './download-journal.ts'

/**
 * The journal of a download folder, line by line, oldest first; of the lines with the same id the last one holds.
 *
 * The reason of a failure is a word of `checkCutout` or of the caller's own check; or one of `RequestError`; or `'name'` for an id that can
 * be no file name, or whose name differs from another's in nothing but upper and lower case; or `'address'` for a url that is none of http.
 *
 * @throws NotFoundError when the folder has no journal; FormatError with file, line and byte offset for a damaged line that is
 * not the last. A last line that is cut off was never acknowledged and is passed over.
 * @remarks Holds a quarter of a megabyte. Can be read while a download goes on.
 */
export async function* readDownloadJournal(folder: string): AsyncGenerator<DownloadRecord, void, undefined> {
  const path = join(folder, journalName)
  try {
    yield* readJournal(path, downloadFormat)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause
    throw new NotFoundError(`readDownloadJournal: journal must exist. Received ${path}.`, { cause })
  }
}

/**
 * What became of each object of a download folder: a table of one row an object, in the order in which they were first listed.
 *
 * @returns Columns `id`, `outcome` (`'done'` or `'failed'`), `file`, `bytes` (NaN for failures), `sha256`, `reason`, `status` (NaN for
 * none), `attempts`, `permanent`, `message`, `url`, `at`.
 * @throws As {@link readDownloadJournal}.
 * @remarks Holds the whole table, about a kilobyte an object.
 */
export async function downloadTable(folder: string): Promise<Table> {
  const rows: DownloadRecord[] = []
  const rowOf = new Map<string, number>()
  for await (const record of readDownloadJournal(folder)) {
    const row = rowOf.get(record.id)
    if (row === undefined) rowOf.set(record.id, rows.push(record) - 1)
    else rows[row] = record
  }
  const text = (name: 'id' | 'outcome' | 'file' | 'sha256' | 'reason' | 'message' | 'url' | 'at') => ({
    values: rows.map((record) => record[name] ?? ''),
    width: 1,
  })
  const numbers = (name: 'bytes' | 'status' | 'attempts') => ({
    values: Float64Array.from(rows, (record) => record[name] ?? Number.NaN),
    width: 1,
  })
  return {
    rowCount: rows.length,
    columns: new Map<string, TableColumn>([
      ['id', text('id')],
      ['outcome', text('outcome')],
      ['file', text('file')],
      ['bytes', numbers('bytes')],
      ['sha256', text('sha256')],
      ['reason', text('reason')],
      ['status', numbers('status')],
      ['attempts', numbers('attempts')],
      ['permanent', { values: rows.map(({ permanent = false }) => permanent), width: 1 }],
      ['message', text('message')],
      ['url', text('url')],
      ['at', text('at')],
    ]),
  }
}
