import type { Table, TableColumn } from '@astronomaly/core/table'
import { describe, expect, it } from 'vitest'
import { parseCsvTable } from '../../src/index.ts'
import { findIdColumn, findPositionColumns, readPositions } from '../../src/sky/catalogue-positions.ts'
import { parseAngle } from '../../src/sky/parse-angle.ts'

const csv = (...lines: readonly string[]) => readPositions(parseCsvTable(lines.join('\n'), 'test.csv'))
const column = (values: TableColumn['values'], unit?: string): TableColumn => {
  return { values, width: 1, ...(unit === undefined ? {} : { unit }) }
}
const tableOf = (columns: Readonly<Record<string, TableColumn>>): Table => {
  return { rowCount: Object.values(columns)[0]!.values.length, columns: new Map(Object.entries(columns)) }
}

describe('parseAngle', () => {
  it('reads numbers of a unit and sexagesimal texts, hours only for right ascensions', () => {
    const ra = (text: string): number | undefined => parseAngle(text, 'deg', 'hour')
    const dec = (text: string): number | undefined => parseAngle(text, 'deg', 'deg')
    expect([ra('10.5'), ra('+010.5'), parseAngle('10.5', 'hour', 'hour')]).toEqual([10.5, 10.5, 157.5])
    for (const text of ['10:20:30', '10h20m30s', '10 20 30', ' 10:20:30.000 ', '10H 20M 30S', '10:20.5']) {
      expect(ra(text), text).toBeCloseTo(155.125, 12)
    }
    expect(ra('155d07m30s')).toBeCloseTo(155.125, 12)
    for (const text of ['-00:30:00', '-0 30 0', '−00:30:00', '-0d30m', '-00°30\'00"', '-0:30']) {
      expect(dec(text), text).toBe(-0.5)
    }
    expect(dec('+41:16:09')).toBeCloseTo(41.269166667, 8)
  })

  it('says nothing where a text is no angle, and NaN where it is missing', () => {
    for (const text of ['x', '10:60:00', '10:20:61', '1:2:3:4', '10:20.5:30', 'M31', '12:']) {
      expect(parseAngle(text, 'deg', 'hour'), text).toBeUndefined()
    }
    for (const text of ['', 'null', '--', 'NaN']) expect(parseAngle(text, 'deg', 'hour'), text).toBeNaN()
  })
})

describe('readPositions', () => {
  it('finds positions by the names that surveys give them', () => {
    for (const [ra, dec] of [
      ['ra', 'dec'],
      ['RAJ2000', 'DEJ2000'],
      ['_RAJ2000', '_DEJ2000'],
      ['ALPHA_J2000', 'DELTA_J2000'],
      ['RA_ICRS', 'DE_ICRS'],
      ['TARGET_RA', 'TARGET_DEC'],
      ['raMean', 'decMean'],
    ]) {
      const found = csv(`NUMBER,${ra},${dec}`, '1,10.5,-3.25')
      expect([found?.raColumn, found?.raDeg[0], found?.decDeg[0]]).toEqual([ra, 10.5, -3.25])
    }
    expect(csv('id,x,y', 'a,1,2')).toBeUndefined()
    const ucd = tableOf({
      lon: { ...column(new Float64Array([1])), ucd: 'pos.eq.ra;meta.main' },
      lat: { ...column(new Float64Array([2])), ucd: 'pos.eq.dec;meta.main' },
    })
    expect(readPositions(ucd)).toMatchObject({ raColumn: 'lon', decColumn: 'lat' })
  })

  it('reads sexagesimal columns, hours and radians', () => {
    const found = csv('id,RAJ2000,DEJ2000', 'a,10 20 30,-00 30 00', 'b,0:0:0.0,+5:00')
    expect([...found!.raDeg]).toEqual([expect.closeTo(155.125, 10), 0])
    expect([...found!.decDeg]).toEqual([-0.5, 5])
    const hours = tableOf({ ra: column(new Float64Array([2]), 'hourangle'), dec: column(new Float64Array([1]), 'rad') })
    expect([readPositions(hours)!.raDeg[0], readPositions(hours)!.decDeg[0]]).toEqual([30, expect.closeTo(57.29578, 5)])
    const wrong = tableOf({ ra: column(new Float64Array([2]), 'pix'), dec: column(new Float64Array([1])) })
    expect(readPositions(wrong)).toBeUndefined()
    expect(() => readPositions(wrong, { raColumn: 'ra' })).toThrow(
      'unit must be degrees, hours or radians. Column ra has pix',
    )
  })

  it('turns right ascensions, names what it does not understand, and leaves missing ones alone', () => {
    const found = csv(
      'id,ra,dec',
      'a,-210,2',
      'b,360,2',
      'c,400,2',
      'd,10,95',
      'e,,2',
      'f,10,',
      'g,10,-90',
      'h,-999,-999',
    )!
    expect([...found.raDeg]).toEqual([150, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 10, Number.NaN])
    expect([...found.decDeg].map(Number.isNaN)).toEqual([...found.raDeg].map(Number.isNaN))
    expect(found.problems).toEqual([
      { row: 2, reason: 'ra must be an angle from -360 to 360 degrees. Received 400' },
      { row: 3, reason: 'dec must be an angle from -90 to 90 degrees. Received 95' },
      { row: 7, reason: 'ra must be an angle from -360 to 360 degrees. Received -999' },
    ])
    expect(csv('id,ra,dec', 'a,near M31,2', 'b,1,2')!.problems[0]?.reason).toContain('Received near M31')
  })

  it('brings other frames to ICRS as astropy does', () => {
    // astropy 8: SkyCoord(10, 20, unit='deg', frame=FK4(equinox='B1950')).icrs and SkyCoord(l=10, b=20, frame='galactic').icrs
    const b1950 = csv('id,RAB1950,DEB1950', 'a,10,20')!
    expect([b1950.raDeg[0], b1950.decDeg[0]]).toEqual([
      expect.closeTo(10.658967276, 7),
      expect.closeTo(20.273867216, 7),
    ])
    const galactic = csv('id,GLON,GLAT', 'a,10,20')!
    expect([galactic.raDeg[0], galactic.decDeg[0]]).toEqual([
      expect.closeTo(254.284943584, 7),
      expect.closeTo(-9.782228772, 7),
    ])
    const table = parseCsvTable('x,y\n10,20\n', 'test.csv')
    const named = readPositions(table, { raColumn: 'x', decColumn: 'y', frame: 'GALACTIC' })!
    expect(named.raDeg).toEqual(galactic.raDeg)
  })

  it('keeps the digits of positions that need no change', () => {
    const values = [0, 10.6847083, 83.8220833, 150.001, 359.9999999, 1e-12]
    const table = tableOf({ ra: column(Float64Array.from(values)), dec: column(new Float64Array(values.length)) })
    expect([...readPositions(table)!.raDeg]).toEqual(values)
  })

  it('takes the frame from each name, and refuses two', () => {
    const frameOf = (ra: string, dec: string, ucd?: string) => {
      const describe = (name: string, axis: string) => ({
        name,
        ...(ucd === undefined ? {} : { ucd: `${ucd}.${axis}` }),
      })
      const columns = [describe(ra, 'lon'), describe(dec, 'lat')]
      return findPositionColumns(columns, { raColumn: ra, decColumn: dec })?.frame
    }
    expect(frameOf('RA1950', 'DE1950')).toBe('FK4')
    expect(frameOf('_RAB1950', '_DEB1950')).toBe('FK4')
    expect(frameOf('_Glon', '_Glat')).toBe('GALACTIC')
    expect(frameOf('l', 'b')).toBe('GALACTIC')
    expect(frameOf('x', 'y', 'pos.galactic')).toBe('GALACTIC')
    expect(frameOf('ELON', 'ELAT')).toBe('ECLIPTIC')
    expect(frameOf('alpha', 'delta')).toBe('ICRS')
    expect(() => frameOf('RAB1950', 'Dec')).toThrow('both columns must be of one frame')
    const table = parseCsvTable('ra,dec\n1,2\n', 'test.csv')
    expect(() => readPositions(table, { frame: 'B1950' as never })).toThrow('frame must be one of ICRS')
  })

  it('takes the words of units, and no guess whose unit is none of an angle', () => {
    for (const unit of ['deg', 'degree(s)', '[deg]', 'degrees_east', '-', 'none', 'deg (J2000)']) {
      const columns = [
        { name: 'ra', unit },
        { name: 'dec', unit },
      ]
      expect(findPositionColumns(columns), unit).toMatchObject({ raUnit: 'deg' })
    }
    expect(findPositionColumns([{ name: 'ra', unit: 'arcsec' }, { name: 'dec' }])).toBeUndefined()
    expect(findPositionColumns([{ name: 'alpha' }, { name: 'delta' }])).toBeUndefined()
    const degrees = tableOf({ ra: column(['10:20:30'], 'd:m:s'), dec: column(['1:0:0'], 'd:m:s') })
    expect(readPositions(degrees)!.raDeg[0]).toBeCloseTo(10.341666667, 8)
    const hours = tableOf({ ra: column(['10:20:30'], '"h:m:s"'), dec: column(['1:0:0'], '"d:m:s"') })
    expect(readPositions(hours)!.raDeg[0]).toBeCloseTo(155.125, 8)
  })

  it('says which columns there are when a named one is missing', () => {
    const table = parseCsvTable('id,alpha_j2000,dec\na,1,2\n', 'test.csv')
    expect(() => readPositions(table, { raColumn: 'alpha', decColumn: 'dec' })).toThrow(
      'column must exist. Received alpha; the catalogue has id, alpha_j2000, dec. Did you mean alpha_j2000?',
    )
    expect(readPositions(table, { decColumn: 'dec' })).toMatchObject({ raColumn: 'alpha_j2000' })
    const plain = parseCsvTable('id,x,dec\na,1,2\n', 'test.csv')
    expect(() => readPositions(plain, { decColumn: 'dec' })).toThrow('raColumn must be named too. Received dec alone')
  })
})

describe('findIdColumn', () => {
  it('knows the names that catalogues use, the most telling first', () => {
    const of = (...names: readonly string[]) => findIdColumn(names.map((name) => ({ name })))
    expect(of('ra', 'NUMBER', 'ALPHA_J2000')).toBe('NUMBER')
    expect(of('name', 'SOURCE_ID')).toBe('SOURCE_ID')
    expect(of('ra', 'dec')).toBeUndefined()
  })
})
