import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { idOfFile, scanFolder } from '../src/scan-folder.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function folderWith(files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder()
  for (const file of files) {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), 'x')
  }
  return folder
}

describe('scanFolder', () => {
  it('names an object by its file without folder and ending', () => {
    expect(idOfFile('a/b/NGC 1300.fits.gz')).toBe('NGC 1300')
    expect(idOfFile('frame-r-001000-1-0100.fits.bz2')).toBe('frame-r-001000-1-0100')
    expect(idOfFile('a.fits.fz')).toBe('a')
    expect(idOfFile('a.png.BZ2')).toBe('a')
    expect(idOfFile('J1234.5+0102.png')).toBe('J1234.5+0102')
  })

  it('lists the pictures of all subfolders by id', async () => {
    const folder = await folderWith(['z.png', 'deep/er/b.fits', 'deep/a.fits.gz', 'c.JPG', 'deep/d.fits.bz2'])
    const { objects, rejected } = await scanFolder(folder)
    expect(objects.map((o) => [o.id, o.files])).toEqual([
      ['a', ['deep/a.fits.gz']],
      ['b', ['deep/er/b.fits']],
      ['c', ['c.JPG']],
      ['d', ['deep/d.fits.bz2']],
      ['z', ['z.png']],
    ])
    expect(rejected).toEqual([])
  })

  it('rejects every file that is no picture and every second file of one id', async () => {
    const folder = await folderWith(['a.png', 'sub/a.fits', 'notes.txt'])
    const { objects, rejected } = await scanFolder(folder)
    expect(objects.map((o) => o.id)).toEqual(['a'])
    expect(rejected.map((r) => [r.file, r.reason.split(':')[0]])).toEqual([
      ['notes.txt', 'not an image'],
      ['sub/a.fits', "duplicate id 'a'"],
    ])
  })

  it('leaves out what belongs to the run', async () => {
    const folder = await folderWith(['a.png', 'run/report.html', 'objects.csv'])
    const { rejected } = await scanFolder(folder, { exclude: [join(folder, 'run'), join(folder, 'objects.csv')] })
    expect(rejected).toEqual([])
  })

  it('gathers one file a band in the order of the bands', async () => {
    const folder = await folderWith(['1_r.fits', '1_g.fits', '2_g.fits', 'odd.fits', 'b/1_g.fits'])
    const { objects, rejected } = await scanFolder(folder, { bandPattern: '{id}_{band}.fits', bands: ['g', 'r'] })
    expect(objects.map((o) => [o.id, o.files])).toEqual([['1', ['1_g.fits', '1_r.fits']]])
    expect(rejected.map((r) => r.reason)).toEqual([
      "duplicate band g of '1': 1_g.fits has it already",
      'name does not follow the band pattern {id}_{band}.fits',
      'lacks band r',
    ])
  })

  it('changes the stamp of an object when its file changes', async () => {
    const folder = await folderWith(['a.png'])
    const before = (await scanFolder(folder)).objects[0]?.stamp
    await writeFile(join(folder, 'a.png'), 'longer')
    expect((await scanFolder(folder)).objects[0]?.stamp).not.toBe(before)
  })

  it('says what is wrong with the folder or the pattern', async () => {
    await expect(scanFolder('/does/not/exist')).rejects.toThrow(NotFoundError)
    const folder = await folderWith(['a.png'])
    await expect(scanFolder(join(folder, 'a.png'))).rejects.toThrow('must be a folder')
    await expect(scanFolder(folder, { bandPattern: '{id}.fits', bands: ['g'] })).rejects.toThrow(ParameterError)
    await expect(scanFolder(folder, { bandPattern: '{id}_{band}.fits' })).rejects.toThrow('needs bands')
  })
})
