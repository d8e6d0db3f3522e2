import { FormatError, UnsupportedError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wcsFromHeader } from '../../src/index.ts'
import { headerOf } from './golden-maps.ts'

const codes = ['TAN', 'SIN', 'ARC', 'STG', 'ZEA', 'CAR', 'AIT', 'TPV', 'NCP', 'TNX', 'TAN-SIP', 'ZPN', '']
const names = [
  ...['CRPIX', 'CRVAL', 'CDELT', 'CROTA', 'CUNIT'].flatMap((name) => [`${name}1`, `${name}2`]),
  ...['PC', 'CD'].flatMap((name) => ['1_1', '1_2', '2_1', '2_2', '1_3', '001001'].map((place) => name + place)),
  ...[1, 2].flatMap((axis) => [0, 1, 2, 3, 4, 5, 7, 11, 39, 40, 99].map((m) => `PV${axis}_${m}`)),
  ...['A', 'B', 'AP', 'BP'].flatMap((name) =>
    ['ORDER', '0_0', '2_0', '1_1', '0_2', '9_0'].map((term) => `${name}_${term}`),
  ),
  ...['LONPOLE', 'LATPOLE', 'EQUINOX', 'RADESYS', 'WCSAXES', 'PROJP1', 'AMDX1', 'AMDY1', 'AMDX13', 'CNPIX1', 'CNPIX2'],
  ...['PPO3', 'PPO6', 'XPIXELSZ', 'YPIXELSZ', 'PLTRAH', 'PLTRAM', 'PLTRAS', 'PLTDECD', 'PLTDECM', 'PLTDECS'],
]
const values = fc.oneof(
  fc.double({ min: -3, max: 3, noNaN: true }),
  fc.constantFrom<number | string>(0, 1, 2, 9, 90, -90, 180, 1e-300, 1e300, -1e308, 5e-324, 999, 'deg', 'x', ''),
)

describe('headers of any numbers', () => {
  it('give a map of finite places or NaN, or a typed error', () => {
    let maps = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 14 }),
        fc.tuple(fc.double(), fc.double()),
        (code, cards, [x, y]) => {
          const types = [
            ['CTYPE1', `RA---${code}`],
            ['CTYPE2', `DEC--${code}`],
          ] as const
          let wcs: ReturnType<typeof wcsFromHeader>
          try {
            wcs = wcsFromHeader(headerOf([...types, ...cards]))
          } catch (error) {
            expect(error instanceof FormatError || error instanceof UnsupportedError, String(error)).toBe(true)
            return
          }
          if (!wcs) return
          maps++
          for (const [px, py] of [
            [x, y],
            [0, 0],
            [3.5, -7],
          ] as const) {
            const { lonDeg: raDeg, latDeg: decDeg } = wcs.pixelToWorld(px, py)
            const inside = raDeg >= 0 && raDeg < 360 && Math.abs(decDeg) <= 90
            expect(inside || (Number.isNaN(raDeg) && Number.isNaN(decDeg)), `${raDeg} ${decDeg}`).toBe(true)
            const back = wcs.worldToPixel(raDeg, decDeg)
            expect(back === undefined || Number.isFinite(back.x + back.y)).toBe(true)
          }
        },
      ),
      { seed: 20240613, numRuns: 4000 },
    )
    // Enough of them are maps for the test to mean something.
    expect(maps).toBeGreaterThan(400)
  })
})
