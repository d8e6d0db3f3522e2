import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { idOfFile, scanFolder } from '../../src/run/scan-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'

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

  it('tells equal names apart by their folder', async () => {
    const folder = await folderWith(['a.png', 'x/a.fits', 'x/y/a.png', 'z/b.png', 'x%2Fa.fits'])
    const { objects, rejected } = await scanFolder(folder)
    expect(objects.map((o) => [o.id, o.files[0]])).toEqual([
      ['a', 'a.png'],
      ['b', 'z/b.png'],
      ['x/a', 'x%2Fa.fits'],
      ['x/a.fits', 'x/a.fits'],
      ['x/y/a', 'x/y/a.png'],
    ])
    expect(rejected).toEqual([])
  })

  it('rejects what is no picture, second files of one name in one folder, and renderings beside their original', async () => {
    const files = ['a.jpg', 'a.fits', 'sub/b.fits', 'sub/b.fits.png', 'sub/b.png', 'b.fits.png', 'notes.txt']
    const { objects, rejected } = await scanFolder(await folderWith(files))
    expect(objects.map((o) => [o.id, o.files[0]])).toEqual([
      ['a', 'a.fits'],
      ['b', 'sub/b.fits'],
      ['b.fits', 'b.fits.png'],
    ])
    expect(rejected.map((r) => [r.file, r.reason.split(':')[0]]).sort()).toEqual([
      ['a.jpg', "duplicate id 'a'"],
      ['notes.txt', 'not an image'],
      ['sub/b.fits.png', 'a rendering of sub/b.fits, which lies beside it'],
      ['sub/b.png', "duplicate id 'b'"],
    ])
    const packed = await scanFolder(
      await folderWith([
        'a.fits.gz',
        'a.fits.png',
        'b.fits.bz2',
        'b.fits.png',
        'c.fits.fz',
        'c.fits.jpg',
        'd.fits.fz',
        'd.fits.fz.png',
        'e.fits.gz',
        'e.fits.gz.jpg',
      ]),
    )
    expect(packed.objects.map((o) => o.files[0])).toEqual([
      'a.fits.gz',
      'b.fits.bz2',
      'c.fits.fz',
      'd.fits.fz',
      'e.fits.gz',
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
    expect(rejected.map((r) => [r.file, r.reason])).toEqual([
      ['odd.fits', 'name does not follow the band pattern {id}_{band}.fits'],
      ['2_g.fits', 'lacks band r'],
      ['b/1_g.fits', 'lacks band r'],
    ])
  })

  it('never gathers the bands of two folders into one object, unless each folder holds one band', async () => {
    const options = { bandPattern: '{id}_{band}.fits', bands: ['g', 'r'] }
    const fields = await folderWith([
      'a/1_g.fits',
      'a/1_r.fits',
      'b/1_g.fits',
      'b/1_r.fits',
      'b/2_g.fits',
      'c/2_r.fits',
    ])
    const { objects, rejected } = await scanFolder(fields, options)
    expect(objects.map((o) => [o.id, o.files])).toEqual([
      ['a/1', ['a/1_g.fits', 'a/1_r.fits']],
      ['b/1', ['b/1_g.fits', 'b/1_r.fits']],
    ])
    expect(rejected.map((r) => [r.file, r.reason])).toEqual([
      ['b/2_g.fits', 'lacks band r'],
      ['c/2_r.fits', 'lacks band g'],
    ])
    const nested = [
      'f1/g/1_g.fits',
      'f1/r/1_r.fits',
      'f2/g/1_g.fits',
      'f2/g/2_g.fits',
      'f2/r/1_r.fits',
      'f1/r/2_r.fits',
    ]
    for (const files of [nested, nested.map((file) => file.replace(/(f\d)\/(\w)\//, '$2/$1/'))]) {
      const fieldsOfBands = await scanFolder(await folderWith(files), options)
      expect(fieldsOfBands.objects.map((o) => o.files)).toEqual([files.slice(0, 2), [files[2], files[4]]])
      expect(fieldsOfBands.rejected.map((r) => [r.file, r.reason])).toEqual([
        [files[5], 'lacks band g'],
        [files[3], 'lacks band r'],
      ])
    }
    const above = ['decam_g/t1/a_g.fits', 'decam_r/t1/a_r.fits', 'decam_g/t2/a_g.fits', 'decam_r/t2/a_r.fits']
    expect((await scanFolder(await folderWith(above), options)).objects.map((o) => o.files)).toEqual([
      above.slice(0, 2),
      above.slice(2),
    ])
    const once = ['2020/n1/a_g.fits', '2021/n2/a_r.fits', 'G/t/b_g.fits', 'R/t/b_r.fits']
    expect((await scanFolder(await folderWith(once), options)).objects.map((o) => o.files)).toEqual([
      once.slice(0, 2),
      once.slice(2),
    ])
    const bands = await folderWith(['g/1_g.fits', 'r/1_r.fits', 'g/2_g.fits', 'r/2_r.fits'])
    expect((await scanFolder(bands, options)).objects.map((o) => [o.id, o.files])).toEqual([
      ['1', ['g/1_g.fits', 'r/1_r.fits']],
      ['2', ['g/2_g.fits', 'r/2_r.fits']],
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
