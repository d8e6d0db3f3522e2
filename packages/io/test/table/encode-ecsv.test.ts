import { ParameterError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { withSafeIntegers } from '@astronomaly/core/table'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { raggedTable, shapedTable } from '../../../fits/test/table/table-specimens.ts'
import { parseCsvTable } from '../../src/table/csv-table.ts'
import { encodeEcsv } from '../../src/table/encode-ecsv.ts'
import { encodeVoTable } from '../../src/table/votable/encode-votable.ts'
import { parseVoTable } from '../../src/table/votable/parse-votable.ts'

/** Every type, units, descriptions, missing values and what must be quoted. */
const everything: Table = {
  rowCount: 3,
  columns: new Map<string, TableColumn>([
    ['id', { values: ['587722984180548043', '007', ' a, "b"\n# '], width: 1 }],
    [
      'name, "it\'s": {x}',
      { values: ['', 'null', 'é ☃'], width: 1, description: 'r < 22: #1 "quoted", {no} \u0085 end' },
    ],
    ['ra', { values: Float64Array.of(0.1, Number.NaN, -1e-300), width: 1, unit: 'deg', ucd: 'pos.eq.ra;meta.main' }],
    ['mag', { values: Float32Array.of(0.1, Number.POSITIVE_INFINITY, -0), width: 1, unit: 'mag(AB)' }],
    ['big', { values: Float64Array.of(2 ** 60, Number.NEGATIVE_INFINITY, 1e21), width: 1 }],
    ['n', { values: Int32Array.of(-5, 0, 2 ** 31 - 1), width: 1 }],
    ['short', { values: Int16Array.of(-32768, 0, 32767), width: 1 }],
    ['byte', { values: Uint8Array.of(0, 1, 255), width: 1 }],
    ['flag', { values: [true, false, true], width: 1 }],
    ['source_id', { values: BigInt64Array.of(1636148068921376768n, -1n, 4611686018427387905n), width: 1 }],
    ['small', { values: BigInt64Array.of(5n, -1n, 0n), width: 1 }],
    ['unsigned', { values: BigUint64Array.of(2n ** 64n - 1n, 0n, 1n), width: 1 }],
    ['pair', { values: Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY, -0, 0.1, 6), width: 2 }],
    ['words', { values: ['a,b', ']', '"', '[', '', '\\'], width: 2 }],
  ]),
}

describe('encodeEcsv', () => {
  it('writes what is read back bit for bit, integers of 64 bits as readers give them', () => {
    for (const table of [everything, raggedTable, shapedTable]) {
      expect(parseCsvTable(encodeEcsv(table), 'a.ecsv')).toEqual(withSafeIntegers(table))
    }
    const { columns } = parseCsvTable(encodeEcsv(everything), 'a.ecsv')
    expect(columns.get('source_id')?.values).toEqual(['1636148068921376768', '-1', '4611686018427387905'])
    expect(Object.is(columns.get('mag')?.values[2], -0)).toBe(true)
  })

  it('has one form', () => {
    const table: Table = {
      rowCount: 2,
      columns: new Map<string, TableColumn>([
        ['id', { values: ['a b', ''], width: 1 }],
        ['ra', { values: Float64Array.of(10.5, Number.NaN), width: 1, unit: 'deg', description: 'right ascension' }],
        ['cube', { values: Int32Array.of(1, 2, 3, 4), width: 2, shape: [2, 1] }],
      ]),
    }
    expect(encodeEcsv(table)).toBe(
      [
        '# %ECSV 1.0',
        '# ---',
        "# delimiter: ','",
        '# datatype:',
        '# - {name: "id", datatype: string}',
        '# - {name: "ra", unit: "deg", datatype: float64, description: "right ascension"}',
        '# - {name: "cube", datatype: string, subtype: "int32[2,1]"}',
        '# schema: astropy-2.0',
        'id,ra,cube',
        'a b,10.5,"[[1],[2]]"',
        ',,"[[3],[4]]"',
        '',
      ].join('\n'),
    )
  })

  it('keeps rows that are quite empty, and tables without rows', () => {
    const empty: Table = {
      rowCount: 2,
      columns: new Map([['x', { values: Float64Array.of(Number.NaN, 1), width: 1 }]]),
    }
    expect(parseCsvTable(encodeEcsv(empty), 'a')).toEqual(empty)
    const none: Table = { rowCount: 0, columns: new Map([['x', { values: new Int16Array(0), width: 1 }]]) }
    expect(parseCsvTable(encodeEcsv(none), 'a')).toEqual(none)
    expect(() => encodeEcsv({ rowCount: 0, columns: new Map() })).toThrow(ParameterError)
  })

  it('keeps any text and any number', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).filter((name) => name.trim() === name && !name.includes('\0')),
        fc.array(
          fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
          { minLength: 2, maxLength: 2 },
        ),
        fc.array(fc.double(), { minLength: 2, maxLength: 2 }),
        fc.array(fc.float(), { minLength: 2, maxLength: 2 }),
        (name, texts, doubles, floats) => {
          const columns = new Map<string, TableColumn>([
            [name, { values: texts, width: 1, description: `d${name}` }],
            [`${name}2`, { values: Float64Array.from(doubles), width: 1 }],
            [`${name}3`, { values: Float32Array.from(floats), width: 1 }],
          ])
          expect(parseCsvTable(encodeEcsv({ rowCount: 2, columns }), 'a').columns).toEqual(columns)
        },
      ),
      { seed: 5, numRuns: 300 },
    )
  })
})

describe('encodeVoTable', () => {
  it('writes what is read back bit for bit, integers of 64 bits as readers give them', async () => {
    const columns = new Map(everything.columns)
    // XML allows no control character, and VOTable strings of an array end without spaces.
    columns.set('name', { values: ['', 'null', 'é ☃'], width: 1, description: 'r < 22 & "more"' })
    columns.delete('name, "it\'s": {x}')
    const table = { rowCount: 3, columns }
    const read = await parseVoTable(encodeVoTable(table))
    expect({ rowCount: read.rowCount, columns: read.columns }).toEqual(withSafeIntegers(table))
  })
})
