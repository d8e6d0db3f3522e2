import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { encodeFitsTable } from '@astronomaly/fits'
import { unpackedByteSource } from '@astronomaly/fits/bytes'
import { expect, it, vi } from 'vitest'
import { openCatalogue } from '../../src/table/open-catalogue.ts'

vi.mock('../../../fits/src/bytes/unpacked-byte-source.ts', { spy: true })

it('lets a packed FITS catalogue unpack to 4 GiB, as other formats do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  try {
    const path = join(folder, 'a.fits.gz')
    const table = { rowCount: 2, columns: new Map([['x', { values: Float64Array.of(1, 2), width: 1 }]]) }
    await writeFile(path, gzipSync(encodeFitsTable(table)))
    expect((await openCatalogue(path)).rowCount).toBe(2)
    const bounds = vi.mocked(unpackedByteSource).mock.calls.map(([, options]) => options?.maxBytes)
    expect(new Set(bounds)).toEqual(new Set([2 ** 32 - 1]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
