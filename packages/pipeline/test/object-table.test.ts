import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { freeName, matchCatalogue } from '../src/object-table.ts'
import { scanFolder } from '../src/scan-folder.ts'
import { temporaryFolder } from './temporary-folder.ts'

const cases = fileURLToPath(new URL('./cases', import.meta.url))

async function matchIn(folder: string, catalogue: string) {
  const { objects } = await scanFolder(folder)
  const match = await matchCatalogue(catalogue, objects, folder)
  return { ...match, pairs: match.objects.map(({ id, files }) => [id, files[0]]) }
}

async function matchCsv(files: readonly string[], csv: string) {
  const root = await temporaryFolder()
  const folder = join(root, 'pics')
  for (const file of files) {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), 'x')
  }
  await writeFile(join(root, 'objects.csv'), csv)
  return matchIn(folder, join(root, 'objects.csv'))
}

describe('matchCatalogue', () => {
  it('gives each path its own file where folders hold equal names', async () => {
    const folder = join(cases, 'subfolders')
    const { pairs, rejected, unknown } = await matchIn(join(folder, 'pics'), join(folder, 'objects.csv'))
    expect(pairs).toEqual([
      ['F1-1', 'field1/0001.png'],
      ['F1-2', 'field1/0002.png'],
      ['F2-1', 'field2/0001.png'],
      ['F2-2', 'field2/0002.png'],
    ])
    expect([rejected, unknown]).toEqual([[], []])
  })

  it('does so too for full paths, for a survey that was moved, and without ids', async () => {
    const files = ['field1/0001.png', 'field2/0001.png']
    for (const start of ['', 'pics/', '/elsewhere/pics/', '/data/', './', 'C:\\old\\']) {
      const path = (file: string): string => start + (start.includes('\\') ? file.replaceAll('/', '\\') : file)
      const { pairs } = await matchCsv(files, `file,ra\n${path(files[1]!)},2\n${path(files[0]!)},1\n`)
      expect(pairs, start).toEqual(files.map((file) => [file.replace('.png', ''), file]))
    }
  })

  it('never gives a path the file of another folder', async () => {
    const { pairs, rejected, warnings } = await matchCsv(
      ['field1/0001.png', 'field2/0002.png'],
      'id,file\nA,field1/0001.png\nB,field2/0001.png\nC,field1/0002.png\n',
    )
    expect(pairs).toEqual([
      ['0002', 'field2/0002.png'],
      ['A', 'field1/0001.png'],
    ])
    expect(rejected.map((r) => r.reason)).toEqual([
      "catalogue row 2: no picture of the path 'field2/0001.png' in the folder",
      "catalogue row 3: no picture of the path 'field1/0002.png' in the folder",
    ])
    expect(warnings).toEqual(['2 of 3 catalogue rows have no picture in the folder, such as field2/0001.png'])
  })

  it('gives ids and positions to the pictures that the catalogue names, not to their renderings', async () => {
    const folder = join(cases, 'preview')
    const { pairs, rejected } = await matchIn(join(folder, 'pics'), join(folder, 'objects.csv'))
    expect(pairs).toEqual([0, 1, 2, 3].map((i) => [`OBJ${i}`, `gal${i}.fits`]))
    expect(rejected).toEqual([])
  })

  it('prefers exact names whatever the order of the rows', async () => {
    const { pairs } = await matchCsv(['a.png', 'a.fits.png'], 'id,file\nfirst,a.fits\nsecond,a.fits.png\nthird,a.png\n')
    expect(pairs).toEqual([
      ['second', 'a.fits.png'],
      ['third', 'a.png'],
    ])
  })

  it('keeps a file whose own name the catalogue gives to another', async () => {
    const { pairs, rejected } = await matchCsv(['a.png', 'b.png'], 'id,file\nb,a.png\n')
    expect(pairs).toEqual([
      ['b', 'a.png'],
      ['b.png', 'b.png'],
    ])
    expect(rejected).toEqual([])
  })

  it('says which rows it cannot use', async () => {
    const { rejected } = await matchCsv(
      ['x/a.png', 'y/a.png', 'b.png'],
      'id,file\n1,a.png\n2,b.png\n2,x/a.png\n3,b.png\n,\n',
    )
    expect(rejected.map((r) => r.reason)).toEqual([
      "catalogue row 1: 'a.png' means x/a.png as well as y/a.png: give the path",
      "catalogue row 3: duplicate id '2'",
      'catalogue row 4: names b.png, as another row does',
      'catalogue row 5: id is empty',
    ])
  })
})

describe('freeName', () => {
  it('keeps columns apart whose names are one or differ in case alone', () => {
    const taken = new Map([
      ['rank', 1],
      ['catalogue_Rank', 1],
    ])
    expect(['z', 'rank', 'Rank'].map((name) => freeName(name, taken))).toEqual([
      'z',
      'catalogue_rank_2',
      'catalogue_Rank_2',
    ])
  })
})
