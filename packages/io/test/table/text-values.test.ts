import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FormatError, ParameterError } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import { describe, expect, it } from 'vitest'
import { cellNumber, cellText, findColumn } from '../../src/table/cells.ts'
import { parseCsvTable } from '../../src/table/csv-table.ts'
import { openCatalogue } from '../../src/table/open-catalogue.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'
import { booleanOf, integerOf, isMissingWord, numberOf, plainNumberOf } from '../../src/table/text-values.ts'

const path = (name: string): string => fileURLToPath(new URL(`../cases/${name}`, import.meta.url))
const missing = [
  '',
  ' ',
  'nan',
  'NaN',
  '-nan',
  'null',
  'NULL',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'None',
  '--',
  '-',
  '---',
]
const words = ['nil', 'nanna', 'NAN1', 'no', '.', '--1', 'e5', '0x1f', '1_000', '1,5', '١']

describe('text where numbers are expected', () => {
  it('is missing when it says so in any of the usual ways', () => {
    for (const word of missing) {
      expect(isMissingWord(word), word).toBe(true)
      for (const read of [numberOf, plainNumberOf, integerOf, booleanOf]) expect(read(word), word).toBeNaN()
    }
    for (const word of words) expect([isMissingWord(word), numberOf(word)], word).toEqual([false, undefined])
  })

  it('is a number with a sign, leading zeros and white space where numbers are asked for, and not elsewhere', () => {
    const asked: [string, number][] = [
      ['+41.2687500', 41.26875],
      ['-05.3911111', -5.3911111],
      [' 010.6847083 ', 10.6847083],
      ['+5', 5],
      ['007', 7],
      ['+.5e+03', 500],
      ['9007199254740993', 9007199254740992],
      ['1e999', Number.POSITIVE_INFINITY],
    ]
    for (const [text, value] of asked) expect([numberOf(text), plainNumberOf(text)], text).toEqual([value, undefined])
    for (const text of ['0', '-0', '.5', '5.', '-1.5e-3', '2E+10', 'inf', '-Infinity']) {
      expect(plainNumberOf(text), text).toBe(Number(text.replace(/^(-?)i.*/i, '$1Infinity')))
      expect(numberOf(text), text).toBe(plainNumberOf(text))
    }
  })

  it('is an exact integer of 64 bits, or none', () => {
    expect(integerOf('1636148068921376768')).toBe(1636148068921376768n)
    expect(integerOf('18446744073709551615')).toBe(2n ** 64n - 1n)
    expect(integerOf('+9007199254740991')).toBe(9007199254740991)
    expect(Object.is(integerOf('-0'), 0)).toBe(true)
    expect(['18446744073709551616', '1e300', '1.5', 'inf', '9'.repeat(100)].map(integerOf)).toEqual(
      Array(5).fill(undefined),
    )
  })
})

describe('a cell', () => {
  const columns = new Map<string, TableColumn>([
    ['dec', { values: ['+41.2687500', 'null', ' -05.5 ', 'north'], width: 1 }],
    ['ID', { values: BigInt64Array.of(1636148068921376768n, 7n, -1n, 0n), width: 1 }],
    ['Dec', { values: Float64Array.of(1, 2.5, Number.NaN, 2 ** 62), width: 1 }],
    ['flag', { values: [true, false, true, false], width: 1 }],
    ['list', { values: Float64Array.of(5, 6), width: 0, offsets: Uint32Array.of(0, 0, 2, 2, 2) }],
    ['name', { values: ['NA', ' 007 ', '', 'null'], width: 1 }],
  ])
  const cells = (name: string): { text: string[]; numbers: number[] } => {
    const column = columns.get(name) as TableColumn
    return {
      text: [0, 1, 2, 3].map((row) => cellText(column, row)),
      numbers: [0, 1, 2, 3].map((row) => cellNumber(column, row)),
    }
  }

  it('is found by an earlier name before a later one, and by its own case before another', () => {
    expect(findColumn({ columns }, 'DEC')).toBe(columns.get('dec'))
    expect(findColumn({ columns }, 'Dec')).toBe(columns.get('Dec'))
    expect(findColumn({ columns }, 'objid', 'id', 'name')).toBe(columns.get('ID'))
    expect(findColumn({ columns }, 'ra')).toBeUndefined()
  })

  it('is the exact text of an identifier, in which no word is missing', () => {
    expect(cells('ID').text).toEqual(['1636148068921376768', '7', '-1', '0'])
    expect(cells('Dec').text).toEqual(['1', '2.5', '', '4611686018427388000'])
    expect(cells('name').text).toEqual(['NA', '007', '', 'null'])
    expect(cells('flag').text).toEqual(['true', 'false', 'true', 'false'])
    expect(cells('list').text).toEqual(['', '5', '', ''])
  })

  it('is a number, also where it is text', () => {
    expect(cells('dec').numbers).toEqual([41.26875, Number.NaN, -5.5, Number.NaN])
    expect(cells('flag').numbers).toEqual([1, 0, 1, 0])
    expect(cells('ID').numbers[1]).toBe(7)
    expect(cells('list').numbers).toEqual([Number.NaN, 5, Number.NaN, Number.NaN])
    expect(cellNumber(undefined, 0)).toBeNaN()
  })
})

describe('a table of text', () => {
  it('has missing values among numbers, and words among words and identifiers', () => {
    const { columns } = parseCsvTable(
      'source_id,z,class,both\nnull,0.5,NA,1\n7,null,None,x\n8,N/A,--,\n9,--,star,null\n',
      'a.csv',
    )
    expect(columns.get('source_id')?.values).toEqual(['null', '7', '8', '9'])
    expect(columns.get('z')?.values).toEqual(Float64Array.of(0.5, Number.NaN, Number.NaN, Number.NaN))
    expect(columns.get('class')?.values).toEqual(['NA', 'None', '--', 'star'])
    expect(columns.get('both')?.values).toEqual(['1', 'x', '', 'null'])
    expect(parseCsvTable('x,y\nnull,1\nNA,2\n', 'a.csv').columns.get('x')?.values).toEqual(['null', 'NA'])
  })

  it('has positions with a plus sign and leading zeros: text as written, numbers where they are asked for', async () => {
    const plain = await readCatalogue(path('plus-declination.csv'))
    expect(plain.columns.get('dec')?.values).toEqual(['+41.2687500', '-05.3911111'])
    expect([0, 1].map((row) => cellNumber(findColumn(plain, 'dec'), row))).toEqual([41.26875, -5.3911111])
    expect([0, 1].map((row) => cellNumber(findColumn(plain, 'ra'), row))).toEqual([10.6847083, 83.8220833])
    const types = { ra: 'float64', dec: 'float64' } as const
    const asked = await readCatalogue(path('plus-declination.csv'), { types })
    expect(asked.columns.get('dec')?.values).toEqual(Float64Array.of(41.26875, -5.3911111))
    expect(asked.columns.get('ra')?.values).toEqual(Float64Array.of(10.6847083, 83.8220833))
    for await (const batch of (await openCatalogue(path('plus-declination.csv'), { types })).batches()) {
      expect(batch.columns).toEqual(asked.columns)
    }
  })

  it('says which cell is no number where numbers are asked for, and refuses other types', () => {
    const types = { x: 'float64' } as const
    expect(() => parseCsvTable('x\n1\n\nnorth\n', 'a.csv', { types })).toThrow(FormatError)
    expect(() => parseCsvTable('x\n1\n\nnorth\n', 'a.csv', { types })).toThrow('Received "north" on line 4')
    expect(() => parseCsvTable('x\n1\n', 'a.csv', { types: { x: 'int32' } })).toThrow(ParameterError)
    expect(() => parseCsvTable('x\n1\n', 'a.csv', { types: { y: 'text' } })).toThrow('y')
    expect(parseCsvTable('x\n010\n', 'a.csv', { types: { x: 'text' } }).columns.get('x')?.values).toEqual(['010'])
  })

  it.each([
    ['# made by a service\n\nid\tra\n1\t2\n', 3],
    ['\n \n# one\n\r\n\n# two\n\nid\tra\n1\t2\n', 7],
    ['\uFEFF\n\nid\tra\n1\t2\n', 2],
  ])('passes over blank lines before its header: %j', (text) => {
    const { columns } = parseCsvTable(text, 'a.tsv')
    expect([...columns.keys()]).toEqual(['id', 'ra'])
    expect(() => parseCsvTable(`${text}1\n`, 'a.tsv')).toThrow(`line ${text.split('\n').length}`)
  })

  it('passes over the blank line of the service that made this one', async () => {
    const { columns } = await readCatalogue(path('blank-line-before-header.tsv'))
    expect([...columns.keys()]).toEqual(['id', 'ra', 'dec'])
    expect(columns.get('dec')?.values).toEqual(Float64Array.of(-2.5))
  })

  it('gives the second column of a name its number, with a warning', async () => {
    const warnings: string[] = []
    const onWarning = ({ message }: { message: string }): void => void warnings.push(message)
    const { columns } = await readCatalogue(path('duplicate-names.csv'), { onWarning })
    expect([...columns.keys()]).toEqual(['id', 'ra', 'dec', 'ra_4', 'dec_5'])
    expect(columns.get('dec')?.values).toEqual(Float64Array.of(2.5))
    expect(columns.get('dec_5')?.values).toEqual(Float64Array.of(2.6))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/ra as ra_4, dec as dec_5 .*duplicate-names\.csv/)
    const catalogue = await openCatalogue(path('duplicate-names.csv'), { onWarning })
    for await (const batch of catalogue.batches()) expect(batch.columns).toEqual(columns)
    expect(warnings).toEqual([warnings[0], warnings[0]])
    expect([...parseCsvTable('a, a,a,\n1,2,3,4\n', 'a').columns.keys()]).toEqual(['a', 'a_2', 'a_3', 'column_4'])
  })
})

it('reads a text file whole and in batches alike, whatever its columns are', async () => {
  for (const name of ['ecsv-block-style.ecsv', 'ecsv-gaia-null.ecsv', 'blank-line-before-header.tsv']) {
    const whole = await readCatalogue(path(name))
    expect(whole).toEqual(parseCsvTable(readFileSync(path(name), 'utf8'), name))
    for await (const batch of (await openCatalogue(path(name))).batches()) expect(batch.columns).toEqual(whole.columns)
  }
})
