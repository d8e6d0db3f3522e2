import { gzipSync } from 'node:zlib'
import {
  catalogueOf,
  gatherTable,
  piecesOf,
  sliceColumn,
  type Table,
  type TableColumn,
  withSafeIntegers,
} from '@astronomaly/core/table'
import { encodeFitsTable, openFitsTable, readFitsTable } from '@astronomaly/fits'
import { describe, expect, it } from 'vitest'
import { encodeCsv, parseCsvTable } from '../../src/table/csv-table.ts'
import { openCatalogue } from '../../src/table/open-catalogue.ts'
import { Expansion } from '../../src/table/parquet-pages.ts'
import { decodeParquetTable, encodeParquetTable } from '../../src/table/parquet-table.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'
import { encodeVoTable } from '../../src/table/votable/encode-votable.ts'
import { parseVoTable } from '../../src/table/votable/parse-votable.ts'
import { VoTableFeed } from '../../src/table/votable/read-votable.ts'

const rows = 17
const table: Table = {
  rowCount: rows,
  columns: new Map<string, TableColumn>([
    ['id', { values: Array.from({ length: rows }, (_, i) => `0${i}`), width: 1 }],
    ['x', { values: Float64Array.from({ length: rows }, (_, i) => (i === 4 ? Number.NaN : i / 3)), width: 1 }],
    ['small', { values: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)), width: 1 }],
    ['large', { values: BigInt64Array.from({ length: rows }, (_, i) => 2n ** 60n + BigInt(i)), width: 1 }],
  ]),
}
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const formats: [string, Uint8Array][] = [
  ['CSV', bytesOf(encodeCsv(table))],
  ['CSV in gzip', gzipSync(encodeCsv(table))],
  ['Parquet', encodeParquetTable(table)],
  ['FITS', encodeFitsTable(table)],
  ['FITS in gzip', gzipSync(encodeFitsTable(table))],
  ['VOTable', bytesOf(encodeVoTable(table))],
]

function slice({ columns }: Table, from: number, to: number): Table {
  const part = [...columns].map(([name, column]): [string, TableColumn] => [name, sliceColumn(column, from, to)])
  return { rowCount: to - from, columns: new Map(part) }
}

describe('a catalogue', () => {
  it.each(formats)('of bytes gives the table that was written, whole: %s', async (_, bytes) => {
    expect(await readCatalogue(bytes)).toEqual(withSafeIntegers(table))
  })

  it.each(formats)('gives any rows in batches, and as a table: %s', async (_, bytes) => {
    const whole = withSafeIntegers(table)
    const catalogue = await openCatalogue(bytes, { source: 'in memory' })
    for (const [from, to] of [
      [0, rows],
      [0, 1],
      [5, 12],
      [16, 17],
      [3, 3],
      [17, 17],
    ] as const) {
      expect(await gatherTable(catalogue, { rows: [from, to] })).toEqual(slice(whole, from, to))
      let next = from
      for await (const { start, ...batch } of catalogue.batches({ rows: [from, to], batchRows: 3 })) {
        expect(start).toBe(next)
        next += batch.rowCount
        expect(batch).toEqual(slice(whole, start, next))
      }
      expect(next).toBe(to)
    }
    expect(() => catalogue.batches({ rows: [0, rows + 1] })).toThrow(
      `rows must lie from 0 to ${rows}. Received [0,18].`,
    )
  })

  it('gives rows across its files, of which those before are not read', async () => {
    const inputs = formats.map(([, bytes]) => bytes)
    const whole = withSafeIntegers(table)
    const catalogue = await openCatalogue(inputs)
    expect(catalogue.rowCount).toBe(rows * inputs.length)
    const { columns } = await gatherTable(catalogue, { rows: [15, 53], columns: ['x'] })
    const values = Float64Array.from(
      { length: 38 },
      (_, i) => (whole.columns.get('x')!.values as Float64Array)[(15 + i) % rows]!,
    )
    expect(columns).toEqual(new Map([['x', { values, width: 1 }]]))
    const starts: number[] = []
    for await (const { start } of catalogue.batches({ rows: [80, 95], batchRows: 10 })) starts.push(start)
    expect(starts).toEqual([80, 90])
  })

  it('is what the functions of each format give as a whole', async () => {
    const byName = new Map(formats)
    const csv = byName.get('CSV') as Uint8Array
    expect(parseCsvTable(new TextDecoder().decode(csv), 'a')).toEqual(await readCatalogue(csv))
    const parquet = byName.get('Parquet') as Uint8Array
    expect(await decodeParquetTable(parquet, 'a')).toEqual(await readCatalogue(parquet))
    const votable = byName.get('VOTable') as Uint8Array
    expect((await parseVoTable(votable)).columns).toEqual((await readCatalogue(votable)).columns)
    const fits = byName.get('FITS') as Uint8Array
    expect(await gatherTable(await openFitsTable(fits))).toEqual(await readCatalogue(fits))
    const exact = await gatherTable(await openFitsTable(fits, { types: 'fits' }))
    expect(exact).toEqual(await readFitsTable(fits))
    expect(exact.columns.get('large')?.values).toEqual(table.columns.get('large')?.values)
  })

  it('without rows has empty columns of its types', async () => {
    const none = slice(table, 0, 0)
    for (const bytes of [encodeFitsTable(none), encodeParquetTable(none), bytesOf(encodeVoTable(none))]) {
      expect(await readCatalogue(bytes)).toEqual({
        rowCount: 0,
        columns: new Map([
          ['id', { values: [], width: 1 }],
          ['x', { values: new Float64Array(0), width: 1 }],
          ['small', { values: new Float64Array(0), width: 1 }],
          ['large', { values: new Float64Array(0), width: 1 }],
        ]),
      })
    }
    const lists = catalogueOf({
      rowCount: 1,
      columns: new Map([['l', { values: Int32Array.of(1, 2), width: 0, offsets: Uint32Array.of(0, 2) }]]),
    })
    expect(await gatherTable(lists, { rows: [1, 1] })).toEqual({
      rowCount: 0,
      columns: new Map([['l', { values: new Int32Array(0), width: 0, offsets: Uint32Array.of(0) }]]),
    })
  })

  it('may hold no more values of a VOTable at a time than its bytes can stand for, in however many pieces', () => {
    const row = `<TR>${'<TD>1</TD>'}</TR>${' '.repeat(2 ** 18)}`
    const text = `<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="double"/><DATA><TABLEDATA>${row.repeat(6)}`
    const read = (batchRows: number): number => {
      const feed = new VoTableFeed({ source: 'a', table: undefined }, 32, true)
      let held = 0
      for (const _ of feed.text(text)) {
        if (feed.document.rows === 0) continue
        const piece = feed.take([{ name: 'a', type: 'float64', width: 1 }])
        feed.hold(piece)
        held += piece.rowCount
        if (held % batchRows === 0) feed.release()
      }
      return held
    }
    expect(read(1)).toBe(6)
    expect(() => read(100)).toThrow(/values must take at most 32 bytes/)
  })

  it('shows what it is and not what it is made of, which only those who join formats take', async () => {
    const table = { rowCount: 1, columns: new Map([['x', { values: Int32Array.of(1), width: 1 }]]) }
    const fits = await openFitsTable(encodeFitsTable(table))
    expect(Object.keys(fits).sort()).toEqual(['batches', 'columns', 'fields', 'names', 'rowCount', 'unreadable'])
    expect(Object.keys(catalogueOf(table)).sort()).toEqual(['batches', 'columns', 'rowCount'])
    expect(piecesOf(fits).alternatives.get('x')).toContain('float64')
    expect(() => piecesOf({ ...fits })).toThrow('must be one of catalogueFrom')
  })

  it('may hold no more row groups at a time than the bytes of their file can stand for', () => {
    const alone = (): void => new Expansion('a.parquet', 1000).add(60 * 2 ** 20)
    for (let group = 0; group < 3; group++) alone()
    const together = new Expansion('a.parquet', 1000)
    together.add(60 * 2 ** 20)
    expect(() => together.add(60 * 2 ** 20)).toThrow('must expand to at most 67108864 bytes')
  })

  it('measures columns of one value, which take no bytes of their own, by the file that holds them', () => {
    const rows = 8_500_000
    const large = new Expansion('a.parquet', 4 * rows)
    for (const name of ['flag', 'r', 'flag of the next group']) large.add(8 * rows, name)
    expect(() => large.add(1000 * 4 * rows, 'z')).toThrow(`must expand to at most ${1000 * 4 * rows} bytes`)
  })
})
