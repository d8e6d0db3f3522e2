import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { FormatError, image, NotFoundError, ParameterError, ShapeError, UnsupportedError } from '@astronomaly/core'
import { encodeFitsImage, type FitsCard } from '@astronomaly/fits'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { encodePicture, readBands, readImage } from '../../src/node.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'io-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function keep(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

const ramp = (count: number, step = 1): Float32Array => Float32Array.from({ length: count }, (_, i) => i * step)
const tan: FitsCard[] = [
  { keyword: 'CTYPE1', value: 'RA---TAN' },
  { keyword: 'CTYPE2', value: 'DEC--TAN' },
  { keyword: 'CRPIX1', value: 4 },
  { keyword: 'CRPIX2', value: 3 },
  { keyword: 'CRVAL1', value: 150.5 },
  { keyword: 'CRVAL2', value: -2.25 },
  { keyword: 'CDELT1', value: -0.001 },
  { keyword: 'CDELT2', value: 0.001 },
]

describe('readImage of FITS', () => {
  it('makes channels of planes, keeps rows and tells bands and position', async () => {
    const data = ramp(3 * 5 * 7)
    data[9] = Number.NaN
    const cards: FitsCard[] = [...tan, { keyword: 'BANDS', value: 'grz' }]
    const path = await keep('cube.fits', encodeFitsImage({ data, shape: [3, 5, 7], header: cards }))
    const loaded = await readImage(path)
    expect(loaded.image.shape).toEqual([5, 7, 3])
    expect(Array.from(loaded.image.data.slice(0, 6))).toEqual([0, 35, 70, 1, 36, 71])
    expect(loaded.image.data[9 * 3]).toBeNaN()
    expect(loaded).toMatchObject({ origin: 'science', bands: ['g', 'r', 'z'], ra: 150.5, dec: -2.25, warnings: [] })
  })

  it('reads one plane, gzipped or not, whatever its name', async () => {
    const bytes = encodeFitsImage({ data: Float64Array.from(ramp(12, 0.1)), shape: [1, 1, 3, 4] })
    const plain = await readImage(await keep('plain.png', bytes))
    expect(plain.image).toMatchObject({ shape: [3, 4, 1], data: Float32Array.from(ramp(12, 0.1)) })
    expect(plain.bands).toBeUndefined()
    expect(plain.ra).toBeUndefined()
    expect(await readImage(await keep('packed.fits.gz', gzipSync(bytes)))).toEqual(plain)
  })

  it('tells pictures that say that they are simulated, also one file a band', async () => {
    const write = (name: string, ...header: FitsCard[]) =>
      keep(name, encodeFitsImage({ data: ramp(12), shape: [3, 4], header: [...tan, ...header] }))
    const made = await write('made.fits', { keyword: 'SIMULATE', value: true })
    const real = await write('real.fits', { keyword: 'SIMULATE', value: false }, { keyword: 'OBJECT', value: 'T' })
    expect((await readImage(made)).simulated).toBe(true)
    expect(await readImage(real)).not.toHaveProperty('simulated')
    expect(
      (
        await readBands([
          ['g', real],
          ['r', made],
        ])
      ).simulated,
    ).toBe(true)
    expect(await readBands([['g', real]])).not.toHaveProperty('simulated')
  })

  it('takes RA and DEC in degrees where there is no map', async () => {
    const at = async (...header: FitsCard[]) => {
      const { ra, dec, warnings } = await readImage(
        await keep('at.fits', encodeFitsImage({ data: ramp(4), shape: [2, 2], header })),
      )
      return { ra, dec, warnings: warnings.length }
    }
    expect(await at({ keyword: 'RA', value: 10 }, { keyword: 'DEC', value: -5 })).toEqual({
      ra: 10,
      dec: -5,
      warnings: 0,
    })
    const place = { ra: 180, dec: -5, warnings: 0 }
    expect(await at({ keyword: 'RA', value: '12:00:00' }, { keyword: 'DEC', value: '-05 00 00' })).toEqual(place)
    expect(await at({ keyword: 'RA', value: -180 }, { keyword: 'DEC', value: -5 })).toEqual(place)
    for (const ra of [400, 'north']) {
      expect(await at({ keyword: 'RA', value: ra }, { keyword: 'DEC', value: -5 })).toEqual({ warnings: 1 })
    }
    expect(await at({ keyword: 'DEC', value: -5 })).toEqual({ warnings: 0 })
    // astropy: SkyCoord(150, 2, unit='deg', frame=FK4(equinox='B1950')).icrs
    const cards = [
      { keyword: 'RA', value: '10:00:00' },
      { keyword: 'DEC', value: '+02:00:00' },
    ] as const
    const old = await at(...cards, { keyword: 'EQUINOX', value: 1950 })
    expect([old.ra, old.dec, old.warnings]).toEqual([
      expect.closeTo(150.645122559, 7),
      expect.closeTo(1.758128779, 7),
      0,
    ])
    for (const equinox of [
      { keyword: 'EQUINOX', value: 2451545 },
      { keyword: 'RADESYS', value: 'GAPPT' },
    ]) {
      expect(await at(...cards, equinox)).toEqual({ warnings: 1 })
    }
    const broken = tan.map((card) => (card.keyword === 'CRVAL1' ? { ...card, value: 'unknown' } : card))
    expect(await at(...broken, { keyword: 'RA', value: 1 }, { keyword: 'DEC', value: 2 })).toEqual({
      ra: 1,
      dec: 2,
      warnings: 1,
    })
    const unfollowed = tan.map((card) =>
      typeof card.value === 'string' ? { ...card, value: card.value.replace('TAN', 'ZPN') } : card,
    )
    expect(await at(...unfollowed, { keyword: 'RA', value: 1 }, { keyword: 'DEC', value: 2 })).toEqual({
      ra: 1,
      dec: 2,
      warnings: 1,
    })
    const b1950 = await at(...tan, { keyword: 'EQUINOX', value: 1950 })
    // astropy: SkyCoord(…, frame=FK4(equinox='B1950')).icrs
    expect([b1950.ra, b1950.dec, b1950.warnings]).toEqual([
      expect.closeTo(151.137477394, 8),
      expect.closeTo(-2.494564168, 8),
      0,
    ])
    expect(await at(...tan, { keyword: 'RADESYS', value: 'GAPPT' })).toEqual({ warnings: 1 })
  })

  it('takes the first image of two axes and refuses long cubes', async () => {
    const line = encodeFitsImage({ data: ramp(5), shape: [5] })
    await expect(readImage(await keep('line.fits', line))).rejects.toThrow('at least two axes')
    const cube = encodeFitsImage({ data: ramp(6 * 4), shape: [6, 2, 2] })
    const error = await readImage(await keep('cube6.fits', cube)).catch((e: unknown) => e as Error)
    expect(error).toBeInstanceOf(UnsupportedError)
    expect((error as Error).message).toMatch(/at most 5 planes. Received 6 .*cube6\.fits/)
    expect(
      (await readImage(await keep('cube5.fits', encodeFitsImage({ data: ramp(20), shape: [5, 2, 2] })))).image.shape,
    ).toEqual([2, 2, 5])
    const four = encodeFitsImage({ data: ramp(16), shape: [2, 2, 2, 2] })
    await expect(readImage(await keep('four.fits', four))).rejects.toThrow(UnsupportedError)
  })
})

describe('readImage of pictures', () => {
  const rgb = Uint8Array.from({ length: 6 * 4 * 3 }, (_, i) => (i * 37) % 256)
  const raw = { raw: { width: 6, height: 4, channels: 3 as const } }

  it.each(['png', 'tiff', 'webp'] as const)('gives the stored values of a lossless %s', async (format) => {
    const bytes = await sharp(rgb, raw)
      .toFormat(format, { lossless: true, compression: 'lzw' } as object)
      .toBuffer()
    const loaded = await readImage(await keep(`colour.${format}`, bytes))
    expect(loaded).toMatchObject({ origin: 'rendered', warnings: [] })
    expect(loaded.image.shape).toEqual([4, 6, 3])
    expect(Array.from(loaded.image.data)).toEqual(Array.from(rgb))
  })

  it('gives one channel for grey, also where it is stored in three', async () => {
    const grey = rgb.slice(0, 24)
    const one = { raw: { width: 6, height: 4, channels: 1 as const } }
    const single = await sharp(grey, one).toColourspace('b-w').png().toBuffer()
    const triple = await sharp(grey, one).toColourspace('srgb').png({ palette: false }).toBuffer()
    expect((await sharp(triple).metadata()).channels).toBe(3)
    for (const bytes of [single, triple]) {
      const { image: own } = await readImage(await keep('grey.png', bytes))
      expect(own.shape).toEqual([4, 6, 1])
      expect(Array.from(own.data)).toEqual(Array.from(grey))
    }
  })

  it('puts 16 bits on the scale of 8', async () => {
    const deep = Uint16Array.from([0, 257, 65535, 1000, 128, 32896])
    const grey = await sharp(deep, { raw: { width: 3, height: 2, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
    const own = await readImage(await keep('deep.png', grey))
    expect(own.image.shape).toEqual([2, 3, 1])
    expect(Array.from(own.image.data)).toEqual(Array.from(deep, (v) => Math.fround(v / 257)))
    const colour = await sharp(deep, { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .tiff({ compression: 'lzw' })
      .toBuffer()
    const three = await readImage(await keep('deep.tif', colour))
    expect(three.image.shape).toEqual([1, 2, 3])
    expect(Array.from(three.image.data)).toEqual(Array.from(deep, (v) => Math.fround(v / 257)))
  })

  it('drops transparency without darkening what it hides', async () => {
    const rgba = Uint8Array.from([200, 100, 50, 0, 10, 20, 30, 255])
    const bytes = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer()
    const { image: own } = await readImage(await keep('alpha.png', bytes))
    expect(Array.from(own.data)).toEqual([200, 100, 50, 10, 20, 30])
  })

  it.each([
    ['of 10 bits', 1023, 10],
    ['of 12 bits', 4095, 12],
    ['of 12 bits, but for the last', 2048, 12],
    ['of 14 bits', 8192, 14],
    ['of 16 bits', 32_768, 16],
    ['of 3 at most', 3, 2],
    ['of zeros', 0, 1],
  ])('tells how many bits a deep picture uses, and puts them on the scale of 8: %s', async (_, most, bits) => {
    const deep = Uint16Array.from([0, most, Math.floor(most / 2), 0])
    for (const format of ['png', 'tiff'] as const) {
      const picture = sharp(deep, { raw: { width: 2, height: 2, channels: 1 } }).toColourspace('grey16')
      const path = await keep(`bits.${format}`, await picture.toFormat(format, { compression: 'lzw' }).toBuffer())
      const plain = await readImage(path)
      expect(plain.bits).toBe(bits)
      expect(Array.from(plain.image.data)).toEqual(Array.from(deep, (v) => Math.fround(v / 257)))
      const stretched = await readImage(path, { bits })
      expect(Array.from(stretched.image.data)).toEqual(
        Array.from(deep, (v) => Math.fround(v / ((2 ** bits - 1) / 255))),
      )
      expect(stretched.image.data[1]).toBeLessThanOrEqual(255)
      expect([...plain.warnings, ...stretched.warnings]).toEqual([])
    }
  })

  it('says where a picture uses more bits than it is told, and keeps the scale', async () => {
    const deep = sharp(Uint16Array.from([0, 4095, 8190, 1]), { raw: { width: 2, height: 2, channels: 1 } })
    const path = await keep('more.png', await deep.toColourspace('grey16').png().toBuffer())
    const { image, warnings } = await readImage(path, { bits: 12 })
    expect(Array.from(image.data.slice(0, 3))).toEqual([0, 255, 510])
    expect(warnings).toEqual(['picture uses 13 bits, more than 12: its values go on beyond white, up to 510'])
    const bands = await readBands([['g', path]], { bits: 13 })
    expect(bands.bits).toBe(13)
    expect(bands.warnings).toEqual([])
    await expect(readImage(path, { bits: 17 })).rejects.toThrow(ParameterError)
  })

  it('has no bits of a picture of 8', async () => {
    const picture = sharp(Uint8Array.of(0, 3, 1, 2), { raw: { width: 2, height: 2, channels: 1 } })
    const own = await readImage(await keep('eight.png', await picture.toColourspace('b-w').png().toBuffer()), {
      bits: 2,
    })
    expect(own.bits).toBeUndefined()
    expect(Array.from(own.image.data)).toEqual([0, 3, 1, 2])
  })

  it.each<[string, number, 1 | 2 | 3 | 4, 'grey16' | 'rgb16']>([
    ['grey with transparency', 1, 2, 'grey16'],
    ['colours with transparency', 3, 4, 'rgb16'],
  ])('puts 16 bits of %s on the scale of 8, what it hides too', async (_, colours, channels, space) => {
    const deep = Uint16Array.from({ length: 6 * channels }, (__, i) => (i * 7919) % 65_536)
    for (let i = channels - 1; i < deep.length; i += channels) deep[i] = i % 2 === 0 ? 0 : 65_535
    const expected = [...deep].filter((__, i) => i % channels < colours).map((v) => Math.fround(v / 257))
    const made = sharp(deep, { raw: { width: 3, height: 2, channels } }).toColourspace(space)
    for (const bytes of [
      await made.clone().png().toBuffer(),
      await made.clone().tiff({ compression: 'lzw' }).toBuffer(),
    ]) {
      const { image: own, warnings } = await readImage(await keep('deep-alpha', bytes))
      expect(own.shape).toEqual([2, 3, colours])
      expect(Array.from(own.data)).toEqual(expected)
      expect(warnings).toEqual([])
    }
  })

  it('reads grey with transparency, palettes and single bits', async () => {
    const pair = Uint8Array.from([10, 255, 20, 0])
    const soft = await sharp(pair, { raw: { width: 2, height: 1, channels: 2 } })
      .png()
      .toBuffer()
    expect((await readImage(await keep('soft.png', soft))).image).toMatchObject({
      shape: [1, 2, 1],
      data: Float32Array.of(10, 20),
    })
    const few = Uint8Array.from([200, 100, 50, 10, 20, 30, 255, 255, 255, 0, 0, 0])
    const palette = await sharp(few, { raw: { width: 2, height: 2, channels: 3 } })
      .png({ palette: true })
      .toBuffer()
    expect(Array.from((await readImage(await keep('palette.png', palette))).image.data)).toEqual(Array.from(few))
    const bits = await sharp(Uint8Array.of(0, 255, 255, 0), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .tiff({ bitdepth: 1, compression: 'none' })
      .toBuffer()
    expect(Array.from((await readImage(await keep('bits.tif', bits))).image.data)).toEqual([0, 255, 255, 0])
  })

  it('turns printing inks into colours and says so, and refuses other measures of colour', async () => {
    const white = new Uint8Array(12).fill(255)
    const four = { raw: { width: 2, height: 2, channels: 3 as const } }
    for (const format of ['jpeg', 'tiff'] as const) {
      const inks = await sharp(white, four).toColourspace('cmyk').toFormat(format).toBuffer()
      expect((await sharp(inks).metadata()).space).toBe('cmyk')
      const loaded = await readImage(await keep('inks', inks))
      expect(Array.from(loaded.image.data)).toEqual([255, 255, 255, 255])
      expect(loaded.warnings).toEqual([
        'picture is of printing inks (CMYK); its colours are turned into red, green and blue',
      ])
    }
    const lab = await sharp(white, four).toColourspace('lab').tiff({ compression: 'none' }).toBuffer()
    await expect(readImage(await keep('lab.tif', lab))).rejects.toThrow(
      /must have 8 or 16 bits a value. Received float, lab/,
    )
  })

  it('does not turn a picture over, whatever its camera says', async () => {
    const bytes = await sharp(rgb, raw).withMetadata({ orientation: 6 }).png().toBuffer()
    expect((await readImage(await keep('turned.png', bytes))).image.shape).toEqual([4, 6, 3])
  })

  it('takes the first of several pages and says so', async () => {
    const second = Uint8Array.from(rgb, (value) => 255 - value)
    const one = await Promise.all([rgb, second].map((pixels) => sharp(pixels, raw).png().toBuffer()))
    const pages = await sharp(one, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer()
    const loaded = await readImage(await keep('pages.webp', pages))
    expect(loaded.warnings).toEqual(['picture has 2 pages; the first is used'])
    expect(Array.from(loaded.image.data)).toEqual(Array.from(rgb))
  })

  it('refuses what is truncated at any length, and never gives half a picture', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31 + i * 7) % 256)
    const source = { raw: { width: 64, height: 64, channels: 3 as const } }
    for (const format of ['jpeg', 'png', 'webp', 'tiff'] as const) {
      const whole = await sharp(noise, source).toFormat(format).toBuffer()
      const expected = await readImage(await keep(`whole.${format}`, whole))
      for (let k = 1; k <= 24; k++) {
        const length = k === 24 ? whole.length - 1 : Math.floor((whole.length * k) / 24)
        const path = await keep('cut', whole.subarray(0, length))
        const read = await readImage(path).catch((e: unknown) => e)
        if (read instanceof Error) {
          expect(read).toBeInstanceOf(FormatError)
          expect(read.message).toContain(path)
        } else expect(read, `${format} ${length} of ${whole.length}`).toEqual(expected)
        if (length < 0.9 * whole.length) expect(read, `${format} ${length}`).toBeInstanceOf(FormatError)
      }
    }
  })

  it('refuses what is no picture, with its path', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    for (const [name, content] of [
      ['empty.png', ''],
      ['text.jpg', 'hello'],
      ['drawing.png', svg],
      ['head.png', '\u0089PNG\r\n\u001a\n'],
      ['fits.fits', 'SIMPLE  =                    T'],
    ] as const) {
      const path = await keep(name, Buffer.from(content, 'latin1'))
      const error = await readImage(path).catch((e: unknown) => e)
      expect(error, name).toBeInstanceOf(FormatError)
      expect((error as FormatError).source).toBe(path)
    }
    await expect(readImage(await keep('t.gz', gzipSync('hello')))).rejects.toThrow(FormatError)
    await expect(readImage(await keep('b.gz', gzipSync('hello').subarray(0, 20)))).rejects.toThrow(FormatError)
    await expect(readImage(await keep('x.fits.bz2', Buffer.from('BZh91AY')))).rejects.toThrow(
      /bzip2: data must be whole.*x\.fits\.bz2/,
    )
    await expect(readImage(await keep('x.fits.Z', Buffer.from([0x1f, 0x9d, 0x90])))).rejects.toThrow(
      /Received LZW \(\.Z\) data .*x\.fits\.Z/,
    )
    await expect(readImage(join(folder, 'none.png'))).rejects.toThrow(NotFoundError)
    await expect(readImage(folder)).rejects.toThrow('must be that of a file')
  })

  it('refuses what is larger than its bounds before it is decoded', async () => {
    const bomb = await sharp(rgb, raw).png().toBuffer()
    bomb.writeUInt32BE(12000, 16)
    bomb.writeUInt32BE(12000, 20)
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29)
    const path = await keep('bomb.png', bomb)
    await expect(readImage(path)).rejects.toThrow(/at most 268435456 values. Received 12000 x 12000 x 3/)
    await expect(readImage(path, { maxBytes: 100 })).rejects.toThrow(/at most 100 bytes. Received/)
    const fits = encodeFitsImage({ data: new Float32Array(10_000), shape: [100, 100] })
    await expect(readImage(await keep('big.fits', fits), { maxPixels: 9999 })).rejects.toThrow('at most 9999 pixels')
    const packed = await keep('big.fits.gz', gzipSync(fits))
    await expect(readImage(packed, { maxBytes: 20_000 })).rejects.toThrow(
      /unpack to at most 20000 bytes.*big\.fits\.gz/,
    )
    await expect(readImage(packed, { maxPixels: 0 })).rejects.toThrow(ParameterError)
    await expect(readImage(packed, { size: 3 } as object)).rejects.toThrow("unknown option 'size'")
  })

  it.skipIf(!hasShared)('reads real pictures of every set', async () => {
    for (const [set, channels] of [
      ['efigi_sdss', [3]],
      ['gz2_sdss', [3]],
      ['sdss_stripe', [3]],
      ['euclid_q1_mergers', [1]],
      ['first_radio', [1]],
    ] as const) {
      const root = sharedFile(`data/A_images/${set}`)
      const files = (await readdir(root, { recursive: true })).filter((file) => /\.(png|jpe?g)$/.test(file)).sort()
      expect(files.length).toBeGreaterThan(500)
      for (const file of files.slice(0, 10)) {
        const loaded = await readImage(join(root, file))
        expect(loaded.origin).toBe('rendered')
        expect(channels).toContain(loaded.image.shape[2])
        expect(loaded.image.data.every((value) => value >= 0 && value <= 255)).toBe(true)
      }
    }
  })
})

describe('readBands', () => {
  const plane = async (name: string, shape: readonly number[], header: FitsCard[] = []): Promise<string> =>
    keep(name, encodeFitsImage({ data: ramp(shape.reduce((a, b) => a * b, 1)), shape, header }))

  it('makes a channel of each file, in the order of the keys', async () => {
    const z = await plane('z.fits', [2, 3], tan)
    const g = await plane('g.fits', [2, 3])
    const loaded = await readBands([
      ['z', z],
      ['g', g],
    ])
    expect(loaded.image.shape).toEqual([2, 3, 2])
    expect(Array.from(loaded.image.data)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
    expect(loaded).toMatchObject({ origin: 'science', bands: ['z', 'g'], warnings: [] })
    expect(loaded.ra).toBeCloseTo(150.502, 3)
  })

  it('names both files when sizes differ, and the file that is no plane', async () => {
    const g = await plane('g.fits', [2, 3])
    const r = await plane('r.fits', [3, 2])
    const error = await readBands([
      ['g', g],
      ['r', r],
    ]).catch((e: unknown) => e as Error)
    expect(error).toBeInstanceOf(ShapeError)
    expect((error as Error).message).toContain(`${g} has 3 x 2, ${r} has 2 x 3`)
    const cube = await plane('cube.fits', [3, 2, 3])
    await expect(
      readBands([
        ['g', g],
        ['cube', cube],
      ]),
    ).rejects.toThrow(/band cube must have one plane. Received 3\. .*cube\.fits/)
    await expect(readBands([])).rejects.toThrow(ParameterError)
    await expect(
      readBands([
        ['g', g],
        ['r', join(folder, 'absent.fits')],
      ]),
    ).rejects.toThrow(NotFoundError)
  })
})

describe('encodePicture', () => {
  it('writes values that are read back, rounded and clipped', async () => {
    const picture = image(Float32Array.from([-5, 0.4, 99.6, 255, 300, Number.NaN]), 2, 3, 1)
    const path = await keep('own.png', await encodePicture(picture, { format: 'png' }))
    const read = await readImage(path)
    expect(read.image.shape).toEqual([2, 3, 1])
    expect(Array.from(read.image.data)).toEqual([0, 0, 100, 255, 255, 0])
    const colour = image(ramp(18, 10), 2, 3, 3)
    const back = await readImage(await keep('own3.png', await encodePicture(colour, { format: 'png' })))
    expect(Array.from(back.image.data)).toEqual(Array.from(ramp(18, 10)))
  })

  it('reads strided pictures', async () => {
    const data = ramp(12)
    const turned = { data, shape: [3, 2, 2] as const, stride: [2, 6, 1], offset: 0 }
    const read = await readImage(await keep('strided.png', await encodePicture(oneChannel(turned), { format: 'png' })))
    expect(Array.from(read.image.data)).toEqual([0, 6, 2, 8, 4, 10])
  })

  it('scales the longest side and writes the same bytes again', async () => {
    const picture = image(ramp(40 * 20 * 3, 0.1), 40, 20, 3)
    for (const [size, shape] of [
      [10, [10, 5, 3]],
      [80, [80, 40, 3]],
    ] as const) {
      const bytes = await encodePicture(picture, { format: 'jpeg', size })
      expect([bytes[0], bytes[1]]).toEqual([0xff, 0xd8])
      expect((await readImage(await keep('own.jpg', bytes))).image.shape).toEqual(shape)
      expect(await encodePicture(picture, { format: 'jpeg', size })).toEqual(bytes)
    }
    const flat = await encodePicture(image(new Float32Array(400).fill(77), 20, 20, 1), { format: 'jpeg', size: 50 })
    const read = (await readImage(await keep('flat.jpg', flat))).image
    expect(read.shape).toEqual([50, 50, 1])
    // JPEG's quantisation of a constant picture at quality 90 moves it by at most 2 of 255.
    for (const value of read.data) expect(Math.abs(value - 77)).toBeLessThanOrEqual(2)
  })

  it('refuses other channels and options', async () => {
    await expect(encodePicture(image(ramp(8), 2, 2, 2), { format: 'png' })).rejects.toThrow(ShapeError)
    await expect(encodePicture(image(ramp(0), 0, 2, 1), { format: 'png' })).rejects.toThrow(ShapeError)
    const good = image(ramp(4), 2, 2, 1)
    await expect(encodePicture(good, { format: 'gif' as 'png' })).rejects.toThrow(ParameterError)
    await expect(encodePicture(good, { format: 'png', size: 0 })).rejects.toThrow(ParameterError)
    await expect(encodePicture(good, { format: 'png', quality: 3 } as never)).rejects.toThrow(
      "unknown option 'quality'",
    )
  })
})

/** The first channel of a two-channel view, as a strided picture of one channel. */
function oneChannel(view: {
  data: Float32Array
  shape: readonly [number, number, number]
  stride: readonly number[]
  offset: number
}) {
  return { ...view, shape: [view.shape[0], view.shape[1], 1] as const }
}

it('leaves the files as they were', async () => {
  const bytes = encodeFitsImage({ data: ramp(4), shape: [2, 2] })
  const path = await keep('same.fits', bytes)
  const { image: own } = await readImage(path)
  own.data.fill(9)
  expect(new Uint8Array(await readFile(path))).toEqual(bytes)
})
