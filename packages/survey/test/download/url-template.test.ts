import { ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { legacySurveyUrl, urlTemplate } from '../../src/index.ts'

describe('urlTemplate', () => {
  it('puts values in their places, percent-encoded', () => {
    const template = urlTemplate('https://example.org/cutout/{id}.fits?ra={ra}&dec={dec}&n={n}')
    expect(template({ id: 'NGC 1300/a?b#c', ra: 1.5e-9, dec: -1e21, n: 3n, more: 1 })).toBe(
      'https://example.org/cutout/NGC%201300%2Fa%3Fb%23c.fits?ra=0.0000000015&dec=-1000000000000000000000&n=3',
    )
  })

  it.each([
    ['https://example.org/{a}/x', { a: '..' }],
    ['https://example.org/{a}/x', { a: '.' }],
    ['https://example.org/{a}{b}/x', { a: '.', b: '.' }],
    ['https://example.org/%2e{a}/x', { a: '.' }],
    ['https://example.org/{a}', { a: '' }],
    ['https://example.org/{a}', {}],
    ['https://example.org/{a}', { a: Number.NaN }],
    ['https://example.org/{a}', { a: '\ud800' }],
    ['https://example.org/{toString}', {}],
  ])('refuses to fill %s with %o', (template, values) => {
    expect(() => urlTemplate(template)(values as Record<string, string>)).toThrow(ParameterError)
  })

  it.each([
    'example.org/{id}',
    'ftp://example.org/{id}',
    'https://{host}/x',
    'https://example.{tld}/x',
    'https://example.org:{port}/x',
    'https://user@example.org/{id}',
    'https://example.org/{id',
    'https://example.org/id}',
    'https://example.org/{}',
    'https://example.org/{{id}}',
    '',
  ])('refuses the template %j', (template) => {
    expect(() => urlTemplate(template)).toThrow(ParameterError)
  })

  it('cannot be broken out of by any value', () => {
    const template = urlTemplate('https://example.org/a/{id}/b?x={id}&y=1')
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'./\\?#&=@:%2eE;\t') }))
    fc.assert(
      fc.property(value, (id) => {
        let url: URL
        try {
          url = new URL(template({ id }))
        } catch (error) {
          expect(error).toBeInstanceOf(ParameterError)
          return
        }
        const parts = url.pathname.split('/')
        expect([url.origin, parts.length, parts[1], parts[3]]).toEqual(['https://example.org', 4, 'a', 'b'])
        expect([...url.searchParams]).toEqual([
          ['x', id],
          ['y', '1'],
        ])
        expect(decodeURIComponent(parts[2]!)).toBe(id)
      }),
      { seed: 7, numRuns: 3000 },
    )
  })
})

describe('legacySurveyUrl', () => {
  it('writes the end of the circle as its beginning', () => {
    for (const raDeg of [360, 359.99999999]) expect(legacySurveyUrl({ raDeg, decDeg: 0 })).toContain('?ra=0&')
  })

  it('asks the viewer', () => {
    expect(legacySurveyUrl({ raDeg: 150.123456789, decDeg: -2.5 })).toBe(
      'https://www.legacysurvey.org/viewer/fits-cutout?ra=150.1234568&dec=-2.5&layer=ls-dr10&pixscale=0.262&bands=grz&size=150',
    )
    expect(
      legacySurveyUrl({
        raDeg: 0,
        decDeg: 1e-6,
        size: 64,
        pixelScale: 0.5,
        layer: 'ls-dr9-north',
        bands: 'griz',
        format: 'jpg',
      }),
    ).toBe(
      'https://www.legacysurvey.org/viewer/jpeg-cutout?ra=0&dec=0.000001&layer=ls-dr9-north&pixscale=0.5&bands=griz&size=64',
    )
  })

  it.each([
    { raDeg: -1, decDeg: 0 },
    { raDeg: 0, decDeg: 90.1 },
    { raDeg: Number.NaN, decDeg: 0 },
    { raDeg: 0, decDeg: 0, size: 3001 },
    { raDeg: 0, decDeg: 0, size: 1.5 },
    { raDeg: 0, decDeg: 0, pixelScale: 0 },
    { raDeg: 0, decDeg: 0, layer: 'a&b=c' },
    { raDeg: 0, decDeg: 0, bands: 'g r' },
    { raDeg: 0, decDeg: 0, format: 'png' },
    { raDeg: 0, decDeg: 0, radius: 1 },
  ])('refuses %o', (cutout) => {
    expect(() => legacySurveyUrl(cutout as Parameters<typeof legacySurveyUrl>[0])).toThrow(ParameterError)
  })
})
