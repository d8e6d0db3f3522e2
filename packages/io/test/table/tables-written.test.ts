import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { matrix, type RowSource, UnsupportedError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { afterAll, expect, it } from 'vitest'
import { raggedTable } from '../../../fits/test/table/table-specimens.ts'
import { openNpyShards } from '../../src/npy/npy-shards.ts'
import { encodeCsv } from '../../src/table/csv-table.ts'
import { encodeParquetTable } from '../../src/table/parquet-table.ts'
import { encodeVoTable } from '../../src/table/votable/encode-votable.ts'
import { writeParquetRows } from '../../src/table/write-parquet-rows.ts'

const known = JSON.parse(readFileSync(new URL('../golden/tables-written.json', import.meta.url), 'utf8')) as {
  files: Record<string, { sha256: string; read: { columns?: Record<string, { values: unknown[] }> } }>
}

const folder = process.env.ASTRONOMALY_SPECIMENS ?? mkdtempSync(join(tmpdir(), 'tables-written-'))
afterAll(() => {
  if (!process.env.ASTRONOMALY_SPECIMENS) rmSync(folder, { recursive: true, force: true })
})

const plain: [string, TableColumn][] = [
  ['id', { values: ['587722984180548043', '007', 'a, "b"'], width: 1 }],
  ['ra', { values: Float64Array.of(0.1, Number.NaN, -1e-300), width: 1, unit: 'deg', ucd: 'pos.eq.ra' }],
  ['mag', { values: Float32Array.of(0.1, Number.POSITIVE_INFINITY, -0), width: 1, description: 'r < 22 & more' }],
  ['n', { values: Int32Array.of(-5, 0, 2 ** 31 - 1), width: 1 }],
  ['flag', { values: [true, false, true], width: 1 }],
]
const wide: [string, TableColumn][] = [
  ['big', { values: BigInt64Array.of(587722984180548043n, -1n, 0n), width: 1 }],
  ['pair', { values: Int16Array.of(1, 2, 3, 4, 5, 6), width: 2 }],
]
const lists: [string, TableColumn][] = [
  ['spectrum', { values: Float64Array.of(1.5, 2, 3), width: 0, offsets: Uint32Array.of(0, 2, 2, 3) }],
  ['word', { values: ['é ☃', '', '<&>'], width: 1 }],
]
const tableOf = (columns: [string, TableColumn][]): Table => ({ rowCount: 3, columns: new Map(columns) })

/** Writes all specimens, and gives their names. */
async function writeSpecimens(): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'plain.csv'), encodeCsv(tableOf(plain)))
  await writeFile(join(folder, 'table.parquet'), encodeParquetTable(tableOf([...plain, ...wide])))
  await writeFile(join(folder, 'table.xml'), encodeVoTable(tableOf([...plain, ...wide, ...lists])))
  const features = matrix(
    Float32Array.from({ length: 5 * 1280 }, (_, i) => i / 7),
    5,
    1280,
  )
  const source: RowSource = {
    columns: 1280,
    async *batches() {
      yield { start: 0, ids: ['a', '007', 'c', 'd', 'é'], rows: features }
    },
  }
  await writeParquetRows(join(folder, 'features.parquet'), source, { groupRows: 2 })
  const writer = await openNpyShards(folder, { columns: 1280, shardRows: 3 })
  await writer.append(features)
  await writer.close()
  return Object.keys(known.files)
}

it('tables and features have the bytes that numpy, pandas and astropy have read', async () => {
  const names = await writeSpecimens()
  expect(names).toEqual(['00000.npy', '00001.npy', 'features.parquet', 'plain.csv', 'table.parquet', 'table.xml'])
  for (const name of names) {
    const own = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex')
    expect(own, name).toBe(known.files[name]?.sha256)
  }
})

it('what they read are the values that were written', () => {
  const values = (file: string, column: string): unknown => known.files[file]?.read.columns?.[column]?.values
  for (const file of ['plain.csv', 'table.parquet', 'table.xml']) {
    expect(values(file, 'id'), file).toEqual(['587722984180548043', '007', 'a, "b"'])
  }
  expect(values('table.parquet', 'ra')).toEqual([0.1, 'NaN', -1e-300])
  expect(values('plain.csv', 'ra')).toEqual([0.1, 'NaN', -1e-300])
  expect(values('table.parquet', 'mag')).toEqual([Math.fround(0.1), 'Infinity', '-0'])
  expect(values('table.xml', 'big')).toEqual(['587722984180548043', '-1', '0'])
  expect(values('table.xml', 'word')).toEqual(['é ☃', '', '<&>'])
  expect(values('features.parquet', 'id')).toEqual(['a', '007', 'c'])
  expect(values('features.parquet', 'f0001')).toEqual([1, 1281, 2561].map((i) => Math.fround(i / 7)))
})

it('rows that vary in length are refused by formats that do not know them', () => {
  expect(() => encodeCsv(raggedTable)).toThrow(UnsupportedError)
  expect(() => encodeParquetTable(raggedTable)).toThrow(UnsupportedError)
})
