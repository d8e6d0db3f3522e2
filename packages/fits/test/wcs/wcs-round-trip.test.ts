import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wcsFromHeader } from '../../src/index.ts'
import { headerOf } from './golden-maps.ts'

const places = fc.record({
  ra: fc.double({ min: 0, max: 360, noNaN: true }),
  dec: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 89.99999)),
})
/** log10 of the pixel's side, turn, ratio of the sides, handedness. */
const matrices = fc
  .record({
    size: fc.double({ min: -4.5, max: -1, noNaN: true }),
    turn: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
    ratio: fc.double({ min: 0.3, max: 2, noNaN: true }),
    flip: fc.constantFrom(-1, 1),
  })
  .map(({ size, turn, ratio, flip }): [string, number][] => {
    const [cos, sin, scale] = [Math.cos(turn), Math.sin(turn), 10 ** size]
    return [
      ['CD1_1', flip * scale * cos],
      ['CD1_2', -scale * ratio * sin],
      ['CD2_1', flip * scale * sin],
      ['CD2_2', scale * ratio * cos],
    ]
  })
const pixels = fc.record({
  x: fc.double({ min: -200, max: 200, noNaN: true }),
  y: fc.double({ min: -200, max: 200, noNaN: true }),
})
const small = fc.double({ min: -1, max: 1, noNaN: true })

function check(code: string, extra: fc.Arbitrary<[string, number][]>, suffix = '', numRuns = 300): void {
  fc.assert(
    fc.property(places, matrices, pixels, extra, ({ ra, dec }, matrix, { x, y }, more) => {
      const types: [string, string | number][] = [
        ['CTYPE1', `RA---${code}${suffix}`],
        ['CTYPE2', `DEC--${code}${suffix}`],
      ]
      const cards = [...types, ['CRVAL1', ra], ['CRVAL2', dec], ...matrix, ...more] as [string, string | number][]
      const wcs = wcsFromHeader(headerOf(cards))!
      const { raDeg, decDeg } = wcs.pixelToSky(x, y)
      expect(raDeg >= 0 && raDeg < 360 && Math.abs(decDeg) <= 90).toBe(true)
      const back = wcs.skyToPixel(raDeg, decDeg)!
      // 1e-8 pixel: a few last places of 360 degrees, 6e-14, over pixels of at least 1e-5 degrees.
      expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(1e-8)
    }),
    { seed: 20240612, numRuns },
  )
}

describe('pixels to the sky and back', () => {
  const lonPole = fc.double({ min: -180, max: 180, noNaN: true }).map((v): [string, number][] => [['LONPOLE', v]])

  it.each(['TAN', 'SIN', 'ARC', 'STG', 'ZEA'])('return by %s with any pole', (code) => check(code, lonPole))

  it.each(['CAR', 'AIT'])('return by %s with any LATPOLE', (code) =>
    check(
      code,
      fc.double({ min: -90, max: 90, noNaN: true }).map((v): [string, number][] => [['LATPOLE', v]]),
    ),
  )

  it('return by a slanted SIN', () =>
    check(
      'SIN',
      fc.tuple(small, small).map(([xi, eta]): [string, number][] => [
        ['PV2_1', 0.3 * xi],
        ['PV2_2', 0.3 * eta],
      ]),
    ))

  it('return by SIP of order 4', () =>
    check(
      'TAN',
      fc.array(small, { minLength: 24, maxLength: 24 }).map((values): [string, number][] => {
        const cards: [string, number][] = [
          ['A_ORDER', 4],
          ['B_ORDER', 4],
        ]
        for (const name of ['A', 'B']) {
          for (let i = 0; i <= 4; i++) {
            for (let j = 0; i + j <= 4; j++) {
              // Each term bends by at most 5 pixels at 300: their 12 slopes stay below 1.
              if (i + j >= 2) cards.push([`${name}_${i}_${j}`, (5 * (values[cards.length % 24] ?? 0)) / 300 ** (i + j)])
            }
          }
        }
        return cards
      }),
      '-SIP',
    ))

  it('return by TPV of all its terms', () =>
    check(
      'TPV',
      fc.array(small, { minLength: 80, maxLength: 80 }).map((values): [string, number][] =>
        values.map((value, i) => {
          const m = i % 40
          const degree = [0, 3, 6, 11, 16, 23, 30, 39].findIndex((last) => m <= last)
          // The plane reaches 60 degrees: each term's slope is at most 0.7 / 40 there.
          const factor =
            m === 1 ? 1 : degree === 0 ? 0.01 * value : (0.01 * value) / Math.max(degree, 1) / 60 ** (degree - 1)
          return [`PV${i < 40 ? 1 : 2}_${m}`, factor]
        }),
      ),
    ))
})
