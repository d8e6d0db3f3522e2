import { readFileSync } from 'node:fs'
import { createRandom, ParameterError } from '@astronomaly/core'
import { angularSeparationDeg } from '@astronomaly/fits'
import { describe, expect, it } from 'vitest'
import { SkyIndex } from '../../src/sky/sky-index.ts'

const golden: { readonly separations: readonly (readonly [number, number, number, number, number])[] } = JSON.parse(
  readFileSync(new URL('../../../survey/test/golden/cross-match.json', import.meta.url), 'utf8'),
)

describe('angularSeparationDeg', () => {
  it('agrees with astropy near, far and opposite', () => {
    for (const [ra1, dec1, ra2, dec2, expected] of golden.separations) {
      // The reference's own error is some units of 2^-52 radians, 1.3e-14 degrees each.
      expect(Math.abs(angularSeparationDeg(ra1, dec1, ra2, dec2) - expected)).toBeLessThan(8e-14)
    }
  })

  it('is accurate for places that nearly coincide or are nearly opposite', () => {
    // Along a meridian the separation is the difference of declinations, which is exact here.
    expect(angularSeparationDeg(5, 2 ** -30, 5, 0)).toBeCloseTo(2 ** -30, 24) // rounding of 3e-25
    expect(angularSeparationDeg(359.9999999, 0, 1e-7, 0) / 2e-7).toBeCloseTo(1, 6) // 359.9999999 itself is rounded by 3e-14
    expect(180 - angularSeparationDeg(0, 30, 180, -30 + 2 ** -20)).toBe(2 ** -20)
    expect(angularSeparationDeg(0, 30, 180, -30)).toBe(180)
    expect(angularSeparationDeg(10, 90, 250, 90)).toBeLessThan(1e-14) // cos 90° is 6e-17
    expect(angularSeparationDeg(7 + 360, 20, 7 - 720, 20)).toBe(0)
    expect(angularSeparationDeg(Number.NaN, 0, 0, 0)).toBeNaN()
  })
})

describe('SkyIndex', () => {
  const random = createRandom(2, 'test.index')
  const raDeg = Float64Array.from({ length: 2000 }, () => 360 * random.uniform())
  const decDeg = raDeg.map(() => 180 * random.uniform() - 90)
  raDeg[7] = Number.NaN
  const index = new SkyIndex({ raDeg, decDeg })

  it('finds the rows of a cone, nearest first, as looking at each does', () => {
    for (const [ra, dec, radiusDeg] of [
      [10, 20, 5],
      [-350, 90, 12],
      [0, -90, 100],
      [123, 4, 0],
      [359, 0, 180],
    ] as const) {
      const { rows, separationsArcsec } = index.within(ra, dec, { radiusDeg })
      const separation = (row: number): number =>
        angularSeparationDeg(ra, dec, raDeg[row] as number, decDeg[row] as number)
      const expected = [...raDeg.keys()].filter((row) => separation(row) <= radiusDeg)
      expected.sort((a, b) => separation(a) - separation(b) || a - b)
      expect([...rows]).toEqual(expected)
      expect([...separationsArcsec]).toEqual(expected.map((row) => 3600 * separation(row)))
      const all = [...raDeg.keys()].filter((row) => !Number.isNaN(separation(row)))
      const [first] = all.sort((a, b) => separation(a) - separation(b))
      expect(index.nearest(ra, dec)?.row).toBe(first)
    }
    expect(index.rowCount).toBe(2000)
  })

  it('keeps a copy of its positions', () => {
    const own = { raDeg: Float64Array.of(1), decDeg: Float64Array.of(2) }
    const held = new SkyIndex(own)
    own.raDeg[0] = 90
    expect(held.nearest(1, 2)).toEqual({ row: 0, separationArcsec: 0 })
  })

  it('finds nothing beyond the radius, without a place, or without rows', () => {
    const one = new SkyIndex({ raDeg: Float64Array.of(1), decDeg: Float64Array.of(2) })
    expect(one.nearest(1, 2.001, { radiusArcsec: 3 })).toBeUndefined()
    expect(one.nearest(1, 2.001, { radiusArcsec: 4 })?.row).toBe(0)
    expect(one.nearest(Number.NaN, 2)).toBeUndefined()
    expect(one.within(1, Number.NaN, { radiusDeg: 180 }).rows.length).toBe(0)
    const none = new SkyIndex({ raDeg: new Float64Array(0), decDeg: new Float64Array(0) })
    expect(none.nearest(1, 2)).toBeUndefined()
  })

  it('rejects places off the sky and radii that are none', () => {
    expect(() => index.nearest(Infinity, 0)).toThrow(ParameterError)
    expect(() => index.nearest(0, 91)).toThrow('SkyIndex.nearest: decDeg must be within -90 to 90')
    expect(() => index.within(0, 0, {})).toThrow('Received neither')
    expect(() => index.within(0, 0, { radiusArcsec: -1 })).toThrow(ParameterError)
    expect(() => index.within(0, 0, { radius: 1 } as never)).toThrow("unknown option 'radius'")
    expect(() => new SkyIndex({ raDeg: [1], decDeg: [2] } as never)).toThrow(
      'must have raDeg and decDeg as Float64Array',
    )
  })
})
