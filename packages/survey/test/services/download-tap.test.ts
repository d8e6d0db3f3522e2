import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FormatError,
  NotFoundError,
  ParameterError,
  RequestError,
  UnsupportedError,
  type Warning,
} from '@astronomaly/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compare } from '../../src/selection/predicate.ts'
import {
  type DownloadTapOptions,
  downloadTap,
  openTapDownload,
  type TapDownload,
} from '../../src/services/download-tap.ts'
import { resolveRanges, type TapRangeQuery } from '../../src/services/id-ranges.ts'
import { tapBatches } from '../../src/services/tap-batches.ts'
import type { SqlValue } from '../selection/sql-condition.ts'
import { serveTap, type TapServer, type TapServerOptions } from './tap-server.ts'

const first = 9_007_199_254_740_000n
/** Ids on both sides of 2^53, with gaps; types of columns differ from piece to piece. */
const rows: Record<string, SqlValue>[] = Array.from({ length: 40 }, (_, i) => ({
  id: first + BigInt(i * i * 2),
  flux: i % 10 === 3 ? null : i / 2,
  count: i < 20 ? BigInt(i) : i === 25 ? null : BigInt(i),
  name: i < 10 ? null : i < 20 ? '5' : `x${i}`,
}))
const query: TapRangeQuery = {
  table: 't',
  cuts: [{ name: 'flux', keep: compare('flux', '>=', 0) }],
  ids: { column: 'id', from: first, to: first + 4000n, step: 500n },
}
const kept = rows.filter(({ flux }) => flux !== null)
const keptIds = kept.map(({ id }) => String(id))
const fast: DownloadTapOptions = { request: { retries: 1, baseDelayMs: 1, maxDelayMs: 2 }, concurrency: 2 }

let server: TapServer
let folder: string
let options: TapServerOptions
beforeEach(async () => {
  options = { rows }
  server = await serveTap(options)
  folder = await mkdtemp(join(tmpdir(), 'tap-'))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const linesIn = (bytes: Uint8Array): number => bytes.filter((byte) => byte === 10).length
const valuesOf = async ({ catalogue }: TapDownload, name: string, batchRows = 7): Promise<unknown[]> => {
  const values: unknown[] = []
  for await (const batch of catalogue.batches({ columns: [name], batchRows })) {
    expect(batch.start).toBe(values.length)
    values.push(...(batch.columns.get(name)?.values ?? []))
  }
  return values
}

describe('downloadTap', () => {
  it.each(['votable', 'csv', 'fits'] as const)(
    'brings each row once, in order, with one type a column (%s)',
    async (format) => {
      const download = await downloadTap(server.url, query, folder, { ...fast, format })
      expect(download.rowCount).toBe(kept.length)
      expect(await valuesOf(download, 'id')).toEqual(keptIds)
      expect(await valuesOf(download, 'flux')).toEqual(kept.map(({ flux }) => flux))
      expect(await valuesOf(download, 'count')).toEqual(
        kept.map(({ count }) => (count === null ? Number.NaN : Number(count))),
      )
      expect(await valuesOf(download, 'name', 1000)).toEqual(kept.map(({ name }) => name ?? ''))
      expect((await openTapDownload(folder)).files).toEqual(download.files)
      expect((await readdir(folder)).sort()).toEqual(
        [...download.files.map((file) => file.slice(folder.length + 1)), 'tap.jsonl'].sort(),
      )
    },
  )

  it('tells once of columns that each piece has', async () => {
    const columns = ['id', 'a', 'a'].map((name) => `<FIELD name="${name}" datatype="long"/>`).join('')
    const body = `<VOTABLE><RESOURCE type="results"><TABLE>${columns}<DATA><TABLEDATA/></DATA></TABLE></RESOURCE></VOTABLE>`
    let asked = 0
    const fetch = async (): Promise<Response> => {
      asked++
      return new Response(body)
    }
    const warnings: string[] = []
    const onWarning = ({ message }: Warning): void => void warnings.push(message)
    await downloadTap('http://localhost/tap', query, folder, { request: { fetch }, onWarning })
    expect(asked).toBeGreaterThan(1)
    expect(warnings).toEqual([expect.stringContaining('a as a_3')])
  })

  it('splits pieces that overflow until none does, and asks for nothing twice', async () => {
    options.limit = 3
    const download = await downloadTap(server.url, query, folder, fast)
    expect(await valuesOf(download, 'id')).toEqual(keptIds)
    expect(new Set(server.queries).size).toBe(server.queries.length)
    const asked = server.queries.length
    await downloadTap(server.url, query, folder, fast)
    expect(server.queries.length).toBe(asked)
  })

  it('counts rows where the format cannot say that some are missing, so that a silent limit loses none', async () => {
    options.limit = 3
    options.silent = true
    for (const format of ['csv'] as const) {
      const download = await downloadTap(server.url, query, join(folder, format), { ...fast, format, maxRows: 5 })
      expect(await valuesOf(download, 'id')).toEqual(keptIds)
    }
    const counted = await downloadTap(server.url, query, join(folder, 'counted'), { ...fast, count: true })
    expect(await valuesOf(counted, 'id')).toEqual(keptIds)
  })

  it('splits pieces that are larger than the bound of an answer', async () => {
    const download = await downloadTap(server.url, query, folder, {
      ...fast,
      request: { ...fast.request, maxBytes: 1200 },
    })
    expect(await valuesOf(download, 'id')).toEqual(keptIds)
    expect(download.files.length).toBeGreaterThan(8)
  })

  it('runs by jobs too, and leaves none behind', async () => {
    const download = await downloadTap(server.url, query, folder, { ...fast, mode: 'async', pollMs: 1, maxPollMs: 2 })
    expect(await valuesOf(download, 'id')).toEqual(keptIds)
    expect(server.jobs.length).toBe(9)
    expect(server.jobs.every(({ deleted }) => deleted)).toBe(true)
  })

  it('deletes the jobs under way when it is aborted', async () => {
    options.polls = Number.POSITIVE_INFINITY
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = (): void => {
      if (server.jobs.length === 2) controller.abort(reason)
    }
    const one = { ...fast, mode: 'async' as const, pollMs: 1, maxPollMs: 2, signal: controller.signal, onProgress }
    await expect(downloadTap(server.url, query, folder, one)).rejects.toBe(reason)
    expect(server.jobs.map(({ deleted }) => deleted)).toEqual([true, true])
  })

  it('never has more queries at the service than it may', async () => {
    await downloadTap(server.url, query, folder, { ...fast, concurrency: 3 })
    expect(server.mostAtOnce()).toBeLessThanOrEqual(3)
    expect(server.mostAtOnce()).toBeGreaterThan(1)
  })

  it('lets one call at a time into a folder, and none wait for a process that was killed', async () => {
    options.polls = Number.POSITIVE_INFINITY
    const controller = new AbortController()
    const reason = new Error('enough')
    const jobs = { ...fast, mode: 'async' as const, pollMs: 1, maxPollMs: 2, signal: controller.signal }
    let second: unknown
    const first = downloadTap(server.url, query, folder, {
      ...jobs,
      onProgress: () => {
        second ??= downloadTap(server.url, query, folder, fast).catch((error: unknown) => {
          controller.abort(reason)
          return error
        })
      },
    })
    await expect(first).rejects.toBe(reason)
    const refused = await second
    expect(refused).toBeInstanceOf(ParameterError)
    expect((refused as Error).message).toContain('folder must not be in use')
    // No process has this number: it is beyond the largest of Linux and of macOS.
    await writeFile(join(folder, 'tap.lock'), JSON.stringify({ pid: 2 ** 30, host: hostname(), token: 'x' }))
    options.polls = 0
    expect((await downloadTap(server.url, query, folder, fast)).rowCount).toBe(kept.length)
    expect(await readdir(folder)).not.toContain('tap.lock')
  })

  it('goes on after an abort at each piece, and fetches no piece again that was done', async () => {
    options.limit = 4
    let calls = 0
    for (let done = false; !done; calls++) {
      const controller = new AbortController()
      const reason = new Error('enough')
      const one = { ...fast, concurrency: 1, signal: controller.signal, onProgress: () => controller.abort(reason) }
      done = await downloadTap(server.url, query, folder, one).then(
        () => true,
        (error: unknown) => {
          expect(error).toBe(reason)
          return false
        },
      )
    }
    const download = await openTapDownload(folder)
    // Each call ends one piece; after the last the abort comes too late.
    expect(calls).toBe(download.files.length)
    expect(server.queries.length).toBe(new Set(server.queries).size)
    expect(await valuesOf(download, 'id')).toEqual(keptIds)
  })

  it('goes on from a journal that is cut off in or between any of its lines', async () => {
    options.limit = 30
    const small: TapRangeQuery = {
      ...query,
      select: ['id'],
      ids: { column: 'id', from: first, to: first + 4000n, step: 2500n },
    }
    await downloadTap(server.url, small, folder, fast)
    const path = join(folder, 'tap.jsonl')
    const whole = await readFile(path)
    const ends = [0, ...whole.keys()].filter((at) => at === 0 || whole[at - 1] === 10)
    for (const length of new Set(ends.flatMap((end) => [Math.max(0, end - 1), end, end + 20]))) {
      await writeFile(path, whole)
      await truncate(path, length)
      const before = server.queries.length
      const download = await downloadTap(server.url, small, folder, fast)
      expect(await valuesOf(download, 'id'), `cut at ${length}`).toEqual(keptIds)
      // Each line but the first, which is the plan, saves one query.
      const lines = Math.max(1, linesIn(whole.subarray(0, length + 1)))
      expect(server.queries.length - before, `cut at ${length}`).toBe(linesIn(whole) - lines)
    }
  })

  it('fetches files again that are missing or have another length', async () => {
    const download = await downloadTap(server.url, query, folder, fast)
    await rm(download.files[1] as string)
    await truncate(download.files[3] as string, 10)
    // What a killed process leaves.
    await writeFile(`${download.files[3]}.01234567-89ab-cdef-0123-456789abcdef.tmp`, 'half')
    await writeFile(join(folder, 'notes.tmp'), 'mine')
    await expect(openTapDownload(folder)).rejects.toThrow(FormatError)
    const before = server.queries.length
    expect(await valuesOf(await downloadTap(server.url, query, folder, fast), 'id')).toEqual(keptIds)
    expect(server.queries.length - before).toBe(2)
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual(['notes.tmp'])
  })

  it('stops at a failure, and goes on when it is over', async () => {
    let broken = true
    options.fault = (_, __, count) => (broken && count > 3 ? 'refused' : undefined)
    await expect(downloadTap(server.url, query, folder, fast)).rejects.toThrow(RequestError)
    await expect(openTapDownload(folder)).rejects.toThrow(NotFoundError)
    const before = server.queries.length
    broken = false
    expect(await valuesOf(await downloadTap(server.url, query, folder, fast), 'id')).toEqual(keptIds)
    expect(server.queries.length - before).toBeLessThanOrEqual(9 - 2)
    expect((await readdir(folder)).some((name) => name.endsWith('.tmp'))).toBe(false)
  })

  it('refuses a folder of another query, and a journal that something else has written to', async () => {
    const download = await downloadTap(server.url, query, folder, fast)
    await expect(downloadTap(server.url, { ...query, cuts: [] }, folder, fast)).rejects.toThrow(ParameterError)
    await expect(downloadTap(server.url, query, folder, { ...fast, format: 'csv' })).rejects.toThrow(ParameterError)
    const path = join(folder, 'tap.jsonl')
    const lines = (await readFile(path, 'utf8')).split('\n')
    for (const bad of [
      '{"done":["1"]}',
      'x',
      '{"split":["5","1"]}',
      lines[1]?.replace('"rows":', '"rows":-') ?? '',
      '[]',
      '{"plan":{}}',
    ]) {
      await writeFile(path, [lines[0], bad, ...lines.slice(1)].join('\n'))
      const error = await downloadTap(server.url, query, folder, fast).catch((reason: unknown) => reason)
      expect(error, bad).toBeInstanceOf(FormatError)
      expect(error, bad).toMatchObject({ source: path, offset: (lines[0]?.length ?? 0) + 1 })
    }
    expect((await stat(download.files[0] as string)).size).toBeGreaterThan(0)
  })

  it('refuses a query that would leave rows of each piece out', async () => {
    for (const more of [{ top: 2 }, { orderBy: ['id'] }]) {
      const other = { ...query, ...more }
      await expect(downloadTap(server.url, other, folder, fast)).rejects.toThrow(ParameterError)
      await expect(tapBatches(server.url, other).next()).rejects.toThrow(
        `query: unknown option '${Object.keys(more)[0]}'`,
      )
    }
    expect(server.asked).toEqual([])
  })

  it('refuses ids of more rows than the service gives, and rows that were not asked for', async () => {
    const twice = await serveTap({
      rows: [...rows, rows[0] as Record<string, SqlValue>, rows[0] as Record<string, SqlValue>],
      limit: 2,
    })
    await expect(downloadTap(twice.url, query, folder, fast)).rejects.toThrow(UnsupportedError)
    await twice.close()
    // A service that does not heed the range.
    const wrong = { ...query, cuts: [], select: ['flux'], ids: { column: 'flux', from: 0, to: 30, step: 10 } }
    await expect(downloadTap(server.url, wrong, join(folder, 'b'), fast)).rejects.toThrow(
      'ids must be from 0 to 9 as the query asks',
    )
  })
})

describe('tapBatches', () => {
  it('gives each row once, in order, split where it must be', async () => {
    options.limit = 3
    for (const format of ['votable', 'csv'] as const) {
      const ids: unknown[] = []
      for await (const { start, columns } of tapBatches(server.url, query, { request: fast.request ?? {}, format })) {
        expect(start).toBe(ids.length)
        ids.push(...Array.from(columns.get('id')?.values ?? [], String))
      }
      expect(ids).toEqual(keptIds)
    }
  })

  it('does not let counting be left out where rows could be lost', async () => {
    const batches = tapBatches(server.url, query, { format: 'csv', count: false })
    await expect(batches.next()).rejects.toThrow('count must be true for csv')
  })
})

describe('ranges of ids', () => {
  const of = (ids: object): string[] =>
    resolveRanges('t', { column: 'id', ...ids } as TapRangeQuery['ids']).map(({ from, to }) => `${from}-${to}`)

  it('cover all ids once', () => {
    expect(of({ from: 1, to: 7, step: 3 })).toEqual(['1-3', '4-6', '7-7'])
    expect(of({ from: -2n, to: 1n, step: 10n })).toEqual(['-2-1'])
    expect(
      of({
        ranges: [
          [1, 5],
          [6n, 6n],
          [9, 2n ** 60n],
        ],
      }),
    ).toEqual(['1-5', '6-6', '9-1152921504606846976'])
  })

  it('are refused when they overlap, are empty, too many or no integers', () => {
    for (const bad of [
      { from: 2, to: 1, step: 1 },
      { from: 0, to: 9, step: 0 },
      { from: 0, to: 2 ** 52, step: 1 },
      { from: 0.5, to: 9, step: 1 },
      { from: 0, to: 2 ** 53, step: 2 ** 52 },
      { ranges: [] },
      {
        ranges: [
          [1, 5],
          [5, 6],
        ],
      },
      { ranges: [[3, 2]] },
      { ranges: [[1]] },
      { column: '', from: 1, to: 2, step: 1 },
    ]) {
      expect(() => of(bad), JSON.stringify(bad)).toThrow(ParameterError)
    }
  })
})
