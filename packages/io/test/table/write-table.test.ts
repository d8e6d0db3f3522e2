import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParameterError, ShapeError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeParquetTable, encodeCsv } from '../../src/index.ts'
import { openCatalogue, writeTable } from '../../src/node.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-table-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function table(from: number, to: number): Table {
  const rows = Array.from({ length: to - from }, (_, i) => from + i)
  return {
    rowCount: rows.length,
    columns: new Map<string, TableColumn>([
      ['id', { values: rows.map((row) => `object, "${row}"`), width: 1 }],
      ['ra', { values: Float64Array.from(rows, (row) => row / 7), width: 1, unit: 'deg' }],
      ['pair', { values: Float32Array.from({ length: 2 * rows.length }, (_, i) => 2 * from + i), width: 2 }],
      ['good', { values: rows.map((row) => row % 2 === 0), width: 1 }],
    ]),
    notes: new Map([['software', 'test']]),
  }
}

const batches = [table(0, 3), table(3, 4), table(4, 9)]

describe('writeTable', () => {
  it('writes CSV as the whole table would be', async () => {
    const path = join(folder, 'new', 'table.csv')
    expect(await writeTable(path, batches)).toBe(9)
    expect(await readFile(path, 'utf8')).toBe(encodeCsv(table(0, 9)))
  })

  it('writes Parquet with a row group for each batch, units and notes', async () => {
    const path = join(folder, 'table.parquet')
    expect(await writeTable(path, batches)).toBe(9)
    const { columns, rowCount } = await decodeParquetTable(new Uint8Array(await readFile(path)), path)
    expect(rowCount).toBe(9)
    const { notes: _, ...whole } = table(0, 9)
    expect(columns).toEqual(whole.columns)
    const catalogue = await openCatalogue(path)
    let rows = 0
    for await (const batch of catalogue.batches({ batchRows: 4 })) rows += batch.rowCount
    expect(rows).toBe(9)
  })

  it('writes a table of no rows', async () => {
    for (const name of ['empty.csv', 'empty.parquet'])
      expect(await writeTable(join(folder, name), [table(0, 0)])).toBe(0)
    expect(await readFile(join(folder, 'empty.csv'), 'utf8')).toBe('id,ra,pair_0,pair_1,good\n')
  })

  it('takes the columns from the first batch that has rows', async () => {
    const empty = table(0, 0)
    for (const name of ['late.csv', 'late.parquet']) {
      const path = join(folder, name)
      expect(await writeTable(path, [empty, table(0, 3), empty, table(3, 4)])).toBe(4)
      const direct = join(folder, `direct-${name}`)
      await writeTable(direct, [table(0, 3), table(3, 4)])
      expect(await readFile(path)).toEqual(await readFile(direct))
    }
  })

  it('leaves the old file and nothing else where it fails', async () => {
    const path = join(folder, 'table.csv')
    await writeTable(path, batches)
    const before = await readFile(path, 'utf8')
    const other = { rowCount: 1, columns: new Map([['id', { values: Float64Array.of(1), width: 1 }]]) }
    await expect(writeTable(path, [table(0, 3), other])).rejects.toThrow(ShapeError)
    await expect(writeTable(path, [])).rejects.toThrow(ParameterError)
    const reason = new Error('enough')
    await expect(writeTable(path, batches, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(writeTable(join(folder, 'table.xlsx'), batches)).rejects.toThrow('must end in .csv, .parquet')
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(await readdir(folder)).toEqual(['table.csv'])
  })
})
