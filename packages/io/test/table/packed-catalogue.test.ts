import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { encodeFitsTable } from '@astronomaly/fits'
import { unpack, unpackedByteSource } from '@astronomaly/fits/bytes'
import { expect, it, vi } from 'vitest'
import { openCatalogue } from '../../src/table/open-catalogue.ts'
import { encodeParquetTable } from '../../src/table/parquet-table.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'

vi.mock('../../../fits/src/bytes/unpacked-byte-source.ts', { spy: true })
vi.mock('../../../fits/src/bytes/unpack.ts', { spy: true })

const table = {
  rowCount: 2,
  columns: new Map([
    ['x', { values: Float64Array.of(1, 2), width: 1 }],
    ['n', { values: BigInt64Array.of(1n, 2n), width: 1 }],
  ]),
}
const asRead = new Map([
  ['x', { values: Float64Array.of(1, 2), width: 1 }],
  ['n', { values: Float64Array.of(1, 2), width: 1 }],
])

it('unpacks what is read whole once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  try {
    for (const encode of [encodeFitsTable, encodeParquetTable]) {
      const path = join(folder, 'a.gz')
      await writeFile(path, gzipSync(encode(table)))
      vi.mocked(unpack).mockClear()
      expect((await readCatalogue(path)).columns).toEqual(asRead)
      expect(vi.mocked(unpack)).toHaveBeenCalledTimes(1)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

it('unpacks a FITS catalogue that is opened once for opening, and once for each reading', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  try {
    const path = join(folder, 'a.fits.gz')
    await writeFile(path, gzipSync(encodeFitsTable(table)))
    vi.mocked(unpackedByteSource).mockClear()
    const catalogue = await openCatalogue(path)
    expect(vi.mocked(unpackedByteSource)).toHaveBeenCalledTimes(1)
    for await (const { columns } of catalogue.batches()) expect(columns).toEqual(asRead)
    expect(vi.mocked(unpackedByteSource)).toHaveBeenCalledTimes(2)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

it.runIf(process.platform !== 'win32')('reads a pipe, which can be read only once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipe-'))
  try {
    const fits = encodeFitsTable(table)
    for (const [i, bytes] of [fits, gzipSync(fits), encodeParquetTable(table), 'x,n\n1,1\n2,2\n'].entries()) {
      const path = join(folder, `${i}.pipe`)
      execFileSync('mkfifo', [path])
      await expect(openCatalogue(path)).rejects.toThrow('readCatalogue reads others')
      const [{ columns }] = await Promise.all([readCatalogue(path), writeFile(path, bytes)])
      expect(columns).toEqual(asRead)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

it.runIf(existsSync('/proc/uptime'))('reads a file that says it has no bytes', async () => {
  expect([...(await readCatalogue('/proc/uptime')).columns.keys()]).toEqual([expect.stringMatching(/^[\d. ]+$/)])
})

it('lets a packed FITS catalogue unpack to 4 GiB, as other formats do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  try {
    const path = join(folder, 'a.fits.gz')
    await writeFile(path, gzipSync(encodeFitsTable(table)))
    vi.mocked(unpackedByteSource).mockClear()
    expect((await openCatalogue(path)).rowCount).toBe(2)
    const bounds = vi.mocked(unpackedByteSource).mock.calls.map(([, options]) => options?.maxBytes)
    expect(new Set(bounds)).toEqual(new Set([2 ** 32 - 1]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
