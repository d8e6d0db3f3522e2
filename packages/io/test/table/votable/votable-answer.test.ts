import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeTable } from '../../../../survey/src/services/service-answer.ts'
import { openCatalogue } from '../../../src/table/open-catalogue.ts'
import { readCatalogue } from '../../../src/table/read-catalogue.ts'
import { parseVoTable } from '../../../src/table/votable/parse-votable.ts'

const caseText = (name: string): string => readFileSync(new URL(`../../cases/${name}`, import.meta.url), 'utf8')
const table = (name: string, cells?: readonly number[]): string => {
  const rows = cells?.map((cell) => `<TR><TD>${cell}</TD></TR>`).join('') ?? ''
  const data = cells === undefined ? '' : `<DATA><TABLEDATA>${rows}</TABLEDATA></DATA>`
  const words = `<DESCRIPTION>of ${name}</DESCRIPTION><PARAM name="p_${name}" datatype="int" value="1"/>`
  return `<TABLE name="${name}">${words}<FIELD name="${name}" datatype="int"/>${data}</TABLE>`
}
const resource = (type: string, ...inside: string[]): string =>
  `<RESOURCE${type && ` type="${type}"`}>${inside.join('')}</RESOURCE>`
const info = (name: string): string => `<INFO name="${name}" value="OK"/>`
const votable = (...inside: string[]): string => `<VOTABLE version="1.4">${inside.join('')}</VOTABLE>`

const documents: [string, string, string, number[], string[]][] = [
  ['the only table', votable(resource('', table('a', [1]))), 'a', [1], ['p_a']],
  [
    'the first that has data',
    votable(resource('', table('k'), table('a', [1, 2]), table('b', [3]))),
    'a',
    [1, 2],
    ['p_a'],
  ],
  [
    'that of the results, after tables of metadata with and without data',
    votable(
      resource('meta', table('k', [7, 8, 9]), info('i')),
      resource('meta', table('l')),
      resource('results', info('s'), table('x', [5])),
    ),
    'x',
    [5],
    ['p_x'],
  ],
  [
    'that of the results, before others',
    votable(resource('results', table('x', [5])), resource('', table('a', [1]))),
    'x',
    [5],
    ['p_x'],
  ],
  [
    'that of the results, even when it is empty',
    votable(resource('', table('a', [1])), resource('results', table('x'))),
    'x',
    [],
    ['p_x'],
  ],
  [
    'one in a resource within the results, which may be of another type',
    votable(resource('results', resource('meta', table('m', [1])), resource('', table('x', [5])))),
    'x',
    [5],
    ['p_x'],
  ],
  [
    'the first of the results that has data',
    votable(resource('results', table('k'), table('x', [5, 6])), resource('results', table('y', [7]))),
    'x',
    [5, 6],
    ['p_x'],
  ],
  [
    'that of later results, where the first have no data',
    votable(resource('results', table('k')), resource('', table('a', [1])), resource('results', table('x', [5]))),
    'x',
    [5],
    ['p_x'],
  ],
  [
    'the first that has data outside of metadata',
    votable(resource('meta', table('k', [7, 8])), resource('', table('a', [1])), resource('', table('b', [2]))),
    'a',
    [1],
    ['p_a'],
  ],
  ['metadata where there is nothing else', votable(resource('meta', table('k'), table('l', [7]))), 'l', [7], ['p_l']],
  ['the last where none has data', votable(resource('', table('k'), table('l'))), 'l', [], ['p_l']],
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answer-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the answer of a VOTable document', () => {
  it.each(documents)('is %s', async (_, text, name, values, params) => {
    const found = await parseVoTable(text)
    expect(found.name).toBe(name)
    expect(found.description).toBe(`of ${name}`)
    expect([...found.columns.keys()]).toEqual([name])
    expect(found.rowCount).toBe(values.length)
    expect(found.columns.get(name)?.values).toEqual(Int32Array.from(values))
    expect(found.params.map((each) => each.name)).toEqual(params)
    const path = join(folder, 'answer.vot')
    await writeFile(path, text)
    expect((await readCatalogue(path)).columns).toEqual(found.columns)
    const catalogue = await openCatalogue(path)
    expect(catalogue.rowCount).toBe(values.length)
    for await (const batch of catalogue.batches()) expect(batch.columns).toEqual(found.columns)
  })

  it('keeps what the document says of itself', async () => {
    const found = await parseVoTable(documents[2]?.[1] as string)
    expect(found.infos.map(({ name }) => name)).toEqual(['i', 's'])
  })

  it('is another table when that is asked for', async () => {
    const text = documents[2]?.[1] as string
    expect((await parseVoTable(text, { table: 0 })).columns.get('k')?.values).toEqual(Int32Array.of(7, 8, 9))
    expect((await parseVoTable(text, { table: 'l' })).rowCount).toBe(0)
    expect((await parseVoTable(text, { table: 2 })).name).toBe('x')
  })

  it('is what a service gives after its metadata', async () => {
    const bytes = new TextEncoder().encode(caseText('votable-meta-first.vot'))
    const answer = await decodeTable(bytes, 'votable', 'answer')
    expect([answer.rowCount, answer.columns.get('x')?.values]).toEqual([1, Int32Array.of(5)])
    expect((await parseVoTable(bytes)).columns.get('x')?.values).toEqual(Int32Array.of(5))
  })
})

describe('a cell of a VOTable', () => {
  const cellsOf = async (field: string, ...cells: string[]) => {
    const rows = cells.map((cell) => `<TR><TD>${cell}</TD></TR>`).join('')
    const text = votable(
      resource('', `<TABLE><FIELD name="x" ${field}/><DATA><TABLEDATA>${rows}</TABLEDATA></DATA></TABLE>`),
    )
    return (await parseVoTable(text)).columns.get('x')?.values
  }

  it('is a lone bit that is true wherever astropy writes it, and each bit of an array where it belongs', async () => {
    const path = fileURLToPath(new URL('../../cases/votable-bit-astropy.vot', import.meta.url))
    expect((await readCatalogue(path)).columns.get('flag')?.values).toEqual(Uint8Array.of(1, 0))
    const bits = (arraysize: string, bytes: number[]): string =>
      votable(
        resource(
          '',
          `<TABLE><FIELD name="x" datatype="bit"${arraysize}/><DATA><BINARY><STREAM encoding="base64">${Buffer.from(bytes).toString('base64')}</STREAM></BINARY></DATA></TABLE>`,
        ),
      )
    const read = async (text: string) => (await parseVoTable(text)).columns.get('x')?.values
    expect(await read(bits('', [0x80, 0, 1, 0x08]))).toEqual(Uint8Array.of(1, 0, 1, 1))
    expect(await read(bits(' arraysize="3"', [0xa0, 0x08]))).toEqual(Uint8Array.of(1, 0, 1, 0, 0, 0))
  })

  it('is missing among numbers when it says so in words, and never in text', async () => {
    expect(await cellsOf('datatype="double"', '1.5', 'null', 'NaN', '--', '')).toEqual(
      Float64Array.of(1.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN),
    )
    expect(await cellsOf('datatype="int"', '1', 'NULL', 'N/A')).toEqual(Float64Array.of(1, Number.NaN, Number.NaN))
    expect(await cellsOf('datatype="boolean"', 'T', 'None', 'false')).toEqual(Float64Array.of(1, Number.NaN, 0))
    expect(await cellsOf('datatype="long"', '1636148068921376769', 'null', '+7')).toEqual([
      '1636148068921376769',
      '',
      '7',
    ])
    expect(await cellsOf('datatype="char" arraysize="*"', 'null', 'NA', '')).toEqual(['null', 'NA', ''])
  })
})
