import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { FormatError, ParameterError, type Progress, RequestError } from '@astronomaly/core'
import { encodeFitsImage } from '@astronomaly/fits'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deadUrl, type FaultServer, serve } from '../../../core/test/http/fault-server.ts'
import {
  type CutoutRequest,
  checkCutout,
  type DownloadCutoutsOptions,
  type DownloadRecord,
  type DownloadSummary,
  downloadCutouts,
  readDownloadJournal,
} from '../../src/node.ts'

const fits = (fill: number): Uint8Array => encodeFitsImage({ data: new Uint8Array(100).fill(fill), shape: [10, 10] })
const body = fits(7)
let server: FaultServer
let folder: string
beforeAll(async () => {
  server = await serve({
    good: (_, response) => response.end(body),
    other: (_, response) => response.end(fits(8)),
    once: (_, response, count) => (count > 1 ? response.end(body) : response.writeHead(503).end()),
    html: (_, response) => response.end('<html>busy</html>'),
    busy: (_, response, count) => response.end(count > 1 ? body : '<html>busy</html>'),
    short: (_, response) => response.end(body.subarray(0, 2890)),
    text: (_, response) => response.end('no such place'),
    broken: (_, response) => response.writeHead(500).end(),
    banned: (_, response) => response.writeHead(403).end(),
    hang: () => {},
    move: (_, response) => response.writeHead(302, { location: '/good/moved' }).end(),
    away: (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    large: (_, response) => response.end(Buffer.alloc(100_000)),
  })
})
afterAll(() => server.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'io-download-'))
  server.asked.length = 0
})
afterEach(() => rm(folder, { recursive: true }))

const ask = (path: string, id = path.replace('/', '-')): CutoutRequest => ({ id, url: `${server.url}/${path}` })
const download = (
  requests: Iterable<CutoutRequest> | AsyncIterable<CutoutRequest>,
  options: Partial<DownloadCutoutsOptions> = {},
): Promise<DownloadSummary> =>
  downloadCutouts(requests, { folder, layout: 'flat', baseDelayMs: 1, retries: 2, ...options })
const journal = async (): Promise<DownloadRecord[]> => {
  const records: DownloadRecord[] = []
  for await (const record of readDownloadJournal(folder)) records.push(record)
  return records
}
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => name !== 'downloads.jsonl').sort()

describe('downloadCutouts', () => {
  it('keeps sound files and writes down what became of the others', async () => {
    const progress: Progress[] = []
    const paths = [
      'good',
      'once',
      'busy',
      'move',
      'html',
      'short',
      'text',
      'broken',
      'missing',
      'banned',
      'away',
      'large',
    ]
    const requests = [...paths.map((path) => ask(`${path}/1`)), { id: 'no url', url: 'file:///etc/passwd' }]
    const summary = await download(requests, { maxBytes: 50_000, onProgress: (p) => progress.push(p) })
    expect(summary).toEqual({
      ...{ objects: 13, downloaded: 4, kept: 0, failed: 9, duplicates: 0, bytes: 4 * body.length },
      journal: join(folder, 'downloads.jsonl'),
      reasons: { html: 1, truncated: 1, text: 1, status: 3, redirect: 1, 'too-large': 1, address: 1 },
    })
    expect(await files()).toEqual(['busy-1.fits', 'good-1.fits', 'move-1.fits', 'once-1.fits'])
    expect(progress.at(-1)).toEqual({ stage: 'download', done: 13, total: 13 })
    const records = new Map((await journal()).map((record) => [record.id, record]))
    expect(records.size).toBe(13)
    expect(records.get('good-1')).toEqual({
      ...{ id: 'good-1', outcome: 'done', url: `${server.url}/good/1`, attempts: 1, file: 'good-1.fits' },
      sha256: createHash('sha256').update(body).digest('hex'),
      bytes: body.length,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    const of = (id: string) => records.get(id)
    expect(of('once-1')).toMatchObject({ outcome: 'done', attempts: 2 })
    expect(of('busy-1')).toMatchObject({ outcome: 'done', attempts: 2 })
    expect(of('html-1')).toMatchObject({
      outcome: 'failed',
      reason: 'html',
      status: 200,
      attempts: 3,
      permanent: false,
    })
    expect(of('short-1')).toMatchObject({ reason: 'truncated', attempts: 3, permanent: false })
    expect(of('broken-1')).toMatchObject({ reason: 'status', status: 500, attempts: 3, permanent: false })
    expect(of('missing-1')).toMatchObject({ reason: 'status', status: 404, attempts: 1, permanent: true })
    expect(of('banned-1')).toMatchObject({ reason: 'status', status: 403, attempts: 1, permanent: false })
    expect(of('away-1')).toMatchObject({ reason: 'redirect', status: 302, permanent: true })
    expect(of('large-1')).toMatchObject({ reason: 'too-large', permanent: true })
    expect(of('no url')).toMatchObject({ reason: 'address', attempts: 0, permanent: true })
    expect(of('text-1')).toMatchObject({ reason: 'text', status: 200, attempts: 3, permanent: true })
    expect(of('text-1')!.message).toContain('no such place')
  })

  it('goes on where it was left, and asks only for what it must', async () => {
    const requests = ['good/1', 'good/2', 'good/3', 'html/1', 'missing/1', 'broken/1'].map((path) => ask(path))
    expect(await download(requests)).toMatchObject({ downloaded: 3, failed: 3 })
    await rm(join(folder, 'good-2.fits'))
    await truncate(join(folder, 'good-3.fits'), 100)
    server.asked.length = 0
    const again = await download(requests)
    expect(again).toMatchObject({ objects: 6, downloaded: 2, kept: 1, failed: 3, reasons: { html: 1, status: 2 } })
    expect([...new Set(server.asked)].sort()).toEqual(['/broken/1', '/good/2', '/good/3', '/html/1'])
    expect(await readFile(join(folder, 'good-3.fits'))).toEqual(Buffer.from(body))
    server.asked.length = 0
    await download(requests, { retryFailed: true })
    expect([...new Set(server.asked)].sort()).toEqual(['/broken/1', '/html/1', '/missing/1'])
  })

  it('reads files of earlier runs again only where it is asked to', async () => {
    await download([ask('good/1')])
    await writeFile(join(folder, 'good-1.fits'), Buffer.alloc(body.length))
    expect(await download([ask('good/1')])).toMatchObject({ kept: 1 })
    expect(await download([ask('good/1')], { verify: true })).toMatchObject({ downloaded: 1, kept: 0 })
    expect(await download([ask('good/1')], { verify: true })).toMatchObject({ downloaded: 0, kept: 1 })
  })

  it('fetches an object again whose url has changed', async () => {
    await download([ask('good/1', 'a')])
    expect(await download([ask('other/1', 'a')])).toMatchObject({ downloaded: 1 })
    expect(await readFile(join(folder, 'a.fits'))).toEqual(Buffer.from(fits(8)))
    expect(await download([ask('html/1', 'a')])).toMatchObject({ failed: 1 })
    expect(await files()).toEqual([])
  })

  it('leaves one file of an object when its type changes', async () => {
    await download([ask('good/1', 'a')], { check: () => ({ extension: 'one' }) })
    expect(await files()).toEqual(['a.one'])
    await download([ask('other/1', 'a')], { check: () => ({ extension: 'two' }) })
    expect(await files()).toEqual(['a.two'])
  })

  it('removes the file that a killed run did not list, when its object fails', async () => {
    await writeFile(join(folder, 'html-1.fits'), body)
    await download([ask('html/1')])
    expect(await files()).toEqual([])
  })

  it('settles each object once', async () => {
    const warnings: string[] = []
    const twice = [ask('good/1', 'a'), ask('good/2', 'b'), ask('good/1', 'a'), ask('good/1', 'a')]
    expect(await download(twice)).toMatchObject({ objects: 2, downloaded: 2, duplicates: 2 })
    expect(server.asked.sort()).toEqual(['/good/1', '/good/2'])
    const onWarning = ({ message }: { message: string }): unknown => warnings.push(message)
    expect(await download([...twice, ask('other/1', 'a')], { onWarning })).toMatchObject({ kept: 2, duplicates: 3 })
    expect(warnings).toEqual(['downloadCutouts: one object has several addresses; the first is used'])
    expect(await journal()).toHaveLength(2)
  })

  it('keeps to its folder, whatever the ids', async () => {
    const target = join(folder, 'in', 'here')
    const ids = ['../escape', '../../escape', '/tmp/escape', '..', '.', 'a/b', 'a\\b', 'nul', 'C:x', 'a\0b', 'x\ny']
    const requests = ids.map((id, i) => ask(`good/${i}`, id))
    const summary = await downloadCutouts(requests, { folder: target, baseDelayMs: 1 })
    expect(summary).toMatchObject({ downloaded: ids.length })
    expect(
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile()),
    ).toHaveLength(ids.length + 1)
    expect(await readdir(folder)).toEqual(['in'])
    expect(await readdir(join(folder, 'in'))).toEqual(['here'])
  })

  it('lists ids that can be no file of their own, once', async () => {
    const requests = [ask('good/1', 'Abc'), ask('good/2', 'aBC'), ask('good/3', ''), ask('good/4', 'x'.repeat(500))]
    const one = { concurrency: 1 }
    const reasons = { name: 3 }
    expect(await download(requests, one)).toMatchObject({ downloaded: 1, failed: 3, reasons })
    expect(await download(requests, one)).toMatchObject({ kept: 1, failed: 3, reasons })
    const records = await journal()
    expect(records.map(({ id, reason }) => [id.length, reason ?? 'none']).sort()).toEqual([
      [0, 'name'],
      [3, 'name'],
      [3, 'none'],
      [500, 'name'],
    ])
  })

  it('spreads files over folders, and keeps to the layout that it began with', async () => {
    const requests = Array.from({ length: 20 }, (_, i) => ask(`good/${i}`))
    await download(requests, { layout: 'sharded' })
    const names = (await files()).filter((name) => name.includes('.fits'))
    expect(names).toHaveLength(20)
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{3}[\\/]good-\d+\.fits$/)
    await expect(download(requests, { layout: 'flat' })).rejects.toThrow('layout must be the one that the folder has')
  })

  it('takes an endless stream as it needs it, and stops with the reason of an abort', async () => {
    const controller = new AbortController()
    const reason = { enough: true }
    let given = 0
    let closed = false
    async function* endless(): AsyncGenerator<CutoutRequest> {
      try {
        for (;;) yield ask(`good/${given++}`)
      } finally {
        closed = true
      }
    }
    const onProgress = ({ done }: Progress): void => {
      if (done >= 50) controller.abort(reason)
    }
    const stopped = download(endless(), { concurrency: 2, onProgress, signal: controller.signal })
    await expect(stopped).rejects.toBe(reason)
    expect(closed).toBe(true)
    expect(given).toBeLessThan(50 + 4 * 2 + 2)
    const records = await journal()
    expect(records.length).toBeGreaterThanOrEqual(50)
    expect(await files()).toEqual(records.map(({ file }) => file).sort())
  })

  it('ends what hangs when it is aborted', async () => {
    const controller = new AbortController()
    const stopped = download([ask('hang/1'), ask('good/1')], {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(stopped).rejects.toHaveProperty('name', 'AbortError')
    expect(await files()).toEqual(['good-1.fits'])
    await expect(download([], { signal: AbortSignal.abort(3) })).rejects.toBe(3)
  })

  it('is not held up by a stream that gives nothing more', async () => {
    async function* stuck(): AsyncGenerator<CutoutRequest> {
      yield ask('good/1')
      await new Promise(() => {})
    }
    const controller = new AbortController()
    const stopped = download(stuck(), { signal: controller.signal, onProgress: () => controller.abort('enough') })
    await expect(stopped).rejects.toBe('enough')
    expect(await journal()).toHaveLength(1)
  })

  it('passes on what the stream throws, with what came before settled', async () => {
    async function* torn(): AsyncGenerator<CutoutRequest> {
      yield ask('good/1')
      throw new RangeError('no more')
    }
    await expect(download(torn())).rejects.toThrow('no more')
    expect(await files()).toEqual((await journal()).map(({ file }) => file))
  })

  it('stops with the error of a folder that cannot be written, and loses nothing', async () => {
    await mkdir(join(folder, 'good-2.fits'))
    await writeFile(join(folder, 'good-2.fits', 'mine'), '')
    const requests = [1, 2, 3].map((i) => ask(`good/${i}`))
    const error = await download(requests, { concurrency: 1 }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ParameterError)
    expect(error).toHaveProperty('cause.code', expect.stringMatching(/^(EISDIR|ENOTEMPTY|EEXIST|EPERM)$/))
    for (const record of await journal()) {
      expect(await readFile(join(folder, record.file!))).toEqual(Buffer.from(body))
    }
    await rm(join(folder, 'good-2.fits'), { recursive: true })
    await download(requests)
    expect(await files()).toEqual(['good-1.fits', 'good-2.fits', 'good-3.fits'])
    await writeFile(join(folder, 'file'), '')
    await expect(download(requests, { folder: join(folder, 'file', 'below') })).rejects.toHaveProperty('code')
  })

  it('removes unfinished files of a run that was killed', async () => {
    await mkdir(join(folder, '.downloads-partial'))
    await writeFile(join(folder, '.downloads-partial', 'x.tmp'), 'half')
    await download([ask('good/1')])
    expect(await files()).toEqual(['good-1.fits'])
  })

  it('gives up when the service is down, and lists what failed', async () => {
    const url = await deadUrl()
    const requests = Array.from({ length: 500 }, (_, i) => ({ id: `o${i}`, url: `${url}/${i}` }))
    const error = await download(requests, { giveUpAfter: 20, retries: 0 }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({ reason: 'refused' })
    const records = await journal()
    expect(records.length).toBeGreaterThanOrEqual(20)
    expect(records.length).toBeLessThan(20 + 4 * 8 + 1)
    expect(await download(requests.slice(0, 30), { giveUpAfter: 'never', retries: 0 })).toMatchObject({ failed: 30 })
  })

  it.each([
    ['html', 'Received a message in place of a picture: "<html>busy</html>" (http'],
    ['short', 'the service must send whole files. Received'],
  ])('gives up when the service answers every object with %s, and tries them again later', async (path, message) => {
    const requests = Array.from({ length: 200 }, (_, i) => ask(`${path}/${i}`, `o${i}`))
    const options = { giveUpAfter: 20, retries: 0 }
    const error = await download(requests, options).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({ reason: 'protocol', status: 200, attempts: 1 })
    expect(String(error)).toContain(message)
    const records = await journal()
    expect(records.length).toBeGreaterThanOrEqual(20)
    expect(records.length).toBeLessThan(20 + 4 * 8 + 1)
    expect(records.every(({ permanent }) => permanent === false)).toBe(true)
    const well = records.map(({ id }) => ask(`good/${id}`, id))
    expect(await download(well, options)).toMatchObject({ downloaded: records.length, failed: 0 })
  })

  it('does not give up when the service says of every object that it has none', async () => {
    const requests = Array.from({ length: 60 }, (_, i) => ask(`text/${i}`))
    const options = { giveUpAfter: 5, retries: 0 }
    expect(await download(requests, options)).toMatchObject({ failed: 60, reasons: { text: 60 } })
  })

  it('lets one run at a time into a folder', async () => {
    let second: unknown
    async function* requests(): AsyncGenerator<CutoutRequest> {
      yield ask('good/1')
      second = await download([ask('good/2')]).catch((caught: unknown) => caught)
    }
    expect(await download(requests())).toMatchObject({ downloaded: 1 })
    expect(second).toBeInstanceOf(ParameterError)
    expect(String(second)).toContain('must not be in use')
    expect(await download([ask('good/2')])).toMatchObject({ downloaded: 1 })
  })

  it('asks a check of one’s own, and passes on what it throws', async () => {
    const check: DownloadCutoutsOptions['check'] = (bytes, { id }) =>
      id.endsWith('2') ? { reason: 'blank', message: 'every pixel is 7', transient: true } : checkCutout(bytes)
    expect(await download([ask('good/1'), ask('good/2')], { check })).toMatchObject({ reasons: { blank: 1 } })
    const broken = (): never => {
      throw new RangeError('mine')
    }
    await expect(download([ask('good/3')], { check: broken })).rejects.toThrow('mine')
    await expect(download([ask('good/3')], { check: () => ({ extension: '../x' }) })).rejects.toThrow('extension')
  })

  it('refuses a damaged journal', async () => {
    await writeFile(join(folder, 'downloads.jsonl'), 'junk\n{}\n')
    await expect(download([ask('good/1')])).rejects.toBeInstanceOf(FormatError)
    expect(await files()).toEqual([])
  })

  it('refuses a journal that names a file outside the folder, and removes none', async () => {
    const outside = `${folder}-outside.txt`
    await writeFile(outside, 'mine')
    const file = `x.fits/../../${basename(outside)}`
    const done = { id: 'x', outcome: 'done', url: 'http://a/', attempts: 1, at: '', file, bytes: 4, sha256: '' }
    await writeFile(join(folder, 'downloads.jsonl'), `${JSON.stringify(done)}\n`)
    await expect(download([ask('missing', 'x')])).rejects.toBeInstanceOf(FormatError)
    expect(await readFile(outside, 'utf8')).toBe('mine')
    await rm(outside)
  })

  it.each([
    { concurrency: 0 },
    { requestsPerSecond: 0 },
    { timeoutMs: 0 },
    { retries: -1 },
    { maxBytes: 2 ** 32 },
    { layout: 'deep' },
    { giveUpAfter: 0 },
    { folder: '' },
    { folder: 'a\0b' },
    { retry: 3 },
  ])('refuses %o', async (options) => {
    await expect(download([], options as Partial<DownloadCutoutsOptions>)).rejects.toBeInstanceOf(ParameterError)
  })

  it('refuses requests that are none', async () => {
    for (const request of [{ id: 3, url: server.url }, { id: 'a' }, null]) {
      await expect(download([request as unknown as CutoutRequest])).rejects.toBeInstanceOf(ParameterError)
    }
    await expect(download(undefined as unknown as CutoutRequest[])).rejects.toBeInstanceOf(ParameterError)
  })
})
