import { NotFoundError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { memoryByteSource } from '../src/bytes/index.ts'
import {
  encodeFits,
  encodeFitsImage,
  FitsHeader,
  openFits,
  readFitsImage,
  readFitsTable,
  wcsFromHeader,
} from '../src/index.ts'
import { golden, pixelHash, unpack } from './read-golden.ts'

describe('pictures that astropy wrote', () => {
  it.each(golden.images)('are read bit for bit: $name', async ({ file, hdu, shape, sha256 }) => {
    const read = await readFitsImage(unpack(file), { hdu })
    expect(read.shape).toEqual(shape)
    expect(pixelHash(read.data)).toBe(sha256)
  })

  it('are found by number, by name and by default', async () => {
    const bytes = unpack(golden.images.find((c) => c.name === 'RICE_1 uint8')!.file)
    const byDefault = await readFitsImage(bytes)
    expect(byDefault.hdu).toMatchObject({ index: 1, kind: 'compressed-image', bitpix: 8, shape: [23, 31] })
    expect((await readFitsImage(bytes, { hdu: byDefault.hdu.name })).data).toEqual(byDefault.data)
    await expect(readFitsImage(bytes, { hdu: 7 })).rejects.toThrow(NotFoundError)
    await expect(readFitsImage(bytes, { hdu: 0 })).rejects.toThrow('must hold an image')
    await expect(readFitsImage(bytes, { maxPixels: 712 })).rejects.toThrow('at most 712 pixels')
    await expect(readFitsImage(bytes, { page: 1 } as object)).rejects.toThrow("unknown option 'page'")
  })
})

describe('a BLANK of 64 bits', () => {
  it.each([-(2n ** 63n), 2n ** 63n - 1n, -1n])('is missing, and its neighbours are not: %s', async (blank) => {
    const data = BigInt64Array.of(blank, 5n, -(2n ** 63n) + 2048n, 0n)
    const bytes = encodeFitsImage({ data, shape: [4], header: [{ keyword: 'BLANK', value: blank }] })
    expect(Array.from((await readFitsImage(bytes)).data)).toEqual([Number.NaN, 5, -(2 ** 63) + 2048, 0])
  })

  it('must be an integer', async () => {
    const header = [{ keyword: 'BLANK', value: 1.5 }]
    const bytes = encodeFitsImage({ data: Int16Array.of(1), shape: [1], header })
    await expect(readFitsImage(bytes)).rejects.toThrow('BLANK must be an integer. Received 1.5')
  })
})

describe('a file that is open', () => {
  it('gives a header to who waits for it, also when another who asked for it gives up', async () => {
    const memory = memoryByteSource(encodeFits([{}, { name: 'SCI' }]))
    const slow = {
      ...memory,
      slice: async (start: number, end: number, { signal }: { readonly signal?: AbortSignal } = {}) => {
        await new Promise(setImmediate)
        signal?.throwIfAborted()
        return memory.slice(start, end)
      },
    }
    const file = await openFits(slow)
    await file.hdu(0)
    const controller = new AbortController()
    const first = file.hdu('SCI', { signal: controller.signal })
    const second = file.hdu('SCI')
    const third = file.hdu(1)
    controller.abort('enough')
    await expect(first).rejects.toBe('enough')
    expect(await second).toMatchObject({ index: 1, name: 'SCI' })
    expect(await third).toBe(await second)
  })
})

describe('tables that astropy wrote', () => {
  it.each(golden.tables)('are read value for value: $name', async ({ file, rows, columns }) => {
    const table = await readFitsTable(unpack(file))
    expect(table.rowCount).toBe(rows)
    expect([...table.columns.keys()]).toEqual(Object.keys(columns))
    for (const [name, expected] of Object.entries(columns)) {
      const column = table.columns.get(name)!
      expect(column.width, name).toBe(expected.width)
      expect(column.unit ?? null, name).toBe(expected.unit)
      const own = Array.from(column.values as ArrayLike<unknown>, (v) =>
        typeof v === 'bigint' ? String(v) : Number.isNaN(v) ? null : v,
      )
      const wanted = name === 'bits' ? expected.values.map(Number) : expected.values
      expect(own, name).toEqual(wanted)
    }
    expect(table.columns.get('ushort')!.values).toBeInstanceOf(Int32Array)
    expect(table.columns.get('ulong')!.values).toBeInstanceOf(BigUint64Array)
    expect(table.columns.get('int')!.values).toBeInstanceOf(Int32Array)
  })

  it('are read in the chosen columns only', async () => {
    const bytes = unpack(golden.tables[0]!.file)
    const table = await readFitsTable(bytes, { hdu: 'CAT', columns: ['double', 'text'] })
    expect([...table.columns.keys()]).toEqual(['text', 'double'])
    await expect(readFitsTable(bytes, { columns: ['none'] })).rejects.toThrow('Received none; the table has text')
    await expect(readFitsTable(bytes, { hdu: 0 })).rejects.toThrow('must hold a table')
    await expect(readFitsTable(bytes, { hdu: 9 })).rejects.toThrow(NotFoundError)
    const picture = encodeFitsImage({ data: new Float32Array(4), shape: [2, 2] })
    await expect(readFitsTable(picture)).rejects.toThrow('must hold a table. It has none')
  })
})

describe('maps to the sky', () => {
  it.each(golden.maps)('agree with astropy there and back: $name', ({ cards, points, sky }) => {
    const wcs = wcsFromHeader(new FitsHeader(cards.map(([keyword, value]) => ({ keyword, value }))))!
    points.forEach(([x, y], i) => {
      const { raDeg, decDeg } = wcs.pixelToSky(x, y)
      const [ra, dec] = sky[i]!
      const turn = Math.abs(((raDeg - ra + 540) % 360) - 180)
      // 1e-12 degrees: two orders of arithmetic, at right ascensions up to 360, differ by a few units in the last place.
      expect(turn * Math.cos((dec * Math.PI) / 180)).toBeLessThan(1e-12)
      expect(Math.abs(decDeg - dec)).toBeLessThan(1e-11)
      const back = wcs.skyToPixel(raDeg, decDeg)!
      // 1e-8 pixel: a degree's last place, 5e-14, over a pixel of at least 2e-4 degrees, with room for the products between.
      expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(1e-8)
    })
  })

  const tan = {
    CTYPE1: 'RA---TAN',
    CTYPE2: 'DEC--TAN',
    CRPIX1: 1,
    CRPIX2: 1,
    CRVAL1: 10,
    CRVAL2: 20,
    CDELT1: -0.1,
    CDELT2: 0.1,
  }
  const header = (cards: Record<string, string | number>): FitsHeader =>
    new FitsHeader(Object.entries({ ...tan, ...cards }).map(([keyword, value]) => ({ keyword, value })))

  it('count pixels from 0 and have their reference point at CRPIX', () => {
    const wcs = wcsFromHeader(header({}))!
    expect(wcs.pixelToSky(0, 0)).toEqual({ raDeg: 10, decDeg: 20 })
    expect(wcs.pixelToSky(-1, 0).raDeg).toBeGreaterThan(10)
    expect(wcs.skyToPixel(190, -20)).toBeUndefined()
    expect(wcs.skyToPixel(10 + 180, 69)).toBeUndefined()
  })

  it('name their frame', () => {
    expect(wcsFromHeader(header({}))!.frame).toBe('ICRS')
    expect(wcsFromHeader(header({ EQUINOX: 2000 }))!.frame).toBe('FK5')
    expect(wcsFromHeader(header({ EQUINOX: 1950 }))!.frame).toBe('FK4')
    expect(wcsFromHeader(header({ RADESYS: 'FK4-NO-E' }))!.frame).toBe('FK4-NO-E')
  })

  it('are refused when a card is no number', () => {
    expect(() => wcsFromHeader(header({ CRVAL1: 'ten' }))).toThrow('CRVAL1 must be a number')
  })
})
