import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParameterError, ShapeError, UnsupportedError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onesComplementSum } from '../../src/checksum.ts'
import { encodeFitsTable, listHdus, openFitsTable, readFitsTable } from '../../src/index.ts'
import { writeFitsTable } from '../../src/node.ts'
import { sliceTable, tableGolden } from './table-golden.ts'
import { raggedTable, shapedTable, tableSpecimens } from './table-specimens.ts'

const columnsOf = (columns: Record<string, TableColumn>, rowCount: number): Table => ({
  rowCount,
  columns: new Map(Object.entries(columns)),
})

/** Batches of `size` rows. */
async function* batchesOf(table: Table, size: number): AsyncGenerator<Table> {
  for (let from = 0; from < table.rowCount; from += size) {
    yield sliceTable(table, from, Math.min(table.rowCount, from + size))
  }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fits-tables-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The bytes of a file that is written batch by batch. */
async function written(table: Table, size: number, options = {}): Promise<Uint8Array> {
  const path = join(folder, 'table.fits')
  const { byteLength } = await writeFitsTable(path, batchesOf(table, size), options)
  const bytes = new Uint8Array(readFileSync(path))
  expect(bytes.length).toBe(byteLength)
  return bytes
}

describe('a written table', () => {
  it('has the bytes that astropy and fitsverify accepted, for every specimen', async () => {
    const files = tableSpecimens()
    files.set('batches.fits', await written(raggedTable, 3, { name: 'BATCHES' }))
    files.set('batches-text.fits', await written(sliceTable(shapedTable, 0, 2), 1, { textLengths: { words: 4 } }))
    const target = process.env.ASTRONOMALY_SPECIMENS
    if (target) {
      mkdirSync(target, { recursive: true })
      for (const [name, bytes] of files) writeFileSync(join(target, name), bytes)
    }
    const own = Object.fromEntries(
      [...files].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
    )
    const known = Object.entries(tableGolden.written).map(([name, { sha256 }]) => [name, sha256])
    expect(own).toEqual(Object.fromEntries(known))
  })

  it('reads as the table that was encoded', async () => {
    expect(await readFitsTable(encodeFitsTable(raggedTable))).toEqual(raggedTable)
    const storage = { uint: 'uint32', ushort: 'uint16', sbyte: 'int8' } as const
    expect(await readFitsTable(encodeFitsTable(shapedTable, { storage }))).toEqual(shapedTable)
  })

  it('reads as the table that was encoded, whatever its columns', async () => {
    const cell = fc.array(fc.integer({ min: -128, max: 127 }), { maxLength: 4 })
    const kinds = [Float64Array, Float32Array, Int32Array, Int16Array, Uint8Array] as const
    const table = fc.integer({ min: 1, max: 5 }).chain((rowCount) =>
      fc.array(fc.tuple(fc.constantFrom(...kinds), fc.array(cell, { minLength: rowCount, maxLength: rowCount })), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    await fc.assert(
      fc.asyncProperty(table, async (columns) => {
        const rowCount = columns[0]![1].length
        const own = columns.map(([kind, cells], i): [string, TableColumn] => {
          const offsets = new Uint32Array(rowCount + 1)
          for (const [row, { length }] of cells.entries()) offsets[row + 1] = offsets[row]! + length
          return [`c${i}`, { values: kind.from(cells.flat()), width: 0, offsets }]
        })
        const encoded: Table = { rowCount, columns: new Map(own) }
        expect(await readFitsTable(encodeFitsTable(encoded))).toEqual(encoded)
        expect(await readFitsTable(await written(encoded, 2))).toEqual(encoded)
      }),
      { seed: 12, numRuns: 60 },
    )
  })

  it('has words that add up to all ones when it was written in batches', async () => {
    for (const size of [1, 2, 4]) {
      const bytes = await written(raggedTable, size)
      expect(bytes.length % 2880).toBe(0)
      for (const { headerOffset, dataOffset, dataLength, header } of await listHdus(bytes)) {
        const end = dataOffset + Math.ceil(dataLength / 2880) * 2880
        expect(onesComplementSum(bytes.subarray(headerOffset, end))).toBe(0xffffffff)
        expect(header.text('DATASUM')).toBe(String(onesComplementSum(bytes.subarray(dataOffset, end))))
      }
      expect(await readFitsTable(bytes)).toEqual(raggedTable)
    }
  })

  it('may have texts of any length in batches', async () => {
    const table = columnsOf(
      {
        name: { values: ['a', '', 'much longer than the first'], width: 1 },
        n: { values: Int32Array.of(1, 2, 3), width: 1 },
      },
      3,
    )
    expect(await readFitsTable(await written(table, 1))).toEqual(table)
    expect(await readFitsTable(await written(table, 2, { textLengths: { name: 26 } }))).toEqual(table)
    await expect(written(table, 1, { textLengths: { name: 25 } })).rejects.toThrow('at most 25 characters')
    await expect(written(table, 1, { textLengths: { nom: 25 } })).rejects.toThrow('Received nom')
    await expect(written(table, 1, { textLengths: { name: 0 } })).rejects.toThrow(ParameterError)
  })

  it('is copied in batches of any size wherever truth values are undefined', async () => {
    const truths = { good: { values: [true, false, true, true, false, false], width: 2 } }
    const plain = encodeFitsTable(columnsOf(truths, 3))
    const { dataOffset } = (await listHdus(plain))[1] as { dataOffset: number }
    for (const place of [0, 3, 5]) {
      const bytes = plain.slice()
      bytes[dataOffset + place] = 0
      for (const batchRows of [1, 2, 3]) {
        const path = join(folder, 'copy.fits')
        await writeFitsTable(path, (await openFitsTable(bytes, { types: 'fits' })).batches({ batchRows }))
        expect(await readFitsTable(new Uint8Array(readFileSync(path)))).toEqual(await readFitsTable(bytes))
      }
    }
    const numbers = columnsOf({ good: { values: Float64Array.of(0, 2), width: 2 } }, 1)
    const path = join(folder, 'other.fits')
    await expect(writeFitsTable(path, [columnsOf(truths, 3), numbers])).rejects.toThrow('good changes in row 4')
    const texts = columnsOf({ good: { values: ['T', 'F'], width: 2 } }, 1)
    await expect(writeFitsTable(path, [numbers, texts])).rejects.toThrow('good changes in row 2')
  })
})

describe('a table that is not written', () => {
  it('leaves nothing behind, and what was there', async () => {
    const path = join(folder, 'kept.fits')
    await writeFitsTable(path, [raggedTable])
    const before = readFileSync(path)
    const failing = async function* (): AsyncGenerator<Table> {
      yield raggedTable
      throw new Error('the source failed')
    }
    await expect(writeFitsTable(path, failing())).rejects.toThrow('the source failed')
    await expect(writeFitsTable(path, [])).rejects.toThrow('must have at least one table')
    await expect(writeFitsTable(path, [raggedTable, shapedTable])).rejects.toThrow('same columns in the same order')
    const other = columnsOf(
      { ...Object.fromEntries(raggedTable.columns), id: { values: new Float64Array(4), width: 1 } },
      4,
    )
    await expect(writeFitsTable(path, [raggedTable, other])).rejects.toThrow('Column id changes in row 5')
    await expect(writeFitsTable(path, [raggedTable], { signal: AbortSignal.abort('stop') })).rejects.toBe('stop')
    expect(readFileSync(path)).toEqual(before)
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([])
  })

  it('has columns that contradict themselves', () => {
    const column = (rest: Partial<TableColumn>): Table =>
      columnsOf({ x: { values: Float64Array.of(1, 2, 3), width: 0, offsets: Uint32Array.of(0, 1, 3), ...rest } }, 2)
    expect(() => encodeFitsTable(column({ offsets: Uint32Array.of(0, 3) }))).toThrow(ShapeError)
    expect(() => encodeFitsTable(column({ offsets: Uint32Array.of(0, 1, 2) }))).toThrow('must rise from 0 to 3')
    expect(() => encodeFitsTable(column({ offsets: Uint32Array.of(1, 1, 3) }))).toThrow(ShapeError)
    expect(() => encodeFitsTable(column({ offsets: Uint32Array.of(0, 4, 3) }))).toThrow(ShapeError)
    expect(() => encodeFitsTable(column({ values: ['a', 'b', 'c'] }))).toThrow(UnsupportedError)
    const shaped = columnsOf({ x: { values: new Float64Array(12), width: 6, shape: [2, 2] } }, 2)
    expect(() => encodeFitsTable(shaped)).toThrow('shape of column x must have 6 places')
  })

  it('has integers that its storage does not hold, or cards of the structure', () => {
    const table = columnsOf({ x: { values: Float64Array.of(1, 2.5), width: 1 } }, 2)
    expect(() => encodeFitsTable(table, { storage: { x: 'int32' } })).toThrow('Received 2.5 as number 2')
    const large = columnsOf({ x: { values: Int32Array.of(1, 70_000), width: 1 } }, 2)
    expect(() => encodeFitsTable(large, { storage: { x: 'uint16' } })).toThrow('Received 70000 as number 2')
    expect(() => encodeFitsTable(large, { storage: { x: 'uint64' } })).not.toThrow()
    expect(() => encodeFitsTable(large, { storage: { y: 'int16' } })).toThrow('must name columns of the table')
    expect(() => encodeFitsTable(large, { storage: { x: 'float' as 'int8' } })).toThrow('storage must be int8')
    expect(() => encodeFitsTable(large, { header: [{ keyword: 'TFORM1', value: '1D' }] })).toThrow('Received TFORM1')
    expect(() => encodeFitsTable(large, { name: 'A', header: [{ keyword: 'EXTNAME', value: 'B' }] })).toThrow('EXTNAME')
    expect(() => encodeFitsTable(columnsOf({}, 0))).toThrow('1 to 999 columns')
  })

  it.each([
    ['name of a column', { name: 'n'.repeat(75) }],
    ['name of a column', { name: `${'n'.repeat(66)}'s` }],
    ['unit of column x', { unit: 'Jy '.repeat(23) }],
    ['shape of column x', { shape: Array<number>(34).fill(1) }],
    ['name', { extension: 'e'.repeat(69) }],
    ['TDISP1', { display: 'F'.repeat(69) }],
  ])('has more for a reserved keyword to say than its card has room for: %s', async (what, each) => {
    const {
      name = 'x',
      unit = 'Jy',
      shape,
      extension = 'e'.repeat(68),
      display = 'F8.3',
    } = each as Partial<Record<'name' | 'unit' | 'extension' | 'display', string>> & { shape?: number[] }
    const column = { values: Float64Array.of(1, 2), width: 1, unit, ...(shape ? { shape } : {}) }
    const options = { name: extension, header: [{ keyword: 'TDISP1', value: display }] }
    const encode = (): Uint8Array => encodeFitsTable(columnsOf({ [name]: column }, 2), options)
    expect(encode).toThrow(ParameterError)
    expect(encode).toThrow(`encodeFitsTable: ${what} must have at most 68 characters`)
    const batches = [columnsOf({ [name]: column }, 2)]
    const target = join(tmpdir(), `long-${what.length}.fits`)
    await expect(writeFitsTable(target, batches, options)).rejects.toThrow(`${what} must have at most 68 characters`)
    expect(existsSync(target)).toBe(false)
  })

  it('has a name of 68 characters, and a description that goes on on further cards', async () => {
    const name = 'n'.repeat(68)
    const description = "what's seen ".repeat(20).trim()
    const table = columnsOf(
      { [name]: { values: Float64Array.of(1, 2), width: 1, unit: 'u'.repeat(68), description } },
      2,
    )
    expect(await readFitsTable(encodeFitsTable(table))).toEqual(table)
  })
})
