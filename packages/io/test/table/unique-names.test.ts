import { uniqueNames } from '@astronomaly/core/table'
import { describe, expect, it } from 'vitest'
import { parseCsvTable } from '../../src/table/csv-table.ts'
import { parseVoTable } from '../../src/table/votable/parse-votable.ts'

describe('the names of columns', () => {
  it('are those of the file, but where one occurs again or there is none', () => {
    const cases: [string, string][] = [
      ['flux,flux,flux_2', 'flux,flux_2_,flux_2'],
      ['flux,flux,flux_2,flux_2_', 'flux,flux_2__,flux_2,flux_2_'],
      ['flux_2,flux,flux', 'flux_2,flux,flux_3'],
      [',col1,col1', 'col1_,col1,col1_3'],
      ['a,a,a', 'a,a_2,a_3'],
      [',', 'col1,col2'],
    ]
    for (const [stored, names] of cases) expect(uniqueNames(stored.split(',')), stored).toEqual(names.split(','))
  })

  it('lead to the values that stand below them', async () => {
    const table = parseCsvTable('flux,flux,flux_2\n1,2,3\n', 'a.csv')
    expect(table.columns.get('flux_2')?.values).toEqual(Float64Array.of(3))
    const fields = ['name="flux"', 'name="flux"', 'name="flux_2"', '', 'name="col4"']
    const document = await parseVoTable(
      `<VOTABLE><RESOURCE><TABLE>${fields.map((field) => `<FIELD ${field} datatype="int"/>`).join('')}
      <DATA><TABLEDATA><TR>${[1, 2, 3, 4, 5].map((n) => `<TD>${n}</TD>`).join('')}</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`,
    )
    expect([...document.columns].map(([name, { values }]) => [name, values[0]])).toEqual([
      ['flux', 1],
      ['flux_2_', 2],
      ['flux_2', 3],
      ['col4_', 4],
      ['col4', 5],
    ])
    expect(document.fields.map(({ name }) => name)).toEqual([...document.columns.keys()])
  })
})
