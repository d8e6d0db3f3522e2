import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Table } from '@astronomaly/core/table'
import { readFitsTable } from '@astronomaly/fits'
import { readCatalogue } from '@astronomaly/io/node'
import { beforeAll, describe, expect, it } from 'vitest'
import { exportRanking, openRun, type RunData, rank } from '../../src/index.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

let folder = ''
let data: RunData
const count = 12
const gaia = (i: number): string => String(1636148068921376768n + BigInt(i))

beforeAll(async () => {
  folder = await temporaryFolder()
  await writeSky(join(folder, 'images'), count)
  const lines = Array.from({ length: count }, (_, i) => [
    `object-${String(i).padStart(3, '0')}`,
    10 + i,
    -i,
    -i,
    i % 6,
    i + 100,
    2 * i,
    3 * i,
    gaia(i),
    9007199254740000 + i,
  ])
  const catalogue = join(folder, 'objects.csv')
  await writeFile(
    catalogue,
    `id,ra,dec,score,Rating,rank,Rank,NEXT,source_id,big\n${lines.map((line) => line.join(',')).join('\n')}\n`,
  )
  await rank({ folder: join(folder, 'images'), out: join(folder, 'run'), catalogue, trees: 10 })
  data = await openRun(join(folder, 'run'))
})

async function exported(ending: string, warnings: string[] = []): Promise<Table> {
  const path = join(folder, `table.${ending}`)
  expect(await exportRanking(data, path, { catalogue: true, onWarning: (w) => warnings.push(w.message) })).toBe(count)
  return readCatalogue(path)
}

const own = ['rank', 'id', 'score', 'forest_score', 'rating', 'next', 'ra', 'dec', 'file']

describe('an export with the catalogue', () => {
  it.each(['csv', 'parquet', 'fits', 'vot', 'ecsv'])('keeps both columns of one name, in .%s', async (ending) => {
    const warnings: string[] = []
    const { rowCount, columns } = await exported(ending, warnings)
    const names = [...columns.keys()]
    expect(rowCount).toBe(count)
    expect(names.slice(0, own.length)).toEqual(own)
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/score is catalogue_score, Rating is catalogue_Rating, rank is catalogue_rank_2/)
    const values = (name: string): unknown[] => Array.from(columns.get(name)!.values as ArrayLike<unknown>)
    const object = values('id').map((id) => Number(String(id).slice(-3)))
    expect(values('catalogue_score')).toEqual(object.map((i) => (i === 0 ? 0 : -i)))
    expect(values('catalogue_Rating')).toEqual(object.map((i) => i % 6))
    expect(values('catalogue_rank_2')).toEqual(object.map((i) => i + 100))
    expect(values('rank')).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    expect(values('source_id')).toEqual(object.map(gaia))
    expect(values('big')).toEqual(object.map((i) => 9007199254740000 + i))
    // The run has kept the second of two names that differ in case alone under this name.
    expect(values('catalogue_Rank')).toEqual(object.map((i) => 2 * i))
  })

  it('writes FITS columns whose names are read back as they are', async () => {
    await exported('fits')
    const table = await readFitsTable(await readFile(join(folder, 'table.fits')))
    expect([...table.columns.keys()]).toContain('catalogue_NEXT')
  })

  it('keeps integers as integers, text as text and truth as truth', async () => {
    const columns = new Map([
      ...data.table.columns,
      ['count', { values: Int32Array.from({ length: count }, (_, i) => 2 ** 31 - 1 - i), width: 1 }],
      ['wide', { values: BigInt64Array.from({ length: count }, (_, i) => BigInt(gaia(i))), width: 1 }],
      ['seen', { values: Array.from({ length: count }, (_, i) => i % 2 === 0), width: 1 }],
      ['mag', { values: Float32Array.from({ length: count }, (_, i) => i / 10), width: 1, unit: 'mag' }],
      ['MAG', { values: Float32Array.from({ length: count }, (_, i) => i / 20), width: 1 }],
    ])
    const path = join(folder, 'types.fits')
    await exportRanking({ ...data, table: { rowCount: count, columns } }, path, { catalogue: true })
    const back = await readFitsTable(await readFile(path))
    const order = Array.from(back.columns.get('id')!.values as readonly string[], (id) => data.ids.indexOf(id))
    expect(back.columns.get('count')!.values).toEqual(Int32Array.from(order, (i) => 2 ** 31 - 1 - i))
    expect(back.columns.get('wide')!.values).toEqual(BigInt64Array.from(order, (i) => BigInt(gaia(i))))
    expect(back.columns.get('seen')!.values).toEqual(order.map((i) => i % 2 === 0))
    expect(back.columns.get('mag')).toMatchObject({ unit: 'mag', values: Float32Array.from(order, (i) => i / 10) })
    expect(back.columns.get('catalogue_MAG')!.values).toEqual(Float32Array.from(order, (i) => i / 20))
  })

  it('names its endings', async () => {
    await expect(exportRanking(data, join(folder, 'table.txt'))).rejects.toThrow(
      /must end in \.csv, \.parquet, \.fits, \.vot, \.ecsv/,
    )
    await expect(exportRanking(data, join(folder, 'constructor'))).rejects.toThrow('must end in')
  })
})

describe('an export’s header', () => {
  const facts = [
    /software: astronomaly \d+\.\d+\.\d+.*, Node \d+/,
    /date: \d{4}-\d\d-\d\dT/,
    /catalogue: .*objects\.csv \(SHA-256 begins [0-9a-f]{16}\)/,
    /options: .*"trees":10/,
    /seed: 0/,
    /learner: none: isolation forest/,
    /labels: 0/,
    /citation: .*10\.1093\/mnras\/stae496/,
  ]

  it('says where the ranking comes from, in FITS, VOTable, ECSV and Parquet; beside a CSV file another does', async () => {
    for (const ending of ['fits', 'vot', 'ecsv', 'parquet']) await exported(ending)
    const fits = await readFile(join(folder, 'table.fits'), 'latin1')
    const history = Array.from(fits.matchAll(/HISTORY (.{72})/g), ([, text]) => text).join('')
    const vot = (await readFile(join(folder, 'table.vot'), 'utf8')).replaceAll('&quot;', '"')
    const infos = Array.from(
      vot.matchAll(/<INFO name="(.*?)" value="(.*?)"\/>/g),
      ([, name, text]) => `${name}: ${text}`,
    )
    const ecsv = (await readFile(join(folder, 'table.ecsv'), 'utf8')).replaceAll('\\"', '"')
    const metas = Array.from(ecsv.matchAll(/^# - "(.*?)": "(.*)"$/gm), ([, name, text]) => `${name}: ${text}`)
    const parquet = await readFile(join(folder, 'table.parquet'), 'latin1')
    await exported('csv')
    const beside = JSON.parse(await readFile(join(folder, 'table.csv.provenance.json'), 'utf8')) as Record<
      string,
      string
    >
    const lines = Object.entries(beside).map(([name, text]) => `${name}: ${text}`)
    for (const fact of facts) {
      for (const text of [history, infos.join('\n'), metas.join('\n'), lines.join('\n')]) expect(text).toMatch(fact)
      // In Parquet's footer names and texts stand apart.
      expect(parquet).toMatch(new RegExp(fact.source.slice(fact.source.indexOf(': ') + 2)))
    }
  })
})
