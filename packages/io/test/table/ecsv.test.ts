import { readFileSync } from 'node:fs'
import { FormatError, type Warning } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { parseCsvTable } from '../../src/table/csv-table.ts'

const caseText = (name: string): string => readFileSync(new URL(`../cases/${name}`, import.meta.url), 'utf8')
/** A file of one column `x` beside an `id`. */
const ecsv = (description: string, cells: readonly string[]): string =>
  `# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: id, datatype: string}\n# - {name: x, ${description}}\nid,x\n${cells.map((cell, i) => `${i},${cell}\n`).join('')}`
const columnOf = (description: string, ...cells: string[]) =>
  parseCsvTable(ecsv(description, cells), 'a.ecsv').columns.get('x')

describe('ECSV', () => {
  it('has a header of block style: types and units as declared', () => {
    const { columns } = parseCsvTable(caseText('ecsv-block-style.ecsv'), 'a.ecsv')
    expect(columns.get('tile')).toEqual({ values: ['1E3', '2E1'], width: 1 })
    expect(columns.get('ra')).toEqual({ values: Float64Array.of(10.5, 11.5), width: 1, unit: 'deg' })
  })

  it('has the words for missing values that the Gaia archive writes', () => {
    const { columns } = parseCsvTable(caseText('ecsv-gaia-null.ecsv'), 'a.ecsv')
    expect(columns.get('parallax')?.values).toEqual(Float64Array.of(0.354, Number.NaN))
    expect(columns.get('source_id')?.values).toEqual(Float64Array.of(4295806720, 34361129088))
  })

  it('has a header of any style of YAML', () => {
    const text = [
      '# %ECSV 1.0',
      '# ---',
      '# datatype:',
      '# - {datatype: float64, name: "flux, total", unit: "Jy / beam", description: \'it\'\'s # here\'}',
      '# - name: 1e5',
      '#   unit: !astropy.units.Unit {unit: mag}',
      '#   datatype: int16',
      '#   meta: !!omap',
      '#   - ucd: phot.mag',
      '# - name: null',
      '#   datatype: string',
      '#   description: >-',
      '#     two',
      '#     lines',
      '# meta: !!omap',
      '# - history: [a, b]',
      '# schema: astropy-2.0',
      '"flux, total" 1e5 null',
      '01.50 +7 "a b"',
      '',
    ].join('\n')
    const { columns } = parseCsvTable(text, 'a.ecsv')
    expect(columns).toEqual(
      new Map([
        ['flux, total', { values: Float64Array.of(1.5), width: 1, unit: 'Jy / beam', description: "it's # here" }],
        ['1e5', { values: Int16Array.of(7), width: 1, unit: 'mag', ucd: 'phot.mag' }],
        ['null', { values: ['a b'], width: 1, description: 'two lines' }],
      ]),
    )
  })

  it('has values of the declared type, whatever they look like', () => {
    expect(columnOf('datatype: string', '007', 'null', '')?.values).toEqual(['007', 'null', ''])
    expect(columnOf('datatype: float64', 'null', 'NA')?.values).toEqual(Float64Array.of(Number.NaN, Number.NaN))
    expect(columnOf('datatype: float32', '0.1')?.values).toEqual(Float32Array.of(0.1))
    expect(columnOf('datatype: bool', 'True', 'False')?.values).toEqual([true, false])
    expect(columnOf('datatype: bool', 'True', '', 'False')?.values).toEqual(Float64Array.of(1, Number.NaN, 0))
    expect(columnOf('datatype: uint8', '255', '007')?.values).toEqual(Uint8Array.of(255, 7))
    expect(columnOf('datatype: int32', '-5', '--')?.values).toEqual(Float64Array.of(-5, Number.NaN))
    expect(columnOf('datatype: uint32', '4294967295')?.values).toEqual(Float64Array.of(4294967295))
    expect(columnOf('datatype: complex128', '(1+2j)')?.values).toEqual(['(1+2j)'])
  })

  it('keeps integers of 64 bits exact, also beside missing ones', () => {
    const ids = ['1636148068921376768', 'null', '4611686018427387905', '7']
    expect(columnOf('datatype: int64', ...ids)?.values).toEqual(ids.map((id) => (id === 'null' ? '' : id)))
    expect(columnOf('datatype: uint64', '18446744073709551615')?.values).toEqual(['18446744073709551615'])
    expect(columnOf('datatype: int64', '7', 'null')?.values).toEqual(Float64Array.of(7, Number.NaN))
  })

  it('has lists as columns of that width, or with offsets', () => {
    expect(
      columnOf("datatype: string, subtype: 'float64[2]'", '"[1.5,null]"', '"[null,null]"', '"[NaN, -Infinity]"'),
    ).toEqual({
      values: Float64Array.of(1.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY),
      width: 2,
    })
    expect(columnOf("datatype: string, subtype: 'int32[2,1]'", '"[[1],[2]]"')).toEqual({
      values: Int32Array.of(1, 2),
      width: 2,
      shape: [2, 1],
    })
    expect(columnOf("datatype: string, subtype: 'int64[null]'", '"[1636148068921376769,2]"', '[]', '[3]')).toEqual({
      values: ['1636148068921376769', '2', '3'],
      width: 0,
      offsets: Uint32Array.of(0, 2, 2, 3),
    })
    expect(columnOf("datatype: string, subtype: 'string[2]'", '"[""a,b"",""]""]"')).toEqual({
      values: ['a,b', ']'],
      width: 2,
    })
    expect(columnOf('datatype: string, subtype: json', '"{""a"": 1}"')?.values).toEqual(['{"a": 1}'])
  })

  it.each([
    ['datatype: int32', ['1', '1.5'], '1.5', 3],
    ['datatype: int16', ['40000'], '40000', 2],
    ['datatype: float64', ['1', '2', 'faint'], 'faint', 4],
    ["datatype: string, subtype: 'float64[2]'", ['"[1,2,3]"'], '[1,2,3]', 2],
    ["datatype: string, subtype: 'float64[9999999999]'", [''], '', 2],
    ['datatype: bool', ['maybe'], 'maybe', 2],
  ])('has text, with a warning, in a column that is not what is declared: %s %j', (description, cells, cell, line) => {
    const warnings: Warning[] = []
    const options = { onWarning: (w: Warning) => void warnings.push(w) }
    const { columns } = parseCsvTable(ecsv(description, cells), 'a.ecsv', options)
    expect(columns.get('x')).toEqual({ values: cells.map((own) => own.replaceAll('"', '')), width: 1 })
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/column x is declared as \w+ and read as text/),
    ])
    expect(warnings[0]?.message).toContain(`${JSON.stringify(cell)} on line ${line + 6}`)
  })

  it('gives what is asked for before what is declared', () => {
    const text = ecsv('datatype: int64', ['007', 'null'])
    expect(parseCsvTable(text, 'a', { types: { x: 'text' } }).columns.get('x')?.values).toEqual(['007', 'null'])
    expect(parseCsvTable(text, 'a', { types: { id: 'float64' } }).columns.get('id')?.values).toEqual(
      Float64Array.of(0, 1),
    )
  })

  it('declares columns by their place, also where names occur again or differ', () => {
    const told = (declared: readonly string[], rows: string) => {
      const warnings: string[] = []
      const text = `# %ECSV 1.0\n# ---\n# datatype:\n${declared.map((own) => `# - {${own}}\n`).join('')}${rows}`
      const onWarning = ({ message }: Warning): void => void warnings.push(message)
      const { columns } = parseCsvTable(text, 'a.ecsv', { onWarning })
      return { warnings, columns: [...columns].map(([name, { values, unit }]) => [name, values[0], unit]) }
    }
    const twice = told(['name: a, datatype: string', 'name: a, datatype: float64, unit: mag'], 'a a\n1E3 1E3\n')
    expect(twice.columns).toEqual([
      ['a', '1E3', undefined],
      ['a_2', 1000, 'mag'],
    ])
    expect(twice.warnings).toEqual([expect.stringContaining('a as a_2')])
    const other = told(['name: A, datatype: string, unit: mag', 'name: b, datatype: int16'], 'a b\n1E3 5\n')
    expect(other.columns).toEqual([
      ['a', '1E3', 'mag'],
      ['b', 5, undefined],
    ])
    expect(other.warnings).toEqual([expect.stringMatching(/that the file declares, A, b\. Received a, b/)])
    const moved = told(['name: b, datatype: string', 'name: a, datatype: float64'], 'a b\n1 007\n')
    expect(moved.columns).toEqual([
      ['a', 1, undefined],
      ['b', '007', undefined],
    ])
    const fewer = told(['name: b, datatype: string'], 'a b\n1 007\n')
    expect(fewer.columns).toEqual(moved.columns)
    for (const { warnings } of [moved, fewer]) expect(warnings).toHaveLength(1)
  })

  it('finds out the types of columns that its header leaves out', () => {
    const text = '# %ECSV 1.0\n# ---\n# datatype: &a [*a, 1, {datatype: string}]\na b\n1 x\n'
    const { columns } = parseCsvTable(text, 'a.ecsv')
    expect([...columns.values()].map(({ values }) => values)).toEqual([Float64Array.of(1), ['x']])
  })

  it.each([
    ['# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a\n# - [\na\n1\n', 'must be YAML'],
    ['# %ECSV 1.0\n# ---\n# datatype: int\na\n1\n', 'must have a list datatype'],
    [
      `# %ECSV 1.0\n# ---\n# a: &a [x,x]\n# b: &b [${'*a,'.repeat(99)}]\n# c: &c [${'*b,'.repeat(99)}]\n# datatype: [${'*c,'.repeat(99)}]\na\n1\n`,
      'must be YAML',
    ],
    [`# %ECSV 1.0\n# ---\n# datatype: ${'['.repeat(100_000)}\na\n1\n`, 'must be YAML'],
  ])('is refused with a header that is none (%#)', (text, message) => {
    expect(() => parseCsvTable(text, 'bad.ecsv')).toThrow(FormatError)
    expect(() => parseCsvTable(text, 'bad.ecsv')).toThrow(message)
  })
})
