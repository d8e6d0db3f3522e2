import { FormatError } from '@astronomaly/core'
import { Journal, type JournalFormat, readJournal } from '@astronomaly/core/node'
import type { ColumnType } from '@astronomaly/core/table'
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

/** The last line of each piece. */
interface TapState {
  plan: DownloadPlan | undefined
  readonly done: Map<string, DonePiece>
  readonly split: Set<string>
}

/**
 * What has happened to each piece of a download, a JSON object a line, of which the first is the plan.
 *
 * @remarks A cut-off first line leaves an empty journal. One process at a time may write: `downloadTap` locks the folder.
 */
export class TapJournal {
  /** Undefined in an empty journal. */
  readonly plan: DownloadPlan | undefined
  readonly done: ReadonlyMap<string, DonePiece>
  readonly split: ReadonlySet<string>
  readonly #state: TapState
  readonly #journal: Journal<TapLine>

  private constructor(journal: Journal<TapLine>, state: TapState) {
    this.#journal = journal
    this.#state = state
    this.plan = state.plan
    this.done = state.done
    this.split = state.split
  }

  /** @throws FormatError with line and byte for a damaged line that is not the last. */
  static async open(path: string): Promise<TapJournal> {
    const state = emptyState()
    const journal = await Journal.open(path, format, { onEntry: (line) => take(state, line) })
    return new TapJournal(journal, state)
  }

  async begin(plan: DownloadPlan): Promise<void> {
    await this.#journal.append([{ plan }])
  }

  async addDone(piece: DonePiece): Promise<void> {
    const { from, to, ...rest } = piece
    await this.#journal.append([{ done: [String(from), String(to)], ...rest }])
    take(this.#state, { done: piece })
  }

  async addSplit(range: IdRange): Promise<void> {
    await this.#journal.append([{ split: [String(range.from), String(range.to)] }])
    take(this.#state, { split: range })
  }

  async close(): Promise<void> {
    await this.#journal.close()
  }
}

export function rangeKey({ from, to }: IdRange): string {
  return `${from}_${to}`
}

/** A journal as it is on disk, without opening it for writing. @throws As {@link TapJournal.open}. */
export async function readTapJournal(path: string): Promise<Readonly<TapState>> {
  const state = emptyState()
  for await (const line of readJournal(path, format)) take(state, line)
  return state
}

function emptyState(): TapState {
  return { plan: undefined, done: new Map(), split: new Set() }
}

type TapLine = { readonly plan: DownloadPlan } | { readonly split: IdRange } | { readonly done: DonePiece }

function take(state: TapState, line: TapLine): void {
  if ('plan' in line) state.plan = line.plan
  else if ('split' in line) {
    // Its file was lost, and the service gives it whole no more.
    state.done.delete(rangeKey(line.split))
    state.split.add(rangeKey(line.split))
  } else state.done.set(rangeKey(line.done), line.done)
}

const format: JournalFormat<TapLine> = {
  subject: 'downloadTap',
  content: 'one that it has written',
  // The plan has two numbers a piece.
  longestLine: 2 ** 28,
  parse(value, number) {
    const line = value as JournalLine
    if (number === 1) return { plan: toPlan(line.plan) }
    if (line.split) return { split: toRange(line.split) }
    const { done, rows, bytes, columns } = line
    return { done: { ...toRange(done), rows: toCount(rows), bytes: toCount(bytes), columns: toColumns(columns) } }
  },
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
