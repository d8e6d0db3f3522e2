import { gzipSync } from 'node:zlib'
import { createRandom, ParameterError } from '@astronomaly/core'
import { encodeFitsImage, readFitsImage, wcsFromHeader } from '@astronomaly/fits'
import type { ByteSource } from '@astronomaly/fits/bytes'
import { describe, expect, it } from 'vitest'
import { cutOut } from '../../src/cutout/cut-out.ts'
import type { CutoutObject } from '../../src/cutout/cutout.ts'
import type { CutoutOptions } from '../../src/cutout/cutout-options.ts'
import { cutoutSide } from '../../src/cutout/cutout-side.ts'
import { encodeCutout } from '../../src/cutout/encode-cutout.ts'
import { type Mosaics, type OpenMosaicsOptions, openMosaics } from '../../src/cutout/mosaics.ts'
import { channel, countingSource, cutAll, cutOne, golden, mosaicFile, picture } from './mosaic-specimens.ts'

const both = (): Promise<Mosaics> =>
  openMosaics([
    { name: 'a.fits', source: mosaicFile(golden.a, 'g') },
    { name: 'b.fits', source: mosaicFile(golden.b, 'r') },
  ])

/** Differences of values up to 97: f32 rounds them by 4e-6, a thousandth of a pixel in place changes them by up to 0.1. */
function expectClose(found: readonly (number | null)[], expected: readonly (number | null)[], tolerance: number): void {
  expect(found.map((value) => value === null)).toEqual(expected.map((value) => value === null))
  const differences = found.map((value, i) => Math.abs((value ?? 0) - (expected[i] ?? 0)))
  expect(Math.max(...differences)).toBeLessThan(tolerance)
}

const wcsA = wcsFromHeader((await readFitsImage(mosaicFile(golden.a, 'g'))).header)
if (!wcsA) throw new Error('the golden mosaic has a map')

/** An object at a pixel of the first golden mosaic. */
function objectAt(x: number, y: number, sidePixels = 8, id = `${x} ${y}`): CutoutObject {
  const { raDeg, decDeg } = (wcsA as NonNullable<typeof wcsA>).pixelToSky(x, y)
  return { id, raDeg, decDeg, sidePixels }
}

describe('cutoutSide', () => {
  it('is equation 1 of the paper', () => {
    for (const [psfSigma, halfLightRadius, side] of golden.sides) {
      expect(cutoutSide({ psfSigma, halfLightRadius })).toBe(side)
    }
  })

  it.each([
    [{ psfSigma: 0, halfLightRadius: 1 }, 'psfSigma must be > 0'],
    [{ psfSigma: 1, halfLightRadius: -1 }, 'halfLightRadius must be >= 0'],
    [{ psfSigma: 1, halfLightRadius: Number.NaN }, 'halfLightRadius must be >= 0'],
    [{ psfSigma: 1, halfLightRadius: 1, p: 1 }, "unknown option 'p'"],
  ])('rejects %j', (options, message) => {
    expect(() => cutoutSide(options)).toThrow(ParameterError)
    expect(() => cutoutSide(options)).toThrow(message)
  })
})

describe('cutOut', () => {
  it.each(golden.resampled)(
    'resamples by $interpolation $sidePixels pixels to $side as the formulas do',
    async (one) => {
      const { ra: raDeg, dec: decDeg, side, sidePixels, interpolation, antialias } = one
      const cut = await cutOne(await both(), { id: '1', raDeg, decDeg, sidePixels }, { side, interpolation, antialias })
      expect(cut.image.shape).toEqual([side, side, 2])
      expect(cut.mosaics).toEqual(['a.fits', 'b.fits'])
      // f32 of values up to 97.
      expectClose(channel(cut, 0), one.a, 1e-5)
      // A thousandth of a pixel is allowed on grids that differ; with nearest it could change a pixel, and does not here.
      expectClose(channel(cut, 1), one.b, 0.05)
      expect([cut.x, cut.y]).toEqual([expect.closeTo((side - 1) / 2, 9), expect.closeTo((side - 1) / 2, 9)])
      expect(cut.missing).toBe([...one.a, ...one.b].filter((value) => value === null).length)
    },
  )

  it('turns north up', async () => {
    const { ra: raDeg, dec: decDeg, side, sidePixels, values } = golden.north
    const object = { id: '1', raDeg, decDeg, sidePixels }
    const cut = await cutOne(await both(), object, { side, orientation: 'north', antialias: false, bands: ['r'] })
    // As above.
    expectClose(channel(cut), values, 0.05)
    expect(cut.grid.raDeg).toBe(raDeg)
    expect(cut.grid.cd[1]).toBe(0)
    expect(cut.grid.cd[3]).toBeGreaterThan(0)
    expect(cut.grid.cd[0]).toBe(-cut.grid.cd[3])
  })

  it("takes the pixels of astropy's Cutout2D without interpolation", async () => {
    const mosaics = await both()
    for (const { ra: raDeg, dec: decDeg, size, partial, strict } of golden.wholePixels) {
      const object = { id: '1', raDeg, decDeg, sidePixels: size }
      const [padded] = await cutAll(mosaics, [object], { interpolation: 'none', bands: ['g'] })
      if (padded?.status !== 'cut') throw new Error(padded?.message)
      // Of one pixel around a place outside of all, the reference gives an error, and this what is there.
      if (typeof partial !== 'string') expect(channel(padded)).toEqual(partial)
      const options: CutoutOptions = { interpolation: 'none', bands: ['g'], edge: 'reject' }
      const [whole] = await cutAll(mosaics, [object], options)
      if (typeof strict === 'string') expect(whole).toMatchObject({ status: 'rejected', reason: 'edge' })
      else expect(whole?.status === 'cut' && channel(whole)).toEqual(strict)
    }
  })

  it('keeps pixels as they are where places are their centres, whatever the kernel', async () => {
    const data = picture(golden.a)
    const expected = Array.from({ length: 49 }, (_, i) => data[(27 + Math.floor(i / 7)) * 50 + 21 + (i % 7)] as number)
    for (const interpolation of ['nearest', 'bilinear', 'bicubic', 'lanczos3'] as const) {
      const cut = await cutOne(await both(), objectAt(24, 30, 7), { side: 7, interpolation, bands: ['g'] })
      // Places come back from the sky within 1e-9 of a pixel.
      expectClose(channel(cut), expected, 1e-5)
    }
  })

  it('keeps a constant where a kernel reaches over the edge, and has nothing beyond', async () => {
    const flat = mosaicFile(golden.a, 'g', new Float32Array(3000).fill(5))
    const mosaics = await openMosaics([{ name: 'flat', source: flat }])
    for (const interpolation of ['bilinear', 'bicubic', 'lanczos3'] as const) {
      const cut = await cutOne(mosaics, objectAt(1, 1, 10), { side: 13, interpolation })
      const values = channel(cut)
      const inside = values.filter((value) => value !== null)
      expect(inside.every((value) => value === 5)).toBe(true)
      // Pixels of 10/13 around 1: five rows and columns of the thirteen have their centres below -0.5.
      expect(inside.length).toBe(8 * 8)
    }
  })

  it('makes missing what is drawn from a missing pixel, and nothing else', async () => {
    const data = picture(golden.a)
    data[30 * 50 + 24] = Number.NaN
    const mosaics = await openMosaics([{ name: 'a', source: mosaicFile(golden.a, 'g', data) }])
    const missing = async (interpolation: CutoutOptions['interpolation'], x: number): Promise<number> =>
      (await cutOne(mosaics, objectAt(x, 30, 15), { side: 15, interpolation: interpolation ?? 'none' })).missing
    expect(await missing('nearest', 24.3)).toBe(1)
    // Rows coincide with the mosaic's within rounding: each kernel draws on its columns and at most as many rows.
    expect(await missing('bilinear', 24.3)).toBeGreaterThanOrEqual(2)
    expect(await missing('bilinear', 24.3)).toBeLessThanOrEqual(4)
    expect(await missing('lanczos3', 24.3)).toBeLessThanOrEqual(36)
    const none = await cutOne(mosaics, objectAt(24, 30, 15), { interpolation: 'none' })
    expect(none.missing).toBe(1)
  })

  it('shifts a cut-out into the mosaic, and says where the object is then', async () => {
    const data = picture(golden.a)
    const cut = await cutOne(await both(), objectAt(1, 58, 8), { interpolation: 'none', edge: 'shift', bands: ['g'] })
    expect(cut.missing).toBe(0)
    expect([cut.x, cut.y]).toEqual([expect.closeTo(1, 6), expect.closeTo(6, 6)]) // rows 52 to 59, columns 0 to 7
    expect(channel(cut)[9]).toBe(data[53 * 50 + 1])
    expect(cut.warnings).toEqual([expect.stringContaining('shifted by 3, -2 pixels')])
    const resampled = await cutOne(await both(), objectAt(1, 58, 8), { side: 20, edge: 'shift', bands: ['g'] })
    expect(resampled.missing).toBe(0)
    expect(resampled.x).toBeCloseTo((1 + 0.3) / 0.4, 6) // the first pixel is at -0.3
    const large = await cutAll(await both(), [objectAt(20, 30, 51)], { edge: 'shift', bands: ['g'] })
    expect(large).toMatchObject([{ status: 'rejected', reason: 'edge' }])
  })

  it('describes the sky of a cut-out, which a file of it holds', async () => {
    for (const options of [
      { side: 9 },
      { side: 20, interpolation: 'nearest' },
      { side: 12, orientation: 'north' },
    ] as const) {
      const object = objectAt(20.3, 31.8, 9, 'J1 ü')
      const cut = await cutOne(await both(), object, options)
      const { header, data, shape } = await readFitsImage(encodeCutout(cut))
      expect(shape).toEqual([2, ...cut.image.shape.slice(0, 2)])
      expect(data[0]).toBe(cut.image.data[0])
      expect(data[data.length / 2]).toBe(cut.image.data[1])
      expect(header.get('OBJECT')).toBe('J1 %C3%BC')
      expect(header.get('BANDS')).toBe('gr')
      expect(header.get('MOSAIC1')).toBe('b.fits')
      const place = wcsFromHeader(header)?.skyToPixel(object.raDeg, object.decDeg)
      // The map of a small part of a gnomonic projection is one itself within 1e-6 pixels.
      expect(place?.x).toBeCloseTo(cut.x, 5)
      expect(place?.y).toBeCloseTo(cut.y, 5)
    }
    const [one] = golden.resampled
    if (!one) throw new Error('there are golden cases')
    const cut = await cutOne(await both(), objectAt(20.3, 31.8, 9), { side: 9 })
    const corner = wcsFromHeader((await readFitsImage(encodeCutout(cut))).header)?.pixelToSky(0, 0)
    expect(corner?.raDeg).toBeCloseTo(one.corner[0], 9) // 1e-5 of a pixel
    expect(corner?.decDeg).toBeCloseTo(one.corner[1], 9) // 1e-5 of a pixel
  })

  it('takes sizes in seconds of arc, and of the options', async () => {
    const { raDeg, decDeg } = objectAt(20.3, 31.8)
    const mosaics = await both()
    const byPixels = await cutOne(mosaics, { id: '1', raDeg, decDeg, sidePixels: 12 }, { side: 20 })
    const byOptions = await cutOne(mosaics, { id: '1', raDeg, decDeg }, { side: 20, sidePixels: 12 })
    const byArcsec = await cutOne(mosaics, { id: '1', raDeg, decDeg, sizeArcsec: 12 * 0.262 }, { side: 20 })
    expect(byOptions).toEqual(byPixels)
    expect(byArcsec.step).toBeCloseTo(byPixels.step, 6) // a pixel's area differs by 1e-9 off the reference pixel
  })

  it('reports every object, in order, and why it has no image', async () => {
    const mosaics = await both()
    const at = objectAt(20, 30)
    const objects: CutoutObject[] = [
      { ...at, id: 'ok', sidePixels: 5 },
      { id: 'nowhere', raDeg: 10, decDeg: -40, sidePixels: 5 },
      { id: 'nan', raDeg: Number.NaN, decDeg: 2, sidePixels: 5 },
      { id: 'off', raDeg: 5, decDeg: 91, sidePixels: 5 },
      { id: 'sizeless', raDeg: at.raDeg, decDeg: at.decDeg },
      { ...at, id: 'two sizes', sizeArcsec: 5 },
      { ...at, id: 'negative', sidePixels: -1 },
      { ...at, id: 'huge', sidePixels: 5000 },
      { ...objectAt(1, 1, 9), id: 'edge' },
    ]
    const results = await cutAll(mosaics, objects, { side: 5, edge: 'reject', bands: ['g'], window: 4 })
    expect(results.map(({ id, ...one }) => [id, one.status === 'cut' ? 'cut' : one.reason])).toEqual([
      ['ok', 'cut'],
      ['nowhere', 'not-covered'],
      ['nan', 'no-position'],
      ['off', 'no-position'],
      ['sizeless', 'no-size'],
      ['two sizes', 'no-size'],
      ['negative', 'no-size'],
      ['huge', 'too-large'],
      ['edge', 'edge'],
    ])
    const [other] = await cutAll(mosaics, [at], { interpolation: 'none' })
    expect(other).toMatchObject({ status: 'rejected', reason: 'other-grid' })
  })

  it('leaves a band NaN that no mosaic covers, takes the grid of the next one, and rejects it when asked to', async () => {
    const far = { ...golden.a, cards: { ...golden.a.cards, CRVAL1: 20 } }
    const mosaics = await openMosaics([
      { name: 'far', source: mosaicFile(far, 'g') },
      { name: 'a', source: mosaicFile(golden.a, 'r') },
    ])
    const cut = await cutOne(mosaics, objectAt(24, 30, 7), { interpolation: 'none' })
    expect(cut.mosaics).toEqual([undefined, 'a'])
    expect(cut.missing).toBe(49)
    expect(channel(cut, 1).includes(null)).toBe(false)
    expect(cut.warnings).toEqual(['band g: no mosaic covers the object'])
    const rejected = await cutAll(mosaics, [objectAt(24, 30, 7)], { edge: 'reject' })
    expect(rejected).toMatchObject([{ status: 'rejected', reason: 'edge' }])
  })

  it('takes the mosaic in which an object is furthest from an edge, and its own companion in another band', async () => {
    const moved = { ...golden.a, cards: { ...golden.a.cards, CRPIX1: 5 } } // 20 columns to the left
    const mosaics = await openMosaics([
      { name: 'moved g', source: mosaicFile(moved, 'g') },
      { name: 'a g', source: mosaicFile(golden.a, 'g') },
      { name: 'moved r', source: mosaicFile(moved, 'r') },
      { name: 'a r', source: mosaicFile(golden.a, 'r') },
    ])
    const named = async (x: number): Promise<unknown> => (await cutOne(mosaics, objectAt(x, 30), {})).mosaics
    expect(await named(25)).toEqual(['a g', 'a r'])
    expect(await named(40)).toEqual(['moved g', 'moved r'])
    const { raDeg, decDeg } = objectAt(40, 30)
    expect(mosaics.find('g', raDeg, decDeg).map(({ image, margin }) => [image.input.name, margin])).toEqual([
      ['moved g', expect.closeTo(20.5, 6)],
      ['a g', expect.closeTo(9.5, 6)],
    ])
  })

  it('cuts planes of a cube, and wide integers', async () => {
    const header = Object.entries(golden.a.cards).map(([keyword, value]) => ({ keyword, value }))
    const data = Int32Array.from({ length: 6000 }, (_, i) => 2 ** 24 + i)
    const source = encodeFitsImage({ data, shape: [2, 60, 50], header })
    const mosaics = await openMosaics([{ name: 'cube', source, band: ['g', 'z'] }])
    expect(mosaics.bands).toEqual(['g', 'z'])
    const cut = await cutOne(mosaics, objectAt(24, 30, 1), { interpolation: 'none' })
    expect([...cut.image.data]).toEqual(
      [data[30 * 50 + 24], data[3000 + 30 * 50 + 24]].map((v) => Math.fround(v as number)),
    )
    await expect(openMosaics([{ name: 'cube', source, band: 'g' }])).rejects.toThrow('name the 2 planes of [2,60,50]')
  })

  it('is the same in any window, and however many files may be open', async () => {
    const random = createRandom(4, 'test.window')
    const objects = Array.from({ length: 40 }, (_, i) =>
      objectAt(50 * random.uniform(), 60 * random.uniform(), 4 + 20 * random.uniform(), String(i)),
    )
    const expected = await cutAll(await both(), objects, { side: 6 })
    expect(expected.map(({ id }) => id)).toEqual(objects.map(({ id }) => id))
    const files = [countingSource(mosaicFile(golden.a, 'g')), countingSource(mosaicFile(golden.b, 'r'))]
    const mosaics = await openMosaics(
      [
        { name: 'a.fits', source: files[0]?.open ?? (() => new Uint8Array()) },
        { name: 'b.fits', source: files[1]?.open ?? (() => new Uint8Array()) },
      ],
      { maxOpenFiles: 1 },
    )
    expect(await cutAll(mosaics, objects, { side: 6, window: 3 })).toEqual(expected)
    expect(mosaics.openFiles).toBe(1)
    await mosaics.close()
    expect(mosaics.openFiles).toBe(0)
    for (const { opened, closed } of files) expect([opened, closed]).toEqual([opened, opened])
  })

  it('cuts from many mosaics of which few are open at a time', async () => {
    let [open, most] = [0, 0]
    const inputs = Array.from({ length: 300 }, (_, i) => {
      const cards = { ...golden.a.cards, CRVAL1: 100 + (i % 20) / 100, CRVAL2: Math.floor(i / 20) / 100 }
      const bytes = mosaicFile({ ...golden.a, width: 200, height: 160, cards, salt: i }, 'g')
      const source = (): ByteSource => {
        most = Math.max(most, ++open)
        return {
          byteLength: bytes.length,
          slice: async (start, end) => bytes.subarray(start, end),
          close: async () => {
            open--
          },
        }
      }
      return { name: `${i}`, source }
    })
    const mosaics = await openMosaics(inputs, { maxOpenFiles: 7 })
    const random = createRandom(9, 'test.many')
    const objects = Array.from({ length: 400 }, (_, i) => ({
      id: String(i),
      raDeg: 100 + 0.19 * random.uniform(),
      decDeg: 0.14 * random.uniform(),
      sidePixels: 4,
    }))
    const results = await Promise.all([cutAll(mosaics, objects, { side: 4 }), cutAll(mosaics, objects, { side: 4 })])
    expect(results[0]).toEqual(results[1])
    const names = results[0].map((cut) => (cut.status === 'cut' ? cut.mosaics[0] : 'none'))
    expect(new Set(names).size).toBeGreaterThan(100)
    for (const [i, { raDeg, decDeg }] of objects.entries()) {
      const margins = mosaics.find('g', raDeg, decDeg).map(({ margin }) => margin)
      const slow = mosaics.images.filter(({ wcs, width, height }) => {
        const at = wcs.skyToPixel(raDeg, decDeg)
        return at && at.x >= -0.5 && at.x < width - 0.5 && at.y >= -0.5 && at.y < height - 0.5
      })
      expect(margins.length).toBe(slow.length)
      expect([...margins].sort((a, b) => b - a)).toEqual(margins)
      expect(names[i] === 'none').toBe(slow.length === 0)
    }
    expect(most).toBeLessThanOrEqual(7)
    await mosaics.close()
    expect(open).toBe(0)
    await expect(cutAll(mosaics, objects, { side: 4 })).rejects.toThrow('mosaics: must be open')
  })

  it('cuts from gzipped mosaics, and from Blobs', async () => {
    const expected = await cutOne(await both(), objectAt(20, 30), { side: 5 })
    const mosaics = await openMosaics([
      { name: 'a.fits', source: gzipSync(mosaicFile(golden.a, 'g')) },
      { name: 'b.fits', source: new Blob([new Uint8Array(mosaicFile(golden.b, 'r'))]) },
    ])
    expect(await cutOne(mosaics, objectAt(20, 30), { side: 5 })).toEqual(expected)
  })

  it('keeps of packed files no more unpacked bytes than it may, but all of those in use', async () => {
    const names = ['u', 'g', 'r', 'i', 'z']
    const plain = mosaicFile(golden.a, 'y')
    const filesOf = () => [...names.map((band) => gzipSync(mosaicFile(golden.a, band))), plain].map(countingSource)
    const open = (files: ReturnType<typeof filesOf>, options: OpenMosaicsOptions) =>
      openMosaics(
        files.map((file, i) => ({ name: String(i), source: file.open })),
        options,
      )
    const objects = [objectAt(20, 30), objectAt(25, 30)]
    const all = filesOf()
    const roomy = await open(all, {})
    const expected = await cutAll(roomy, objects, { side: 5 })
    expect(all.map(({ opened, closed }) => opened - closed)).toEqual([1, 1, 1, 1, 1, 1])
    expect(all.map(({ opened }) => opened)).toEqual([1, 1, 1, 1, 1, 1])

    const few = filesOf()
    const mosaics = await open(few, { maxUnpackedBytes: 2.5 * plain.length })
    expect(few.map(({ opened, closed }) => opened - closed)).toEqual([0, 0, 0, 1, 1, 1])
    expect(mosaics.openFiles).toBe(3)
    expect(await cutAll(mosaics, objects, { side: 5 })).toEqual(expected)
    expect(mosaics.openFiles).toBe(3)
    expect(await Promise.all([1, 2].map(() => cutAll(mosaics, objects, { side: 5 })))).toEqual([expected, expected])
    expect(mosaics.openFiles).toBe(3)
    await mosaics.close()
    for (const { opened, closed } of few) expect(closed).toBe(opened)
    expect(few[5]?.opened).toBe(1)

    const none = await open(filesOf(), { maxUnpackedBytes: 0 })
    expect(none.openFiles).toBe(1)
    expect(await cutAll(none, objects, { side: 5 })).toEqual(expected)
    await expect(open(filesOf(), { maxUnpackedBytes: -1 })).rejects.toThrow('maxUnpackedBytes must be')
  })

  it('reads the rows of a cut-out, and little more', async () => {
    const wide = { ...golden.a, width: 5000, cards: { ...golden.a.cards, CRPIX1: 2500 } }
    const file = countingSource(mosaicFile(wide, 'g'))
    const mosaics = await openMosaics([{ name: 'wide', source: file.open }])
    const before = { ...file }
    const { raDeg, decDeg } = objectAt(25, 30)
    const cut = await cutOne(mosaics, { id: '1', raDeg, decDeg, sidePixels: 20 }, { interpolation: 'none' })
    expect(cut.missing).toBe(0)
    expect(file.bytesRead - before.bytesRead).toBe(20 * 20 * 4)
    expect(file.reads - before.reads).toBe(20)
    expect(file.opened).toBe(1)
  })

  it('reports objects of a file that is damaged later, and goes on with the others', async () => {
    const good = mosaicFile(golden.a, 'g')
    let opened = 0
    const mosaics = await openMosaics(
      [
        { name: 'a', source: () => (opened++ === 0 ? good : good.subarray(0, 8000)) },
        { name: 'b', source: () => mosaicFile(golden.b, 'r') },
      ],
      { maxOpenFiles: 1 },
    )
    const results = await cutAll(mosaics, [objectAt(20, 30)], { bands: ['g'] })
    expect(results).toMatchObject([{ status: 'rejected', reason: 'unreadable' }])
    expect(results[0]).toMatchObject({ message: expect.stringMatching(/truncated.*a/) })
    expect(await cutAll(mosaics, [objectAt(20, 30)], { bands: ['r'] })).toMatchObject([{ status: 'cut' }])
  })

  it('stops at an abort, and reports progress', async () => {
    const mosaics = await both()
    const controller = new AbortController()
    const reason = new Error('enough')
    const objects = Array.from({ length: 9 }, (_, i) => objectAt(20, 20 + i))
    const done: number[] = []
    const run = async (): Promise<void> => {
      const options: CutoutOptions = {
        window: 3,
        side: 4,
        signal: controller.signal,
        onProgress: (progress) => {
          done.push(progress.done)
          if (progress.done === 6) controller.abort(reason)
        },
      }
      for await (const _ of cutOut(mosaics, objects, options));
    }
    await expect(run()).rejects.toBe(reason)
    expect(done).toEqual([3, 6])
  })

  it('holds at most 2^24 values of waiting objects, or one object', async () => {
    const done: number[] = []
    const options: CutoutOptions = {
      ...{ interpolation: 'none', bands: ['g'], maxSidePixels: 5000 },
      onProgress: (progress) => done.push(progress.done),
    }
    // 2 · 2890² + 9² < 2^24 < 4200²
    const sides = [2890, 2890, 9, 4200, 9]
    const found: (readonly number[])[] = []
    for await (const cut of cutOut(
      await both(),
      sides.map((side) => objectAt(24, 30, side)),
      options,
    )) {
      if (cut.status === 'cut') found.push([cut.image.shape[0], done.at(-1) ?? 0])
    }
    expect(found).toEqual([
      [2890, 3],
      [2890, 3],
      [9, 3],
      [4200, 4],
      [9, 5],
    ])
  })

  it('stops at an abort while every object is rejected', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    let taken = 0
    function* objects(): Generator<CutoutObject> {
      for (; taken < 100; taken++) {
        if (taken === 5) controller.abort(reason)
        yield { id: String(taken), raDeg: 10, decDeg: -40, sidePixels: 5 }
      }
    }
    const run = async (): Promise<void> => {
      for await (const _ of cutOut(await both(), objects(), { signal: controller.signal }));
    }
    await expect(run()).rejects.toBe(reason)
    expect(taken).toBe(5)
  })

  it.each([
    [{ bands: ['u'] }, 'bands must be of g, r. Received u'],
    [{ bands: ['g', 'g'] }, 'bands must be different'],
    [{ bands: [] }, 'bands must be different ones, at least one'],
    [{ interpolation: 'cubic' }, 'interpolation must be one of nearest, bilinear, bicubic, lanczos3, none'],
    [{ interpolation: 'none', side: 5 }, 'side must not be given with interpolation none'],
    [{ interpolation: 'none', orientation: 'north' }, 'orientation north needs an interpolation'],
    [{ edge: 'shift', orientation: 'north' }, 'edge that is not shift'],
    [{ edge: 'wrap' }, 'edge must be one of pad, shift, reject'],
    [{ side: 0 }, 'side must be an integer and be >= 1'],
    [{ sidePixels: 0 }, 'sidePixels must be > 0'],
    [{ antialias: 1 }, 'antialias must be true or false'],
    [{ size: 1 }, "unknown option 'size'"],
  ])('rejects options %j', async (options, message) => {
    const cut = cutAll(await both(), [], options as CutoutOptions)
    await expect(cut).rejects.toThrow(ParameterError)
    await expect(cut).rejects.toThrow(message)
  })
})
