import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { AstronomalyError, FormatError, UnsupportedError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openFits } from '../../src/index.ts'
import { decodeTiledImage } from '../../src/tiles/tiled-image.ts'
import { golden, type ImageCase, rawFits, unpack } from '../read-golden.ts'

const { images }: { readonly images: readonly ImageCase[] } = JSON.parse(
  readFileSync(new URL('../golden/fits-tiles.json', import.meta.url), 'utf8'),
)
const fileOf = (name: string): Uint8Array =>
  unpack([...images, ...golden.images].find((own) => own.name === name)!.file)

const card = (keyword: string, value: string | number): string => `${keyword.padEnd(8)}= ${String(value).padStart(20)}`

/** Changes the value of a card in place. */
function withCard(bytes: Uint8Array, keyword: string, value: string | number): Uint8Array {
  const out = bytes.slice()
  const at = Buffer.from(out)
    .toString('latin1')
    .indexOf(`${keyword.padEnd(8)}= `)
  expect(at).toBeGreaterThan(0)
  out.set(new TextEncoder().encode(card(keyword, value).padEnd(80)), at)
  return out
}

/** A compressed picture of one row of 100 pixels, in tiles of `tile` of them. */
function pictureOf(
  tiles: readonly { readonly count: number; readonly at: number }[],
  heap: Uint8Array,
  cards: Readonly<Record<string, string | number>>,
): Uint8Array {
  const wide = cards.TFORM1 === "'1QB     '"
  const rows = new DataView(new ArrayBuffer(tiles.length * (wide ? 16 : 8)))
  for (const [i, { count, at }] of tiles.entries()) {
    if (wide) {
      rows.setBigInt64(16 * i, BigInt(count))
      rows.setBigInt64(16 * i + 8, BigInt(at))
    } else {
      rows.setInt32(8 * i, count)
      rows.setInt32(8 * i + 4, at)
    }
  }
  const data = new Uint8Array(rows.byteLength + heap.length)
  data.set(new Uint8Array(rows.buffer))
  data.set(heap, rows.byteLength)
  const all = {
    XTENSION: "'BINTABLE'",
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: wide ? 16 : 8,
    NAXIS2: tiles.length,
    PCOUNT: heap.length,
    GCOUNT: 1,
    TFIELDS: 1,
    TTYPE1: "'COMPRESSED_DATA'",
    TFORM1: "'1PB     '",
    ZIMAGE: 'T',
    ZCMPTYPE: "'RICE_1  '",
    ZBITPIX: 16,
    ZNAXIS: 1,
    ZNAXIS1: 100,
    ...cards,
  }
  const head = rawFits([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 0)])
  const table = rawFits(
    Object.entries(all).map(([keyword, value]) => card(keyword, value)),
    data,
  )
  return new Uint8Array([...head, ...table])
}

async function read(bytes: Uint8Array): Promise<Float32Array | Float64Array> {
  const file = await openFits(bytes, { source: 'hostile.fits' })
  return decodeTiledImage(file, await file.hdu(1))
}

async function refused(bytes: Uint8Array, message: RegExp): Promise<FormatError> {
  const error = await read(bytes).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FormatError)
  expect((error as FormatError).message).toMatch(message)
  expect((error as FormatError).source).toBe('hostile.fits')
  expect((error as FormatError).keyword).toBeTruthy()
  return error as FormatError
}

const rice = fileOf('RICE_1 int32')
const byRows = fileOf('RICE_1 uint16')
const zipped = fileOf('GZIP_1 int32')
const hcompress = fileOf('HCOMPRESS_1 int16 in one tile')

describe('a compressed picture', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['more tiles than rows', withCard(byRows, 'ZNAXIS2', 24), /NAXIS2 must be the number of tiles, 24. Received 23/],
    [
      'more pixels than its bytes can stand for',
      withCard(withCard(rice, 'ZNAXIS1', 2 ** 20), 'ZTILE1', 2 ** 20),
      /Tile 1 has too few bytes for \d+ pixels/,
    ],
    ['a tile of no size', withCard(rice, 'ZTILE1', 0), /ZTILE1 must be an integer from 1/],
    [
      'one pixel more in a row than was coded',
      withCard(withCard(rice, 'ZNAXIS1', 900), 'ZTILE1', 900),
      /tile 1 must hold sound code that stands for 20700 pixels/,
    ],
    ['a block size of nothing', withCard(rice, 'ZVAL1', 0), /ZVAL1 must be an integer from 1/],
    ['pixels of three bytes', withCard(rice, 'ZVAL2', 3), /BYTEPIX to 1, 2 or 4/],
    ['a quantisation that does not exist', quantised({ ZQUANTIZ: "'DITHER  '" }), /ZQUANTIZ must be a known method/],
    ['a heap in its rows', fake({ THEAP: 4 }), /THEAP must not lie in the rows/],
    ['cells of no type', fake({ TFORM1: "'1P      '" }), /TFORM1 must name the type of its cells/],
    ['a dither beyond the sequence', quantised({ ZDITHER0: 10_001 }), /ZDITHER0 must be an integer from 1 to 10000/],
    [
      'gzip tiles of more pixels',
      withCard(withCard(zipped, 'ZNAXIS1', 32), 'ZTILE1', 32),
      /tile 1 must hold as many bytes as its 736 pixels take/,
    ],
    [
      'gzip tiles of fewer pixels',
      withCard(withCard(zipped, 'ZNAXIS1', 3), 'ZTILE1', 3),
      /tile 1 must inflate to at most its 69 pixels/,
    ],
    ['HCOMPRESS of other sizes', withCard(withCard(hcompress, 'ZNAXIS1', 54), 'ZTILE1', 54), /tile 1 must hold sound/],
  ])('with %s is refused', async (_, bytes, message) => {
    await refused(bytes, message)
  })

  function quantised(cards: Readonly<Record<string, string | number>>): Uint8Array {
    return fake({ ZBITPIX: -32, ZSCALE: 0.5, ZQUANTIZ: "'SUBTRACTIVE_DITHER_1'", ...cards })
  }

  function fake(cards: Readonly<Record<string, string | number>>): Uint8Array {
    return pictureOf([{ count: 40, at: 0 }], new Uint8Array(40).fill(0xff), cards)
  }

  it.each<[string, { count: number; at: number }, RegExp]>([
    ['behind the heap', { count: 40, at: 1 }, /tile 1 must lie in the heap. Received 40 elements at 1/],
    ['before it', { count: 40, at: -8 }, /tile 1 must lie in the heap/],
    ['of negative length', { count: -1, at: 0 }, /tile 1 must lie in the heap/],
    ['of 2 GiB', { count: 2 ** 31 - 1, at: 2 ** 31 - 1 }, /tile 1 must lie in the heap/],
    ['of nothing', { count: 0, at: 0 }, /Tile 1 has none/],
  ])('with a tile %s is refused, by descriptors of 32 and of 64 bits', async (_, descriptor, message) => {
    for (const form of ["'1PB     '", "'1QB     '"]) {
      await refused(pictureOf([descriptor], new Uint8Array(40), { TFORM1: form }), message)
    }
  })

  it('with descriptors beyond 2^53 is refused', async () => {
    const descriptor = { count: 2 ** 62, at: 2 ** 62 }
    await refused(pictureOf([descriptor], new Uint8Array(40), { TFORM1: "'1QB     '" }), /must lie in the heap/)
  })

  it('with many tiles that share bytes is read, but not with ones too long for their pixels', async () => {
    // A block of equal pixels: the value 7 in two bytes, and four zero bits for each block.
    const heap = new Uint8Array(20_000)
    heap.set([0, 7])
    const cards = { ZTILE1: 1, ZNAME1: "'BYTEPIX '", ZVAL1: 2 }
    const tiles = Array.from({ length: 100 }, () => ({ count: 3, at: 0 }))
    expect(new Set(await read(pictureOf(tiles, heap, cards)))).toEqual(new Set([7]))
    tiles[99]!.count = 20_000
    const error = await refused(pictureOf(tiles, heap, cards), /tile 100 must have at most 4112 bytes. Received 20000/)
    expect(error.offset).toBeGreaterThan(2880)
  })

  it('with a tile that inflates without end is refused', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(3_000_000)))
    for (const compression of ["'GZIP_1  '", "'GZIP_2  '"]) {
      const picture = (count: number): Uint8Array =>
        pictureOf([{ count, at: 0 }], bomb, { ZCMPTYPE: compression, ZBITPIX: 8 })
      await refused(picture(bomb.length), /tile 1 must inflate to at most its 100 pixels/)
      await refused(picture(bomb.length - 9), /tile 1 must/)
      const long = pictureOf([{ count: bomb.length, at: 0 }], bomb, { ZCMPTYPE: compression, ZBITPIX: 64 })
      await refused(long, /tile 1 must hold sound gzip data of at most its pixels/)
    }
  })

  it('with HCOMPRESS tiles that no memory holds, of one row, or in three axes is not supported', async () => {
    const heap = new Uint8Array(40)
    const of = (x: number, y: number, z = 1): Uint8Array =>
      pictureOf([{ count: 40, at: 0 }], heap, {
        ...{ ZCMPTYPE: "'HCOMPRESS_1'", ZNAXIS: 3, ZNAXIS1: x, ZNAXIS2: y, ZNAXIS3: z },
        ...{ ZTILE1: x, ZTILE2: y, ZTILE3: z },
      })
    for (const bytes of [of(8193, 8193), of(9, 1), of(9, 9, 9)])
      await expect(read(bytes)).rejects.toThrow(UnsupportedError)
    await refused(of(8000, 8000), /tile 1 must hold sound code/)
  })

  it('with pixels of eight bytes in Rice code, or a mask of its missing pixels, is not supported', async () => {
    await expect(read(withCard(rice, 'ZVAL2', 8))).rejects.toThrow(UnsupportedError)
    const masked = { NAXIS1: 16, NAXIS2: 1, TFIELDS: 2, TTYPE2: "'NULL_PIXEL_MASK'", TFORM2: "'1PB     '" }
    const both = [40, 8].map((count) => ({ count, at: 0 }))
    await expect(read(pictureOf(both, new Uint8Array(40), masked))).rejects.toThrow(/mask of missing pixels/)
    await expect(read(fake({ ZCMPTYPE: "'BZIP2_1 '" }))).rejects.toThrow(UnsupportedError)
  })

  it('with any bytes changed ends in an answer or an error of this project', async () => {
    const files = images.map(({ file }) => unpack(file))
    const place = fc.double({ min: 0, max: 0.999, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: files.length - 1 }),
        fc.boolean(),
        fc.array(fc.tuple(place, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        async (which, inData, changes) => {
          const bytes = files[which]!.slice()
          // The header of the table begins at 2,880; heaps stand at the end.
          const from = inData ? Math.floor(bytes.length / 2) : 2880
          for (const [at, byte] of changes) bytes[from + Math.floor(at * (bytes.length - from))] = byte
          await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(AstronomalyError))
        },
      ),
      { seed: 8, numRuns: 1500 },
    )
  })
})
