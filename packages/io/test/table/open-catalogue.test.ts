import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { FormatError, NotFoundError, ParameterError } from '@astronomaly/core'
import type { Table, TableBatch, TableColumn } from '@astronomaly/core/table'
import { type Catalogue, type CatalogueBatchOptions, catalogueOf } from '@astronomaly/core/table'
import { encodeFitsTable } from '@astronomaly/fits'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { encodeCsv } from '../../src/table/csv-table.ts'
import { type OpenCatalogueOptions, openCatalogue } from '../../src/table/open-catalogue.ts'
import { encodeParquetTable } from '../../src/table/parquet-table.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'
import { encodeVoTable } from '../../src/table/votable/encode-votable.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-catalogue-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function file(content: Uint8Array | string): Promise<string> {
  const path = join(folder, `${files++}.dat`)
  await writeFile(path, content)
  return path
}

async function open(content: Uint8Array | string, options?: OpenCatalogueOptions): Promise<Catalogue> {
  return openCatalogue(await file(content), options)
}

async function batchesOf(catalogue: Catalogue, options?: CatalogueBatchOptions): Promise<TableBatch[]> {
  const batches: TableBatch[] = []
  for await (const batch of catalogue.batches(options)) batches.push(batch)
  return batches
}

/** All batches as one table, by plain concatenation. */
function whole(batches: readonly TableBatch[], catalogue: Catalogue): Table {
  const rowCount = batches.reduce((sum, batch) => sum + batch.rowCount, 0)
  const columns = new Map<string, TableColumn>()
  for (const { name } of catalogue.columns) {
    const parts = batches.map((batch) => batch.columns.get(name) as TableColumn)
    const [first] = parts as [TableColumn]
    const flat = parts.flatMap(({ values }) => [...(values as Iterable<unknown>)])
    const values = Array.isArray(first.values)
      ? flat
      : (first.values.constructor as unknown as { from(list: unknown[]): unknown }).from(flat)
    const lengths = parts.flatMap(({ offsets }) =>
      offsets ? [...offsets].slice(1).map((end, i) => end - offsets[i]!) : [],
    )
    const offsets = first.offsets
      ? {
          offsets: Uint32Array.from([
            0,
            ...lengths.map(
              (
                (sum) => (value: number) =>
                  (sum += value)
              )(0),
            ),
          ]),
        }
      : {}
    columns.set(name, { ...first, values: values as TableColumn['values'], ...offsets })
  }
  return { rowCount, columns }
}

const column = (values: TableColumn['values'], width = 1, rest: Partial<TableColumn> = {}): TableColumn => ({
  values,
  width,
  ...rest,
})

const rows = 23
const sample: Table = {
  rowCount: rows,
  columns: new Map<string, TableColumn>([
    ['id', column(Array.from({ length: rows }, (_, i) => `00${i}`))],
    [
      'ra',
      column(
        Float64Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? Number.NaN : i / 3)),
        1,
        { unit: 'deg' },
      ),
    ],
    ['note', column(Array.from({ length: rows }, (_, i) => (i % 3 ? 'a, "b"\nc' : '')))],
    ['n', column(Int32Array.from({ length: rows }, (_, i) => i * 100_000))],
    ['flag', column(Array.from({ length: rows }, (_, i) => i % 2 === 0))],
    ['small', column(BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)))],
    [
      'large',
      column(BigInt64Array.from({ length: rows }, (_, i) => (i === rows - 1 ? 587722984180548043n : BigInt(i)))),
    ],
    [
      'flux',
      column(
        Float32Array.from({ length: 2 * rows }, (_, i) => i / 7),
        2,
      ),
    ],
  ]),
}

const formats: [string, () => Uint8Array | string][] = [
  ['CSV', () => encodeCsv(sample)],
  [
    'TSV',
    () =>
      encodeCsv({ ...sample, columns: new Map([...sample.columns].filter(([name]) => name !== 'note')) }).replaceAll(
        ',',
        '\t',
      ),
  ],
  ['CSV in gzip', () => gzipSync(encodeCsv(sample))],
  ['CSV in UTF-16', () => Buffer.from(`\uFEFF${encodeCsv(sample)}`, 'utf16le')],
  ['Parquet', () => encodeParquetTable(sample)],
  ['Parquet in gzip', () => gzipSync(encodeParquetTable(sample))],
  ['FITS', () => encodeFitsTable(withoutLines(sample))],
  ['FITS in gzip', () => gzipSync(encodeFitsTable(withoutLines(sample)))],
  ['VOTable', () => encodeVoTable(sample)],
  ['VOTable in gzip', () => gzipSync(encodeVoTable(sample))],
]

/** FITS holds no line ends in text. */
function withoutLines(table: Table): Table {
  const columns = new Map(table.columns)
  const notes = table.columns.get('note')?.values as readonly string[]
  columns.set('note', column(notes.map((text) => text.replace('\n', ' '))))
  return { ...table, columns }
}

describe('openCatalogue', () => {
  it.each(formats)(
    'gives the values of readCatalogue in batches of exactly the size asked for: %s',
    async (_, content) => {
      const path = await file(content())
      const wanted = await readCatalogue(path)
      const catalogue = await openCatalogue(path)
      expect(catalogue.rowCount).toBe(rows)
      expect(catalogue.columns.map(({ name }) => name)).toEqual([...wanted.columns.keys()])
      for (const batchRows of [1, 7, 22, 23, 24, 4096]) {
        const batches = await batchesOf(catalogue, { batchRows })
        expect(batches.map((batch) => batch.start)).toEqual(batches.map((_, i) => i * batchRows))
        expect(batches.slice(0, -1).every((batch) => batch.rowCount === batchRows)).toBe(true)
        expect(whole(batches, catalogue)).toEqual(wanted)
      }
    },
  )

  it.each(formats)('says types, widths and units beforehand, as the batches have them: %s', async (_, content) => {
    const catalogue = await open(content())
    for (const batch of await batchesOf(catalogue, { batchRows: 5 })) {
      expect(catalogueOf(batch).columns).toEqual(catalogue.columns)
    }
  })

  it('decides on numbers and identifiers once for the whole file', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i},${i},${i === 49 ? 'x' : i},`)
    const catalogue = await open(['id,a,b,c', ...lines].join('\n'))
    expect(catalogue.columns.map(({ type }) => type)).toEqual(['text', 'float64', 'text', 'text'])
    const [first] = await batchesOf(catalogue, { batchRows: 2 })
    expect(first?.columns.get('b')?.values).toEqual(['0', '1'])
  })

  it('gives the wanted columns alone, in the order asked for', async () => {
    for (const [, content] of formats) {
      const catalogue = await open(content())
      const [batch] = await batchesOf(catalogue, { columns: ['ra', 'id'], batchRows: 3 })
      expect([...(batch as TableBatch).columns.keys()]).toEqual(['ra', 'id'])
      expect(batch?.columns.get('id')?.values).toEqual(['000', '001', '002'])
    }
  })

  it('rejects unknown columns, wrong batch sizes and unknown options when asked', async () => {
    const catalogue = await open('a,b\n1,2\n')
    expect(() => catalogue.batches({ columns: ['c'] })).toThrow(NotFoundError)
    expect(() => catalogue.batches({ columns: ['a', 'a'] })).toThrow(ParameterError)
    expect(() => catalogue.batches({ batchRows: 0 })).toThrow(ParameterError)
    expect(() => catalogue.batches({ row: [0, 1] } as CatalogueBatchOptions)).toThrow(ParameterError)
    for (const rows of [[1], [-1, 1], [2, 1], [0, 1e9]] as unknown as [number, number][]) {
      expect(() => catalogue.batches({ rows })).toThrow('rows must lie from 0 to')
    }
    await expect(openCatalogue([])).rejects.toThrow(ParameterError)
    await expect(openCatalogue('a', { hdu: 1 } as OpenCatalogueOptions)).rejects.toThrow(ParameterError)
    await expect(openCatalogue(join(folder, 'none'))).rejects.toThrow(NotFoundError)
    await expect(openCatalogue(folder)).rejects.toThrow(`paths must be files. Received the folder ${folder}.`)
  })

  it('can be left in the middle, and read twice at the same time', async () => {
    for (const [, content] of formats) {
      const catalogue = await open(content())
      for await (const batch of catalogue.batches({ batchRows: 2 })) if (batch.start === 4) break
      const [a, b] = await Promise.all([batchesOf(catalogue, { batchRows: 4 }), batchesOf(catalogue, { batchRows: 6 })])
      expect(whole(a, catalogue)).toEqual(whole(b, catalogue))
    }
  })

  it.runIf(process.platform === 'linux')(
    'keeps no file open between readings, nor when it is left or fails',
    async () => {
      const isOpen = (path: string): boolean =>
        readdirSync('/proc/self/fd').some((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`) === path
          } catch {
            return false
          }
        })
      for (const [, content] of formats) {
        const path = await file(content())
        const catalogue = await openCatalogue(path)
        for await (const _ of catalogue.batches({ batchRows: 2 })) break
        const failing = async (): Promise<void> => {
          for await (const _ of catalogue.batches({ batchRows: 2 })) throw new Error('own')
        }
        await expect(failing()).rejects.toThrow('own')
        await batchesOf(catalogue)
        // A stream closes its file after it has been destroyed.
        await expect.poll(() => isOpen(path)).toBe(false)
      }
    },
  )

  it('takes the encoding, the delimiter and what to do with ragged rows, which it tells of once', async () => {
    const path = await file(Buffer.from('name;a\né;1\nb\n', 'latin1'))
    await expect(openCatalogue(path)).rejects.toThrow(/text in UTF-8.* on line 2 .*byte 7/)
    const ragged: number[] = []
    const catalogue = await openCatalogue(path, { encoding: 'latin1', onRagged: ({ line }) => ragged.push(line) })
    for (let time = 0; time < 2; time++) {
      const [batch] = await batchesOf(catalogue)
      expect(batch?.columns.get('name')?.values).toEqual(['é'])
    }
    expect(ragged).toEqual([3])
    const one = await openCatalogue(path, { encoding: 'latin1', delimiter: 'comma' })
    expect(one.columns.map(({ name }) => name)).toEqual(['name;a'])
    await expect(openCatalogue(path, { encoding: 'ebcdic' } as unknown as OpenCatalogueOptions)).rejects.toThrow(
      ParameterError,
    )
  })

  it('reads the table that is named', async () => {
    const table = (name: string, value: number): string =>
      `<TABLE name="${name}"><FIELD name="${name}" datatype="int"/><DATA><TABLEDATA><TR><TD>${value}</TD></TR></TABLEDATA></DATA></TABLE>`
    const path = await file(`<VOTABLE><RESOURCE>${table('a', 1)}${table('b', 2)}</RESOURCE></VOTABLE>`)
    for (const which of [1, 'b']) {
      const [batch] = await batchesOf(await openCatalogue(path, { table: which }))
      expect(batch?.columns.get('b')?.values).toEqual(Int32Array.of(2))
    }
    await expect(openCatalogue(path, { table: 'c' })).rejects.toThrow(NotFoundError)
    await expect(open(encodeFitsTable(withoutLines(sample)), { table: 5 })).rejects.toThrow(NotFoundError)
    await expect(open('<VOTABLE><INFO name="QUERY_STATUS" value="ERROR">no</INFO></VOTABLE>')).rejects.toThrow(
      /Received ERROR: no/,
    )
  })

  it('rejects damage while it reads, with the place', async () => {
    const cut = (bytes: Uint8Array | string): Uint8Array =>
      Buffer.from(bytes as Uint8Array).subarray(0, bytes.length / 2)
    for (const [name, content] of formats) {
      if (name.startsWith('CSV in UTF') || name === 'CSV' || name === 'TSV') continue
      const read = async (): Promise<unknown> => batchesOf(await open(cut(content())))
      await expect(read(), name).rejects.toThrow(FormatError)
    }
    await expect(open('a,b\n1,2\n1\n')).rejects.toThrow(/Received 1 on line 3/)
  })

  it('gives the first rows of a text before it has read the last', async () => {
    const catalogue = await open(`a\n${'1\n'.repeat(200_000)}x,y\n`, { types: { a: 'float64' } })
    for await (const batch of catalogue.batches({ batchRows: 10 })) {
      expect(batch.columns.get('a')?.values).toEqual(new Float64Array(10).fill(1))
      break
    }
  })

  it('rejects with the reason of an abort', async () => {
    for (const [, content] of formats) {
      const path = await file(content())
      const reason = new Error('enough')
      await expect(openCatalogue(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      const catalogue = await openCatalogue(path)
      await expect(batchesOf(catalogue, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      const control = new AbortController()
      const read = async (): Promise<void> => {
        for await (const _ of catalogue.batches({ batchRows: 2, signal: control.signal })) control.abort(reason)
      }
      await expect(read()).rejects.toBe(reason)
    }
  })

  it('takes types that are given, and reads no row for them', async () => {
    const catalogue = await open('a,b\n1,2\n,x\n', { types: { a: 'text', b: 'float64' } })
    expect(catalogue.columns).toEqual([
      { name: 'a', type: 'text', width: 1 },
      { name: 'b', type: 'float64', width: 1 },
    ])
    // Far more than one piece of the file lies before the row that is none.
    const late = await open(`a\n${'1\n'.repeat(200_000)}x,y\n`, { types: { a: 'float64' } })
    expect(late.rowCount).toBeUndefined()
    await expect(batchesOf(late)).rejects.toThrow(/on line 200002/)
    await expect(batchesOf(catalogue)).rejects.toThrow(/column must hold numbers\. Received "x" on line 3 .*keyword b/)
    expect(await batchesOf(catalogue, { columns: ['a'] })).toMatchObject([
      { columns: new Map([['a', column(['1', ''])]]) },
    ])
    await expect(open('a\n1\n', { types: { b: 'text' } })).rejects.toThrow(NotFoundError)
    await expect(open('a\n1\n', { types: { a: 'int32' } })).rejects.toThrow(ParameterError)
    await expect(open(encodeParquetTable(sample), { types: { ra: 'text' } })).rejects.toThrow(ParameterError)
  })

  it('reads several files as one, in types that hold all of them', async () => {
    const texts = ['id,ra,x\n1,2,\n', 'id,ra,x\n2,b,3\n', 'id,ra,x\n3,4,5\n']
    const paths = await Promise.all(texts.map((text) => file(text)))
    const catalogue = await openCatalogue(paths)
    expect(catalogue.rowCount).toBe(3)
    const [batch] = await batchesOf(catalogue)
    expect(batch?.columns.get('ra')?.values).toEqual(['2', 'b', '4'])
    expect(batch?.columns.get('x')?.values).toEqual(Float64Array.of(Number.NaN, 3, 5))
    const long = await Promise.all(
      [7n, 587722984180548043n].map((n) =>
        file(encodeParquetTable({ rowCount: 1, columns: new Map([['n', column(BigInt64Array.of(n))]]) })),
      ),
    )
    expect(
      whole(await batchesOf(await openCatalogue(long)), await openCatalogue(long)).columns.get('n')?.values,
    ).toEqual(['7', '587722984180548043'])
    await expect(openCatalogue([paths[0] as string, await file('dec,flux\n2,3\n')])).rejects.toThrow(
      'files must have a column in common',
    )
    const words = await file(encodeParquetTable({ rowCount: 1, columns: new Map([['n', column(['a'])]]) }))
    await expect(
      openCatalogue([
        await file(encodeParquetTable({ rowCount: 1, columns: new Map([['n', column(Float64Array.of(1))]]) })),
        words,
      ]),
    ).rejects.toThrow(FormatError)
  })

  it('reads of several files the columns that all of them have, and tells of the others', async () => {
    const paths = await Promise.all(['id,ra,x\na,2,1\n', 'x,id,note\n3,b,c\n'].map((text) => file(text)))
    const warnings: string[] = []
    const catalogue = await openCatalogue(paths, { onWarning: ({ message }) => void warnings.push(message) })
    const [batch] = await batchesOf(catalogue)
    expect([...(batch?.columns ?? [])].map(([name, { values }]) => [name, values])).toEqual([
      ['id', ['a', 'b']],
      ['x', Float64Array.of(1, 3)],
    ])
    expect(warnings).toEqual([
      `catalogue: column ra is left out. It is missing in another file (${paths[1]})`,
      `catalogue: column note is left out. It is missing in another file (${paths[0]})`,
    ])
    expect(() => catalogue.batches({ columns: ['ra'] })).toThrow(FormatError)
    expect(() => catalogue.batches({ columns: ['note'] })).toThrow('column must be in every file')
    expect(() => catalogue.batches({ columns: ['dec'] })).toThrow(NotFoundError)
  })

  it('gives no batch for a table of no rows', async () => {
    for (const content of [
      'a,b\n',
      encodeVoTable({ rowCount: 0, columns: new Map([['a', column(new Float64Array(0))]]) }),
    ]) {
      const catalogue = await open(content)
      expect(catalogue.rowCount).toBe(0)
      expect(await batchesOf(catalogue)).toEqual([])
    }
  })

  it('gives what readCatalogue gives for any text, whatever the batch size', async () => {
    const cell = fc.constantFrom(
      '1',
      '-2.5',
      '',
      'nan',
      'x',
      '"q"',
      '"a,b"',
      '"x""y"',
      '"l\r\nm"',
      'a"b',
      '007',
      '9007199254740993',
      'é',
    )
    const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 12 }),
        async (cells, end, batchRows) => {
          const path = join(folder, 'any.csv')
          await writeFile(path, ['a,name,c', ...cells.map((row) => row.join(','))].join(end))
          const wanted = await readCatalogue(path)
          const catalogue = await openCatalogue(path)
          const batches = await batchesOf(catalogue, { batchRows })
          if (wanted.rowCount > 0) expect(whole(batches, catalogue)).toEqual(wanted)
          else expect(batches).toEqual([])
        },
      ),
      { seed: 5, numRuns: 80 },
    )
  })

  it
    .skipIf(!hasShared)
    .each([
      'lenses/stein_new_lenses.tsv',
      'galaxies/rc3limited.fits',
      'galaxies/gordon_joint_catalog_no_cuts.fits',
      'legacy/survey-bricks.fits.gz',
      'legacy/sweep-310m005-320p000.fits',
      'sdss/photoObj-001000-1-0100.fits',
    ])('reads %s in batches as a whole', async (name) => {
    const path = sharedFile(`data/C_catalogues/${name}`)
    const catalogue = await openCatalogue(path)
    expect(whole(await batchesOf(catalogue, { batchRows: 1000 }), catalogue)).toEqual(await readCatalogue(path))
  })

  it('reads what pyarrow writes in batches as a whole, by two rows a group and in pages of version 2', async () => {
    const { parquet } = JSON.parse(readFileSync(new URL('../golden/io-tables.json', import.meta.url), 'utf8')) as {
      parquet: { files: { name: string; file: string }[] }
    }
    const chosen = parquet.files.filter(({ name }) => name === 'two rows a group' || name === 'page version 2')
    expect(chosen).toHaveLength(2)
    for (const golden of chosen) {
      const path = await file(gunzipSync(Buffer.from(golden.file, 'base64')))
      const wanted = await readCatalogue(path)
      const catalogue = await openCatalogue(path)
      expect(whole(await batchesOf(catalogue, { batchRows: 3 }), catalogue), golden.name).toEqual(wanted)
    }
  })
})
