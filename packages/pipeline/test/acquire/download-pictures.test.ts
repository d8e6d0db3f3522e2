import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, NotFoundError, ParameterError, type Progress } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { encodeFitsTable } from '@astronomaly/fits'
import { encodeCsv } from '@astronomaly/io'
import { legacySurveyUrl } from '@astronomaly/survey'
import { downloadTable } from '@astronomaly/survey/node'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DownloadPicturesOptions, downloadPictures, rank, scanFolder } from '../../src/index.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type PictureService, pictureOf, servePictures } from './picture-service.ts'

let service: PictureService
let folder: string
let out: string
let catalogue: string
let broken = true
let gone = true
beforeAll(async () => {
  service = await servePictures((response, { pathname, searchParams }, count) => {
    const ra = Number(searchParams.get('ra'))
    if (ra === 13 && gone) response.writeHead(404).end()
    else if (ra === 17 && broken) response.end('<html>busy</html>')
    else if (ra === 19 && count === 1) response.writeHead(503).end()
    else if (pathname === '/hang') return true
    else return false
    return true
  })
})
afterAll(() => service.close())
beforeEach(async () => {
  folder = await temporaryFolder()
  out = join(folder, 'images')
  catalogue = join(folder, 'objects.csv')
  service.asked.length = 0
  broken = true
  gone = true
})

async function objects(rows: readonly (readonly [id: string, ra: number, dec: number])[]): Promise<void> {
  const columns = new Map([
    ['ID', { values: rows.map(([id]) => id), width: 1 }],
    ['RA', { values: Float64Array.from(rows, ([, ra]) => ra), width: 1 }],
    ['Dec', { values: Float64Array.from(rows, ([, , dec]) => dec), width: 1 }],
  ])
  await writeFile(catalogue, encodeCsv({ rowCount: rows.length, columns }))
}
const download = (options: Partial<DownloadPicturesOptions> = {}) =>
  downloadPictures({
    ...{ catalogue, out, source: `${service.url}/cutout?ra={ra}&dec={dec}`, baseDelayMs: 1, retries: 1 },
    ...options,
  })

describe('downloadPictures', () => {
  it('fills a folder that rank reads under the ids of the catalogue, whatever they are', async () => {
    const ids = ['J1+01.5', 'NGC 1300', 'a/b', '../up', '.hidden', 'a%20b', 'con', 'x.fits', 'é½', '007', '100%']
    await objects(ids.map((id, i) => [id, i, -i]))
    const summary = await download()
    expect(summary).toMatchObject({ out, objects: 11, downloaded: 11, kept: 0, failed: 0, reasons: {} })
    expect(summary.journal).toBe(join(out, 'downloads.jsonl'))
    // What a killed run leaves behind is no picture either.
    await mkdir(join(out, '.downloads-partial'))
    await writeFile(join(out, '.downloads-partial', 'a.tmp'), 'x')
    await writeFile(join(out, 'downloads.lock'), '{}')
    const scan = await scanFolder(out)
    expect(scan.rejected).toEqual([])
    expect(scan.objects.map(({ id }) => id)).toEqual([...ids].sort())
    const ranked = await rank({ folder: out, out: join(folder, 'run'), catalogue, trees: 10 })
    expect(ranked).toMatchObject({ objects: 11, rejected: 0 })
  })

  it('asks the Legacy Surveys unless told otherwise', async () => {
    await objects([['one', 10.5, -20.25]])
    const asked: string[] = []
    const fetch = async (url: string | URL | Request): Promise<Response> => {
      asked.push(url instanceof Request ? url.url : String(url))
      return new Response(new Uint8Array(pictureOf(1)))
    }
    await downloadPictures({ catalogue, out, fetch })
    await downloadPictures({ catalogue, out, fetch, source: { size: 99, layer: 'ls-dr9' } })
    const place = { raDeg: 10.5, decDeg: -20.25 }
    expect(asked).toEqual([legacySurveyUrl(place), legacySurveyUrl({ ...place, size: 99, layer: 'ls-dr9' })])
  })

  it('fills any column into the address, and makes ids of several', async () => {
    const table: Table = {
      rowCount: 3,
      columns: new Map([
        ['brickid', { values: Int32Array.from([4, 4, 5]), width: 1 }],
        ['objid', { values: Int32Array.from([1, 2, 1]), width: 1 }],
        ['side', { values: Float32Array.from([10, 20.5, 30]), width: 1 }],
      ]),
    }
    catalogue = join(folder, 'tractor.fits')
    await writeFile(catalogue, encodeFitsTable(table))
    const progress: Progress[] = []
    const idColumn = '{brickid}_{OBJID}'
    const source = `${service.url}/{brickid}/{id}.fits?size={side}`
    const summary = await download({ idColumn, source, limit: 2, onProgress: (p) => progress.push(p) })
    expect(summary).toMatchObject({ objects: 2, downloaded: 2 })
    expect([...service.asked].sort()).toEqual(['/4/4_1.fits?size=10', '/4/4_2.fits?size=20.5'])
    expect((await scanFolder(out)).objects.map(({ id }) => id)).toEqual(['4_1', '4_2'])
    expect(progress.at(0)).toEqual({ stage: 'catalogue', done: 2, total: 2 })
    expect(progress.at(-1)).toEqual({ stage: 'download', done: 2, total: 2 })
  })

  it('goes on where it was left, and says why an object has no picture', async () => {
    await objects([11, 13, 17, 19].map((ra) => [`at ${ra}`, ra, 0]))
    const first = await download()
    expect(first).toMatchObject({ objects: 4, downloaded: 2, failed: 2, reasons: { status: 1, html: 1 } })
    expect((await downloadTable(out)).rowCount).toBe(4)
    broken = false
    service.asked.length = 0
    // The web page was the service's; the status 404 was the object's.
    expect(await download()).toMatchObject({ downloaded: 1, kept: 2, failed: 1, reasons: { status: 1 } })
    expect(service.asked).toEqual([])
    gone = false
    expect(await download({ verify: true })).toMatchObject({ downloaded: 0, kept: 3, failed: 1 })
    expect(await download({ retryFailed: true })).toMatchObject({ downloaded: 1, kept: 3, failed: 0 })
  })

  it('stops at an abort with its reason, and goes on', async () => {
    await objects(Array.from({ length: 30 }, (_, i) => [`n${i}`, 100 + i, 0]))
    const controller = new AbortController()
    const onProgress = ({ stage, done }: Progress): void => {
      if (stage === 'download' && done >= 5) controller.abort(new Error('enough'))
    }
    const stopped = download({ concurrency: 1, signal: controller.signal, onProgress })
    await expect(stopped).rejects.toThrow('enough')
    const there = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.fits')).length
    expect(there).toBeGreaterThanOrEqual(5)
    expect(await download()).toMatchObject({ downloaded: 30 - there, kept: there, failed: 0 })
  })

  it('says what is wrong with a catalogue, with file and row, before it asks for anything', async () => {
    const cases: readonly (readonly [string, Partial<DownloadPicturesOptions>, unknown, string])[] = [
      ['title,ra,dec\na,1,2\n', {}, FormatError, 'catalogue must have a column id (or of another usual name)'],
      ['id,ra\na,1\n', {}, FormatError, 'catalogue must have columns ra and dec (or of other usual names)'],
      ['id,ra,dec\na,1,2\n', { raColumn: 'alpha' }, NotFoundError, 'column must exist. Received alpha'],
      ['id,ra,dec\na,1,2\nb,1,2\na,1,2\n', {}, FormatError, 'Received one of row 1 again (PATH, row 3, a)'],
      ['id,ra,dec\n,1,2\n', {}, FormatError, 'id must not be empty (PATH, row 1)'],
      ['id,ra,dec\n', {}, FormatError, 'catalogue must have rows'],
      ['id,ra,dec\na,1,2\n', { source: `${service.url}/{mag}` }, NotFoundError, 'Received mag'],
      ['id,ra,dec\na,1,2\n', { source: `${service.url}/x` }, ParameterError, 'must name a column in braces'],
      ['id,ra,dec\na,1,2\n', { source: 'ftp://x/{id}' }, ParameterError, 'must begin with http'],
      ['id,ra,dec\na,1,2\n', { source: { size: 0 } }, ParameterError, 'size must be an integer'],
      ['id,ra,dec\na,1,2\n', { idColumn: '{id' }, ParameterError, 'idColumn must be a column'],
      ['id,ra,dec\na,1,2\n', { limit: 0 }, ParameterError, 'limit must be an integer'],
      ['id,ra,dec\na,1,2\n', { concurrency: 0 }, ParameterError, 'concurrency must be an integer'],
      ['id,ra,dec\na,1,2\n', { speed: 3 } as object, ParameterError, "unknown option 'speed'"],
      ['id,ra,dec\na,1,2\n', { out: 'objects.csv/images' }, ParameterError, 'must be a folder that can be written'],
      ['id,ra,dec\na,1,2\n', { out: 'objects.csv' }, ParameterError, '(ENOTDIR)'],
    ]
    for (const [text, options, kind, message] of cases) {
      await writeFile(catalogue, text)
      const own = options.out === undefined ? options : { ...options, out: join(folder, options.out) }
      const error = await download(own).then(
        () => undefined,
        (reason: Error) => reason,
      )
      expect(error).toBeInstanceOf(kind)
      expect(error?.message).toContain(message.replace('PATH', catalogue))
      expect(error?.message).not.toContain('\n')
    }
    expect(service.asked).toEqual([])
    await expect(download({ catalogue: join(folder, 'none.csv') })).rejects.toThrow(NotFoundError)
  })

  it('goes on without objects that have no position or address, each with its reason', async () => {
    await writeFile(catalogue, 'id,ra,dec\na,-210,2\nb,,2\nc,11:00:00,2\nd,400,2\ne,10,95\n')
    expect(await download()).toMatchObject({ objects: 5, downloaded: 2, failed: 3, reasons: { 'no-position': 3 } })
    expect(service.asked.map((asked) => new URL(asked, service.url).searchParams.get('ra'))).toEqual(['150', '165'])
    const journal = await readFile(join(out, 'downloads.jsonl'), 'utf8')
    expect(journal).toContain('position is missing (row 2)')
    expect(journal).toContain('ra must be an angle from -360 to 360 degrees. Received 400 (row 4)')
    expect(await download()).toMatchObject({ kept: 2, failed: 3 })
    await writeFile(catalogue, 'id,mag\na,1\nb,\n')
    const source = `${service.url}/?ra={mag}`
    expect(await download({ source, out: join(folder, 'by-magnitude') })).toMatchObject({
      downloaded: 1,
      reasons: { address: 1 },
    })
  })

  it('fails when no object has a picture', async () => {
    await objects([['gone', 13, 0]])
    await expect(download()).rejects.toThrow(
      /^download: some object must have a picture. Received none of 1: status 1; /,
    )
    expect(await readFile(join(out, 'downloads.jsonl'), 'utf8')).toContain('"gone"')
  })
})
