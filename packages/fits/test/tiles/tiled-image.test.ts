import { readFileSync } from 'node:fs'
import { ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { type ByteRange, type ByteSource, memoryByteSource } from '../../src/bytes/index.ts'
import { openFits, readFitsImage } from '../../src/index.ts'
import { decodeTiledImage, openTiledImage } from '../../src/tiles/tiled-image.ts'
import { golden, type ImageCase, pixelHash, unpack } from '../read-golden.ts'

const { images }: { readonly images: readonly ImageCase[] } = JSON.parse(
  readFileSync(new URL('../golden/fits-tiles.json', import.meta.url), 'utf8'),
)
const compressed = [...images, ...golden.images.filter(({ name }) => /RICE|GZIP|NOCOMPRESS/.test(name))]

const fileOf = (name: string): Uint8Array => unpack(compressed.find((own) => own.name === name)!.file)

/** A source that keeps the ranges that it was asked for. */
function countingSource(bytes: Uint8Array, hasSlices: boolean): ByteSource & { readonly reads: ByteRange[] } {
  const reads: ByteRange[] = []
  const source = memoryByteSource(bytes, 'counted.fits')
  const slice: ByteSource['slice'] = (start, end) => {
    reads.push({ start, end })
    return source.slice(start, end)
  }
  return {
    ...source,
    reads,
    slice,
    ...(hasSlices ? { slices: (ranges) => Promise.all(ranges.map(({ start, end }) => slice(start, end))) } : {}),
  }
}

type Section = readonly (readonly [number, number])[]

/** A section of a whole picture, pixel by pixel. */
function cut(data: ArrayLike<number>, shape: readonly number[], section: Section): number[] {
  let places = [0]
  for (const [axis, [from, to]] of section.entries()) {
    const along = Array.from({ length: to - from }, (_, k) => from + k)
    places = places.flatMap((place) => along.map((k) => place * shape[axis]! + k))
  }
  return places.map((place) => data[place]!)
}

/** A section of a shape, by four numbers in [0, 1) an axis at most. */
function sectionOf(shape: readonly number[], at: readonly number[]): Section {
  return shape.map((size, axis) => {
    const from = Math.floor(at[2 * axis]! * size)
    return [from, from + 1 + Math.floor(at[2 * axis + 1]! * (size - from))] as const
  })
}

describe('cards of compression that nothing uses', () => {
  /** Changes a card, whatever it was, or an unused HISTORY card into it. */
  const withCard = (bytes: Uint8Array, keyword: string, value: string): Uint8Array => {
    const text = Buffer.from(bytes).toString('latin1')
    const own = text.indexOf(`${keyword.padEnd(8)}=`)
    const at = own >= 0 ? own : text.indexOf('HISTORY ')
    expect(at).toBeGreaterThan(0)
    const out = bytes.slice()
    out.set(new TextEncoder().encode(`${keyword.padEnd(8)}= ${value}`.padEnd(80)), at)
    return out
  }
  const lossless = new Uint8Array(readFileSync(new URL('../cases/fpack-d.fits.fz', import.meta.url)))
  // As astropy 7 reads fpack-d.fits.fz.
  const pixels = '3336eae311b55544b0e5ccaeaf02ef901304768dda1e432a10994673bfae6938'

  it.each([
    ['ZDITHER0', '0'],
    ['ZDITHER0', "'none'"],
    ['ZDITHER0', '20000'],
    ['ZQUANTIZ', "'NONE_OF_THE_KNOWN'"],
    ['ZQUANTIZ', '1'],
    ['ZBLANK', '0.5'],
    ['ZBLANK', "'none'"],
    ['ZSCALE', "'none'"],
    ['ZZERO', "'none'"],
  ])('refuse no lossless picture: %s = %s', async (keyword, value) => {
    const { data } = await readFitsImage(withCard(lossless, keyword, value))
    expect(pixelHash(data)).toBe(pixels)
  })

  it.each([
    ['ZVAL1', '0'],
    ['ZVAL1', "'none'"],
    ['ZQUANTIZ', "'NONE_OF_THE_KNOWN'"],
    ['ZDITHER0', '0'],
  ])('refuse no integers in gzip: %s = %s', async (keyword, value) => {
    const plain = fileOf('GZIP_1 int32')
    const text = Buffer.from(plain).toString('latin1')
    const changed = plain.slice()
    // ZEXTEND and other cards of the plain picture's own header say nothing of its pixels.
    const at = text.indexOf(text.includes('ZEXTEND ') ? 'ZEXTEND ' : 'EXTNAME ')
    expect(at).toBeGreaterThan(0)
    changed.set(new TextEncoder().encode(`${keyword.padEnd(8)}= ${value}`.padEnd(80)), at)
    expect((await readFitsImage(changed)).data).toEqual((await readFitsImage(plain)).data)
  })
})

describe('compressed pictures that astropy and fpack wrote', () => {
  it.each(images)('are read bit for bit: $name', async ({ file, hdu, shape, sha256 }) => {
    const read = await readFitsImage(unpack(file), { hdu })
    expect(read.shape).toEqual(shape)
    expect(pixelHash(read.data)).toBe(sha256)
  })

  it('give the same pixels with any number of workers', async () => {
    for (const { file: packed, sha256 } of compressed.filter((_, i) => i % 4 === 0)) {
      const file = await openFits(unpack(packed))
      for (const workers of [1, 2]) {
        expect(pixelHash(await decodeTiledImage(file, await file.hdu(1), { workers }))).toBe(sha256)
      }
    }
  }, 30_000)

  it('give the same pixels when many are read at a time', async () => {
    const hashes = await Promise.all(
      compressed.map(async ({ file }) => pixelHash((await readFitsImage(unpack(file))).data)),
    )
    expect(hashes).toEqual(compressed.map(({ sha256 }) => sha256))
  })

  it('give any section as the whole has it', async () => {
    const opened = await Promise.all(
      compressed.map(async ({ file: packed }) => {
        const file = await openFits(unpack(packed))
        const hdu = await file.hdu(1)
        const image = await openTiledImage(file, hdu, { cacheBytes: 3000 })
        return { file, hdu, image, whole: await image.read() }
      }),
    )
    const unit = fc.double({ min: 0, max: 0.999, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: compressed.length - 1 }),
        fc.array(unit, { minLength: 6, maxLength: 6 }),
        async (which, at) => {
          const { file, hdu, image, whole } = opened[which]!
          const section = sectionOf(hdu.shape, at)
          const expected = cut(whole, hdu.shape, section)
          expect([...(await decodeTiledImage(file, hdu, { section }))]).toEqual(expected)
          // From an open picture, some of whose tiles have been kept.
          expect([...(await image.read({ section }))]).toEqual(expected)
        },
      ),
      { seed: 3, numRuns: 300 },
    )
  })
})

describe('without what Node and newer browsers have', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.resetModules()
  })

  async function expectSame(): Promise<void> {
    vi.resetModules()
    const fresh = await import('../../src/index.ts')
    for (const { name, file, sha256 } of compressed) {
      expect(pixelHash((await fresh.readFitsImage(unpack(file))).data), name).toBe(sha256)
    }
  }

  it('gzipped tiles are inflated by the stream that all have', async () => {
    const ask = process.getBuiltinModule
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(((id: string) =>
      id === 'zlib' ? undefined : ask(id)) as typeof ask)
    await expectSame()
    const { canGunzip } = await import('../../src/tile-codecs/tile-decoder.ts')
    expect(canGunzip).toBe(false)
  })

  it('tiles are decoded without WebAssembly', async () => {
    const modules = vi.spyOn(WebAssembly, 'Module').mockImplementation(function forbid() {
      throw new Error('forbidden')
    })
    await expectSame()
    expect(modules).toHaveBeenCalled()
  })
})

describe('a section of a compressed picture', () => {
  const bytes = fileOf('HCOMPRESS_1 int32 in tiles of odd sizes')

  it.each([true, false])('needs its rows of the table and its tiles alone (slices: %s)', async (hasSlices) => {
    const source = countingSource(bytes, hasSlices)
    const file = await openFits(source)
    const hdu = await file.hdu(1)
    source.reads.length = 0
    // Tiles have 17 by 15 pixels, four in a row of them: this touches numbers 4 and 5 alone.
    await decodeTiledImage(file, hdu, {
      section: [
        [20, 30],
        [3, 25],
      ],
    })
    const rows = { start: hdu.dataOffset + 4 * 8, end: hdu.dataOffset + 6 * 8 }
    expect(source.reads[0]).toEqual(rows)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const cell = (row: number): ByteRange => {
      const heap = hdu.dataOffset + hdu.header.integer('NAXIS1')! * hdu.header.integer('NAXIS2')!
      const at = heap + view.getInt32(hdu.dataOffset + 8 * row + 4)
      return { start: at, end: at + view.getInt32(hdu.dataOffset + 8 * row) }
    }
    // They lie side by side, and so are one read.
    expect(source.reads.slice(1)).toEqual([{ start: cell(4).start, end: cell(5).end }])
  })

  it('of an open picture needs the table no more, and kept tiles neither', async () => {
    const source = countingSource(bytes, false)
    const file = await openFits(source)
    const hdu = await file.hdu(1)
    const image = await openTiledImage(file, hdu, { cacheBytes: 2 ** 20 })
    expect(image.shape).toEqual([41, 53])
    const section = [
      [0, 10],
      [0, 10],
    ] as const
    source.reads.length = 0
    const first = await image.read({ section })
    expect(source.reads).toHaveLength(1)
    expect(await image.read({ section })).toEqual(first)
    expect(source.reads).toHaveLength(1)
    const whole = await image.read()
    expect(source.reads.length).toBeLessThan(4)
    source.reads.length = 0
    expect(await image.read()).toEqual(whole)
    expect(source.reads).toEqual([])
  })

  it('lies in the picture, and is no larger than was allowed', async () => {
    const file = await openFits(bytes)
    const hdu = await file.hdu(1)
    const image = await openTiledImage(file, hdu)
    const of = (y: readonly [number, number], x: readonly [number, number]) => image.read({ section: [y, x] })
    await expect(of([0, 42], [0, 1])).rejects.toThrow(ParameterError)
    await expect(of([3, 3], [0, 1])).rejects.toThrow(ParameterError)
    await expect(image.read({ section: [[0, 1]] })).rejects.toThrow(ParameterError)
    await expect(image.read({ maxPixels: 2172 })).rejects.toThrow('at most 2172 pixels')
    await expect(image.read({ rows: 1 } as object)).rejects.toThrow("unknown option 'rows'")
    await expect(openTiledImage(file, hdu, { cacheBytes: -1 })).rejects.toThrow(ParameterError)
    expect(await of([40, 41], [52, 53])).toHaveLength(1)
  })

  it('stops at an abort with its reason', async () => {
    const file = await openFits(bytes)
    const reason = new Error('enough')
    const read = decodeTiledImage(file, await file.hdu(1), { signal: AbortSignal.abort(reason) })
    await expect(read).rejects.toBe(reason)
  })
})

describe.skipIf(!hasShared)('a brick of the Legacy Surveys', () => {
  it('gives a section of a hundredth of its pixels for little more of its bytes', async () => {
    const bytes = readFileSync(sharedFile('data/B_fits/legacy_brick_dr6/legacysurvey-0959p805-image-g.fits.fz'))
    const source = countingSource(new Uint8Array(bytes), false)
    const file = await openFits(source)
    const hdu = await file.hdu(1)
    const image = await openTiledImage(file, hdu)
    const whole = await image.read({ workers: 2 })
    source.reads.length = 0
    const section = [
      [1710, 2070],
      [3100, 3460],
    ] as const
    expect([...(await image.read({ section }))]).toEqual(cut(whole, hdu.shape, section))
    const total = source.reads.reduce((sum, { start, end }) => sum + end - start, 0)
    // 5 by 5 of 36 by 36 tiles; the emptier ones, of which the brick has more, are smaller.
    expect(total).toBeLessThan(bytes.length / 8)
    expect(source.reads.length).toBeLessThanOrEqual(5)
  })
})
