import { FormatError, NotFoundError, ParameterError } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { describe, expect, it } from 'vitest'
import { ColumnFinder, idOfRow } from '../../src/acquire/catalogue-columns.ts'

const finderOf = (...names: readonly string[]): ColumnFinder =>
  new ColumnFinder(
    'f',
    'c.fits',
    names.map((name) => ({ name, width: name === 'flux' ? 3 : 1 })),
  )

describe('ColumnFinder', () => {
  it('takes a name as it is written, else the only one that differs in case alone', () => {
    expect(finderOf('Ra', 'RA').named('RA')).toBe('RA')
    expect(finderOf('Ra', 'dec').named('RA')).toBe('Ra')
    expect(() => finderOf('Ra', 'rA').named('RA')).toThrow(
      new NotFoundError('f: column must exist. Received RA; the catalogue has Ra, rA (c.fits).'),
    )
  })

  it('shows no more than fifty names', () => {
    const many = finderOf(...Array.from({ length: 60 }, (_, i) => `c${i}`))
    expect(() => many.named('id')).toThrow(/c49 … \(c\.fits\)/)
    expect(() => many.id(undefined)).toThrow(/c49 … \(c\.fits\)/)
  })

  it('takes no column of several values a row', () => {
    expect(() => finderOf('flux').named('FLUX')).toThrow(FormatError)
    expect(() => finderOf('flux').named('FLUX')).toThrow('f: column flux must have one value a row (c.fits)')
    expect(() => finderOf('id', 'flux', 'dec').positions({ raColumn: 'flux', decColumn: 'dec' })).toThrow(FormatError)
  })

  it('finds ids and positions of usual names, and those that are named', () => {
    const finder = finderOf('NUMBER', 'ALPHA_J2000', 'DELTA_J2000', 'x', 'y')
    expect(finder.id(undefined)).toBe('NUMBER')
    expect(finder.id('x')).toBe('x')
    expect(finder.positions({})).toMatchObject({ raColumn: 'ALPHA_J2000', decColumn: 'DELTA_J2000' })
    expect(finder.positions({ raColumn: 'X', decColumn: 'Y', frame: 'FK5' })).toMatchObject({
      ...{ raColumn: 'x', decColumn: 'y', frame: 'FK5' },
    })
    expect(() => finderOf('a').id(undefined)).toThrow('f: catalogue must have a column id')
    expect(() => finderOf('a').positions({})).toThrow('f: catalogue must have columns ra and dec')
  })

  it('makes ids of one column, or of several between fixed texts', () => {
    const finder = finderOf('brickid', 'objid', '{odd}')
    expect(finder.idParts(undefined)).toEqual({ texts: ['', ''], columns: ['objid'] })
    expect(finder.idParts('{odd}')).toEqual({ texts: ['', ''], columns: ['{odd}'] })
    expect(finder.idParts('b{BRICKID}_{objid}')).toEqual({ texts: ['b', '_', ''], columns: ['brickid', 'objid'] })
    for (const wrong of ['{brickid', '{}', '{brickid}}', 'a{{objid}']) {
      expect(() => finder.idParts(wrong), wrong).toThrow(ParameterError)
    }
    expect(() => finder.idParts('{none}')).toThrow(NotFoundError)
  })
})

describe('idOfRow', () => {
  it('is empty where a part is missing, and trimmed', () => {
    const table: Table = {
      rowCount: 3,
      columns: new Map([
        ['name', { values: [' a ', '', 'c'], width: 1 }],
        ['number', { values: Float64Array.of(1, 2, Number.NaN), width: 1 }],
      ]),
    }
    const parts = { texts: ['', '-', ' '], columns: ['name', 'number'] }
    expect([0, 1, 2].map((row) => idOfRow(table, row, parts))).toEqual(['a-1', '', ''])
  })
})
