import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scanFolder } from '@astronomaly/pipeline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mosaic, type PictureService, servePictures } from '../../pipeline/test/acquire/picture-service.ts'
import { createSession, exitCodes, runCli } from '../src/index.ts'
import { expression, numberOrColumn, seconds, tableName } from '../src/options.ts'

let folder: string
let service: PictureService
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astronomaly-acquire-'))
  service = await servePictures((response, { searchParams }) => {
    if (Number(searchParams.get('ra')) !== 13) return false
    response.writeHead(404).end()
    return true
  })
  url = `${service.url}/?ra={ra}&dec={dec}`
  const rows = Array.from({ length: 12 }, (_, i) => `NGC ${i},${i + 3},1,${150 + i * 1e-4},2,${10 + i}`)
  await writeFile(join(folder, 'objects.csv'), `name,ra,dec,alpha,delta,side\n${rows.join('\n')}\n`)
  await mkdir(join(folder, 'mosaics'))
  for (const band of ['g', 'r']) await writeFile(join(folder, 'mosaics', `image-${band}.fits`), mosaic(band))
})
afterAll(async () => {
  await service.close()
  await rm(folder, { recursive: true, force: true })
})

/** @param stopAt - Progress that is interrupted when it is shown. */
async function call(args: readonly string[], stopAt?: string) {
  let out = ''
  let err = ''
  const controller = new AbortController()
  const write = (text: string): void => {
    err += text
    if (stopAt !== undefined && text.startsWith(stopAt)) controller.abort(new Error('interrupted'))
  }
  const session = createSession({
    out: { write: (text) => (out += text) },
    err: { write },
    signal: controller.signal,
    resolve: (path) => join(folder, path),
  })
  const code = await runCli(args, session)
  return { code, out, err }
}
const download = (...more: string[]): string[] => ['download', 'objects.csv', '--id-column', 'name', ...more]
const cutouts = (...more: string[]): string[] => {
  return ['cutouts', 'objects.csv', 'mosaics', ...more, '--id-column', 'name', '--ra-column', 'alpha', '--dec-column']
}

describe('astronomaly download', () => {
  it('fills a folder, sums up, and goes on', async () => {
    const few = await call(download('--out', 'images', '--url', url, '--limit', '4'))
    const path = join(folder, 'images')
    const journal = join(path, 'downloads.jsonl')
    expect(few).toMatchObject({ code: exitCodes.ok })
    expect(few.err).toMatch(/^catalogue\s+4 \/ 4\n(download .*\n)*download\s+4 \/ 4.*\n$/)
    expect(few.out).toMatch(/^4 of 4 pictures: 4 downloaded, 0\.1 MB: /)
    expect(few.out).toContain(`${path}\njournal: ${journal}\n`)
    const all = await call(download('--out', 'images', '--url', url, '--retries', '0', '--rate', '500'))
    expect(all).toMatchObject({ code: exitCodes.ok })
    expect(all.out).toMatch(/^11 of 12 pictures: 7 downloaded, 4 from earlier runs, 0\.\d MB: /)
    expect(all.out).toContain(`gone on without 1 object (status 1): ${journal} says why\n`)
    const { objects, rejected } = await scanFolder(path)
    expect([objects.length, objects[0]?.id, rejected]).toEqual([11, 'NGC 0', []])
  })

  it('stops when it is interrupted, says how to go on, and goes on', async () => {
    const args = download('--out', 'stopped', '--url', url, '--concurrency', '1', '--layout', 'flat')
    const stopped = await call(args, 'download')
    expect(stopped.code).toBe(exitCodes.interrupted)
    expect(stopped.err).toMatch(/stopped; the same command goes on where this one ended\n$/)
    expect((await call(args)).out).toMatch(/^11 of 12 pictures: \d+ downloaded, \d+ from earlier runs/)
  })

  it('says in one line what is wrong', async () => {
    await writeFile(join(folder, 'nameless.csv'), 'title,ra,dec\na,1,2\n')
    await writeFile(join(folder, 'twice.csv'), 'id,ra,dec\na,1,2\na,1,2\n')
    await writeFile(join(folder, 'off.csv'), 'id,ra,dec\na,1,200\n')
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['download', 'none.csv', '--out', 'x'], /catalogue: file must exist\. Received .*none\.csv\./],
      [
        ['download', 'nameless.csv', '--out', 'x'],
        /download: catalogue must have a column id \(or of another usual name\)/,
      ],
      [download('--out', 'x', '--ra-column', 'R'), /download: column must exist\. Received R; the catalogue has name/],
      [['download', 'twice.csv', '--out', 'x'], /ids must be unique\. Received one of row 1 again \(.*, row 2, a\)/],
      [
        ['download', 'off.csv', '--out', 'x'],
        /download: some object must have a picture. Received none of 1: no-position 1/,
      ],
      [download('--out', 'objects.csv/x', '--url', url), /download: out must be a folder that can be written/],
      [download('--out', 'x', '--url', '{id}'), /template must begin with http/],
      [download('--out', 'x', '--size', '5000'), /size must be an integer and be >= 1 and be <= 3000/],
    ]
    for (const [args, message] of cases) {
      const { code, err } = await call(args)
      expect(err).toMatch(message)
      expect(err).toMatch(/^((catalogue|download).*\n)*astronomaly: .*\n$/)
      expect(code).toBe(exitCodes.failed)
    }
    for (const args of [
      ['download', 'objects.csv'],
      download('--out', 'x', '--url', url, '--size', '5'),
      download('--out', 'x', '--format', 'gif'),
      download('--out', 'x', '--timeout', 'long'),
    ]) {
      expect((await call(args)).code).toBe(exitCodes.usage)
    }
  })
})

describe('astronomaly cutouts', () => {
  it('fills a folder, sums up, and goes on', async () => {
    const first = await call([...cutouts('--out', 'cut', '--size', 'side', '--pixels', '24'), 'delta', '--limit', '5'])
    expect(first).toMatchObject({ code: exitCodes.ok })
    expect(first.out).toBe(`5 of 5 pictures: 5 cut out: ${join(folder, 'cut')}\n`)
    const all = await call([...cutouts('--out', 'cut', '--size', 'side', '--pixels', '24'), 'delta'])
    expect(all.out).toBe(`12 of 12 pictures: 7 cut out, 5 from earlier runs: ${join(folder, 'cut')}\n`)
    expect((await scanFolder(join(folder, 'cut'))).objects).toHaveLength(12)
  })

  it('takes sizes in arcseconds and by the paper’s equation, and says what has no picture', async () => {
    const equation = ['--radius', '1.5', '--psf', '1.3', '--bands', 'r', '--match', 'image-[gr]', '--edge', 'reject']
    expect((await call([...cutouts('--out', 'equation', ...equation), 'delta'])).code).toBe(exitCodes.ok)
    const far = await call([...cutouts('--out', 'far', '--size-arcsec', '27.5', '--edge', 'reject'), 'delta'])
    expect(far).toMatchObject({ code: exitCodes.ok })
    const list = join(folder, 'far', 'cutouts-rejected.csv')
    expect(far.out).toMatch(/gone on without \d+ objects \(edge \d+\): /)
    expect(far.out).toContain(list)
    expect(await readFile(list, 'utf8')).toMatch(/^id,reason,message\nNGC \d+,edge,/)
  })

  it('takes every picture of a file, and the bands that a cube names', async () => {
    for (const name of ['two-ccds.fits', 'two-objects.csv', 'cube-grz.fits', 'one-object.csv']) {
      await copyFile(new URL(`../../io/test/cases/${name}`, import.meta.url), join(folder, name))
    }
    const ccds = await call(['cutouts', 'two-objects.csv', 'two-ccds.fits', '--size', '5', '--out', 'ccds'])
    expect(ccds).toMatchObject({ code: exitCodes.ok, out: `2 of 2 pictures: 2 cut out: ${join(folder, 'ccds')}\n` })
    const cube = await call(['cutouts', 'one-object.csv', 'cube-grz.fits', '--size', '5', '--out', 'cube'])
    expect(cube).toMatchObject({ code: exitCodes.ok, out: `1 of 1 pictures: 1 cut out: ${join(folder, 'cube')}\n` })
    const { objects } = await scanFolder(join(folder, 'cube'))
    const file = await readFile(join(folder, 'cube', objects[0]?.files[0] as string), 'latin1')
    expect(file).toMatch(/BANDS {3}= 'grz\s*'.*BAND0 {3}= 'g\s*'.*BAND1 {3}= 'r\s*'.*BAND2 {3}= 'z\s*'/)
  })

  it('stops when it is interrupted, and says how to go on', async () => {
    const stopped = await call([...cutouts('--out', 'half', '--size', '20'), 'delta'], 'mosaics')
    expect(stopped.code).toBe(exitCodes.interrupted)
    expect(stopped.err).toContain('the same command goes on')
  })

  it('says in one line what is wrong', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--out', 'bad', '--size', 'width'], /cutouts: column must exist\. Received width/],
      [['--out', 'bad', '--size', '-1'], /cutouts: size\.pixels must be > 0\. Received -1/],
      [['--out', 'mosaics', '--size', '9'], /cutouts: out must be an empty folder or an earlier one/],
      [['--out', 'bad', '--size', '9', '--bands', 'z'], /cutOut: bands must be of g, r\. Received z/],
      [['--out', 'bad', '--size', '9', '--match', 'png'], /must hold files that match/],
    ]
    for (const [args, message] of cases) {
      const { code, err } = await call([...cutouts(...args), 'delta'])
      expect(err).toMatch(message)
      expect(err).toMatch(/^((catalogue|mosaics).*\n)*astronomaly: .*\n$/)
      expect(code).toBe(exitCodes.failed)
    }
    for (const args of [
      ['--out', 'bad'],
      ['--out', 'bad', '--size', '9', '--radius', '3'],
      ['--out', 'bad', '--radius', '3'],
      ['--out', 'bad', '--size', '9', '--match', '('],
    ]) {
      expect((await call([...cutouts(...args), 'delta'])).code).toBe(exitCodes.usage)
    }
  })
})

describe('the options', () => {
  it('are explained with examples', async () => {
    for (const command of ['download', 'cutouts']) {
      const { code, out } = await call([command, '--help'])
      expect(code).toBe(exitCodes.ok)
      expect(out).toContain(`Usage: astronomaly ${command} [options] <catalogue>`)
      expect(out).toContain('astronomaly rank images/ --out run/')
    }
    expect((await call(['--help'])).out).toContain('astronomaly download objects.fits --out images')
  })

  it('parse lengths, times, tables and expressions', () => {
    expect([numberOrColumn('2.5'), numberOrColumn('shape_r'), seconds('1.5')]).toEqual([2.5, 'shape_r', 1500])
    expect([tableName('2'), tableName('SCI'), expression('a.c').test('xABCx')]).toEqual([2, 'SCI', true])
    expect(() => numberOrColumn(' ')).toThrow('must be a number or a column')
    expect(() => expression('(')).toThrow('must be a regular expression')
  })
})
