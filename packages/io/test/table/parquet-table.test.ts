import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  createRandom,
  FormatError,
  NotFoundError,
  ParameterError,
  ShapeError,
  UnsupportedError,
} from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeParquetTable, encodeParquetTable } from '../../src/table/parquet-table.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/io-tables.json', import.meta.url), 'utf8')) as {
  parquet: {
    columns: Record<string, { values: (number | string | boolean)[]; width: number }>
    files: { name: string; file: string }[]
  }
  parquetFeatures: { file: string }
  parquetExpanding: { file: string }
  parquetUnsupported: Record<string, string>
}
const bytesOf = (base64: string): Uint8Array => new Uint8Array(gunzipSync(Buffer.from(base64, 'base64')))

const sample: Table = {
  rowCount: 3,
  columns: new Map<string, TableColumn>([
    ['id', { values: ['J1', '', 'é'], width: 1 }],
    ['ra', { values: Float64Array.of(0.1, -0, Number.NaN), width: 1, unit: 'deg' }],
    ['flux', { values: Float32Array.of(1, 2, 3, 4, Number.NaN, 6), width: 2, unit: 'Jy / beam' }],
    ['n', { values: Int32Array.of(1, -2, 3), width: 1 }],
    ['bits', { values: Uint8Array.of(0, 255, 1), width: 1 }],
    ['short', { values: Int16Array.of(-32768, 0, 1), width: 1 }],
    ['objid', { values: BigInt64Array.of(587722984180548043n, -1n, 0n), width: 1 }],
    ['count', { values: BigInt64Array.of(9007199254740991n, -1n, 0n), width: 1 }],
    ['flag', { values: [true, false, true], width: 1 }],
    ['names', { values: ['a', 'b', 'c', 'd', 'e', ''], width: 2 }],
  ]),
}

/** What a written column is read back as: 64-bit integers become float64 or text. */
function expectedColumn(column: TableColumn): TableColumn {
  if (!(column.values instanceof BigInt64Array)) return column
  const unsafe = column.values.some((value) => !Number.isSafeInteger(Number(value)))
  return { ...column, values: unsafe ? Array.from(column.values, String) : Float64Array.from(column.values, Number) }
}

describe('decodeParquetTable', () => {
  it.each(golden.parquet.files)('reads what pyarrow writes: $name', async ({ file }) => {
    const table = await decodeParquetTable(bytesOf(file), 'golden.parquet')
    expect(table.rowCount).toBe(5)
    expect([...table.columns.keys()]).toEqual(Object.keys(golden.parquet.columns))
    for (const [name, { values, width }] of Object.entries(golden.parquet.columns)) {
      const column = table.columns.get(name) as TableColumn
      const numeric = ArrayBuffer.isView(column.values)
      expect(column.width, name).toBe(width)
      expect([...column.values], name).toEqual(numeric ? values.map(Number) : values)
    }
  })

  it('gives the types that the file declares', async () => {
    const table = await decodeParquetTable(bytesOf(golden.parquet.files[0]?.file as string), 'golden.parquet')
    const types = Object.fromEntries([...table.columns].map(([name, { values }]) => [name, values.constructor.name]))
    expect(types).toEqual({
      ...{ objid: 'Array', name: 'Array', name_null: 'Array', day: 'Array', time_us: 'Array', u8: 'Array' },
      ...{ f4: 'Float32Array', f8: 'Float64Array', f8_null: 'Float64Array' },
      ...{ i1: 'Int16Array', i2: 'Int16Array', i4: 'Int32Array', i4_null: 'Float64Array' },
      ...{ i8: 'Float64Array', i8_null: 'Float64Array', u1: 'Uint8Array', u2: 'Int32Array', u4: 'Float64Array' },
      ...{ flag: 'Array', flag_null: 'Float64Array' },
      ...{ list: 'Float32Array', list_null: 'Float64Array', list_fixed: 'Int32Array' },
    })
  })

  it('reads 1,280 features as pandas writes them', async () => {
    const table = await decodeParquetTable(bytesOf(golden.parquetFeatures.file), 'features.parquet')
    expect(table.columns.size).toBe(1281)
    expect(table.columns.get('id')?.values).toEqual(['J0001+02', '007', '587722984180548043'])
    for (let i = 0; i < 1280; i++) {
      const { values } = table.columns.get(`f${String(i).padStart(4, '0')}`) as TableColumn
      expect(values).toEqual(Float32Array.of(i / 7, Math.fround((1280 + i) / 7), Math.fround((2560 + i) / 7)))
    }
  })

  it.each(Object.entries(golden.parquetUnsupported))(
    'says that it cannot read %s, and reads the rest',
    async (_, file) => {
      const bytes = bytesOf(file)
      await expect(decodeParquetTable(bytes, 'a', { columns: ['bad'] })).rejects.toThrow(UnsupportedError)
      await expect(decodeParquetTable(bytes, 'a', { columns: ['bad'] })).rejects.toThrow('column bad')
      const ok = [['ok', { values: Float64Array.of(1, 2), width: 1 }]]
      expect([...(await decodeParquetTable(bytes, 'a', { columns: ['ok'] })).columns]).toEqual(ok)
      const warnings: string[] = []
      const whole = await decodeParquetTable(bytes, 'a', { onWarning: ({ message }) => void warnings.push(message) })
      expect([...whole.columns]).toEqual(ok)
      expect(warnings).toEqual([expect.stringContaining('column bad is left out (a)')])
    },
  )

  it('reads only the wanted columns, in the wanted order', async () => {
    const bytes = encodeParquetTable(sample)
    const { columns } = await decodeParquetTable(bytes, 'a', { columns: ['n', 'id'] })
    expect([...columns.keys()]).toEqual(['n', 'id'])
    await expect(decodeParquetTable(bytes, 'a', { columns: ['none'] })).rejects.toThrow(NotFoundError)
    await expect(decodeParquetTable(bytes, 'a', { column: ['n'] } as object)).rejects.toThrow(ParameterError)
    await expect(decodeParquetTable(bytes, 'a', { columns: ['n', 'n'] })).rejects.toThrow(ParameterError)
  })

  it('rejects every truncation', async () => {
    const bytes = encodeParquetTable(sample)
    for (let length = 0; length < bytes.length; length += 3) {
      await expect(
        decodeParquetTable(bytes.subarray(0, length), 'cut.parquet'),
        `length ${length}`,
      ).rejects.toMatchObject({ kind: 'format', source: 'cut.parquet' })
    }
  })

  it('rejects damaged bytes or reads another table, and never fails otherwise, hangs or takes much memory', async () => {
    const random = createRandom(1, 'damage')
    const files = [encodeParquetTable(sample), ...golden.parquet.files.map(({ file }) => bytesOf(file))]
    let refused = 0
    for (const [i, bytes] of files.entries()) {
      for (let round = 0; round < 40; round++) {
        const damaged = bytes.slice()
        for (let flips = round % 3; flips >= 0; flips--) {
          damaged[random.integer(bytes.length)] = round % 2 === 0 ? 0xff : random.integer(256)
        }
        await decodeParquetTable(damaged, 'a').catch((error) => {
          refused++
          const known = [FormatError, UnsupportedError].some((kind) => error instanceof kind)
          expect(known, `file ${i}, round ${round}: ${error}`).toBe(true)
        })
      }
    }
    // A byte within the values of a column makes another value and no damage: some are read, most are not.
    expect(refused).toBeGreaterThan(20 * files.length)
    expect(refused).toBeLessThan(40 * files.length)
  })

  it('rejects files that would expand beyond all measure', async () => {
    const bytes = bytesOf(golden.parquetExpanding.file)
    expect(bytes.length).toBeLessThan(50_000)
    await expect(decodeParquetTable(bytes, 'bomb.parquet')).rejects.toThrow('must expand to at most')
  })
})

describe('encodeParquetTable', () => {
  it('writes what it reads: types, widths, units, missing values', async () => {
    const table = await decodeParquetTable(encodeParquetTable(sample), 'a')
    expect(table.rowCount).toBe(3)
    const expected = [...sample.columns].map(([name, column]) => [name, expectedColumn(column)])
    expect([...table.columns]).toEqual(expected)
    expect(Object.is(table.columns.get('ra')?.values[1], -0)).toBe(true)
  })

  it('writes the same bytes each time, and those that pyarrow was seen to read', () => {
    const digest = (): string => createHash('sha256').update(encodeParquetTable(sample)).digest('hex')
    expect(digest()).toBe(digest())
    expect(digest()).toBe('84f255f1c84a486913c470a9051268e593c5e5def56538580fafb0bd9f2422a1')
  })

  it('writes unsigned 64-bit integers as they are, and lists that vary in length not at all', async () => {
    const big: Table = {
      rowCount: 2,
      columns: new Map([['u', { values: BigUint64Array.of(0n, 2n ** 64n - 1n), width: 1 }]]),
    }
    const { columns } = await decodeParquetTable(encodeParquetTable(big), 'a')
    expect(columns.get('u')?.values).toEqual(['0', '18446744073709551615'])
    const lists: Table = {
      rowCount: 1,
      columns: new Map([['v', { values: Float64Array.of(1), width: 0, offsets: Uint32Array.of(0, 1) }]]),
    }
    expect(() => encodeParquetTable(lists)).toThrow(UnsupportedError)
  })

  it('writes several row groups', async () => {
    const rowCount = 100_001
    const id = Array.from({ length: rowCount }, (_, i) => `J${i}`)
    const value = Float32Array.from({ length: rowCount }, (_, i) => Math.sin(i))
    const columns = new Map<string, TableColumn>([
      ['id', { values: id, width: 1 }],
      ['value', { values: value, width: 1 }],
    ])
    const table = await decodeParquetTable(encodeParquetTable({ rowCount, columns }), 'a')
    expect(table.columns.get('id')?.values).toEqual(id)
    expect(table.columns.get('value')?.values).toEqual(value)
  })

  it('writes a table without rows', async () => {
    const columns = new Map([['id', { values: [], width: 1 }]])
    expect(await decodeParquetTable(encodeParquetTable({ rowCount: 0, columns }), 'a')).toEqual({
      rowCount: 0,
      columns,
    })
  })

  it('rejects tables that cannot be written', () => {
    expect(() => encodeParquetTable({ rowCount: 0, columns: new Map() })).toThrow(ParameterError)
    expect(() => encodeParquetTable({ rowCount: 2, columns: new Map([['a', { values: ['x'], width: 1 }]]) })).toThrow(
      ShapeError,
    )
  })

  it('gives back every value', async () => {
    const rows = fc.array(
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.double(), fc.float(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
      {
        minLength: 1,
        maxLength: 30,
      },
    )
    await fc.assert(
      fc.asyncProperty(rows, fc.string({ minLength: 1 }), async (values, name) => {
        const columns = new Map<string, TableColumn>([
          ['text', { values: values.map(([text]) => text), width: 1 }],
          ['f8', { values: Float64Array.from(values, ([, f8]) => f8), width: 1 }],
          ['f4', { values: Float32Array.from(values, ([, , f4]) => f4), width: 1 }],
          ['list', { values: Float64Array.from([...values, ...values], ([, f8]) => f8), width: 2, unit: name }],
          [`own ${name}`, { values: BigInt64Array.from(values, ([, , , i8]) => i8), width: 1 }],
        ])
        const table = await decodeParquetTable(encodeParquetTable({ rowCount: values.length, columns }), 'a')
        expect([...table.columns]).toEqual([...columns].map(([key, column]) => [key, expectedColumn(column)]))
      }),
      { seed: 4 },
    )
  })
})
