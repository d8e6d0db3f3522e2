import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FormatError, NotFoundError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { encodeCsv } from '../../src/table/csv-table.ts'
import { encodeParquetTable } from '../../src/table/parquet-table.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'
import { encodeVoTable } from '../../src/table/votable/encode-votable.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogue-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const table: Table = {
  rowCount: 2,
  columns: new Map<string, TableColumn>([
    ['id', { values: ['587722984180548043', '007'], width: 1 }],
    ['ra', { values: Float64Array.of(10.5, Number.NaN), width: 1 }],
  ]),
}

async function read(name: string, content: Uint8Array | string): Promise<Table> {
  const path = join(folder, name)
  await writeFile(path, content)
  return readCatalogue(path)
}

describe('readCatalogue', () => {
  it('tells formats by content, whatever the name, also within gzip', async () => {
    for (const content of [
      encodeCsv(table),
      encodeCsv(table).replaceAll(',', '\t'),
      encodeParquetTable(table),
      encodeVoTable(table),
    ]) {
      expect(await read('catalogue.dat', content)).toEqual(table)
      expect(await read('catalogue.dat', gzipSync(content))).toEqual(table)
    }
  })

  it('reads UTF-16 that has a byte order mark', async () => {
    expect((await read('wide.csv', Buffer.from('\uFEFFname\né\n', 'utf16le'))).columns.get('name')?.values).toEqual([
      'é',
    ])
    const big = Buffer.from('\uFEFFname\né\n', 'utf16le').swap16()
    expect((await read('wide.csv', big)).columns.get('name')?.values).toEqual(['é'])
  })

  it('says which byte and line are not UTF-8, and what a service says in place of a table', async () => {
    const latin = Buffer.concat([Buffer.from('name\né\nb'), Uint8Array.of(0xe9), Buffer.from('\n')])
    await expect(read('latin.csv', latin)).rejects.toThrow(/encoding'\. Received other bytes on line 3 .*byte 9/)
    const error = '<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">no such table</INFO></RESOURCE></VOTABLE>'
    await expect(read('error.xml', error)).rejects.toThrow(/Received ERROR: no such table/)
  })

  it('names a missing file', async () => {
    await expect(readCatalogue(join(folder, 'none.csv'))).rejects.toThrow(NotFoundError)
  })

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16)],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0)],
    ['UTF-16 without a mark', Uint8Array.of(0x61, 0, 0x0a, 0)],
    ['half a character of UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a)],
    ['latin1', Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a)],
    ['a web page', '<!DOCTYPE html>\n<html><head><title>503</title></head></html>'],
    [
      'an error of a service',
      '<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">no</INFO></RESOURCE></VOTABLE>',
    ],
    ['NULs', new Uint8Array(5000)],
    ['a cut Parquet file', encodeParquetTable(table).subarray(0, 100)],
    ['cut gzip', gzipSync(encodeCsv(table)).subarray(0, 30)],
    ['a cut FITS file', new TextEncoder().encode(`SIMPLE  =${' '.repeat(20)}T`)],
  ])('rejects %s and says which file', async (_, content) => {
    await expect(read('bad.csv', content)).rejects.toMatchObject({ kind: 'format', source: join(folder, 'bad.csv') })
    await expect(read('bad.csv', content)).rejects.toThrow(FormatError)
  })

  it.skipIf(!hasShared).each([
    ['lenses/lenscat.csv', 32_838, 'name'],
    ['lenses/stein_new_lenses.tsv', 1_192, 'ra'],
    ['galaxies/rc3limited.fits', 3_053, 'RA'],
    ['galaxies/gordon_joint_catalog_no_cuts.fits', 790, 'iauname'],
    ['legacy/targets.fits', 1_001, 'RA'],
    ['legacy/survey-bricks.fits.gz', 1, 'BRICKNAME'],
    ['legacy/sweep-310m005-320p000.fits', 6, 'FLUX_R'],
    ['sdss/photoObj-001000-1-0100.fits', 19, 'OBJID'],
  ])('reads %s', async (path, rowCount, column) => {
    const catalogue = await readCatalogue(sharedFile(`data/C_catalogues/${path}`))
    expect(catalogue.rowCount).toBe(rowCount)
    expect([...catalogue.columns.keys()]).toContain(column)
    for (const { values, width } of catalogue.columns.values()) {
      expect(values.length).toBe(rowCount * width)
      expect(values).not.toBeInstanceOf(BigInt64Array)
    }
  })

  it.skipIf(!hasShared)('keeps 64-bit identifiers of FITS exact, and makes numbers of those that fit', async () => {
    const path = sharedFile('data/C_catalogues/galaxies/gordon_joint_catalog_no_cuts.fits')
    const { columns } = await readCatalogue(path)
    // By astropy.
    expect(columns.get('objID')?.values.slice(0, 2)).toEqual(['588848899898015962', '588848900971888676'])
    expect(columns.get('best_match')?.values.slice(0, 2)).toEqual(Float64Array.of(73, 296))
  })
})
