import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UnsupportedError, type Warning } from '@astronomaly/core'
import type { TableBatch } from '@astronomaly/core/table'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCatalogue } from '../../src/table/open-catalogue.ts'
import { decodeParquetTable } from '../../src/table/parquet-table.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'

let folder: string
const files: Record<string, string> = {
  lc: fileURLToPath(new URL('../cases/nested-column.parquet', import.meta.url)),
}
const plain = { id: ['a', 'b'], ra: [150, 150.001], dec: [2, 2.0005] }
const odd = { mags: [[1, 2], []], thumbnail: [Uint8Array.of(0xff, 0xd8), Uint8Array.of(0x89)] }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unreadable-'))
  for (const [name, data] of Object.entries(odd)) {
    const schema = {
      mags: [
        { name: 'mags', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'REQUIRED', type: 'DOUBLE' },
      ],
      thumbnail: [{ name: 'thumbnail', repetition_type: 'REQUIRED', type: 'BYTE_ARRAY' }],
    } as const
    const bytes = parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 4 },
        ...schema[name as keyof typeof odd],
        { name: 'id', repetition_type: 'REQUIRED', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
        { name: 'ra', repetition_type: 'REQUIRED', type: 'DOUBLE' },
        { name: 'dec', repetition_type: 'REQUIRED', type: 'DOUBLE' },
      ],
      columnData: [{ name, data }, ...Object.entries(plain).map(([own, data]) => ({ name: own, data }))],
    })
    files[name] = join(folder, `${name}.parquet`)
    await writeFile(files[name], new Uint8Array(bytes))
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(['lc', 'mags', 'thumbnail'])('a column of Parquet that no table holds: %s', (name) => {
  const columnsOf = async (batches: AsyncIterable<TableBatch>): Promise<Record<string, unknown[]>> => {
    const all: Record<string, unknown[]> = {}
    for await (const { columns } of batches) {
      for (const [own, { values }] of columns) all[own] = [...(all[own] ?? []), ...values]
    }
    return all
  }

  it('refuses no file in which nobody asks for it', async () => {
    const warnings: string[] = []
    const onWarning = ({ message }: Warning): void => void warnings.push(message)
    const path = files[name] as string
    const catalogue = await openCatalogue(path, { onWarning })
    expect(await columnsOf(catalogue.batches({ columns: ['id', 'ra', 'dec'] }))).toEqual(plain)
    expect(await columnsOf(catalogue.batches())).toEqual(plain)
    const whole = await readCatalogue(path, { onWarning })
    expect(Object.fromEntries([...whole.columns].map(([own, { values }]) => [own, [...values]]))).toEqual(plain)
    expect(warnings).toHaveLength(2)
    expect(new Set(warnings).size).toBe(1)
    expect(warnings[0]).toContain(`column ${name} is left out`)
    const named = await decodeParquetTable(new Uint8Array(readFileSync(path)), path, { columns: ['ra'], onWarning })
    expect([...named.columns.keys()]).toEqual(['ra'])
    expect(warnings).toHaveLength(2)
  })

  it('refuses no other files beside its own, where they can read it or do not have it', async () => {
    const rest = { id: ['c'], ra: [151], dec: [3] }
    const columnData = Object.entries({ ...rest, [name]: [1.5] }).map(([own, data]) => ({ name: own, data }))
    for (const data of [columnData, columnData.slice(0, 3)]) {
      const other = join(folder, 'other.parquet')
      await writeFile(other, new Uint8Array(parquetWriteBuffer({ columnData: data })))
      for (const paths of [
        [other, files[name] as string],
        [files[name] as string, other],
      ]) {
        const warnings: string[] = []
        const catalogue = await openCatalogue(paths, { onWarning: ({ message }) => void warnings.push(message) })
        const { id } = await columnsOf(catalogue.batches({ columns: ['id', 'dec'] }))
        expect(id).toEqual(expect.arrayContaining(['a', 'b', 'c']))
        expect(catalogue.columns.map((column) => column.name)).not.toContain(name)
        expect(warnings.filter((message) => message.includes(name)).length).toBeGreaterThan(0)
        expect(() => catalogue.batches({ columns: [name] })).toThrow(UnsupportedError)
      }
    }
  })

  it('is refused by the reason where it is asked for', async () => {
    const path = files[name] as string
    const catalogue = await openCatalogue(path)
    expect(() => catalogue.batches({ columns: ['id', name] })).toThrow(UnsupportedError)
    expect(() => catalogue.batches({ columns: ['id', name] })).toThrow(name)
    const bytes = new Uint8Array(readFileSync(path))
    await expect(decodeParquetTable(bytes, path, { columns: [name] })).rejects.toThrow(UnsupportedError)
    await expect(decodeParquetTable(bytes, path, { columns: [name] })).rejects.toThrow(name)
    const joined = await openCatalogue([path, path])
    expect(() => joined.batches({ columns: [name] })).toThrow(UnsupportedError)
  })
})
