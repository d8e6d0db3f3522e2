import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  collectRows,
  FormatError,
  matrix,
  NotFoundError,
  ParameterError,
  type RowBatch,
  type RowSource,
  ShapeError,
  streamRows,
  UnsupportedError,
} from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { catalogueOf } from '@astronomaly/core/table'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvRowSource } from '../../src/table/csv-row-source.ts'
import { parquetRowSource } from '../../src/table/parquet-file.ts'
import { decodeParquetTable } from '../../src/table/parquet-table.ts'
import { tableRowSource } from '../../src/table/table-row-source.ts'
import { writeParquetRows } from '../../src/table/write-parquet-rows.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'row-sources-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const table: Table = {
  rowCount: 3,
  columns: new Map<string, TableColumn>([
    ['id', { values: ['a', 'b', 'c'], width: 1 }],
    ['x', { values: Float64Array.of(0.1, Number.NaN, 3), width: 1 }],
    ['flag', { values: [true, false, true], width: 1 }],
    ['pair', { values: Int16Array.of(1, 2, 3, 4, 5, 6), width: 2 }],
    ['list', { values: Float32Array.of(1), width: 0, offsets: Uint32Array.of(0, 1, 1, 1) }],
  ]),
}

async function batchesOf(source: RowSource, batchSize: number): Promise<RowBatch[]> {
  const batches: RowBatch[] = []
  for await (const batch of source.batches({ batchSize })) batches.push(batch)
  return batches
}

describe('tableRowSource', () => {
  it('gives the number columns as f32, wide ones as several, and identifiers', async () => {
    const source = tableRowSource(catalogueOf(table), { ids: 'id' })
    expect([source.columns, source.rowCount]).toEqual([3, 3])
    expect(await batchesOf(source, 2)).toEqual([
      { start: 0, ids: ['a', 'b'], rows: matrix(Float32Array.of(0.1, 1, 2, Number.NaN, 3, 4), 2, 3) },
      { start: 2, ids: ['c'], rows: matrix(Float32Array.of(3, 5, 6), 1, 3) },
    ])
    const flags = tableRowSource(catalogueOf(table), { columns: ['flag', 'x'] })
    expect((await collectRows(flags)).data).toEqual(Float32Array.of(1, 0.1, 0, Number.NaN, 1, 3))
  })

  it('rejects text, rows that vary in length, and names that do not exist or occur twice', () => {
    const catalogue = catalogueOf(table)
    expect(() => tableRowSource(catalogue, { columns: ['id'] })).toThrow(UnsupportedError)
    expect(() => tableRowSource(catalogue, { columns: ['list'] })).toThrow(UnsupportedError)
    expect(() => tableRowSource(catalogue, { columns: ['y'] })).toThrow(NotFoundError)
    expect(() => tableRowSource(catalogue, { ids: 'y' })).toThrow(NotFoundError)
    expect(() => tableRowSource(catalogue, { columns: ['x', 'x'] })).toThrow(ParameterError)
    expect(() => tableRowSource(catalogue, { columns: [] })).toThrow(ParameterError)
    expect(() => tableRowSource(catalogueOf({ rowCount: 0, columns: new Map() }))).toThrow(ParameterError)
  })
})

describe('csvRowSource', () => {
  it('gives the numbers of a file again and again, or of the columns that are named', async () => {
    const path = join(folder, 'a.csv')
    await writeFile(path, 'id,x,y,note\nJ1,1,2,\nJ2,,4,n\nJ3,5,6,n\n')
    const source = await csvRowSource(path, { ids: 'id' })
    expect([source.columns, source.rowCount]).toEqual([2, 3])
    for (let time = 0; time < 2; time++) {
      expect((await collectRows(source)).data).toEqual(Float32Array.of(1, 2, Number.NaN, 4, 5, 6))
    }
    expect((await batchesOf(source, 2)).map(({ ids }) => ids)).toEqual([['J1', 'J2'], ['J3']])
    expect((await collectRows(await csvRowSource(path, { columns: ['y'] }))).data).toEqual(Float32Array.of(2, 4, 6))
    expect((await collectRows(await csvRowSource([path, path], { columns: ['y'] }))).shape).toEqual([6, 1])
  })

  it('says which cell of a named column is no number', async () => {
    const path = join(folder, 'b.csv')
    await writeFile(path, 'x,y\n1,2\n3,word\n')
    const source = await csvRowSource(path, { columns: ['y'] })
    await expect(collectRows(source)).rejects.toThrow(FormatError)
    await expect(collectRows(source)).rejects.toThrow(/must hold numbers\. Received "word" on line 3 .*keyword y/)
    await expect(csvRowSource(path, { columns: ['z'] })).rejects.toThrow(NotFoundError)
  })
})

describe('writeParquetRows', () => {
  const rows = matrix(
    Float32Array.from({ length: 30 }, (_, i) => (i === 4 ? Number.NaN : i === 5 ? -0 : i / 7)),
    10,
    3,
  )

  it('writes row groups that parquetRowSource reads back bit by bit', async () => {
    for (const groupRows of [1, 4, 10, 100]) {
      const path = join(folder, 'sub', `rows-${groupRows}.parquet`)
      expect(await writeParquetRows(path, rows, { groupRows })).toBe(10)
      const source = await parquetRowSource(path)
      expect(source.rowCount).toBe(10)
      expect((await collectRows(source)).data).toEqual(rows.data)
    }
  })

  it('writes identifiers as text in the first column, and the same bytes for the same rows', async () => {
    const source: RowSource = {
      columns: 3,
      async *batches() {
        yield { start: 0, ids: Array.from({ length: 10 }, (_, i) => `00${i}`), rows }
      },
    }
    const path = join(folder, 'ids.parquet')
    await writeParquetRows(path, source, { names: ['a', 'b', 'c'], groupRows: 4 })
    const first = await readFile(path)
    const { columns } = await decodeParquetTable(new Uint8Array(first), path)
    expect([...columns.keys()]).toEqual(['id', 'a', 'b', 'c'])
    expect(columns.get('id')?.values.slice(8)).toEqual(['008', '009'])
    await writeParquetRows(path, source, { names: ['a', 'b', 'c'], groupRows: 4 })
    expect(await readFile(path)).toEqual(first)
  })

  it('writes a file of no rows, and names 1,280 columns f0000 to f1279', async () => {
    const path = join(folder, 'none.parquet')
    expect(await writeParquetRows(path, matrix(new Float32Array(0), 0, 1280))).toBe(0)
    const { rowCount, columns } = await decodeParquetTable(new Uint8Array(await readFile(path)), path)
    expect([rowCount, columns.size, [...columns.keys()].at(-1)]).toEqual([0, 1280, 'f1279'])
  })

  it('rejects wrong names and batches, and leaves neither a file nor a temporary one', async () => {
    const own = join(folder, 'own')
    const path = join(own, 'x.parquet')
    await expect(writeParquetRows(path, rows, { names: ['a', 'b'] })).rejects.toThrow(ParameterError)
    await expect(writeParquetRows(path, rows, { names: ['a', 'b', 'id'] })).rejects.toThrow(ParameterError)
    await expect(writeParquetRows(path, streamRows(2, [rows]))).rejects.toThrow(ShapeError)
    const reason = new Error('enough')
    await expect(writeParquetRows(path, rows, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await readdir(own)).toEqual([])
  })
})
