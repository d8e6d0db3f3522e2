import { readFile } from 'node:fs/promises'
import { FormatError, ParameterError, ShapeError, UnsupportedError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { listHdus, type SkyWcs, sameGrid, wcsFromHeader } from '../../src/index.ts'
import { golden, headerOf, separation } from './golden-maps.ts'

type Cards = Record<string, string | number | undefined>

/** A map of 0.1 degree pixels with its reference point (10, 20) at pixel (50, 40). */
function cardsOf(code: string, cards: Cards = {}): [string, string | number][] {
  const all: Cards = { CTYPE1: `RA---${code}`, CTYPE2: `DEC--${code}`, CRPIX1: 51, CRPIX2: 41, CRVAL1: 10, CRVAL2: 20 }
  return Object.entries({ ...all, CDELT1: -0.1, CDELT2: 0.1, ...cards }).flatMap(([keyword, value]) =>
    value === undefined ? [] : [[keyword, value]],
  )
}

const mapOf = (code: string, cards: Cards = {}): SkyWcs => wcsFromHeader(headerOf(cardsOf(code, cards)))!

describe('a header', () => {
  it.each([
    ['no CTYPE', {}],
    ['linear axes', { CTYPE1: 'RA', CTYPE2: 'DEC' }],
    ['a spectrum', { CTYPE1: 'LAMBDA', CTYPE2: 'ANGLE' }],
    ['an undefined type', { CTYPE1: '', CTYPE2: 'PIXEL' }],
  ])('with %s has no map', (_, cards) => {
    expect(wcsFromHeader(headerOf(Object.entries(cards)))).toBeUndefined()
  })

  it.each([
    ['another projection', 'ZPN', {}, /must be one of TAN, .*Received RA---ZPN/],
    ['TNX', 'TNX', {}, /Received RA---TNX/],
    ['a table', 'TAB', {}, /must not be tables. Received RA---TAB/],
    ['another suffix', 'TAN', { CTYPE1: 'RA---TAN-TPD', CTYPE2: 'DEC--TAN-TPD' }, /no suffix but SIP/],
    ['a distortion in a table', 'TAN', { CPDIS1: 'LOOKUP' }, /must be SIP or TPV. Received CPDIS1 = LOOKUP/],
    ['a detector correction', 'TAN-SIP', { D2IMDIS1: 'Lookup' }, /D2IMDIS1/],
    ['a third axis that turns into the sky', 'TAN', { PC1_3: 0.5 }, /Axis 3 does as well/],
    ['a third axis in CD', 'TAN', { CD1_1: 1, CD2_2: 1, CD2_3: 1e-9 }, /Axis 3 does as well/],
  ])('with %s has a map that is not followed', (_, code, cards, message) => {
    const read = (): unknown => wcsFromHeader(headerOf(cardsOf(code, cards as Cards)))
    expect(read).toThrow(UnsupportedError)
    expect(read).toThrow(message)
  })

  it.each([
    ['a card that is no number', 'TAN', { CRVAL1: 'ten' }, /CRVAL1 must be a number/],
    ['a number that is not finite', 'TAN', { CRPIX2: Number.NaN }, /CRPIX2 must be a finite number/],
    ['a unit that is no angle', 'TAN', { CUNIT2: 'm' }, /CUNIT2 must be deg, .*Received "m"/],
    ['a unit with the name of a method', 'TAN', { CUNIT1: 'constructor' }, /CUNIT1 must be deg/],
    ['a singular matrix', 'TAN', { CD1_1: 1, CD1_2: 1, CD2_1: 1, CD2_2: 1 }, /CD1_1 must be part of a matrix/],
    ['a pixel without width', 'TAN', { CDELT1: 0 }, /CDELT1 must be part of a matrix/],
    ['a declination beyond the pole', 'TAN', { CRVAL2: 90.5 }, /CRVAL2 must be a latitude/],
    ['one celestial axis', 'TAN', { CTYPE2: 'STOKES' }, /CTYPE1 must be one of two celestial axes/],
    ['two projections', 'TAN', { CTYPE2: 'DEC--SIN' }, /must be one of two .*RA---TAN, DEC--SIN/],
    ['two kinds of axes', 'TAN', { CTYPE2: 'GLAT-TAN' }, /must be one of two/],
    ['two longitudes', 'TAN', { CTYPE2: 'RA---TAN' }, /must be one of two/],
    ['three celestial axes', 'TAN', { CTYPE3: 'GLAT-TAN' }, /must be one of two/],
    ['half of SIP', 'TAN-SIP', { A_ORDER: 2 }, /B_ORDER must be there/],
    ['an absurd order of SIP', 'TAN-SIP', { A_ORDER: 1e9, B_ORDER: 2 }, /A_ORDER must be an integer from 0 to 9/],
    ['a SIP term that is text', 'TAN-SIP', { A_ORDER: 2, B_ORDER: 2, A_1_1: 'x' }, /A_1_1 must be a number/],
    ['a TPV term beyond the last', 'TPV', { PV1_1: 1, PV1_40: 2 }, /PV1_40 must be one of the terms 0 to 39/],
    ['a longitude parameter beyond the last', 'SIN', { PV1_5: 2 }, /PV1_5 must be one of the parameters 0 to 4/],
    ['a native pole that is nowhere', 'CAR', { LONPOLE: 90 }, /LONPOLE must leave a place/],
    ['NCP at the equator', 'NCP', { CRVAL2: 0 }, /CRVAL2 must not be 0/],
    ['a reference point behind the limb', 'SIN', { PV1_0: 1, PV1_1: 0, PV1_2: -30 }, /PV1_0 must shift/],
  ])('with %s is refused', (_, code, cards, message) => {
    const read = (): unknown => wcsFromHeader(headerOf(cardsOf(code, cards as Cards)))
    expect(read).toThrow(FormatError)
    expect(read).toThrow(message)
  })

  it('has alternate maps by their letter', () => {
    const header = headerOf([
      ...cardsOf('TAN'),
      ...cardsOf('CAR', { CRVAL1: 99 }).map(([k, v]) => [`${k}C`, v] as const),
    ])
    expect(wcsFromHeader(header)!.projection).toBe('TAN')
    expect(wcsFromHeader(header, { alternate: 'C' })!.pixelToSky(50, 40).raDeg).toBe(99)
    expect(wcsFromHeader(header, { alternate: 'B' })).toBeUndefined()
    for (const alternate of ['c', 'AB', '*']) expect(() => wcsFromHeader(header, { alternate })).toThrow(ParameterError)
    expect(() => wcsFromHeader(header, { alternative: 'C' } as object)).toThrow("unknown option 'alternative'")
  })

  it("keeps the primary map's SIP from an alternate map that does not name it", async () => {
    const bytes = await readFile(new URL('../cases/alternate-without-sip.fits', import.meta.url))
    const [hdu] = await listHdus(bytes)
    const plain = wcsFromHeader(hdu!.header, { alternate: 'A' })!
    expect(plain.distortion).toBeUndefined()
    const { lonDeg, latDeg } = plain.pixelToWorld(9, 9)
    // Half a unit of the last digit that is given.
    expect(Math.abs(lonDeg - 149.9994997)).toBeLessThan(5e-8)
    expect(Math.abs(latDeg - 2.0005)).toBeLessThan(5e-8)
    expect(plain.worldToPixel(lonDeg, latDeg)).toEqual({ x: expect.closeTo(9, 9), y: expect.closeTo(9, 9) })
    const primary = wcsFromHeader(hdu!.header)!
    expect(primary.distortion).toBe('SIP')
    expect(primary.pixelToWorld(9, 9).lonDeg).not.toBeCloseTo(149.9994997, 6)
  })

  const lettered = (letter: string, cards: [string, string | number][]): [string, string | number][] =>
    cards.map(([keyword, value]) => [`${keyword}${letter}`, value])
  const sip: [string, number][] = Object.entries({ A_ORDER: 2, B_ORDER: 2, A_2_0: 1e-3 })
  const tpv = { PV1_1: 1, PV1_4: 0.1, PV2_1: 1 }

  it.each([
    ['SIP named by both', 'TAN-SIP', {}, 'TAN-SIP', {}, sip, 'SIP', 'SIP'],
    ['SIP that only the alternate map names', 'TAN', {}, 'TAN-SIP', {}, sip, 'SIP', 'SIP'],
    ['SIP named by the primary map', 'TAN-SIP', {}, 'STG', {}, sip, 'SIP', undefined],
    ['half of SIP', 'TPV', tpv, 'TAN', {}, [['A_ORDER', 1] as const], /B_ORDER must be there/, undefined],
    ['TPV of the primary map', 'TPV', tpv, 'TAN', {}, [], 'TPV', undefined],
    ['PV of the primary map without its name', 'TAN', tpv, 'TAN', {}, [], 'TPV', undefined],
    ['TPV of the alternate map', 'TAN', {}, 'TPV', tpv, [], undefined, 'TPV'],
    ['TPV of the alternate map beside SIP', 'TAN-SIP', {}, 'TPV', tpv, sip, 'SIP', 'TPV'],
    ['a table of the primary map', 'TAN', { CPDIS1: 'LOOKUP' }, 'TAN', {}, [], /CPDIS1/, undefined],
    ['a table of the alternate map', 'TAN', {}, 'TAN', { CQDIS2: 'LOOKUP' }, [], undefined, /CQDIS2A/],
    ['a detector correction', 'TAN', { D2IMDIS1: 'LOOKUP' }, 'TAN', {}, [], /D2IMDIS1/, undefined],
    ['a table of a third map', 'TAN', {}, 'TAN', {}, [['CPDIS1B', 'LOOKUP'] as const], undefined, undefined],
  ])('gives each map its own distortion: %s', (_, code, cards, otherCode, otherCards, rest, primary, other) => {
    const header = headerOf([
      ...cardsOf(code, cards as Cards),
      ...lettered('A', cardsOf(otherCode, otherCards as Cards)),
      ...(rest as [string, string | number][]),
    ])
    for (const [alternate, expected] of [
      ['', primary],
      ['A', other],
    ] as const) {
      const read = (): unknown => wcsFromHeader(header, { alternate })!.distortion
      if (expected instanceof RegExp) expect(read).toThrow(expected)
      else expect(read()).toBe(expected)
    }
  })
})

describe('a frame', () => {
  it.each([
    [{}, 'ICRS', undefined],
    [{ EQUINOX: 2000 }, 'FK5', 2000],
    [{ EQUINOX: 'J2000.0' }, 'FK5', 2000],
    [{ EPOCH: 1950 }, 'FK4', 1950],
    [{ RADECSYS: 'FK5' }, 'FK5', 2000],
    [{ RADESYS: 'FK4-NO-E', EQUINOX: 1975 }, 'FK4-NO-E', 1975],
    [{ RADESYS: 'ICRS', EQUINOX: 2000 }, 'ICRS', undefined],
    [{ CTYPE1: 'GLON-TAN', CTYPE2: 'GLAT-TAN', EQUINOX: 2000 }, 'GALACTIC', undefined],
    [{ CTYPE1: 'ELON-TAN', CTYPE2: 'ELAT-TAN' }, 'ECLIPTIC', 2000],
    [{ CTYPE1: 'HPLN-TAN', CTYPE2: 'HPLT-TAN' }, 'HPLN', undefined],
  ])('of %j is %s %s', (cards, frame, equinox) => {
    expect(mapOf('TAN', cards as Cards)).toMatchObject({ frame, equinox })
  })

  it('that is galactic gives ICRS as astropy does', () => {
    for (const [lon, lat, ra, dec] of golden.galacticToIcrs) {
      const wcs = mapOf('TAN', {
        CTYPE1: 'GLON-TAN',
        CTYPE2: 'GLAT-TAN',
        CRVAL1: lon,
        CRVAL2: lat,
        CRPIX1: 8,
        CRPIX2: 9,
      })
      const sky = wcs.pixelToSky(7, 8)
      // 1e-9 degrees is what is asked for.
      expect(separation(sky.raDeg, sky.decDeg, ra, dec)).toBeLessThan(1e-9)
      const back = wcs.skyToPixel(sky.raDeg, sky.decDeg)!
      // 1e-9 pixel of 0.1 degree: a few last places of a turn.
      expect(Math.hypot(back.x - 7, back.y - 8)).toBeLessThan(1e-9)
    }
  })

  it('of an equinox that is none is refused, and of 0 taken for unsaid', () => {
    expect(mapOf('TAN', { EPOCH: 0 })).toMatchObject({ frame: 'ICRS', equinox: undefined })
    expect(mapOf('TAN', { RADESYS: 'FK5', EQUINOX: 0 })).toMatchObject({ equinox: 2000 })
    expect(() => mapOf('TAN', { EQUINOX: 2451545 })).toThrow('must be the year of an equinox')
    expect(mapOf('TAN', { EPOCH: 56789.3 })).toMatchObject({ frame: 'ICRS' })
    expect(mapOf('TAN', { RADESYS: 'ICRS', EQUINOX: 2451545 })).toMatchObject({ frame: 'ICRS', equinox: undefined })
  })

  it('that depends on more than an equinox gives no ICRS position', () => {
    expect(() => mapOf('TAN', { RADESYS: 'GAPPT' }).pixelToSky(0, 0)).toThrow('Received GAPPT')
    const wcs = mapOf('TAN', { CTYPE1: 'HLON-TAN', CTYPE2: 'HLAT-TAN' })
    expect(wcs.pixelToWorld(50, 40)).toEqual({ lonDeg: 10, latDeg: 20 })
    expect(() => wcs.pixelToSky(0, 0)).toThrow(UnsupportedError)
    expect(() => wcs.skyToPixel(0, 0)).toThrow('Received HELIOECLIPTIC')
    expect(() => wcs.pixelsToSky(new Float64Array(1), new Float64Array(1))).toThrow(UnsupportedError)
    expect(() => wcs.skyToPixels(new Float64Array(1), new Float64Array(1))).toThrow(UnsupportedError)
  })
})

describe('places without a partner', () => {
  const nowhere = { raDeg: Number.NaN, decDeg: Number.NaN }

  it.each([
    ['SIN beyond the limb', 'SIN', 50 + 573.1, 50 + 572.9],
    ['ARC beyond the antipode', 'ARC', 50 + 1800.1, 50 + 1799.9],
    ['ZEA beyond the antipode', 'ZEA', 50 + 1146, 50 + 1145.9],
    ['AIT beyond its ellipse', 'AIT', 50 + 1620.6, 50 + 1620.5],
    ['CAR beyond half a turn', 'CAR', 50 + 1800.1, 50 + 1799.9],
  ])('have NaN for a sky: %s', (_, code, outside, inside) => {
    const wcs = mapOf(code, { CRVAL2: 0 })
    expect(wcs.pixelToSky(outside, 40)).toEqual(nowhere)
    expect(wcs.pixelToSky(inside, 40).decDeg).not.toBeNaN()
    expect(wcs.pixelToSky(Number.NaN, 40)).toEqual(nowhere)
    expect(wcs.pixelToSky(40, Number.POSITIVE_INFINITY)).toEqual(nowhere)
    expect(wcs.pixelScaleDeg(outside, 40)).toBeNaN()
  })

  it('have no pixel beyond the horizon, at the antipode, or off the sphere', () => {
    for (const code of ['TAN', 'SIN']) {
      expect(mapOf(code).skyToPixel(190, -20)).toBeUndefined()
      expect(mapOf(code).skyToPixel(190, 69)).toBeUndefined()
      expect(mapOf(code).skyToPixel(190, 71)).toBeDefined()
    }
    expect(mapOf('ARC').skyToPixel(190, -20)).toBeDefined()
    for (const [ra, dec] of [
      [10, 90.1],
      [10, Number.NaN],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 0],
    ] as const) {
      expect(mapOf('CAR').skyToPixel(ra, dec)).toBeUndefined()
    }
  })

  it('have no pixel where a distortion cannot be undone', () => {
    // u + 0.01 u² has no value below −25.
    const wcs = mapOf('TAN-SIP', { A_ORDER: 2, B_ORDER: 2, A_2_0: 0.01 })
    const plain = mapOf('TAN')
    const beyond = plain.pixelToSky(50 - 26, 40)
    expect(wcs.skyToPixel(beyond.raDeg, beyond.decDeg)).toBeUndefined()
    const within = plain.pixelToSky(50 - 24, 40)
    // (−1 + √0.04) / 0.02 solves u + 0.01 u² = −24; 1e-6 for the fold at −50, near which the root is steep.
    expect(wcs.skyToPixel(within.raDeg, within.decDeg)!.x).toBeCloseTo(50 - 40, 6)
  })
})

describe('conventions', () => {
  it('of TPV take PVi_1 as 1 where it is missing, and degrees whatever CDELT is', () => {
    const plain = mapOf('TAN')
    const bent = mapOf('TPV', { PV1_4: 0.1, PV2_0: 0.3 })
    expect(mapOf('TPV').pixelToSky(3, 4)).toEqual(plain.pixelToSky(3, 4))
    // At pixel (60, 40) ξ = −1 and η = 0: ξ′ = −1 + 0.1 ξ² = −0.9, η′ = 0.3.
    const [sky, expected] = [bent.pixelToSky(60, 40), plain.pixelToSky(59, 43)]
    expect(separation(sky.raDeg, sky.decDeg, expected.raDeg, expected.decDeg)).toBeLessThan(1e-12)
    expect([bent.projection, bent.distortion]).toEqual(['TAN', 'TPV'])
  })

  it('of TPV begin each polynomial with its own coordinate, in whatever order the axes are', () => {
    const swapped = { CTYPE1: 'DEC--TPV', CTYPE2: 'RA---TPV', CRVAL1: 20, CRVAL2: 10, CDELT1: 0.1, CDELT2: -0.1 }
    const first = mapOf('TPV', { PV1_1: 1.1, PV1_2: 0.2, PV2_1: 0.9, PV2_4: 0.1, CRPIX1: 41 })
    const second = mapOf('TPV', { ...swapped, PV2_1: 1.1, PV2_2: 0.2, PV1_1: 0.9, PV1_4: 0.1, CRPIX1: 41 })
    expect(second.pixelToSky(30, 70)).toEqual(first.pixelToSky(70, 30))
    expect(second.axes).toEqual([0, 1])
  })

  it('of TAN with PVi_m of the latitude are TPV, with the first four of the longitude the standard', () => {
    expect(mapOf('TAN', { PV1_1: 1, PV2_1: 1.01 }).distortion).toBe('TPV')
    expect(mapOf('TAN', { PV1_7: 0.1 }).distortion).toBe('TPV')
    expect(mapOf('TAN', { PV1_1: 0, PV1_2: 90 }).distortion).toBeUndefined()
    expect(mapOf('TAN-SIP', { PV1_7: 0.1, A_ORDER: 2, B_ORDER: 2 }).distortion).toBe('SIP')
  })

  it('of LATPOLE put the native pole there where the reference point leaves it free', () => {
    const wcs = mapOf('CAR', { CRVAL2: 0, LONPOLE: 90, LATPOLE: 35, CDELT1: -1, CDELT2: 1 })
    expect(wcs.pixelToSky(50, 40 + 90).decDeg).toBeCloseTo(35, 12)
    expect(separation(...(Object.values(wcs.pixelToSky(50, 40)) as [number, number]), 10, 0)).toBeLessThan(1e-12)
  })

  it('of cubes say which axes are x and y', () => {
    const cube = {
      CTYPE1: 'FREQ',
      CTYPE2: 'RA---TAN',
      CTYPE3: 'DEC--TAN',
      CRPIX2: 51,
      CRPIX3: 41,
      CRVAL2: 10,
      CRVAL3: 20,
    }
    const wcs = mapOf('TAN', { ...cube, CDELT2: -0.1, CDELT3: 0.1 })
    expect(wcs.axes).toEqual([1, 2])
    expect(wcs.pixelToSky(60, 45)).toEqual(mapOf('TAN').pixelToSky(60, 45))
  })
})

describe('many places at once', () => {
  it('are those one by one, NaN where there is none', () => {
    const wcs = mapOf('SIN', { CDELT1: -1, CDELT2: 1 })
    const [x, y] = [Float64Array.of(50, 20, 120, 49.5), Float64Array.of(40, 10, 40, 77)]
    const { raDeg, decDeg } = wcs.pixelsToSky(x, y)
    x.forEach((_, i) => {
      expect({ raDeg: raDeg[i], decDeg: decDeg[i] }).toEqual(wcs.pixelToSky(x[i]!, y[i]!))
    })
    expect(raDeg[2]).toBeNaN()
    const back = wcs.skyToPixels(raDeg, decDeg)
    expect({ x: back.x[1], y: back.y[1] }).toEqual(wcs.skyToPixel(raDeg[1]!, decDeg[1]!))
    expect([back.x[2], back.y[2]]).toEqual([Number.NaN, Number.NaN])
    expect([...x]).toEqual([50, 20, 120, 49.5])
    expect(() => wcs.pixelsToSky(x, new Float64Array(2))).toThrow(ShapeError)
    expect(() => wcs.skyToPixels(new Float64Array(0), x)).toThrow('Received 0 and 4')
  })
})

describe('the scale of a pixel', () => {
  it('is that of the matrix at the reference pixel', () => {
    expect(mapOf('TAN', { CD1_1: -0.02, CD1_2: 0.01, CD2_1: 0.03, CD2_2: 0.04 }).pixelScaleDeg()).toBeCloseTo(
      Math.sqrt(0.0011),
      15,
    )
  })

  it.each([
    ['TAN', (c: number) => Math.cos(c) ** 1.5, Math.tan],
    ['SIN', (c: number) => Math.cos(c) ** -0.5, Math.sin],
    ['STG', (c: number) => Math.cos(c / 2) ** 2, (c: number) => 2 * Math.tan(c / 2)],
    ['ZEA', () => 1, (c: number) => 2 * Math.sin(c / 2)],
    ['ARC', (c: number) => Math.sqrt(Math.sin(c) / c), (c: number) => c],
  ])('of %s 30 degrees from the centre is as its geometry has it', (code, scale, radius) => {
    const wcs = mapOf(code, { CDELT1: -0.001, CDELT2: 0.001 })
    const angle = Math.PI / 6
    const x = 50 + (radius(angle) * 180) / Math.PI / 0.001
    // 1e-6: differences over a pixel of 1e-3 degrees, whose curvature is of second order, 3e-10, and rounding 1e-16 / 2e-5.
    expect(Math.abs(wcs.pixelScaleDeg(x, 40) / (0.001 * scale(angle)) - 1)).toBeLessThan(1e-6)
  })

  it('follows a distortion', () => {
    const wcs = mapOf('TAN-SIP', { CDELT1: -1e-4, CDELT2: 1e-4, A_ORDER: 2, B_ORDER: 2, A_2_0: 0.001 })
    // du′/du = 1 + 0.002 · 100 = 1.2; 1e-4: TAN at 0.01 degrees and the pixel's own curvature are far below.
    expect(Math.abs(wcs.pixelScaleDeg(150, 40) / (1e-4 * Math.sqrt(1.2)) - 1)).toBeLessThan(1e-4)
  })
})

describe('two maps', () => {
  const fine = { CDELT1: -1e-4, CDELT2: 1e-4 }

  it('lie on one grid when all pixels fall on themselves, whatever cards say so', () => {
    const first = mapOf('TAN', fine)
    expect(
      sameGrid(first, mapOf('TAN', { CDELT1: undefined, CDELT2: undefined, CD1_1: -1e-4, CD2_2: 1e-4 }), 80, 100),
    ).toBe(true)
    expect(sameGrid(first, mapOf('TAN', { ...fine, EQUINOX: 2000 }), 80, 100)).toBe(true)
    expect(sameGrid(first, mapOf('TAN', { ...fine, CRPIX1: 51.005 }), 80, 100)).toBe(true)
  })

  it.each([
    ['a shift', { CRPIX1: 51.02 }],
    ['a turn that leaves the reference pixel', { CROTA2: 0.05 }],
    ['another pixel', { CDELT1: -1.001e-4 }],
    ['another equinox', { EQUINOX: 1950 }],
    ['other axes', { CTYPE1: 'GLON-TAN', CTYPE2: 'GLAT-TAN' }],
    ['another hemisphere', { CRVAL1: 190, CRVAL2: -20 }],
  ])('do not with %s', (_, cards) => {
    expect(sameGrid(mapOf('TAN', fine), mapOf('TAN', { ...fine, ...cards } as Cards), 80, 100)).toBe(false)
  })

  it('are compared as closely as asked', () => {
    const [first, second] = [mapOf('TAN', fine), mapOf('TAN', { ...fine, CRPIX1: 51.4 })]
    expect(sameGrid(first, second, 1, 1, { tolerancePixels: 0.5 })).toBe(true)
    expect(() => sameGrid(first, second, 0, 1)).toThrow(ParameterError)
    expect(() => sameGrid(first, second, 1, 1, { tolerancePixels: -1 })).toThrow(ParameterError)
    expect(() => sameGrid(first, second, 1, 1, { tolerance: 1 } as object)).toThrow("unknown option 'tolerance'")
  })
})
