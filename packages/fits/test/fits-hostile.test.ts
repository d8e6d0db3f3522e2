import { gzipSync } from 'node:zlib'
import { AstronomalyError, FormatError, NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unpack as unpackFile } from '../src/bytes/index.ts'
import { encodeFitsImage, encodeFitsTable, listHdus, openFits, readFitsImage, readFitsTable } from '../src/index.ts'
import { countingByteSource } from './bytes/counting-byte-source.ts'
import { specimenTable } from './fits-specimens.ts'
import { golden, rawFits, unpack } from './read-golden.ts'

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

  it('is told from other files', async () => {
    await expect(listHdus(new Uint8Array(0))).rejects.toThrow('must not be empty')
    await expect(listHdus(new TextEncoder().encode('hello'))).rejects.toThrow(/begin with 'SIMPLE {2}='/)
    await expect(listHdus(Uint8Array.of(0x1f, 0x8b, 8))).rejects.toThrow(/gzip: data must be whole/)
    await expect(listHdus(Uint8Array.of(0x1f, 0x9d, 8))).rejects.toThrow(UnsupportedError)
    const cut = rawFits(['SIMPLE  =                    T']).subarray(0, 100)
    await expect(listHdus(cut)).rejects.toThrow(/must close with END/)
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

describe('unpack', () => {
  const zip = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  }

  it('unpacks up to its bound and no byte further', async () => {
    const packed = await zip(new Uint8Array(10_000_000))
    expect(packed.length).toBeLessThan(20_000)
    expect(await unpackFile(packed, { maxBytes: 10_000_000 })).toHaveLength(10_000_000)
    await expect(unpackFile(packed, { maxBytes: 9_999_999, source: 'bomb.gz' })).rejects.toThrow(
      /at most 9999999 bytes.*bomb\.gz/,
    )
    await expect(unpackFile(packed, { maxBytes: 0 })).rejects.toThrow(FormatError)
  })

  it('refuses truncated and corrupt data', async () => {
    const packed = await zip(Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251))
    for (let length = 3; length < packed.length; length += 37) {
      await expect(unpackFile(packed.subarray(0, length), { maxBytes: 1e6 })).rejects.toThrow(FormatError)
    }
    packed[200]! ^= 0x55
    await expect(unpackFile(packed, { maxBytes: 1e6 })).rejects.toThrow(FormatError)
  })
})

describe('headers without end', () => {
  const blank = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length).fill(0x20)
    bytes.set(rawFits([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 0)]).subarray(0, 240))
    return bytes
  }

  it('are read up to the bound and no further', async () => {
    const source = countingByteSource(blank(30_000_000), 'endless.fits')
    const error = await listHdus(source, { maxHeaderBytes: 2 ** 20 }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as Error).message).toMatch(
      /headers must have at most 1048576 bytes.*endless\.fits, keyword END, byte 0/,
    )
    expect(Math.max(...source.reads.map(({ end }) => end))).toBe(2 ** 20)
    // Twice as much each time, and the bound in the end: all reads together are less than three times the bound.
    expect(source.bytesRead()).toBeLessThan(3 * 2 ** 20)
    await expect(listHdus(blank(100_000))).rejects.toThrow(/must close with END. There is none in the 1250 cards/)
  })

  it('are bounded in all, however many extensions there are', async () => {
    const image = [
      card('XTENSION', "'IMAGE'"),
      card('BITPIX', 8),
      card('NAXIS', 0),
      card('PCOUNT', 0),
      card('GCOUNT', 1),
    ]
    const primary = rawFits([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 0)])
    const many = Buffer.concat([primary, ...Array.from({ length: 50 }, () => rawFits(image))])
    expect(await listHdus(many)).toHaveLength(51)
    for (const maxHeaderBytes of [10 * 2880, 10 * 2880 + 5]) {
      const source = countingByteSource(many)
      await expect(listHdus(source, { maxHeaderBytes })).rejects.toThrow(/headers must have at most \d+ bytes/)
      expect(source.reads.at(-1)!.end).toBeLessThanOrEqual(14 * 2880)
    }
    expect(await listHdus(many, { maxHeaderBytes: 51 * 2880 })).toHaveLength(51)
  })

  it('stop at binary junk at once', async () => {
    const bytes = blank(3_000_000)
    bytes.fill(0, 5 * 80)
    const source = countingByteSource(bytes, 'junk.fits')
    await expect(listHdus(source)).rejects.toThrow(
      /keywords must be printable ASCII. Received byte 0x0. \(junk\.fits, byte 400\)/,
    )
    expect(source.reads).toHaveLength(1)
  })
})

describe('what stands behind the last HDU', () => {
  const picture = encodeFitsImage({ data: new Int16Array(5), shape: [5] })

  it('is passed over when it is no extension, and read when it is', async () => {
    for (const rest of [new Uint8Array(2880), new Uint8Array(100_000).fill(255), picture, picture.subarray(0, 10)]) {
      expect(await listHdus(Buffer.concat([picture, rest]))).toHaveLength(1)
    }
    const cut = Buffer.concat([picture, rawFits([card('XTENSION', "'IMAGE'"), card('BITPIX', 8)])])
    await expect(listHdus(cut)).rejects.toThrow(/NAXIS must be present/)
    // The picture before it is read all the same.
    expect((await readFitsImage(cut)).data).toHaveLength(5)
    await expect(readFitsImage(cut, { hdu: 1 })).rejects.toThrow(FormatError)
    const short = cut.subarray(0, picture.length + 160)
    await expect(listHdus(short)).rejects.toThrow(
      `must close with END. There is none in the 2 cards from byte ${picture.length} on`,
    )
  })

  it('need not be there although the header says so', async () => {
    const alone = rawFits([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 0), card('EXTEND', 'T')])
    expect(await listHdus(alone)).toHaveLength(1)
    await expect(readFitsImage(alone, { hdu: 1 })).rejects.toThrow(NotFoundError)
    await expect(readFitsImage(alone, { hdu: 'SCI' })).rejects.toThrow(/HDU must exist. Received "SCI"/)
    await expect(readFitsImage(alone)).rejects.toThrow('file must hold an image. It has none.')
    await expect(readFitsImage('a.fits' as never)).rejects.toThrow(ParameterError)
  })
})

describe('random groups', () => {
  it('are an UnsupportedError by name, and passed over on the way to other HDUs', async () => {
    const cards = [card('SIMPLE', 'T'), card('BITPIX', 16), card('NAXIS', 2), card('NAXIS1', 0), card('NAXIS2', 3)]
    const groups = rawFits([...cards, card('GROUPS', 'T'), card('PCOUNT', 2), card('GCOUNT', 4)], new Uint8Array(2880))
    const picture = rawFits(
      [card('XTENSION', "'IMAGE'"), card('BITPIX', 8), card('NAXIS', 1), card('NAXIS1', 2)],
      Uint8Array.of(7, 8),
    )
    const both = Buffer.concat([groups, picture])
    expect((await listHdus(both)).map(({ kind, dataLength }) => [kind, dataLength])).toEqual([
      ['random-groups', 40],
      ['image', 2],
    ])
    const refusal = readFitsImage(both, { hdu: 0, source: 'uv.fits' }).catch((e: unknown) => e)
    expect(await refusal).toBeInstanceOf(UnsupportedError)
    expect(String(await refusal)).toContain('FITS: random groups are not read; HDU 0 holds them (uv.fits).')
    expect(Array.from((await readFitsImage(both)).data)).toEqual([7, 8])
  })
})

describe('a gzipped file', () => {
  const data = Float32Array.from({ length: 90_000 }, (_, i) => Math.fround(Math.sin(i * i)))
  const plain = encodeFitsImage({ data, shape: [300, 300] })
  const packed = new Uint8Array(gzipSync(plain))

  it('is inflated for its header no further than that', async () => {
    const source = countingByteSource(packed, 'a.fits.gz')
    const file = await openFits(source)
    expect((await file.hdu(0)).shape).toEqual([300, 300])
    expect(source.bytesRead()).toBeLessThan(packed.length / 4)
    const { data: read } = await readFitsImage(file)
    expect(read.every((value, i) => value === data[i])).toBe(true)
  })

  it('that announces more than it holds, or is cut, is refused before memory is taken', async () => {
    const announced = plain.slice()
    announced.set(new TextEncoder().encode(card('NAXIS2', 4000).padEnd(80)), 4 * 80)
    await refused(
      new Uint8Array(gzipSync(announced)),
      /must have 4800000 bytes. The file is truncated: 4440000 bytes are missing/,
    )
    announced.set(new TextEncoder().encode(card('NAXIS2', 2 ** 40).padEnd(80)), 4 * 80)
    await refused(new Uint8Array(gzipSync(announced)), /The file is truncated/)
    await refused(packed.subarray(0, packed.length - 2000), /gzip: data must be whole and sound/)
    const table = encodeFitsTable({
      rowCount: 3000,
      columns: new Map([['x', { values: new Float64Array(3000), width: 1 }]]),
    })
    await refused(
      new Uint8Array(gzipSync(table.subarray(0, table.length - 14_400))),
      /must have 24000 bytes. The file is truncated: 12480 bytes are missing/,
      readFitsTable,
    )
  })

  it('that is a bomb is refused at its bound', async () => {
    const bomb = new Uint8Array(gzipSync(encodeFitsImage({ data: new Float32Array(2_000_000), shape: [2_000_000] })))
    const file = await openFits(bomb, { maxBytes: 1_000_000, source: 'bomb.gz' })
    expect((await file.hdu(0)).shape).toEqual([2_000_000])
    await expect(readFitsImage(file)).rejects.toThrow(
      /unpack to at most 1000000 bytes. They go on beyond. \(bomb\.gz\)/,
    )
  })
})
