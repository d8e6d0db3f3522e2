import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, type Warning } from '@astronomaly/core'
import { encodeFitsImage } from '@astronomaly/fits'
import { describe, expect, it } from 'vitest'
import { label, openRun, rank, writeReport } from '../../src/index.ts'
import { blob, writeCube, writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function ranked(count = 40): Promise<{ folder: string; images: string; run: string }> {
  const folder = await temporaryFolder()
  const images = join(folder, 'images')
  await writeSky(images, count)
  const run = join(folder, 'run')
  await rank({ folder: images, out: run, trees: 50 })
  return { folder, images, run }
}

const emptyTiles = (page: string): number => page.split('<span>no picture</span>').length - 1

/** The reasons of an object's first tile, without figures. */
function reasonsOf(page: string, id: string): string[] {
  const tile = page.slice(page.indexOf(`<bdi>${id}</bdi>`))
  const list = /<ul class="reasons">(.*?)<\/ul>/s.exec(tile)?.[1] ?? ''
  return [...list.matchAll(/<li>([^<]*)/g)].map(([, text]) => text!)
}

describe('the report of a run', () => {
  it('says how many pictures are missing, and what to do', async () => {
    const { images, run } = await ranked()
    for (const i of [3, 4]) await rm(join(images, `object-00${i}.fits`))
    await writeCube(join(images, 'object-005.fits'), blob(99))
    const warnings: Warning[] = []
    const page = await readFile(await writeReport({ run, onWarning: (w) => warnings.push(w) }), 'utf8')
    expect(emptyTiles(page)).toBe(3)
    expect(warnings.map(({ message }) => message)).toEqual([
      `3 of the page's 40 pictures are not in ${images} any more, or are others than were ranked: their tiles are empty; if they have moved, 'report <run> --pictures <folder>' gives the new place`,
    ])
  })

  it('keeps the page that there is when no picture can be read, and finds them at the place that it is given', async () => {
    const { folder, images, run } = await ranked()
    const before = await readFile(await writeReport({ run }), 'utf8')
    const moved = join(folder, 'moved')
    await rename(images, moved)
    const refused = writeReport({ run })
    await expect(refused).rejects.toThrow(NotFoundError)
    await expect(refused).rejects.toThrow(`pictures of the run must be in ${images}. Received none of 40`)
    await expect(refused).rejects.toThrow('--pictures <folder>')
    expect(await readFile(join(run, 'report.html'), 'utf8')).toBe(before)

    await rename(join(moved, 'object-007.fits'), join(folder, 'object-007.fits'))
    await writeReport({ run, pictures: moved })
    expect((await openRun(run)).record.folder, 'one picture is missing').toBe(images)
    await rename(join(folder, 'object-007.fits'), join(moved, 'object-007.fits'))
    await writeReport({ run, pictures: moved })
    expect((await openRun(run)).record.folder).toBe(moved)
    expect(emptyTiles(await readFile(await writeReport({ run }), 'utf8'))).toBe(0)
  })

  it('does not take other pictures of the same names for those that were ranked', async () => {
    const { folder, run } = await ranked()
    const others = join(folder, 'others')
    await writeSky(others, 45)
    for (let i = 0; i < 40; i++) {
      await writeCube(join(others, `object-${String(i).padStart(3, '0')}.fits`), blob(1000 + i))
    }
    await expect(writeReport({ run, pictures: others })).rejects.toThrow('Received none of 40')
  })

  it('gives every object a reason, and a learner’s ranking the learner’s', async () => {
    const { run } = await ranked(60)
    const first = await readFile(await writeReport({ run }), 'utf8')
    for (const { id } of (await openRun(run)).ids.map((id) => ({ id })))
      expect(reasonsOf(first, id), id).not.toEqual([])
    expect(first).not.toContain('most like')
    const doubles = [9, 19, 29, 39, 49].map((i) => `object-0${String(i).padStart(2, '0')}`)
    await label({
      run,
      learner: 'forest-gp',
      labels: [...doubles.slice(0, 3).map((id) => ({ id, rating: 5 })), { id: 'object-001', rating: 0 }],
    })
    const second = await readFile(await writeReport({ run }), 'utf8')
    for (const id of doubles.slice(3)) {
      expect(reasonsOf(second, id)[0], id).toMatch(/^most like object-0[0-2]9, rated 5$/)
      expect(reasonsOf(second, id).length, id).toBeGreaterThan(1)
    }
    expect(reasonsOf(second, doubles[0]!)[0]).not.toContain('most like')
    expect(second.slice(second.indexOf('Isolation forest alone'))).toContain('class="reasons"')
  })

  it('takes its title, facts, command and folder from its options, and rejects what is none', async () => {
    const { folder, run } = await ranked(12)
    const options = {
      run,
      title: 'Field <17>',
      facts: [['seen', 'twice']] as const,
      command: 'npm run x --',
      from: folder,
    }
    const page = await readFile(await writeReport({ ...options, signal: undefined }), 'utf8')
    expect(page).toContain('<h1><bdi>Field &lt;17&gt;</bdi></h1>')
    expect(page).toContain('<dl class="facts"><div><dt>seen</dt><dd>twice</dd></div><div><dt>objects ranked</dt>')
    expect(page).toContain('<code>npm run x -- export run --out ranking.csv</code>')
    const bare = await readFile(await writeReport({ run }), 'utf8')
    expect(bare).toContain('<h1><bdi>images</bdi></h1>')
    expect(bare).toContain(`<code>astronomaly export ${run} --out ranking.csv</code>`)
    const wrong: readonly (readonly [object, string])[] = [
      [{ style: 'dark' }, "writeReport: unknown option 'style'. Known: run, title, facts, "],
      [{ run: '' }, 'writeReport: run must be a path'],
      [{ title: 17 }, 'writeReport: title must be text. Received 17.'],
    ]
    for (const [more, message] of wrong) await expect(writeReport({ run, ...more })).rejects.toThrow(message)
    await expect(writeReport({ run, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(await readFile(join(run, 'report.html'), 'utf8')).toBe(bare)
  })

  it('links no simulated picture to a sky, whatever position it has', async () => {
    const folder = await temporaryFolder()
    const images = join(folder, 'images')
    await writeSky(images, 12)
    const position = [
      { keyword: 'RA', value: 150.1 },
      { keyword: 'DEC', value: 2.2 },
    ]
    const simulated = { keyword: 'SIMULATE', value: true }
    const shape = [3, 48, 48]
    for (const [name, header] of [
      ['real', position],
      ['made', [...position, simulated]],
    ] as const) {
      await writeFile(join(images, `${name}.fits`), encodeFitsImage({ data: blob(name.length), shape, header }))
    }
    const run = join(folder, 'run')
    await rank({ folder: images, out: run, trees: 20 })
    const page = await readFile(await writeReport({ run }), 'utf8')
    expect(page.match(/www\.legacysurvey\.org/g)).toHaveLength(1)
    const tile = page.split('<li class="tile"').find((part) => part.includes('<bdi>real</bdi>'))
    expect(tile).toContain('www.legacysurvey.org')
    expect(page).toContain('simulated: their positions are of no real sky')
  })
})
