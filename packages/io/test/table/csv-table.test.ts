import { readFileSync } from 'node:fs'
import { FormatError, ParameterError, ShapeError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { encodeCsv, parseCsvTable } from '../../src/table/csv-table.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/io-tables.json', import.meta.url), 'utf8')).text as {
  pandas: { text: string; columns: Record<string, (number | string)[]> }
  pandasCrlf: { text: string; columns: Record<string, (number | string)[]> }
  pandasTabs: { text: string; columns: Record<string, (number | string)[]> }
  ecsv: string[]
  savetxt: string
}

const plainOf = (table: Table): Record<string, unknown[]> =>
  Object.fromEntries([...table.columns].map(([name, { values }]) => [name, [...values]]))
const tableOf = (columns: Record<string, TableColumn['values']>, rowCount: number): Table => ({
  rowCount,
  columns: new Map(
    Object.entries(columns).map(([name, values]) => [name, { values, width: values.length / rowCount }]),
  ),
})
const columnOf = (cells: readonly string[], name = 'x'): TableColumn['values'] => {
  const table = parseCsvTable(`${name},y\n${cells.map((cell) => `${cell},1\n`).join('')}`, 'a.csv')
  return (table.columns.get(name) as TableColumn).values
}

describe('parseCsvTable', () => {
  it('gives columns in the order of the file, numbers as float64, text as written', () => {
    const table = parseCsvTable('id,ra,note\nJ1, 10.5,spiral\nJ2,,\n', 'a.csv')
    expect(table.rowCount).toBe(2)
    expect([...table.columns.keys()]).toEqual(['id', 'ra', 'note'])
    expect(table.columns.get('ra')).toEqual({ values: Float64Array.of(10.5, Number.NaN), width: 1 })
    expect(table.columns.get('note')).toEqual({ values: ['spiral', ''], width: 1 })
  })

  it.each(['pandas', 'pandasCrlf', 'pandasTabs'] as const)('reads what pandas writes (%s)', (name) => {
    const { text, columns } = golden[name]
    const numbers = (values: (number | string)[]) => values.map((value) => Number(value))
    expect(plainOf(parseCsvTable(text, 'golden'))).toEqual({
      objid: columns.objid,
      ra: numbers(columns.ra as number[]),
      mag: columns.mag,
      note: columns.note,
    })
  })

  it('keeps text that numbers would damage', () => {
    for (const cell of ['587722984180548043', '007', '+5', '0x1f', '1_000', '1e5x', '-', '1e999', '١', '--', '1,5']) {
      expect(columnOf([cell.includes(',') ? `"${cell}"` : cell]), cell).toEqual([cell])
    }
    expect(columnOf(['1', '007'])).toEqual(['1', '007'])
    expect(columnOf(['9007199254740991'])).toEqual(Float64Array.of(9007199254740991))
    expect(columnOf(['9007199254740992'])).toEqual(['9007199254740992'])
    expect(columnOf(['-9007199254740992'])).toEqual(['-9007199254740992'])
  })

  it('takes plain decimals of any length for numbers', () => {
    const cells = [
      '0',
      '-0',
      '.5',
      '5.',
      '-1.5e-3',
      '2E+10',
      '0.30000000000000004',
      '98.73660877665999',
      'inf',
      '-Infinity',
    ]
    const values = columnOf(cells)
    expect(values).toEqual(
      Float64Array.of(0, -0, 0.5, 5, -0.0015, 2e10, 0.1 + 0.2, 98.73660877665999, Infinity, -Infinity),
    )
    expect(Object.is(values[1], -0)).toBe(true)
  })

  it('takes empty cells and nan for missing among numbers, and never makes numbers of them alone', () => {
    expect(columnOf(['1', '', 'nan', ' NaN '])).toEqual(Float64Array.of(1, Number.NaN, Number.NaN, Number.NaN))
    expect(columnOf(['', '', ''])).toEqual(['', '', ''])
    expect(columnOf(['nan', ''])).toEqual(['nan', ''])
  })

  it('takes the picture of an object for an identifier, and what is measured in a picture for a number', () => {
    for (const [name, isText] of Object.entries({
      picture: true,
      Picture: true,
      picture_snr: false,
      pictureFlux: false,
      x_picture: false,
    })) {
      expect(Array.isArray(parseCsvTable(`${name}\n1.5\n`, 'a.csv').columns.get(name)?.values), name).toBe(isText)
    }
  })

  it('keeps a column whose name says that it holds identifiers as text', () => {
    for (const name of [
      'id',
      'ID',
      'objid',
      'dr7objid',
      'objid_legacy',
      'source_id',
      'objectId',
      'file',
      'filename',
      'name',
      'TARGETID',
      'asset_id',
      'obj name',
    ]) {
      expect(columnOf(['10', '2.50'], name), name).toEqual(['10', '2.50'])
    }
    for (const name of ['ra', 'valid', 'grid', 'sigma', 'profile', 'width', 'idle']) {
      expect(columnOf(['10', '2.50'], name), name).toEqual(Float64Array.of(10, 2.5))
    }
  })

  it('follows RFC 4180: quotes, separators and line ends in cells, CRLF, no line end at the end, a byte order mark', () => {
    const text = '\uFEFFid,note\r\n1,"a, ""b""\r\nc"\r\n"2",""'
    expect(plainOf(parseCsvTable(text, 'a.csv'))).toEqual({ id: ['1', '2'], note: ['a, "b"\r\nc', ''] })
    expect(plainOf(parseCsvTable('a,b\r1,2\r', 'a.csv'))).toEqual({ a: [1], b: [2] })
    expect(plainOf(parseCsvTable('a,b\n\n1,2\n\n', 'a.csv'))).toEqual({ a: [1], b: [2] })
    expect(parseCsvTable('a,b\n', 'a.csv').rowCount).toBe(0)
  })

  it('takes a quote inside an unquoted cell literally', () => {
    expect(plainOf(parseCsvTable('ref,n\nB\\"ohringer,1\n5" dish,2\n', 'a'))).toEqual({
      ref: ['B\\"ohringer', '5" dish'],
      n: [1, 2],
    })
  })

  it('finds tabs and semicolons by the header, unless told', () => {
    expect(plainOf(parseCsvTable('id;rating\nx;5\n', 'a'))).toEqual({ id: ['x'], rating: [5] })
    expect(plainOf(parseCsvTable('a (b, c)\t"d;;;"\n1\t2\n', 'a'))).toEqual({ 'a (b, c)': [1], 'd;;;': [2] })
    expect(plainOf(parseCsvTable('a;b\n1;2\n', 'a', { delimiter: 'comma' }))).toEqual({ 'a;b': ['1;2'] })
    expect(plainOf(parseCsvTable('a b\n1 2\n', 'a', { delimiter: 'space' }))).toEqual({ a: [1], b: [2] })
  })

  it('skips comments before the header, and finds a header in the last of them', () => {
    expect(plainOf(parseCsvTable('# from x, y\n#\nid,rating\nq,1\n', 'a'))).toEqual({ id: ['q'], rating: [1] })
    expect(plainOf(parseCsvTable('# made 2024\n#id,ra\nq,1\n', 'a'))).toEqual({ id: ['q'], ra: [1] })
    expect(plainOf(parseCsvTable(golden.savetxt, 'a'))).toEqual({ ra: [1.5, Number.NaN], dec: [2.25, 4] })
    expect(plainOf(parseCsvTable('id,ra\n#q,1\n', 'a'))).toEqual({ id: ['#q'], ra: [1] })
  })

  it.each(golden.ecsv)('reads what astropy writes as ECSV, with units', (text) => {
    const table = parseCsvTable(text, 'a.ecsv')
    expect(plainOf(table)).toEqual({ id: ['a b', '007'], ra: [10.5, Number.NaN], flux: [1, 2.5], n: [1, 2] })
    expect(table.columns.get('ra')?.unit).toBe('deg')
    expect(table.columns.get('flux')?.unit).toBe('Jy / beam')
    expect(table.columns.get('n')).not.toHaveProperty('unit')
  })

  it('names a column without a name by its place', () => {
    expect([...parseCsvTable(',a\n0,1\n', 'a').columns.keys()]).toEqual(['column_1', 'a'])
  })

  it.each([
    ['', 'header row'],
    ['\n\n', 'header row'],
    ['a,b\n1,2\n\n1,2,3\n', 'row must have 2 cells as the header has. Received 3 on line 4'],
    ['a,b\n1\n', 'Received 1 on line 2'],
    ['# c\r\na,b\r\n1\r\n', 'Received 1 on line 3'],
    ['a,b\n"x\ny",2\n1\n', 'Received 1 on line 4'],
    ['a,b\n1,"2\n3,4\n', 'quote must be closed'],
    ['a,b\n1,\0\n', 'NUL'],
  ])('rejects %j', (text, message) => {
    expect(() => parseCsvTable(text, 'bad.csv')).toThrow(FormatError)
    expect(() => parseCsvTable(text, 'bad.csv')).toThrow(message)
    expect(() => parseCsvTable(text, 'bad.csv')).toThrow('bad.csv')
  })

  it('rejects options that it does not know', () => {
    expect(() => parseCsvTable('a\n', 'a', { separator: ';' } as object)).toThrow(ParameterError)
    expect(() => parseCsvTable('a\n', 'a', { delimiter: ';' } as object)).toThrow(ParameterError)
  })

  it('reads text with and without quotes alike', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', '.', ' ', '-', 'é', '#'), maxLength: 4 })
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
    const end = fc.constantFrom('\n', '\r\n', '\r')
    fc.assert(
      fc.property(rows, end, (cells, lineEnd) => {
        const lines = ['p,q', ...cells.map((row) => row.join(','))]
        const plain = parseCsvTable(lines.join(lineEnd), 'a')
        const quoted = parseCsvTable(['"p",q', ...lines.slice(1)].join(lineEnd), 'a')
        expect(quoted).toEqual(plain)
        expect(plain.rowCount).toBe(cells.length)
      }),
      { seed: 2 },
    )
  })

  it.skipIf(!hasShared).each([
    ['C_catalogues/lenses/lenscat.csv', 32_838, 'RA [deg]', 'zlens'],
    ['C_catalogues/lenses/stein_new_lenses.tsv', 1_192, 'mag_g', 'grade'],
    ['C_catalogues/lenses/stein_training_lenses.tsv', 1_615, 'ra', 'source_type'],
    ['B_fits/abell2670_decam/Abell2670_catalogue_test.csv', 5, 'ra', 'objid_legacy'],
    ['A_images/gz2_sdss/labels.csv', 581, 'odd_votes', 'dr7objid'],
    ['A_images/first_radio/labels.csv', 1_758, 'dec', 'class'],
  ])('reads %s', (path, rowCount, numeric, text) => {
    const table = parseCsvTable(readFileSync(sharedFile(`data/${path}`), 'utf8'), path)
    expect(table.rowCount).toBe(rowCount)
    const numbers = table.columns.get(numeric)?.values
    expect(numbers).toBeInstanceOf(Float64Array)
    expect((numbers as Float64Array).some(Number.isNaN)).toBe(false)
    expect(typeof table.columns.get(text)?.values[0]).toBe('string')
  })
})

describe('encodeCsv', () => {
  it('writes the shortest number that reads back, and nothing for NaN', () => {
    const table = tableOf(
      {
        f8: Float64Array.of(0.1, -0, Number.NaN),
        f4: Float32Array.of(0.1, 16777216, -Infinity),
        n: Int32Array.of(1, -2, 3),
        big: BigInt64Array.of(587722984180548043n, -1n, 0n),
        flag: [true, false, true],
        text: ['a,b', 'he said "hi"\n', ''],
      },
      3,
    )
    expect(encodeCsv(table)).toBe(
      'f8,f4,n,big,flag,text\n0.1,0.1,1,587722984180548043,true,"a,b"\n-0,16777216,-2,-1,false,"he said ""hi""\n"\n,-inf,3,0,true,\n',
    )
  })

  it('writes whole numbers beyond 2^53 so that they are not taken for identifiers', () => {
    const table = tableOf({ a: Float64Array.of(2 ** 53, 1e22), b: Float32Array.of(3.4028234663852886e38, 2 ** 60) }, 2)
    expect(encodeCsv(table)).toBe('a,b\n9.007199254740992e+15,3.4028235e+38\n1e+22,1.1529215e+18\n')
  })

  it('spreads wide columns', () => {
    expect(encodeCsv(tableOf({ f: Float32Array.of(1, 2, 3, 4) }, 2))).toBe('f_0,f_1\n1,2\n3,4\n')
  })

  it('rejects tables that cannot be written', () => {
    expect(() => encodeCsv(tableOf({}, 0))).toThrow(ParameterError)
    expect(() => encodeCsv(tableOf({ f_0: Float32Array.of(1), f: Float32Array.of(1, 2) }, 1))).toThrow('must differ')
    expect(() => encodeCsv({ rowCount: 2, columns: new Map([['a', { values: ['x'], width: 1 }]]) })).toThrow(ShapeError)
    expect(() => encodeCsv({ rowCount: 2, columns: new Map([['a', { values: ['x'], width: 0.5 }]]) })).toThrow(
      ParameterError,
    )
  })

  it('writes text and numbers that read back the same', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ',', ';', '\t', '"', '\n', '\r', '#', ' ', '\uFEFF', '0', 'é'),
      maxLength: 6,
    })
    const number = fc.oneof(fc.double(), fc.integer(), fc.constant(-0))
    const row = fc.tuple(text, number, fc.float())
    fc.assert(
      fc.property(text, fc.array(row, { minLength: 1, maxLength: 8 }), (suffix, rows) => {
        const name = `id ${suffix}`.trim()
        const table = tableOf(
          {
            [name]: rows.map(([cell]) => cell),
            f8: Float64Array.from([...rows.map(([, value]) => value), 1]).subarray(0, rows.length),
            f4: Float32Array.from(rows, ([, , value]) => value),
          },
          rows.length,
        )
        const back = parseCsvTable(encodeCsv(table), 'a')
        expect([...back.columns.keys()]).toEqual([name, 'f8', 'f4'])
        expect(back.columns.get(name)?.values).toEqual(rows.map(([cell]) => cell))
        for (const [i, column] of (['f8', 'f4'] as const).entries()) {
          const values = back.columns.get(column)?.values as Float64Array | string[]
          const wanted = rows.map((each) => each[i + 1] as number)
          // A column of NaN alone says nothing of its type and comes back as empty text.
          if (wanted.every(Number.isNaN)) expect([...values]).toEqual(wanted.map(() => ''))
          else expect([...values].map((value) => (i === 1 ? Math.fround(Number(value)) : value))).toEqual(wanted)
        }
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  it('keeps a line whose only cell is empty', () => {
    const values = ['a', '', 'b', '']
    const back = parseCsvTable(encodeCsv(tableOf({ x: values }, 4)), 'a')
    expect(back.columns.get('x')?.values).toEqual(values)
  })
})
