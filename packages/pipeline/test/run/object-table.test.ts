import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeParquetTable } from '@astronomaly/io'
import { describe, expect, it } from 'vitest'
import { freeName, matchCatalogue, writeObjectTable } from '../../src/run/object-table.ts'
import { scanFolder } from '../../src/run/scan-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const cases = fileURLToPath(new URL('../cases', import.meta.url))

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
    expect(warnings).toContain('2 of 3 catalogue rows have no picture in the folder, such as field2/0001.png')
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
    const taken = ['rank', 'catalogue_Rank']
    expect(['z', 'rank', 'Rank'].map((name) => freeName(name, taken))).toEqual([
      'z',
      'catalogue_rank_2',
      'catalogue_Rank_2',
    ])
  })
})

describe('the run’s table of a catalogue', () => {
  async function tableOf(header: string, row: string) {
    const root = await temporaryFolder()
    await mkdir(join(root, 'pics'))
    for (const name of ['a.png', 'b.png']) await writeFile(join(root, 'pics', name), 'x')
    const catalogue = join(root, 'objects.csv')
    await writeFile(catalogue, `${header}\n${row}\n`)
    const { objects } = await scanFolder(join(root, 'pics'))
    const match = await matchCatalogue(catalogue, objects, join(root, 'pics'))
    const shard = { height: 1, width: 1, raDeg: null, decDeg: null, picture: '', stamp: '' }
    const path = join(root, 'catalogue.parquet')
    await writeObjectTable(
      path,
      match.objects.map(({ id, files }) => ({ ...shard, id, files })),
      match,
    )
    const { columns } = await decodeParquetTable(new Uint8Array(await readFile(path)), path)
    const at = (name: string) => columns.get(name)?.values[match.objects.findIndex(({ files }) => files[0] === 'a.png')]
    return { at, names: [...columns.keys()], warnings: match.warnings }
  }

  it('has positions under any usual name and notation, in ICRS degrees', async () => {
    for (const [header, row] of [
      ['id,RAJ2000,DEJ2000', 'a,150.5,-2.25'],
      ['NUMBER,ALPHA_J2000,DELTA_J2000', 'a,150.5,-2.25'],
      ['id,ra,dec', 'a,10:02:00,-02:15:00'],
      ['id,ra,dec', 'a,-209.5,-2.25'],
    ] as const) {
      const { at } = await tableOf(header, row)
      expect([at('ra'), at('dec')], header).toEqual([expect.closeTo(150.5, 9), expect.closeTo(-2.25, 9)])
    }
  })

  it('says what of the positions it does not understand, and keeps what the catalogue wrote', async () => {
    for (const row of ['a,400,2', 'a,10,95', 'a,near M31,2']) {
      const { at, warnings } = await tableOf('id,ra,dec', row)
      expect(at('ra')).toBeNaN()
      expect(warnings.join()).toMatch(/catalogue row 1 have no position: (ra|dec) must be an angle/)
    }
    const { warnings } = await tableOf('id,mag', 'a,1')
    expect(warnings.join()).toContain('no columns of positions are known')
    const text = await tableOf('id,ra,dec', 'a,10:02:00,-02:15:00')
    expect([text.at('catalogue_ra'), text.at('catalogue_dec')]).toEqual(['10:02:00', '-02:15:00'])
  })

  it('goes by ids where a column of pictures holds something else', async () => {
    const { at, names } = await tableOf('id,image,ra,dec', 'a,https://survey.org/cut?a,1,2')
    expect([at('id'), at('ra'), at('image')]).toEqual(['a', 1, 'https://survey.org/cut?a'])
    expect(names).toContain('image')
    const paths = await tableOf('path,ra,dec', 'pics/a.png,1,2')
    expect(paths.at('ra')).toBe(1)
  })

  it('keeps every column under a name of its own, with its type', async () => {
    const { at, names, warnings } = await tableOf('id,ID,Picture,rank,score', 'a,7,x,3,0.5')
    expect(names).toContain('catalogue_ID')
    expect([at('catalogue_ID'), at('catalogue_Picture'), at('rank'), at('score')]).toEqual(['7', 'x', 3, 0.5])
    expect(warnings.join()).toContain('ID is catalogue_ID')
  })
})
