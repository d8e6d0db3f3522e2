import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import type { ByteSource } from '../../src/bytes/index.ts'
import { encodeFitsTable, openFits, openFitsTable, readFitsTable } from '../../src/index.ts'
import { plainValue, rawTable, rowsOf, sliceTable, tableGolden, unpackTable } from './table-golden.ts'

const everyFile = [
  ...tableGolden.tables.map(({ name, file }) => ({ name, file })),
  ...tableGolden.compressed.map(({ name, file }) => ({ name: `compressed ${name}`, file })),
]

/** A source that counts what is read from it. */
function counting(bytes: Uint8Array, readsInto: boolean) {
  const reads: [number, number][] = []
  const slice: ByteSource['slice'] = async (start, end) => {
    reads.push([start, end])
    return bytes.slice(start, end)
  }
  const readInto: NonNullable<ByteSource['readInto']> = async (target, start) => {
    const own = bytes.subarray(start, start + target.length)
    reads.push([start, start + own.length])
    target.set(own)
    return own.length
  }
  const source: ByteSource = { byteLength: bytes.length, slice, ...(readsInto ? { readInto } : {}) }
  return { source, reads }
}

/** Whether arrays are equal, sooner told than by a matcher. */
function sameBytes(a: unknown, b: unknown): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength)
  return bytes(a as Float64Array).equals(bytes(b as Float64Array))
}

describe('a table that was made byte by byte', () => {
  it.each(tableGolden.tables)('is read value for value: $name', async ({ file, rows, ragged = {}, fixed = {} }) => {
    const table = await readFitsTable(unpackTable(file))
    expect(table.rowCount).toBe(rows)
    expect([...table.columns.keys()]).toEqual([...Object.keys(ragged), ...Object.keys(fixed)])
    for (const [name, cells] of Object.entries(ragged)) {
      const column = table.columns.get(name)!
      const isText = typeof cells[0] === 'string'
      expect(rowsOf(column, rows), name).toEqual(isText ? cells.map((cell) => [cell]) : cells)
      expect(column.width, name).toBe(isText || name === 'plain' ? 1 : 0)
    }
    for (const [name, { width, shape, values }] of Object.entries(fixed)) {
      const column = table.columns.get(name)!
      // Where a truth value is undefined astropy has False.
      const own = Array.from(column.values as ArrayLike<unknown>, plainValue)
      expect(name === 'logical' ? own.map((value) => value === true || value === 1) : own, name).toEqual(values)
      expect(column.width, name).toBe(width)
      expect(column.shape ?? null, name).toEqual(shape)
    }
  })

  it('has types that the header alone decides', async () => {
    const shapes = unpackTable(tableGolden.tables.find(({ name }) => name.startsWith('axes'))!.file)
    const { fields: columns } = await openFitsTable(shapes, { types: 'fits' })
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toMatchObject({
      cube: 'int16',
      ulong: 'uint64',
      uint: 'float64',
      sbyte: 'int16',
      nulled: 'float64',
      nonulls: 'float64',
      complex: 'float64',
      logical: 'boolean',
      bits: 'uint8',
    })
    const kept = await readFitsTable(shapes, { nulls: 'keep' })
    expect(kept.columns.get('nulled')!.values).toEqual(BigInt64Array.of(5n, -7n, 2n ** 53n - 1n))
    expect(kept.columns.get('nonulls')!.values).toEqual(Int32Array.of(5, 6, 7))
    expect(kept.columns.get('unull')!.values).toEqual(Int32Array.of(0, 32768, 65535))
  })

  it.each(everyFile)('is read as it is described: $name', async ({ file }) => {
    const bytes = unpackTable(file)
    const { rowCount, fields: columns } = await openFitsTable(bytes, { types: 'fits' })
    const table = await readFitsTable(bytes)
    expect(table.rowCount).toBe(rowCount)
    const typeOf = ({ values }: TableColumn): string => {
      if (!Array.isArray(values)) return values.constructor.name.toLowerCase().replace(/^big|array$/g, '')
      return typeof values[0] === 'boolean' ? 'boolean' : 'text'
    }
    for (const { name, type, width, ragged, shape, unit } of columns) {
      const column = table.columns.get(name)!
      const settled = type === 'boolean' && !Array.isArray(column.values) ? 'float64' : type
      if (column.values.length > 0) expect(typeOf(column), name).toBe(settled)
      expect(column.width, name).toBe(width)
      expect(column.offsets !== undefined, name).toBe(ragged)
      expect(column.shape, name).toEqual(shape)
      expect(column.unit, name).toBe(unit)
    }
  })
})

describe('a compressed table', () => {
  it.each(tableGolden.compressed)('is the table that was compressed: $name', async ({ file, plain }) => {
    expect(await readFitsTable(unpackTable(file))).toEqual(await readFitsTable(unpackTable(plain)))
  })

  it('is refused when its tiles cannot be what it says', async () => {
    const bytes = unpackTable(tableGolden.compressed[0]!.file)
    const changed = (keyword: string, value: string): Uint8Array => {
      const out = bytes.slice()
      const at = Buffer.from(out)
        .toString('latin1')
        .indexOf(`${keyword.padEnd(8)}= `)
      expect(at).toBeGreaterThan(0)
      out.set(new TextEncoder().encode(`${keyword.padEnd(8)}= ${value}`.padEnd(80)), at)
      return out
    }
    await expect(readFitsTable(changed('ZNAXIS2', '61'))).rejects.toThrow('NAXIS2 must be the number of tiles, 4')
    await expect(readFitsTable(changed('ZTILELEN', '0'))).rejects.toThrow('ZTILELEN must be an integer from 1')
    const { fields: columns } = await openFitsTable(bytes, { types: 'fits' })
    const names = columns.map(({ name }) => name)
    const unknown = changed('ZCTYP1', "'RICE_9'")
    await expect(readFitsTable(unknown, { columns: names })).rejects.toThrow(UnsupportedError)
    const warnings: string[] = []
    const rest = await readFitsTable(unknown, { onWarning: ({ message }) => void warnings.push(message) })
    expect([...rest.columns.keys()]).toEqual(names.slice(1))
    expect(warnings).toEqual([expect.stringMatching(/a column is left out\. .*RICE_9/)])
    expect([...(await openFitsTable(unknown)).unreadable.keys()]).toEqual(names.slice(0, 1))
    await expect(readFitsTable(changed('ZCTYP5', "'RICE_1'"), { columns: names })).rejects.toThrow(
      'must not be RICE_1 for elements E',
    )
    await expect(readFitsTable(changed('ZCTYP1', "'GZIP_1'"))).rejects.toThrow('gzip')
    await expect(readFitsTable(changed('ZFORM4', "'L'"))).rejects.toThrow(
      /must hold sound gzip data of 20 bytes. \(keyword long\)/,
    )
    await expect(readFitsTable(changed('ZCTYP4', "'NOCOMPRESS'"))).rejects.toThrow('compressed column must stand for')
    await expect(readFitsTable(bytes, { maxValues: 100 })).rejects.toThrow("at most 100 values at a time ('maxValues'")
  })
})

/** A table whose truth values are numbers, as they are in the parts of it in which one is undefined. */
function withoutLogicals({ rowCount, columns }: Table): Table {
  const own = [...columns].map(([name, column]): [string, TableColumn] => [
    name,
    name === 'logical' ? { ...column, values: Float64Array.from(column.values as ArrayLike<boolean>, Number) } : column,
  ])
  return { rowCount, columns: new Map(own) }
}

describe('rows and columns of a table', () => {
  it.each(everyFile)('are the same in any range and batch: $name', async ({ file }) => {
    const bytes = unpackTable(file)
    const whole = withoutLogicals(await readFitsTable(bytes))
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: whole.rowCount + 2 }), async (a, b, batchRows) => {
        const [from, to] = [a % (whole.rowCount + 1), b % (whole.rowCount + 1)].sort((x, y) => x - y)
        expect(withoutLogicals(await readFitsTable(bytes, { rows: [from!, to!] }))).toEqual(
          sliceTable(whole, from!, to!),
        )
        let next = 0
        for await (const batch of (await openFitsTable(bytes, { types: 'fits' })).batches({ batchRows })) {
          const { start, ...table } = batch
          expect(start).toBe(next)
          next += table.rowCount
          expect(withoutLogicals(table)).toEqual(sliceTable(whole, start, next))
        }
        expect(next).toBe(whole.rowCount)
      }),
      { seed: 11, numRuns: 15 },
    )
  })

  it('are found by name, in any case where no other has that name', async () => {
    const column = { values: Int32Array.of(1), width: 1 }
    const bytes = encodeFitsTable({
      rowCount: 1,
      columns: new Map([...'RA,ra,Dec'.split(',')].map((n) => [n, column])),
    })
    const names = async (...columns: string[]) => [...(await readFitsTable(bytes, { columns })).columns.keys()]
    expect(await names('DEC', 'RA')).toEqual(['RA', 'Dec'])
    expect(await names('ra')).toEqual(['ra'])
    expect(await names()).toEqual([])
    await expect(names('Ra')).rejects.toThrow(NotFoundError)
    await expect(names('nix')).rejects.toThrow('Received nix; the table has RA, ra, Dec')
  })

  it('are refused where there are none', async () => {
    const bytes = encodeFitsTable({ rowCount: 2, columns: new Map([['x', { values: Int32Array.of(1, 2), width: 1 }]]) })
    for (const rows of [
      [-1, 1],
      [0, 3],
      [2, 1],
      [0, 1.5],
      [Number.NaN, 1],
    ] as const) {
      await expect(readFitsTable(bytes, { rows })).rejects.toThrow('rows must lie from 0 to 2')
    }
    await expect(readFitsTable(bytes, { rows: 5 as never })).rejects.toThrow('rows must lie from 0 to 2. Received 5.')
    expect((await readFitsTable(bytes, { rows: [2, 2] })).columns.get('x')!.values).toHaveLength(0)
    const catalogue = await openFitsTable(bytes)
    expect(() => catalogue.batches({ batchRows: 0 })).toThrow(ParameterError)
    expect(() => catalogue.batches({ rows: [0, 3] })).toThrow('rows must lie from 0 to 2. Received [0,3].')
    await expect(openFitsTable(bytes, { nulls: 'drop' as 'keep' })).rejects.toThrow(
      'nulls must be one of nan, text, keep',
    )
    await expect(readFitsTable(bytes, { row: [0, 1] } as object)).rejects.toThrow("unknown option 'row'")
    await expect(readFitsTable(bytes, { columns: 'x' as never })).rejects.toThrow('columns must be an array of names')
  })

  const long: Table = {
    rowCount: 300_000,
    columns: new Map([
      ['a', { values: Float64Array.from({ length: 300_000 }, (_, i) => i / 7), width: 1 }],
      ['v', { values: Float32Array.from({ length: 1_200_000 }, (_, i) => i), width: 4 }],
      [
        'list',
        {
          values: Int32Array.from({ length: 450_000 }, (_, i) => i),
          width: 0,
          offsets: Uint32Array.from({ length: 300_001 }, (_, i) => 3 * (i >> 1) + (i & 1)),
        },
      ],
    ]),
  }
  const longBytes = encodeFitsTable(long)

  it.each([true, false])('are read without the bytes of other rows (readInto: %s)', async (readsInto) => {
    const { source, reads } = counting(longBytes, readsInto)
    const file = await openFits(source)
    const { dataOffset } = await file.hdu(1)
    reads.length = 0
    const table = await readFitsTable(file, { rows: [1000, 1010] })
    expect(table).toEqual(sliceTable(long, 1000, 1010))
    // 10 rows of 32 bytes, and 15 integers of the heap, which begins after 300,000 rows.
    const heap = dataOffset + 32 * 300_000
    expect(reads).toEqual([
      [dataOffset + 32_000, dataOffset + 32_320],
      [heap + 6000, heap + 6060],
    ])
    reads.length = 0
    await readFitsTable(file, { rows: [0, 1], columns: ['a'] })
    expect(reads).toEqual([[dataOffset, dataOffset + 32]])
    reads.length = 0
    await readFitsTable(file, { columns: [] })
    expect(reads).toEqual([])
  })

  it.each([true, false])('are read once, in pieces of at most 4 MiB (readInto: %s)', async (readsInto) => {
    const { source, reads } = counting(longBytes, readsInto)
    const file = await openFits(source)
    const { dataOffset, dataLength } = await file.hdu(1)
    reads.length = 0
    const table = await readFitsTable(file)
    expect([...table.columns.keys()]).toEqual([...long.columns.keys()])
    for (const [name, { values, offsets }] of long.columns) {
      const own = table.columns.get(name)!
      expect(sameBytes(own.values, values), name).toBe(true)
      expect(offsets === undefined || sameBytes(own.offsets!, offsets), name).toBe(true)
    }
    expect(Math.max(...reads.map(([start, end]) => end - start))).toBeLessThanOrEqual(2 ** 22)
    expect(reads.reduce((sum, [start, end]) => sum + end - start, 0)).toBe(dataLength)
    expect(reads[0]![0]).toBe(dataOffset)
    reads.length = 0
    const catalogue = await openFitsTable(file)
    expect(reads).toEqual([])
    for await (const batch of catalogue.batches({ batchRows: 50_000 })) {
      expect(batch.rowCount).toBe(50_000)
      // One batch of rows and its cells: nothing is read ahead of it.
      expect(reads.reduce((sum, [start, end]) => sum + end - start, 0)).toBe(50_000 * 32 + 75_000 * 4)
      reads.length = 0
    }
  })

  it('stop with the reason of the signal', async () => {
    const { source, reads } = counting(longBytes, true)
    const abort = new AbortController()
    const catalogue = await openFitsTable(source)
    const batches = catalogue.batches({ batchRows: 10, signal: abort.signal })[Symbol.asyncIterator]()
    await batches.next()
    const before = reads.length
    abort.abort('enough')
    await expect(batches.next()).rejects.toBe('enough')
    expect(reads.length).toBe(before)
    await expect(readFitsTable(longBytes, { signal: AbortSignal.abort('at once') })).rejects.toBe('at once')
  })

  it('are refused when the source ends before them', async () => {
    const source: ByteSource = {
      byteLength: longBytes.length,
      slice: async (start, end) => longBytes.slice(start, Math.min(end, 1_000_000)),
    }
    await expect(readFitsTable(source)).rejects.toThrow('The source ends in row')
  })
})

describe('64-bit integers with TNULL', () => {
  it('are refused where a double does not hold them, unless nulls are kept', async () => {
    const data = new Uint8Array(16)
    new DataView(data.buffer).setBigInt64(0, 2n ** 53n + 1n)
    const cards = { NAXIS1: 8, NAXIS2: 2, PCOUNT: 0, GCOUNT: 1, TFIELDS: 1, TTYPE1: 'id', TFORM1: 'K', TNULL1: 0 }
    const bytes = rawTable(cards, data)
    await expect(readFitsTable(bytes, { source: 'a.fits' })).rejects.toThrow(
      /within ±\(2\^53 - 1\).*column id \(a\.fits\)/,
    )
    const { columns } = await readFitsTable(bytes, { nulls: 'keep' })
    expect(columns.get('id')!.values).toEqual(BigInt64Array.of(2n ** 53n + 1n, 0n))
    const exact = await readFitsTable(bytes, { nulls: 'text' })
    expect(exact.columns.get('id')!.values).toEqual(['9007199254740993', ''])
    const unsigned = await readFitsTable(rawTable({ ...cards, TZERO1: 2 ** 63 }, data), { nulls: 'text' })
    expect(unsigned.columns.get('id')!.values).toEqual([String(2n ** 63n + 2n ** 53n + 1n), ''])
    const scaled = await readFitsTable(rawTable({ ...cards, TSCAL1: 2 }, data))
    expect(scaled.columns.get('id')!.values).toEqual(Float64Array.of(2 ** 54, Number.NaN))
  })
})

describe.skipIf(!hasShared)('the real tables with cells of variable length or compressed', () => {
  it.each(tableGolden.real)('hold what astropy and funpack find: $file $hdu', async ({ file, hdu, rows, columns }) => {
    const table = await readFitsTable(new Uint8Array(readFileSync(sharedFile(`data/B_fits/${file}`))), { hdu })
    expect(table.rowCount).toBe(rows)
    expect([...table.columns.keys()]).toEqual(Object.keys(columns))
    const hash = (values: ArrayLike<unknown>): string =>
      createHash('sha256')
        .update(Buffer.from(Float64Array.from(values, Number).buffer).swap64())
        .digest('hex')
    for (const [name, { lengths, sha256 }] of Object.entries(columns)) {
      const { values, width, offsets } = table.columns.get(name)!
      if (lengths === undefined) {
        const text = (values as readonly string[]).join('\n')
        expect(createHash('sha256').update(text).digest('hex'), name).toBe(sha256)
        continue
      }
      const own = Array.from({ length: rows }, (_, r) => (offsets ? offsets[r + 1]! - offsets[r]! : width))
      expect(hash(own), name).toBe(lengths)
      expect(hash(values as ArrayLike<unknown>), name).toBe(sha256)
    }
  })
})
