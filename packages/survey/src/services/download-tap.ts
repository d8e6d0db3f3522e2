import { setMaxListeners } from 'node:events'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, NotFoundError, numberOption, ParameterError, resolveOptions } from '@astronomaly/core'
import { makeFolder, withFolderLock, writeFileAtomic } from '@astronomaly/core/node'
import type { Catalogue } from '@astronomaly/core/table'
import { renderAdql } from '../selection/adql.ts'
import { fetchRange, type RangePlan } from './fetch-range.ts'
import { halves, type IdRange, resolveRanges, type TapRangeQuery } from './id-ranges.ts'
import { pieceCatalogue } from './piece-catalogue.ts'
import { pieceColumns } from './piece-columns.ts'
import { rangeRules, resolveRangePlan, type TapRangeOptions } from './tap-batches.ts'
import { type DonePiece, type DownloadPlan, rangeKey, readTapJournal, TapJournal } from './tap-journal.ts'

/** How a table is downloaded. */
export interface DownloadTapOptions extends TapRangeOptions {
  /**
   * Pieces that are fetched at the same time.
   * @defaultValue 4
   */
  readonly concurrency?: number | undefined
}

const rules = { ...rangeRules, concurrency: numberOption(4, { min: 1, max: 1000, integer: true }) }

/** A table on disk, in pieces. */
export interface TapDownload {
  readonly rowCount: number
  /** The files in the order of their ids, as the service wrote them. */
  readonly files: readonly string[]
  /** All rows, in the order of the ranges. */
  readonly catalogue: Catalogue
}

/** The journal's name in its folder. */
const journalName = 'tap.jsonl'
const extensions = { votable: 'vot', csv: 'csv', fits: 'fits' } as const

/**
 * Downloads the rows of a query into a folder, piece by piece by ranges of an id, and goes on where an earlier call was stopped.
 *
 * @param url - The service's base address.
 * @param query - Cuts, columns and the ranges. Rows without an id do not come.
 * @param folder - Made when it is missing. Its `tap.jsonl` tells of every piece; a folder belongs to one query.
 * @returns The files and a catalogue over them, in which each row is exactly once.
 * @throws ParameterError when the folder holds another query's pieces or another process is at work in it; FormatError when its journal is damaged; what `tapBatches`
 * throws, after which pieces under way are given up (their jobs deleted) and a later call goes on; the signal's reason.
 * @remarks A piece is written under another name, synced and renamed before its line in the journal, so stopping at any instant
 * loses at most the pieces in flight. Pieces that the service cannot give whole are split in two. A file that is missing or has
 * another length than the journal says is fetched again. Memory holds `concurrency` pieces.
 */
export async function downloadTap(
  url: string | URL,
  query: TapRangeQuery,
  folder: string,
  options: DownloadTapOptions = {},
): Promise<TapDownload> {
  const subject = 'downloadTap'
  const { concurrency, ...rest } = resolveOptions(subject, options, rules)
  const ranges = resolveRanges(subject, query.ids)
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  // As many listen as pieces are under way; Node takes more than ten for a leak.
  setMaxListeners(0, signal)
  const rangePlan = resolveRangePlan(subject, url, query, { ...rest, signal })
  const plan = downloadPlan(rangePlan, ranges)
  options.signal?.throwIfAborted()
  await makeFolder(folder)
  const lock = join(folder, 'tap.lock')
  return withFolderLock(lock, subject, async () => {
    const journal = await TapJournal.open(join(folder, journalName))
    try {
      if (!journal.plan) await journal.begin(plan)
      else if (JSON.stringify(journal.plan) !== JSON.stringify(plan)) {
        const other = `${journal.plan.adql} (${journal.plan.url}, ${journal.plan.format})`
        throw new ParameterError(`${subject}: folder must be of the same query and ranges. ${folder} is of ${other}.`)
      }
      await removeTemporaries(folder)
      await new Download(rangePlan, folder, journal, concurrency, stop).run(ranges)
      return await describeDownload(folder, plan, piecesOf(ranges, journal).done)
    } finally {
      await journal.close()
    }
  })
}

/**
 * Opens what `downloadTap` has brought.
 *
 * @throws NotFoundError when the folder has no download, or not all of its pieces; FormatError when its journal is damaged.
 */
export async function openTapDownload(folder: string): Promise<TapDownload> {
  const path = join(folder, journalName)
  const { plan, ...journal } = await readTapJournal(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new NotFoundError(`openTapDownload: folder must hold a download. Received ${folder}.`, { cause })
  })
  const ranges = plan?.ranges.map(([from, to]) => ({ from: BigInt(from), to: BigInt(to) })) ?? []
  const { done, missing } = piecesOf(ranges, journal)
  if (!plan || missing.length > 0) {
    throw new NotFoundError(`openTapDownload: all pieces must be there. ${missing.length} of ${folder} are missing.`)
  }
  return describeDownload(folder, plan, done)
}

function downloadPlan({ tap, query, adql }: RangePlan, ranges: readonly IdRange[]): DownloadPlan {
  const [first, last] = [ranges[0], ranges.at(-1)] as [IdRange, IdRange]
  const { column } = query.ids
  return {
    version: 1,
    url: tap.url,
    adql: renderAdql({ ...query, ids: { column, from: first.from, to: last.to } }, adql),
    column,
    format: tap.format,
    ranges: ranges.map(({ from, to }) => [String(from), String(to)]),
  }
}

/** The pieces of ranges as they have been split, in order. */
function piecesOf(
  ranges: readonly IdRange[],
  { done, split }: { readonly done: ReadonlyMap<string, DonePiece>; readonly split: ReadonlySet<string> },
): { readonly done: DonePiece[]; readonly missing: IdRange[] } {
  const found: { done: DonePiece[]; missing: IdRange[] } = { done: [], missing: [] }
  const left = [...ranges].reverse()
  for (let range = left.pop(); range; range = left.pop()) {
    const piece = done.get(rangeKey(range))
    if (piece) found.done.push(piece)
    else if (split.has(rangeKey(range)) && range.from < range.to) left.push(...halves(range).reverse())
    else found.missing.push(range)
  }
  return found
}

function fileOf(folder: string, format: DownloadPlan['format'], range: IdRange): string {
  return join(folder, `rows_${rangeKey(range)}.${extensions[format]}`)
}

async function describeDownload(folder: string, plan: DownloadPlan, done: readonly DonePiece[]): Promise<TapDownload> {
  const pieces = done.map((piece) => ({ ...piece, name: fileOf(folder, plan.format, piece) }))
  for (const piece of pieces) {
    const size = await sizeOf(piece.name)
    if (size === piece.bytes) continue
    const rule = `file must have the ${piece.bytes} bytes that the journal says`
    throw new FormatError(`downloadTap: ${rule}. Received ${size ?? 'no file'}`, { source: piece.name })
  }
  const rowCount = pieces.reduce((sum, { rows }) => sum + rows, 0)
  return { rowCount, files: pieces.map(({ name }) => name), catalogue: pieceCatalogue(pieces, plan.format) }
}

/** What a process that was killed was writing. */
async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^rows_-?\d+_-?\d+\.(vot|csv|fits)\.[\da-f-]{36}\.tmp$/.test(name))
      await rm(join(folder, name), { force: true })
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    },
  )
}

class Download {
  private readonly plan: RangePlan
  private readonly folder: string
  private readonly journal: TapJournal
  private readonly concurrency: number
  private readonly stop: AbortController
  private queue: IdRange[] = []
  private rows = 0

  constructor(plan: RangePlan, folder: string, journal: TapJournal, concurrency: number, stop: AbortController) {
    this.plan = plan
    this.folder = folder
    this.journal = journal
    this.concurrency = concurrency
    this.stop = stop
  }

  async run(ranges: readonly IdRange[]): Promise<void> {
    const { done, missing } = piecesOf(ranges, this.journal)
    for (const piece of done) {
      const size = await sizeOf(fileOf(this.folder, this.plan.tap.format, piece))
      if (size === piece.bytes) this.rows += piece.rows
      else missing.push(piece)
    }
    this.queue = missing.reverse()
    const running = new Set<Promise<void>>()
    try {
      while (this.queue.length > 0 || running.size > 0) {
        this.plan.tap.signal?.throwIfAborted()
        for (let range = this.next(running.size); range; range = this.next(running.size)) {
          const work: Promise<void> = this.fetch(range).finally(() => running.delete(work))
          running.add(work)
        }
        await Promise.race(running)
      }
    } catch (error) {
      this.stop.abort(error)
      await Promise.allSettled(running)
      throw error
    }
  }

  private next(running: number): IdRange | undefined {
    return running < this.concurrency ? this.queue.pop() : undefined
  }

  private async fetch(range: IdRange): Promise<void> {
    const { tap } = this.plan
    const found = await fetchRange(this.plan, range)
    tap.signal?.throwIfAborted()
    if (!found) {
      await this.journal.addSplit(range)
      this.queue.push(...halves(range).reverse())
      return
    }
    const { bytes, table } = found
    await writeFileAtomic(fileOf(this.folder, tap.format, range), bytes)
    const { from, to } = range
    const piece = { from, to, rows: table.rowCount, bytes: bytes.length, columns: pieceColumns(table) }
    await this.journal.addDone(piece)
    this.rows += table.rowCount
    tap.onProgress?.({ stage: 'download', done: this.rows })
  }
}
