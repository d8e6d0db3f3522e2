import { type OptionRule, ParameterError } from '@astronomaly/core'
import { cutoutSide } from '@astronomaly/io'
import { describe, expect, it } from 'vitest'
import { acquireRules, pickOptions } from '../../src/acquire/acquire-options.ts'
import type { CatalogueObject } from '../../src/acquire/catalogue-objects.ts'
import { type CutPicturesOptions, resolveCutOptions } from '../../src/acquire/cut-options.ts'
import { sourceOption } from '../../src/acquire/picture-address.ts'
import { sizeOption } from '../../src/acquire/picture-size.ts'
import { pathOption } from '../../src/run/path-option.ts'

const object = (values: CatalogueObject['values'] = {}): CatalogueObject => ({
  ...{ id: 'a b', raDeg: 150.5, decDeg: -2, problem: undefined, values, row: 1 },
})

/** The message of what a rule rejects. */
function rejection<Given>(rule: OptionRule<Given>, value: unknown): string {
  try {
    rule(value as Given, 'f: x')
  } catch (error) {
    expect(error).toBeInstanceOf(ParameterError)
    return (error as Error).message
  }
  return 'nothing'
}

describe('pathOption', () => {
  it('takes text that can be a path', () => {
    expect(pathOption('a/b', 'f: x')).toBe('a/b')
    for (const value of [undefined, null, 5, '', 'a\0b']) {
      expect(rejection(pathOption, value)).toMatch(/^f: x must be a path\. Received /)
    }
  })
})

describe('sizeOption', () => {
  it('is a number of pixels or arcseconds, or a column of them', () => {
    expect(sizeOption({ pixels: 60 }, 'f: size').sizeOf(object())).toEqual({ sidePixels: 60 })
    const rule = sizeOption({ arcsec: 'diameter' }, 'f: size')
    expect([rule.columns, rule.record]).toEqual([['diameter'], { arcsec: 'diameter' }])
    expect(rule.sizeOf(object({ diameter: '7.5' }))).toEqual({ sizeArcsec: 7.5 })
    for (const missing of ['', 'large', Number.NaN]) {
      expect(rule.sizeOf(object({ diameter: missing }))).toEqual({ sizeArcsec: Number.NaN })
    }
  })

  it('is the paper’s equation 1, in arcseconds unless they are pixels', () => {
    const psfSigma = 1.3 / 0.5 / Math.sqrt(8 * Math.LN2)
    const arcsec = sizeOption({ halfLightRadius: 'r', psfFwhm: 1.3, pixelScale: 0.5 }, 'f: size')
    expect(arcsec.sizeOf(object({ r: 2 })).sidePixels).toBe(cutoutSide({ psfSigma, halfLightRadius: 4 }))
    expect(arcsec.record).toEqual({ halfLightRadius: 'r', psfFwhm: 1.3, perPixel: 0.5 })
    const pixels = sizeOption({ halfLightRadius: 4, psfFwhm: 'psf', unit: 'pixels', pixelScale: undefined }, 'f: size')
    expect([pixels.columns, pixels.record.perPixel]).toEqual([['psf'], 1])
    for (const psf of [0, -1, Number.POSITIVE_INFINITY, '']) expect(pixels.sizeOf(object({ psf })).sidePixels).toBeNaN()
  })

  it('says what it must be', () => {
    const messages = [
      [undefined, 'f: x must be { pixels }, { arcsec } or { halfLightRadius, psfFwhm }. Received undefined.'],
      [60, 'f: x must be { pixels }'],
      [{}, 'f: x.halfLightRadius must be > 0. Received undefined.'],
      [{ pixels: '' }, 'f: x.pixels must be > 0'],
      [{ pixels: 3, arcsec: 4 }, "f: x: unknown option 'arcsec'. Known: pixels."],
      [{ arcsec: -1 }, 'f: x.arcsec must be > 0. Received -1.'],
      [{ halfLightRadius: 1, psfFwhm: 1, unit: 'deg' }, 'f: x.unit must be one of arcsec, pixels. Received deg.'],
      [{ halfLightRadius: 1, psfFwhm: 1, scale: 1 }, "f: x: unknown option 'scale'"],
    ] as const
    for (const [value, message] of messages) expect(rejection(sizeOption, value)).toContain(message)
  })
})

describe('sourceOption', () => {
  it('fills columns into an address', () => {
    const { of, wanted } = sourceOption('https://x/{brick}?ra={ra}&id={id}', 'f: source')
    expect(wanted).toEqual({ positions: true, further: ['brick'] })
    expect(of(object({ brick: 7 }))).toBe('https://x/7?ra=150.5&id=a%20b')
    expect(sourceOption('https://x/{id}', 'f: source').wanted).toEqual({ positions: false, further: [] })
  })

  it('is the viewer of the Legacy Surveys where none is given, undefined ones of its options left to it', () => {
    const bare = sourceOption(undefined, 'f: source').of(object())
    expect(bare).toMatch(/^https:\/\/www\.legacysurvey\.org\/viewer\/fits-cutout\?ra=150\.5&dec=-2&layer=ls-dr10&/)
    expect(sourceOption({ size: undefined, layer: undefined }, 'f: source').of(object())).toBe(bare)
    expect(sourceOption({ size: 64 }, 'f: source').of(object())).toContain('size=64')
  })

  it('says what it must be', () => {
    const messages = [
      ['https://x/', 'f: x must name a column in braces, such as {id} or {ra}. Received https://x/.'],
      [null, 'f: x must be an address or an object of options. Received null.'],
      [{ raDeg: 5 }, "f: x: unknown option 'raDeg'. Known: size, pixelScale, layer, bands, format."],
      [{ bands: 'g,r' }, 'bands must be a word'],
    ] as const
    for (const [value, message] of messages) expect(rejection(sourceOption, value)).toContain(message)
  })
})

describe('resolveCutOptions', () => {
  const given: CutPicturesOptions = { catalogue: 'c', mosaics: 'm', out: 'o', size: { pixels: 9 } }

  it('sorts options by who takes them', () => {
    const plan = resolveCutOptions('f', { ...given, bands: ['r'], cacheBytes: 5, edge: undefined, match: /r/ })
    expect(plan).toMatchObject({ mosaics: ['m'], layout: 'sharded', match: /r/, out: 'o' })
    expect([plan.draw, plan.open]).toEqual([{ bands: ['r'] }, { cacheBytes: 5 }])
    expect(plan.record).toEqual({
      ...{ size: { pixels: 9 }, side: 150, interpolation: 'bilinear', edge: 'pad', orientation: 'mosaic' },
      ...{ antialias: true, layout: 'sharded' },
    })
    expect(resolveCutOptions('f', { ...given, interpolation: 'none' }).record.side).toBeNull()
  })

  it('rejects what no one takes', () => {
    for (const [more, message] of [
      [{ speed: 1 }, "f: unknown option 'speed'"],
      [{ match: 'r' }, 'f: match must be a regular expression. Received r.'],
      [{ limit: 0.5 }, 'f: limit must be an integer'],
      [{ catalogue: '' }, 'f: catalogue must be a path'],
      [{ layout: 'deep' }, 'f: layout must be one of flat, sharded'],
    ] as const) {
      expect(() => resolveCutOptions('f', { ...given, ...more } as CutPicturesOptions)).toThrow(message)
    }
  })
})

describe('pickOptions', () => {
  it('takes those of the rules', () => {
    const { layout, out } = acquireRules
    const resolved = { layout: 'flat', out: 'o', further: 1 } as const
    expect(pickOptions(resolved, { layout, out })).toEqual({ layout: 'flat', out: 'o' })
  })
})
