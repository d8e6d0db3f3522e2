import { AstronomalyError, FormatError, UnsupportedError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePlio } from '../../src/fits/tiles/plio.ts'
import { decodeRice } from '../../src/fits/tiles/rice.ts'
import { encodeFitsImage, encodeFitsTable, gunzip, listHdus, readFitsImage, readFitsTable } from '../../src/index.ts'
import { golden, rawFits, unpack } from '../read-golden.ts'
import { specimenTable } from './fits-specimens.ts'

const card = (keyword: string, value: string | number): string => `${keyword.padEnd(8)}= ${String(value).padStart(20)}`
const image = (...cards: string[]): string[] => [card('SIMPLE', 'T'), ...cards]

async function refused(
  bytes: Uint8Array,
  message: RegExp,
  read: (bytes: Uint8Array, options: { source: string }) => Promise<unknown> = readFitsImage,
): Promise<void> {
  const error = await read(bytes, { source: 'hostile.fits' }).then(
    () => undefined,
    (e: unknown) => e as Error,
  )
  expect(error).toBeInstanceOf(FormatError)
  expect(error!.message).toMatch(message)
  expect((error as FormatError).source).toBe('hostile.fits')
}

describe('a hostile header', () => {
  it.each<[string, string[], RegExp]>([
    ['no pixels type', image(card('NAXIS', 0)), /BITPIX must be 8, 16, 32, 64, -32 or -64. Received nothing/],
    ['an unknown pixel type', image(card('BITPIX', 12), card('NAXIS', 0)), /BITPIX must be/],
    ['no number of axes', image(card('BITPIX', 8)), /NAXIS must be present/],
    ['a missing axis', image(card('BITPIX', 8), card('NAXIS', 2), card('NAXIS1', 4)), /NAXIS2 must be present/],
    [
      'a negative axis',
      image(card('BITPIX', 8), card('NAXIS', 1), card('NAXIS1', -4)),
      /NAXIS1 must be an integer from 0/,
    ],
    ['half an axis', image(card('BITPIX', 8), card('NAXIS', 1), card('NAXIS1', 4.5)), /NAXIS1 must be an integer/],
    ['a million axes', image(card('BITPIX', 8), card('NAXIS', 1e6)), /NAXIS must be an integer from 0 to 999/],
    [
      'a size beyond 2^53',
      image(card('BITPIX', 8), card('NAXIS', 3), ...[1, 2, 3].map((i) => card(`NAXIS${i}`, 2 ** 31))),
      /less than 2\^53 pixels/,
    ],
    [
      'an axis beyond 2^53',
      image(card('BITPIX', 8), card('NAXIS', 1), card('NAXIS1', '99999999999999999999')),
      /NAXIS1 must be an integer from 0 to 9007199254740991/,
    ],
    [
      'a terabyte of pixels',
      image(card('BITPIX', -64), card('NAXIS', 2), card('NAXIS1', 2 ** 20), card('NAXIS2', 2 ** 17)),
      /data of HDU 0 must have 1099511627776 bytes. The file is truncated: 1099511627776 bytes are missing/,
    ],
    ['text for a number', image(card('BITPIX', "'8'"), card('NAXIS', 0)), /BITPIX must be a number/],
    [
      'junk for a number',
      image(card('BITPIX', '0x10'), card('NAXIS', 0)),
      /BITPIX must have a value of the FITS standard/,
    ],
  ])('with %s is refused', async (_, cards, message) => {
    await refused(rawFits(cards), message)
  })

  it.each<[string, string[], RegExp]>([
    [
      'more rows than bytes',
      [card('NAXIS1', 8), card('NAXIS2', 2 ** 40), card('TFIELDS', 1), card('TFORM1', "'1D'")],
      /bytes are missing/,
    ],
    [
      'rows of no bytes',
      [card('NAXIS1', 0), card('NAXIS2', 2 ** 40), card('TFIELDS', 1), card('TFORM1', "'0A'")],
      /NAXIS1 must be > 0/,
    ],
    [
      'columns wider than a row',
      [card('NAXIS1', 8), card('NAXIS2', 1), card('TFIELDS', 1), card('TFORM1', "'99999999D'")],
      /TFORM1 must fit a row of 8 bytes/,
    ],
    [
      'an unknown format',
      [card('NAXIS1', 8), card('NAXIS2', 1), card('TFIELDS', 1), card('TFORM1', "'8Z'")],
      /TFORM1 must be a binary table's format/,
    ],
    ['no number of columns', [card('NAXIS1', 8), card('NAXIS2', 1)], /TFIELDS must be present/],
    [
      'a column without format',
      [card('NAXIS1', 8), card('NAXIS2', 1), card('TFIELDS', 2), card('TFORM1', "'1D'")],
      /TFORM2/,
    ],
    [
      'a negative heap',
      [card('NAXIS1', 8), card('NAXIS2', 1), card('PCOUNT', -5), card('TFIELDS', 1)],
      /PCOUNT must be an integer from 0/,
    ],
  ])('of a table with %s is refused', async (_, cards, message) => {
    const head = [card('XTENSION', "'BINTABLE'"), card('BITPIX', 8), card('NAXIS', 2)]
    const primary = rawFits(image(card('BITPIX', 8), card('NAXIS', 0)))
    const table = rawFits([...head, ...cards], new Uint8Array(8))
    await refused(new Uint8Array([...primary, ...table]), message, readFitsTable)
  })

  it('is told from other files', () => {
    expect(() => listHdus(new Uint8Array(0))).toThrow('must not be empty')
    expect(() => listHdus(new TextEncoder().encode('hello'))).toThrow(/begin with 'SIMPLE {2}='/)
    expect(() => listHdus(Uint8Array.of(0x1f, 0x8b, 8))).toThrow(UnsupportedError)
    expect(() => listHdus(rawFits(['SIMPLE  =                    T']).subarray(0, 100))).toThrow(/must close with END/)
  })
})

/** Changes the number of a card in place. */
function withCard(bytes: Uint8Array, keyword: string, value: string | number): Uint8Array {
  const out = bytes.slice()
  const text = Buffer.from(out).toString('latin1')
  const at = text.indexOf(`${keyword.padEnd(8)}= `)
  expect(at).toBeGreaterThan(0)
  out.set(new TextEncoder().encode(card(keyword, value).padEnd(80)), at)
  return out
}

describe('a hostile compressed picture', () => {
  const rice = unpack(golden.images.find((c) => c.name === 'RICE_1 int32')!.file)
  const rows = unpack(golden.images.find((c) => c.name === 'RICE_1 uint16')!.file)

  it.each<[string, Uint8Array, RegExp]>([
    ['more tiles than rows', withCard(rows, 'ZNAXIS2', 24), /NAXIS2 must be the number of tiles, 24. Received 23/],
    [
      'more pixels than its bytes can stand for',
      withCard(withCard(rice, 'ZNAXIS1', 2 ** 20), 'ZTILE1', 2 ** 20),
      /ZNAXIS must not exceed \d+ pixels/,
    ],
    ['a tile of no size', withCard(rice, 'ZTILE1', 0), /ZTILE1 must be an integer from 1/],
    [
      'one pixel more than was coded',
      withCard(withCard(rice, 'ZNAXIS1', 900), 'ZTILE1', 900),
      /Rice code must stand for 20700 pixels/,
    ],
    ['a block size of nothing', withCard(rice, 'ZVAL1', 0), /ZVAL1 must be an integer from 1/],
    ['pixels of three bytes', withCard(rice, 'ZVAL2', 3), /BYTEPIX to 1, 2 or 4/],
  ])('with %s is refused', async (_, bytes, message) => {
    await refused(bytes, message)
  })

  it('with a tile outside the heap is refused', async () => {
    const bytes = rice.slice()
    const hdu = listHdus(bytes)[1]!
    new DataView(bytes.buffer).setInt32(hdu.dataOffset + 4, 2 ** 30)
    await refused(bytes, /must lie in the heap/)
    new DataView(bytes.buffer).setInt32(hdu.dataOffset, 0)
    await refused(bytes, /Tile 1 has none/)
  })

  it('with a gzip tile of another size is refused', async () => {
    const zipped = unpack(golden.images.find((c) => c.name === 'GZIP_1 int32')!.file)
    await refused(withCard(withCard(zipped, 'ZNAXIS1', 30), 'ZTILE1', 30), /tile must have 690 pixels/)
    await refused(withCard(withCard(zipped, 'ZNAXIS1', 3), 'ZTILE1', 3), /inflate to at most 552 bytes/)
  })

  it('never decodes random bytes beyond their count or without end', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 0, max: 500 }),
        fc.constantFrom<1 | 2 | 4>(1, 2, 4),
        (bytes, count, bytesPerPixel) => {
          try {
            expect(decodeRice(bytes, count, { blockSize: 32, bytesPerPixel })).toHaveLength(count)
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
          }
        },
      ),
      { seed: 6, numRuns: 1000 },
    )
  })
})

describe('a PLIO list', () => {
  const list = (...words: number[]): Uint8Array => {
    const bytes = new Uint8Array(2 * words.length)
    words.forEach((word, i) => {
      new DataView(bytes.buffer).setUint16(2 * i, word)
    })
    return bytes
  }
  /** A list of the newer kind: header of seven words, then instructions. */
  const of = (...instructions: number[]): Uint8Array =>
    list(0, 7, 0xff9c, 7 + instructions.length, 0, 0, 0, ...instructions)

  it('has runs, jumps and steps of a value', () => {
    // 2 zeros; 2 of value 1; value + 4; 1 zero and that value; set 0x5002; 1 of it; value - 1 once; value + 2 once.
    const instructions = [0x0002, 0x4002, 0x2004, 0x5002, 0x1002, 0x0005, 0x4001, 0x7001, 0x6002]
    const expected = [0, 0, 1, 1, 0, 5, 0x5002, 0x5001, 0x5003, 0]
    expect(Array.from(decodePlio(of(...instructions), 10))).toEqual(expected)
    const old = list(0, 0, 3 + instructions.length, ...instructions)
    expect(Array.from(decodePlio(old, 10))).toEqual(expected)
  })

  it('is refused when it is short, long or unknown', () => {
    expect(() => decodePlio(list(0, 7), 4)).toThrow('have a header')
    expect(() => decodePlio(of(0x4005), 4)).toThrow('at most 4 pixels')
    expect(() => decodePlio(of(0x8001), 4)).toThrow('known instructions. Received 8')
    expect(() => decodePlio(of(0x1001), 4)).toThrow('both halves')
    expect(() => decodePlio(of(0x4001, 0x4001).subarray(0, 16), 4)).toThrow('have 9 words. Received 8')
  })
})

describe('a truncated file', () => {
  it('is refused at every length, or gives the very pixels of the whole file', async () => {
    const whole = encodeFitsImage({ data: Float32Array.from({ length: 40 * 20 }, (_, i) => i), shape: [40, 20] })
    const { data } = await readFitsImage(whole)
    let complete = 0
    for (let length = 0; length < whole.length; length += 61) {
      const read = await readFitsImage(whole.subarray(0, length), { source: 'cut.fits' }).catch((e: unknown) => e)
      if (read instanceof Error) {
        expect(read).toBeInstanceOf(FormatError)
        if (length >= 2880) {
          expect(read.message).toContain(`${2880 + 3200 - length} bytes are missing`)
          expect((read as FormatError).offset).toBe(length)
        }
      } else {
        // Only padding is missing.
        expect(length).toBeGreaterThanOrEqual(2880 + 3200)
        expect((read as { data: unknown }).data).toEqual(data)
        complete++
      }
    }
    expect(complete).toBeGreaterThan(0)
  })

  it.each(['RICE_1 int16 cube in tiles', 'GZIP_2 float32 quantised, method 2'])(
    'with a compressed picture is refused or whole: %s',
    async (name) => {
      const whole = unpack(golden.images.find((c) => c.name === name)!.file)
      const { data } = await readFitsImage(whole)
      for (let length = 0; length < whole.length; length += 397) {
        const read = await readFitsImage(whole.subarray(0, length)).catch((e: unknown) => e)
        if (read instanceof Error) expect(read).toBeInstanceOf(AstronomalyError)
        else expect((read as { data: unknown }).data).toEqual(data)
      }
    },
  )

  it('with a table is refused or whole', async () => {
    const whole = encodeFitsTable(specimenTable)
    for (let length = 0; length < whole.length; length += 199) {
      const read = await readFitsTable(whole.subarray(0, length)).catch((e: unknown) => e)
      if (read instanceof Error) expect(read).toBeInstanceOf(FormatError)
      else expect(read).toEqual(await readFitsTable(whole))
    }
  })

  it('with any byte changed ends in an answer or an error of this project', async () => {
    const files = [
      encodeFitsImage({ data: Int16Array.from({ length: 30 }, (_, i) => i), shape: [5, 6] }),
      unpack(golden.images.find((c) => c.name === 'RICE_1 float32 quantised, method 1')!.file),
      encodeFitsTable(specimenTable),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 1, 2),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        async (which, place, byte) => {
          const bytes = files[which]!.slice()
          bytes[place % bytes.length] = byte
          for (const read of [readFitsImage, readFitsTable]) {
            await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(AstronomalyError))
          }
        },
      ),
      { seed: 7, numRuns: 1500 },
    )
  })
})

describe('gunzip', () => {
  const zip = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  }

  it('inflates up to its bound and no byte further', async () => {
    const packed = await zip(new Uint8Array(10_000_000))
    expect(packed.length).toBeLessThan(20_000)
    expect(await gunzip(packed, { maxBytes: 10_000_000 })).toHaveLength(10_000_000)
    await expect(gunzip(packed, { maxBytes: 9_999_999, source: 'bomb.gz' })).rejects.toThrow(
      /at most 9999999 bytes.*bomb\.gz/,
    )
    await expect(gunzip(packed, { maxBytes: 0 })).rejects.toThrow(FormatError)
  })

  it('refuses truncated and corrupt data', async () => {
    const packed = await zip(Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251))
    for (let length = 0; length < packed.length; length += 37) {
      await expect(gunzip(packed.subarray(0, length), { maxBytes: 1e6 })).rejects.toThrow(FormatError)
    }
    packed[200]! ^= 0x55
    await expect(gunzip(packed, { maxBytes: 1e6 })).rejects.toThrow(FormatError)
  })
})
