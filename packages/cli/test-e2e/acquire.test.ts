import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mosaic, type PictureService, servePictures } from '../../pipeline/test/acquire/picture-service.ts'
import { astronomaly } from './run-command.ts'

const count = 60
const ids = Array.from({ length: count }, (_, i) => `J${i}+01/${i % 7}`)
let folder = ''
let service: PictureService
/** Objects whose file was sent whole, with repetition. */
const sent: number[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astronomaly-acquire-e2e-'))
  const rows = ids.map((id, i) => `${id},${i},1`)
  await writeFile(join(folder, 'objects.csv'), `id,ra,dec\n${rows.join('\n')}\n`)
  // Five of six fail at first: refused, overloaded, a web page, cut off, silent.
  service = await servePictures((response, { searchParams }, tries) => {
    const i = Number(searchParams.get('ra'))
    const fault = tries === 1 ? i % 6 : 0
    if (fault === 1) response.destroy()
    else if (fault === 2) response.writeHead(503, { 'retry-after': '0' }).end()
    else if (fault === 3) response.end('<!DOCTYPE html><html>Try again later</html>')
    else if (fault === 4)
      response.writeHead(200, { 'content-length': 20_160 }).write('SIMPLE  =', () => response.destroy())
    else if (fault === 0) {
      response.on('finish', () => sent.push(i))
      return false
    }
    return true
  })
})

afterAll(async () => {
  await service?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('astronomaly download', () => {
  it('gets every object from a faulty service over an interruption, and rank takes them all', async () => {
    const images = join(folder, 'images')
    const journal = join(images, 'downloads.jsonl')
    const args = [
      ...['download', join(folder, 'objects.csv'), '--out', images, '--url', `${service.url}/?ra={ra}&dec={dec}`],
      ...['--concurrency', '4', '--timeout', '0.5', '--retries', '3'],
    ]
    const when = (): boolean => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 10
    const stopped = await astronomaly(args, { when, signal: 'SIGINT' })
    expect(stopped.code).toBe(130)
    expect(stopped.err).toContain('stopped; the same command goes on where this one ended')
    const before = readFileSync(journal, 'utf8').split('\n').length - 1
    expect(before).toBeLessThan(count)

    const done = await astronomaly(args)
    expect(done).toMatchObject({ code: 0 })
    const [, total, kept] = /^60 of 60 pictures: (\d+) downloaded, (\d+) from earlier runs/.exec(done.out) ?? []
    expect([Number(total), Number(kept)]).toEqual([count - before, before])
    expect(new Set(sent).size).toBe(count)

    const run = join(folder, 'run')
    const ranked = await astronomaly(['rank', images, '--out', run, '--workers', '0', '--trees', '20'])
    expect(ranked).toMatchObject({ code: 0 })
    expect(ranked.out).toContain('ranked 60 objects')
    expect(ranked.out).not.toContain('gone on without')
    const ranking = (await readFile(join(run, 'ranking.csv'), 'utf8')).trim().split(/\r?\n/).slice(1)
    expect(ranking.map((line) => line.split(',')[1]).sort()).toEqual([...ids].sort())
  })
})

describe('astronomaly cutouts', () => {
  it('cuts a catalogue out of a mosaic, and rank takes the pictures', async () => {
    await writeFile(join(folder, 'field-g.fits'), mosaic('g', 300))
    const rows = ids.slice(0, 20).map((id, i) => `${id},${150 + (i - 10) * 1e-3},${2 + (i % 5) * 1e-3}`)
    await writeFile(join(folder, 'field.csv'), `id,ra,dec\n${rows.join('\n')}\n`)
    const images = join(folder, 'cut')
    const args = ['cutouts', join(folder, 'field.csv'), join(folder, 'field-g.fits'), '--out', images, '--size', '24']
    expect((await astronomaly(args)).out).toContain('20 of 20 pictures: 20 cut out')
    expect((await astronomaly(args)).out).toContain('20 of 20 pictures: 0 cut out, 20 from earlier runs')
    const ranked = await astronomaly(['rank', images, '--out', join(folder, 'cut-run'), '--workers', '0'])
    expect(ranked.out).toContain('ranked 20 objects')
    expect(ranked.out).not.toContain('gone on without')
  })
})
