import { FormatError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { wcsFromHeader } from '../../src/index.ts'
import { golden, headerOf, separation } from './golden-maps.ts'

describe('maps to the sky', () => {
  it.each(golden.cases.filter(({ refused }) => !refused))('agree with astropy there and back: $name', (made) => {
    const wcs = wcsFromHeader(headerOf(made.cards), made.alternate ? { alternate: made.alternate } : {})!
    const scale = wcs.pixelScaleDeg()
    made.points.forEach(([x, y], i) => {
      const { lonDeg, latDeg } = wcs.pixelToWorld(x, y)
      const [lon, lat] = made.world[i]!
      if (lon === null || lat === null) {
        expect([lonDeg, latDeg], `${x} ${y}`).toEqual([Number.NaN, Number.NaN])
        return
      }
      // 1e-9 degrees is what is asked for.
      expect(separation(lonDeg, latDeg, lon, lat), `${x} ${y}: ${lonDeg} ${latDeg} for ${lon} ${lat}`).toBeLessThan(
        1e-9,
      )
      const back = wcs.worldToPixel(lonDeg, latDeg)!
      // 1e-8 pixel: a few last places of 360 degrees, 6e-14, over pixels of at least 7e-5 degrees.
      expect(Math.hypot(back.x - x, back.y - y), `${x} ${y} back at ${back?.x} ${back?.y}`).toBeLessThan(1e-8)
    })
    if (made.area !== undefined) expect(Math.abs(scale ** 2 / made.area - 1)).toBeLessThan(1e-12)
  })

  it.each(golden.reverse)(
    'have a pixel for a place on the sky where astropy has one: $name',
    ({ cards, world, pixels }) => {
      const wcs = wcsFromHeader(headerOf(cards))!
      world.forEach(([lon, lat], i) => {
        const [own, expected] = [wcs.worldToPixel(lon, lat), pixels[i]!]
        if (!expected) {
          expect(own).toBeUndefined()
          return
        }
        // 1e-9 pixel of 1 degree: rounding, stretched a hundredfold near the horizon of TAN and the antipode of STG.
        expect(Math.hypot(own!.x - expected[0], own!.y - expected[1])).toBeLessThan(1e-9)
      })
    },
  )

  it.each(golden.cases.filter(({ refused }) => refused))('are refused as by astropy: $name', ({ cards }) => {
    expect(() => wcsFromHeader(headerOf(cards))).toThrow(FormatError)
  })
})
