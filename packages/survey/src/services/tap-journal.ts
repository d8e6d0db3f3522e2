import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError } from '@astronomaly/core'
import type { ColumnType } from '@astronomaly/core/table'
import { syncFolder } from '../download/download-journal.ts'
import type { IdRange } from './id-ranges.ts'
import type { TapFormat } from './service-options.ts'

/** What a folder holds the pieces of; two downloads are the same when these are equal. */
export interface DownloadPlan {
  readonly version: 1
  readonly url: string
  /** The query over the first to the last id. */
  readonly adql: string
  readonly column: string
  readonly format: TapFormat
  /** First and last id of each piece, as text. */
  readonly ranges: readonly (readonly [string, string])[]
}

/** A column of a piece: name, type of values (`'empty'` of text without any), values per row. */
export type PieceColumn = readonly [name: string, type: ColumnType | 'empty', width: number]

/** A piece that is on disk. */
export interface DonePiece extends IdRange {
  readonly rows: number
  readonly bytes: number
  readonly columns: readonly PieceColumn[]
}

const newline = 10

/**
 * What has happened to each piece of a download, a JSON object a line; lines are only ever appended, each synced before it counts.
 *
 * @remarks A last line without its end was never acknowledged: opening cuts it off. A cut-off first line leaves an empty journal.
 * One process at a time may write: `downloadTap` locks the folder.
 */
export class TapJournal {
  /** Undefined in an empty journal. */
  readonly plan: DownloadPlan | undefined
  readonly done: ReadonlyMap<string, DonePiece>
  readonly split: ReadonlySet<string>
  readonly #done: Map<string, DonePiece>
  readonly #split: Set<string>
  readonly #handle: FileHandle
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(handle: FileHandle, parsed: ParsedJournal) {
    this.#handle = handle
    this.plan = parsed.plan
    this.#done = parsed.done
    this.#split = parsed.split
    this.done = parsed.done
    this.split = parsed.split
  }

  /** @throws FormatError with line and byte for a damaged line that is not the last. */
  static async open(path: string): Promise<TapJournal> {
    const handle = await open(path, 'a+')
    try {
      const bytes = await handle.readFile()
      const whole = bytes.lastIndexOf(newline) + 1
      const parsed = parseTapJournal(bytes.subarray(0, whole), path)
      if (whole < bytes.length) {
        await handle.truncate(whole)
        await handle.sync()
      }
      if (bytes.length === 0) await syncFolder(dirname(path))
      return new TapJournal(handle, parsed)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async begin(plan: DownloadPlan): Promise<void> {
    await this.#append({ plan })
  }

  async addDone(piece: DonePiece): Promise<void> {
    const { from, to, ...rest } = piece
    await this.#append({ done: [String(from), String(to)], ...rest })
    this.#done.set(rangeKey(piece), piece)
  }

  async addSplit(range: IdRange): Promise<void> {
    await this.#append({ split: [String(range.from), String(range.to)] })
    this.#split.add(rangeKey(range))
    this.#done.delete(rangeKey(range))
  }

  /** Lines that overlap are written one after the other. */
  async #append(line: object): Promise<void> {
    const turn = this.#tail.then(async () => {
      await this.#handle.appendFile(`${JSON.stringify(line)}\n`)
      await this.#handle.sync()
    })
    // After a failure nothing more is written: a torn line must stay the last.
    this.#tail = turn
    turn.catch(() => {})
    await turn
  }

  async close(): Promise<void> {
    await this.#tail.catch(() => {})
    await this.#handle.close()
  }
}

export function rangeKey({ from, to }: IdRange): string {
  return `${from}_${to}`
}

interface ParsedJournal {
  readonly plan: DownloadPlan | undefined
  readonly done: Map<string, DonePiece>
  readonly split: Set<string>
}

/** The whole lines of a journal. */
export function parseTapJournal(bytes: Uint8Array, path: string): ParsedJournal {
  const done = new Map<string, DonePiece>()
  const split = new Set<string>()
  let plan: DownloadPlan | undefined
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const found = bytes.indexOf(newline, start)
    const end = found < 0 ? bytes.length : found
    try {
      const line = JSON.parse(
        new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end)),
      ) as JournalLine
      if (number === 1) plan = toPlan(line.plan)
      else if (line.split) {
        // Its file was lost, and the service gives it whole no more.
        done.delete(rangeKey(toRange(line.split)))
        split.add(rangeKey(toRange(line.split)))
      } else {
        const range = toRange(line.done)
        done.set(rangeKey(range), {
          ...range,
          rows: toCount(line.rows),
          bytes: toCount(line.bytes),
          columns: toColumns(line.columns),
        })
      }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const message = `downloadTap: line ${number} of the journal must be one that it has written. ${reason}`
      throw new FormatError(message, { source: path, offset: start, cause })
    }
    start = end + 1
  }
  return { plan, done, split }
}

interface JournalLine {
  readonly plan?: unknown
  readonly split?: unknown
  readonly done?: unknown
  readonly rows?: unknown
  readonly bytes?: unknown
  readonly columns?: unknown
}

function toPlan(value: unknown): DownloadPlan {
  const plan = value as DownloadPlan
  if (plan?.version !== 1) throw new FormatError('It has no plan of version 1.')
  const isText = [plan.url, plan.adql, plan.column].every((each) => typeof each === 'string')
  if (!isText || !['votable', 'csv', 'fits'].includes(plan.format) || !Array.isArray(plan.ranges)) {
    throw new FormatError('Its plan is damaged.')
  }
  for (const range of plan.ranges) toRange(range)
  return plan
}

function toRange(value: unknown): IdRange {
  const [from, to] = Array.isArray(value) && value.length === 2 ? value : []
  if ([from, to].some((id) => typeof id !== 'string' || !/^-?\d{1,40}$/.test(id)))
    throw new FormatError('It has no range of ids.')
  const range = { from: BigInt(from), to: BigInt(to) }
  if (range.to < range.from) throw new FormatError('Its range is empty.')
  return range
}

function toCount(value: unknown): number {
  if (!(Number.isSafeInteger(value) && (value as number) >= 0)) throw new FormatError('It has no count.')
  return value as number
}

const types = ['text', 'boolean', 'uint8', 'int16', 'int32', 'int64', 'uint64', 'float32', 'float64', 'empty']

function toColumns(value: unknown): readonly PieceColumn[] {
  const isColumn = (each: unknown): boolean => {
    const [name, type, width] = Array.isArray(each) ? each : []
    return typeof name === 'string' && types.includes(type) && Number.isSafeInteger(width) && width >= 0
  }
  if (!Array.isArray(value) || !value.every(isColumn)) throw new FormatError('It has no columns.')
  return value
}
