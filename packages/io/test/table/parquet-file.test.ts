import { readFileSync } from 'node:fs'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  collectRows,
  createRandom,
  FormatError,
  NotFoundError,
  ParameterError,
  UnsupportedError,
} from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parquetRowSource } from '../../src/table/parquet-file.ts'
import { encodeParquetTable } from '../../src/table/parquet-table.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/io-tables.json', import.meta.url), 'utf8')) as {
  parquet: {
    columns: Record<string, { values: (number | string | boolean)[] }>
    files: { name: string; file: string }[]
  }
  parquetFeatures: { file: string }
  parquetExpanding: { file: string }
}
const bytesOf = (base64: string): Uint8Array => new Uint8Array(gunzipSync(Buffer.from(base64, 'base64')))

const files = vi.hoisted(() => ({ bytes: 0, opened: 0, closed: 0 }))

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>()
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const file = await fs.open(...args)
      const { read, close } = file
      files.opened++
      file.read = ((...wanted: unknown[]) => {
        files.bytes += wanted[2] as number
        return Reflect.apply(read, file, wanted)
      }) as typeof read
      file.close = () => {
        files.closed++
        return close.call(file)
      }
      return file
    },
  }
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-file-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

const rowCount = 250_000
/** Three row groups: 100,000, 100,000 and 50,000 rows. */
function tableBytes(): Uint8Array {
  const column = (values: TableColumn['values']): TableColumn => ({ values, width: 1 })
  return encodeParquetTable({
    rowCount,
    columns: new Map([
      ['id', column(Array.from({ length: rowCount }, (_, i) => `J${i}`))],
      ['f4', column(Float32Array.from({ length: rowCount }, (_, i) => (i === 7 ? Number.NaN : i / 3)))],
      ['f8', column(Float64Array.from({ length: rowCount }, (_, i) => i / 7))],
      ['objid', column(BigInt64Array.from({ length: rowCount }, (_, i) => BigInt(i) * 3n))],
      ['n', column(Int32Array.from({ length: rowCount }, (_, i) => 5 - i))],
    ]),
  })
}

const rowOf = (i: number): number[] => [i === 7 ? Number.NaN : i / 3, i / 7, 5 - i].map(Math.fround)

describe('parquetRowSource', () => {
  it('gives the number columns of all row groups, again and again', async () => {
    const source = await parquetRowSource(await write('table.parquet', tableBytes()))
    expect(source).toMatchObject({ columns: 3, rowCount })
    for (const batchSize of [4096, 99_999, 1_000_000]) {
      let next = 0
      let last: number[] = []
      for await (const { start, rows } of source.batches({ batchSize })) {
        expect(start).toBe(next)
        expect(rows.shape[0]).toBeLessThanOrEqual(batchSize)
        expect([...rows.data.subarray(0, 3)]).toEqual(rowOf(start))
        next = start + rows.shape[0]
        last = [...rows.data.subarray(-3)]
      }
      expect(next).toBe(rowCount)
      expect(last).toEqual(rowOf(rowCount - 1))
    }
    const { data } = await collectRows(source)
    let wrong = 0
    for (let i = 0; i < rowCount; i++) {
      if (!rowOf(i).every((x, c) => Object.is(x, data[3 * i + c]))) wrong++
    }
    expect(wrong).toBe(0)
  })

  it('reads the bytes of the named columns alone, once, and closes the file also on break', async () => {
    const path = join(folder, 'table.parquet')
    const source = await parquetRowSource(path, { columns: ['objid', 'f4'] })
    Object.assign(files, { bytes: 0, opened: 0, closed: 0 })
    for await (const { rows } of source.batches()) {
      expect([...rows.data.subarray(0, 4)]).toEqual([0, 0, 3, Math.fround(1 / 3)])
      break
    }
    expect(files).toMatchObject({ opened: 1, closed: 1 })
    const oneGroup = files.bytes
    files.bytes = 0
    await collectRows(source)
    // 12 bytes a row before compression; the whole file has 44 a row.
    expect(files.bytes).toBeLessThan(12.5 * rowCount)
    expect(oneGroup).toBeLessThan(0.45 * files.bytes)
    expect(files.opened).toBe(files.closed)
  })

  it.each(golden.parquet.files)('reads what pyarrow writes: $name', async ({ name, file }) => {
    const path = await write(`${name.replace(/\W/g, '-')}.parquet`, bytesOf(file))
    const columns = ['f4', 'f8', 'f8_null', 'i1', 'i4_null', 'i8', 'i8_null', 'u1', 'u4', 'flag', 'flag_null']
    const { data } = await collectRows(await parquetRowSource(path, { columns }))
    for (const [c, column] of columns.entries()) {
      const expected = golden.parquet.columns[column]!.values.map((value) => Math.fround(Number(value)))
      expect(
        Array.from({ length: 5 }, (_, row) => data[row * columns.length + c]),
        column,
      ).toEqual(expected)
    }
    // Neither text, times, flags, lists nor 64-bit integers.
    const all = await parquetRowSource(path)
    const numbers = Object.keys(golden.parquet.columns).filter(
      (key) => /^(f|i[124]|u[124]|dec)/.test(key) && !/flag/.test(key),
    )
    expect(all.columns).toBe(numbers.length)
  })

  it('reads 1,280 features as pandas writes them', async () => {
    const source = await parquetRowSource(await write('features.parquet', bytesOf(golden.parquetFeatures.file)))
    expect(source).toMatchObject({ columns: 1280, rowCount: 3 })
    expect((await collectRows(source)).data).toEqual(Float32Array.from({ length: 3840 }, (_, i) => i / 7))
  })

  it('rejects what is missing, not a number, or no Parquet file', async () => {
    const path = join(folder, 'table.parquet')
    await expect(parquetRowSource(join(folder, 'none.parquet'))).rejects.toThrow(NotFoundError)
    await expect(parquetRowSource(path, { columns: ['none'] })).rejects.toThrow(NotFoundError)
    await expect(parquetRowSource(path, { columns: ['id'] })).rejects.toThrow(UnsupportedError)
    await expect(parquetRowSource(path, { columns: [] })).rejects.toThrow(ParameterError)
    await expect(parquetRowSource(path, { columns: ['f4', 'f8', 'f4'] })).rejects.toThrow(
      'named once each. Received [f4, f8, f4]',
    )
    await expect(parquetRowSource(path, { column: ['f4'] } as object)).rejects.toThrow(ParameterError)
    for (const bytes of [new Uint8Array(0), Buffer.from('PAR1'), Buffer.from('id,rating\n1,2\n')]) {
      await expect(parquetRowSource(await write('foreign.parquet', bytes))).rejects.toThrow(FormatError)
    }
    const source = await parquetRowSource(path)
    for (const batchSize of [0, 1.5]) await expect(collectRows(source, { batchSize })).rejects.toThrow(ParameterError)
    const reason = new Error('enough')
    await expect(collectRows(source, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await truncate(path, 1000)
    await expect(collectRows(source)).rejects.toThrow(FormatError)
    expect(files.opened).toBe(files.closed)
  })

  it('rejects truncated and damaged files, or reads other values, and never fails otherwise', async () => {
    const path = join(folder, 'damaged.parquet')
    const attempt = async (): Promise<unknown> => {
      try {
        await collectRows(await parquetRowSource(path))
      } catch (error) {
        return error
      }
      return undefined
    }
    const bytes = bytesOf(golden.parquet.files[0]!.file)
    for (let length = 0; length < bytes.length; length += 37) {
      await writeFile(path, bytes.subarray(0, length))
      expect(await attempt(), `length ${length}`).toBeInstanceOf(FormatError)
    }
    const random = createRandom(1, 'damage')
    let refused = 0
    for (let round = 0; round < 150; round++) {
      const damaged = bytes.slice()
      damaged[random.integer(bytes.length)] = round % 2 === 0 ? 0xff : random.integer(256)
      await writeFile(path, damaged)
      const error = await attempt()
      if (error === undefined) continue
      refused++
      expect(error instanceof FormatError || error instanceof UnsupportedError, `round ${round}: ${error}`).toBe(true)
    }
    // A byte of a value, or of a column that is not read, does no harm.
    expect(refused).toBeGreaterThan(20)
  })

  it('reads a file that expands beyond all measure one row group at a time', async () => {
    const bytes = bytesOf(golden.parquetExpanding.file)
    const source = await parquetRowSource(await write('bomb.parquet', bytes))
    expect([source.rowCount, bytes.length < 50_000]).toEqual([20_000_000, true])
    files.bytes = 0
    for await (const { rows } of source.batches()) {
      expect(rows.data.every(Number.isNaN)).toBe(true)
      break
    }
    expect(files.bytes).toBeLessThan(5000)
  })
})
