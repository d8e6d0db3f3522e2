import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { ParameterError } from '@astronomaly/core'
import { encodeFitsImage, encodeFitsTable } from '@astronomaly/fits'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { type CutoutVerdict, checkCutout } from '../../src/node.ts'

const fits = encodeFitsImage({ data: Float32Array.from({ length: 1000 }, (_, i) => i), shape: [2, 20, 25] })
const picture = sharp(Buffer.from(Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 7) % 256)), {
  raw: { width: 16, height: 16, channels: 3 },
})
const jpeg = await picture.clone().jpeg().toBuffer()
const png = await picture.clone().png().toBuffer()
const reason = (verdict: CutoutVerdict): string => ('reason' in verdict ? verdict.reason : `ok ${verdict.extension}`)
const reasonOf = async (bytes: Uint8Array, options = {}): Promise<string> => reason(await checkCutout(bytes, options))
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('checkCutout', () => {
  it('takes whole pictures and names them by their content', async () => {
    expect(await checkCutout(fits)).toEqual({ extension: 'fits' })
    expect(await checkCutout(gzipSync(fits))).toEqual({ extension: 'fits.gz' })
    const bzip2 = readFileSync(new URL('../../../io/test/cases/two-streams.fits.bz2', import.meta.url))
    expect(await checkCutout(bzip2)).toEqual({ extension: 'fits.bz2' })
    expect(await reasonOf(bzip2.subarray(0, 300))).toBe('corrupt')
    expect(await checkCutout(jpeg)).toEqual({ extension: 'jpg' })
    expect(await checkCutout(png)).toEqual({ extension: 'png' })
    expect(await checkCutout(Buffer.concat([jpeg, Buffer.from('\r\n')]))).toEqual({ extension: 'jpg' })
  })

  it.each([
    ['html', '<!DOCTYPE html><html><body>Service unavailable</body></html>'],
    ['html', '\ufeff\n  <html>busy</html>'],
    ['html', '<?xml version="1.0"?>\n<html xmlns="x">'],
    ['xml', '<?xml version="1.0"?><VOTABLE><INFO name="QUERY_STATUS" value="ERROR"/></VOTABLE>'],
    ['json', '{"error": "no such layer"}'],
    ['json', '["no"]'],
    ['text', 'Not in the footprint\n'],
    ['wrong-type', '\0\u0001\u0002'],
    ['wrong-type', 'GIF89a\u0001\0\u0001\0'],
    ['empty', ''],
  ])('tells %s from a picture', async (expected, content) => {
    expect(await reasonOf(utf8(content))).toBe(expected)
  })

  it.each([
    ['<html>busy</html>', true],
    ['<!DOCTYPE html>', true],
    ['<?xml version="1.0"?>\n<html xmlns="x">', true],
    ['', true],
    ['<?xml version="1.0"?><VOTABLE/>', false],
    ['{"error": "no such layer"}', false],
    ['Not in the footprint', false],
  ])('tells whether %s is the service’s fault', async (content, transient) => {
    const verdict = await checkCutout(utf8(content))
    expect('reason' in verdict && (verdict.transient ?? false)).toBe(transient)
  })

  it('quotes a message', async () => {
    const verdict = await checkCutout(utf8('Not in\nthe footprint'))
    expect(verdict).toMatchObject({ message: 'a message in place of a picture: "Not in the footprint"' })
  })

  it('takes the formats that are wanted, from so many bytes on', async () => {
    expect(await reasonOf(png, { formats: ['fits', 'jpeg'] })).toBe('wrong-type')
    expect(await reasonOf(fits, { formats: ['fits'], minBytes: fits.length })).toBe('ok fits')
    expect(await reasonOf(fits, { minBytes: fits.length + 1 })).toBe('too-small')
  })

  it('finds a picture that is cut off anywhere', async () => {
    for (const whole of [fits.subarray(0, 2880 + 4000), jpeg, png, new Uint8Array(gzipSync(fits))]) {
      for (let end = 1; end < whole.length; end += Math.max(1, Math.floor(whole.length / 100))) {
        expect(await reasonOf(whole.subarray(0, end))).not.toMatch(/^ok/)
      }
    }
    // The data are all there; only padding is missing.
    expect(await reasonOf(fits.subarray(0, 2880 + 4000))).toBe('ok fits')
    expect(await checkCutout(fits.subarray(0, 2880 + 3999))).toMatchObject({ reason: 'truncated', transient: true })
  })

  it('finds an extension that is cut off', async () => {
    const table = encodeFitsTable({ rowCount: 1, columns: new Map([['a', { values: Float64Array.of(1), width: 1 }]]) })
    const both = Buffer.concat([fits, table.subarray(2880)])
    expect(await reasonOf(both)).toBe('ok fits')
    for (const rest of [3, 8, 100, 2880 + 4]) {
      expect(await reasonOf(both.subarray(0, fits.length + rest))).toMatch(/^(truncated|corrupt)$/)
    }
    expect(await reasonOf(table)).toBe('no-pixels')
  })

  it('compares DATASUM where it is asked to', async () => {
    const sums = encodeFitsImage({ data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] })
    expect(new TextDecoder().decode(sums.subarray(0, 2880))).toContain('DATASUM')
    const damaged = sums.slice()
    damaged[2880] = 9
    expect(await reasonOf(sums, { checksums: true })).toBe('ok fits')
    expect(await reasonOf(damaged)).toBe('ok fits')
    expect(await reasonOf(damaged, { checksums: true })).toBe('corrupt')
  })

  it('finds damage inside a picture', async () => {
    const damaged = Buffer.from(png)
    damaged[Math.floor(png.length / 2)]! ^= 0xff
    expect(await reasonOf(damaged)).toBe('corrupt')
    const hostile = fits.slice()
    hostile.set(utf8('NAXIS1  =  9999999999999999999'), 3 * 80)
    expect(await reasonOf(hostile)).toMatch(/^(corrupt|truncated)$/)
  })

  it('refuses options that it does not know', async () => {
    for (const options of [{ format: 'fits' }, { formats: ['gif'] }, { minBytes: -1 }]) {
      await expect(checkCutout(fits, options as object)).rejects.toBeInstanceOf(ParameterError)
    }
  })

  it('never throws, whatever the bytes', async () => {
    const whole = [fits, jpeg, png, new Uint8Array(gzipSync(fits))]
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (which, changes) => {
          const bytes = whole[which]!.slice()
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          expect(await reasonOf(bytes)).toMatch(/^\S/)
        },
      ),
      { seed: 3, numRuns: 300 },
    )
  })
})
