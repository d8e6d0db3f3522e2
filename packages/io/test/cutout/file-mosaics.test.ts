import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { createRandom, UnsupportedError } from '@astronomaly/core'
import { encodeFits, type FitsUnit, readFitsImage } from '@astronomaly/fits'
import { type ByteSource, memoryByteSource, unpackedByteSource } from '@astronomaly/fits/bytes'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { type MosaicInput, type OpenMosaicsOptions, openMosaics } from '../../src/index.ts'
import { readImage } from '../../src/node.ts'
import { channel, cutOne } from './mosaic-specimens.ts'

const side = 30
const scale = 1e-4

type Cards = Readonly<Record<string, string | number>>

function cardsOf(raDeg: number, cards: Cards = {}) {
  const all = {
    ...{ CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CRVAL1: raDeg, CRVAL2: 2, CDELT1: -scale, CDELT2: scale },
    ...{ CRPIX1: (side + 1) / 2, CRPIX2: (side + 1) / 2 },
    ...cards,
  }
  return Object.entries(all).map(([keyword, value]) => ({ keyword, value }))
}

/** Planes of which each pixel is its number, counted from `first`. */
const planes = (first: number, count = 1) => ({
  data: Float32Array.from({ length: count * side * side }, (_, i) => first + i),
  shape: count === 1 ? [side, side] : [count, side, side],
})

/** A picture around a right ascension. */
function picture(name: string, raDeg: number, cards: Cards = {}, count = 1): FitsUnit {
  return { name, image: planes(0, count), header: cardsOf(raDeg, cards) }
}

const odd = picture('ODD', 2, { CTYPE1: 'RA---ZPN', CTYPE2: 'DEC--ZPN' })
const unmapped: FitsUnit = { name: 'PSF', image: planes(0) }
const empty: FitsUnit = {}

async function open(
  units: readonly FitsUnit[] | Uint8Array,
  input: Partial<MosaicInput> = {},
  options: OpenMosaicsOptions = {},
) {
  const warnings: string[] = []
  const mosaics = await openMosaics(
    [{ name: 'file.fits', source: units instanceof Uint8Array ? units : encodeFits(units), ...input }],
    {
      onWarning: ({ message }) => warnings.push(message),
      ...options,
    },
  )
  const found = mosaics.images.map(({ hdu, band, plane }) => [hdu, band, ...plane].join(' ').trim())
  await mosaics.close()
  return { found, warnings }
}

async function openCase(name: string) {
  const source = new Uint8Array(await readFile(new URL(`../cases/${name}`, import.meta.url)))
  return openMosaics([{ name, source }])
}

describe('the mosaics of a file', () => {
  it('are all of its pictures', async () => {
    const mosaics = await openCase('two-ccds.fits')
    expect(mosaics.images.map(({ hdu }) => hdu)).toEqual([1, 2])
    for (const [id, raDeg] of [
      ['c1', 150],
      ['c2', 150.01],
    ] as const) {
      const cut = await cutOne(mosaics, { id, raDeg, decDeg: 2, sidePixels: 5 }, { interpolation: 'none' })
      expect(cut.missing).toBe(0)
      const file = new Uint8Array(await readFile(new URL('../cases/two-ccds.fits', import.meta.url)))
      const middle = await readFitsImage(file, {
        hdu: id === 'c1' ? 1 : 2,
        section: [
          [12, 17],
          [12, 17],
        ],
      })
      expect(channel(cut)).toEqual([...middle.data])
    }
  })

  it('give each object the pixels of the HDU that it lies in', async () => {
    const units = [
      empty,
      { image: planes(0), header: cardsOf(150) },
      { image: planes(5000), header: cardsOf(150.01) },
      { image: planes(9000), header: cardsOf(150.002) },
    ]
    const mosaics = await openMosaics([{ name: 'file.fits', source: encodeFits(units) }])
    // The middle of pixel (14, 14) is half a pixel from the reference point.
    const decDeg = 2 - scale / 2
    const at = async (raDeg: number): Promise<number | null | undefined> =>
      channel(await cutOne(mosaics, { id: '', raDeg, decDeg, sidePixels: 1 }, { interpolation: 'none' }))[0]
    const middle = 14 * side + 14
    expect([await at(150 + scale / 2), await at(150.01 + scale / 2)]).toEqual([middle, 5000 + middle])
    // In the overlap of the first and the third the one in which it is furthest from an edge.
    expect([await at(150.0008 + scale / 2), await at(150.0012 + scale / 2)]).toEqual([middle - 8, 9000 + middle + 8])
  })

  it.each<[string, number, Cards]>([
    ['a weight that is wider', 43, { CRPIX1: 22, CRPIX2: 22 }],
    ['a mask of twice the resolution', 82, { CRPIX1: 41.5, CRPIX2: 41.5, CDELT1: -scale / 2, CDELT2: scale / 2 }],
    ['a coarse background', 20, { CRPIX1: 10.5, CRPIX2: 10.5, CDELT1: -4 * scale, CDELT2: 4 * scale }],
  ])('never show %s', async (_, width, cards) => {
    const constant = (value: number, n: number, own: Cards): FitsUnit => ({
      image: { data: new Float32Array(n * n).fill(value), shape: [n, n] },
      header: cardsOf(150, { ...own, BAND: 'r' }),
    })
    const source = encodeFits([constant(1, 41, { CRPIX1: 21, CRPIX2: 21 }), constant(777, width, cards)])
    const warnings: string[] = []
    const mosaics = await openMosaics([{ name: 'file.fits', source }], { onWarning: (w) => warnings.push(w.message) })
    for (const decDeg of [2, 2 + 18 * scale]) {
      const cut = await cutOne(mosaics, { id: '', raDeg: 150, decDeg, sidePixels: 3 }, { interpolation: 'none' })
      expect(channel(cut)).toEqual(Array(9).fill(1))
    }
    expect(warnings).toEqual([expect.stringMatching(/Passed over .*unless hdu chooses them: HDU 1 \(file\.fits\)/)])
  })

  const grid = { FILTER: 'g' }
  const sky = { CTYPE1: 'RA---AIT', CTYPE2: 'DEC--AIT', CRVAL2: 0, CDELT1: -12, CDELT2: 12 }
  it.each<[string, readonly FitsUnit[], Partial<MosaicInput>, readonly string[], string | undefined]>([
    ['CCDs of one band', [empty, picture('A', 1, grid), picture('B', 2, grid)], {}, ['1 g', '2 g'], undefined],
    ['a picture in the primary HDU too', [picture('A', 1), picture('B', 2)], {}, ['0', '1'], undefined],
    [
      'bands on one grid',
      [empty, picture('A', 1, grid), picture('B', 1, { BAND: 'r' })],
      {},
      ['1 g', '2 r'],
      undefined,
    ],
    ['no map in some', [unmapped, picture('A', 1), unmapped, picture('B', 2)], {}, ['1', '3'], undefined],
    [
      'a mask and a variance, the band in the primary header',
      [{ header: [{ keyword: 'FILTER', value: 'HSC-I' }] }, picture('I', 1), picture('MASK', 1), picture('VAR', 1)],
      {},
      ['1 HSC-I'],
      'HDU 2 (MASK), 3 (VAR) (file.fits)',
    ],
    [
      'errors and flags of two chips',
      [empty, ...[1, 2].flatMap((ra) => ['SCI', 'ERR', 'DQ'].map((name) => picture(name, ra)))],
      {},
      ['1', '4'],
      'HDU 2 (ERR), 3 (DQ), 5 (ERR), 6 (DQ)',
    ],
    ['a weight without the band', [picture('I', 1, grid), picture('W', 1)], {}, ['0 g'], 'HDU 1 (W)'],
    [
      'a cube with a mask and a cube of other masks',
      [picture('I', 1, { BANDS: 'grz' }, 3), picture('M', 1), picture('N', 1, {}, 2)],
      {},
      ['0 g 0', '0 r 1', '0 z 2'],
      'HDU 1 (M), 2 (N)',
    ],
    [
      'a cube with a band that is there',
      [picture('I', 1, grid), picture('C', 1, { BANDS: 'rg' }, 2)],
      {},
      ['0 g', '1 r 0'],
      'HDU 1 (C)',
    ],
    [
      'a background of another scale',
      [picture('A', 1, grid), picture('B', 1, { ...grid, CDELT1: -2e-4 })],
      {},
      ['0 g'],
      'HDU 1 (B)',
    ],
    [
      'a mask of a quarter of a chip, and a weight of two chips',
      [
        ...[picture('A', 1, grid), picture('B', 1.004, grid)],
        picture('M', 1.0006, { ...grid, CDELT1: -scale / 2, CDELT2: scale / 2 }),
        picture('W', 1.002, { ...grid, CDELT1: -3 * scale }),
      ],
      {},
      ['0 g', '1 g'],
      'HDU 2 (M), 3 (W)',
    ],
    [
      'pictures of the whole sky, whose corners have none',
      [picture('A', 1, sky), picture('B', 1, sky), picture('C', 1, { ...sky, BAND: 'r' })],
      {},
      ['0', '2 r'],
      'HDU 1 (B)',
    ],
    [
      'pictures that overlap without their middles',
      [picture('A', 1, grid), picture('B', 1.0016, grid)],
      {},
      ['0 g', '1 g'],
      undefined,
    ],
    [
      'a band that is given',
      [picture('A', 1), picture('M', 1), picture('B', 2)],
      { band: 'u' },
      ['0 u', '2 u'],
      'HDU 1 (M)',
    ],
    ['an HDU that is given', [picture('A', 1), picture('M', 1), picture('B', 2)], { hdu: 'M' }, ['1'], undefined],
  ])('are told from its other pictures: %s', async (_, units, input, expected, passedOver) => {
    const { found, warnings } = await open(units, input)
    expect(found).toEqual(expected)
    expect(warnings).toEqual(passedOver === undefined ? [] : [expect.stringContaining(passedOver)])
  })

  it('warn where two that are chosen show one place without a band', async () => {
    const source = encodeFits([empty, picture('A', 1), picture('B', 1, { CDELT1: -2e-4 })])
    const warnings: string[] = []
    await openMosaics(
      [1, 2].map((hdu) => ({ name: 'file.fits', source, hdu })),
      { onWarning: ({ message }) => warnings.push(message) },
    )
    expect(warnings).toEqual([
      expect.stringContaining('file.fits (HDU 1) and file.fits (HDU 2) show the same place without one'),
    ])
  })

  it('are refused where none has a map, or one has a map that is not followed', async () => {
    await expect(open([empty, unmapped, unmapped])).rejects.toThrow('HDU 1 must have a map from pixels to the sky')
    await expect(open([empty])).rejects.toThrow('mosaic must hold an image of two axes')
    await expect(open([picture('A', 1), unmapped], { hdu: 1 })).rejects.toThrow('HDU 1 must have a map')
    await expect(open([odd, picture('A', 1)])).rejects.toThrow(UnsupportedError)
    await expect(open([odd, picture('A', 1)])).rejects.toThrow('Received RA---ZPN. (HDU 0 of file.fits)')
  })

  it('go on without HDUs that cannot be used when asked to, with a warning', async () => {
    const cube = picture('CUBE', 3, {}, 2)
    const some = await open([odd, cube, picture('A', 1), picture('B', 4)], {}, { invalid: 'skip' })
    expect(some.found).toEqual(['2', '3'])
    expect(some.warnings).toEqual([
      expect.stringContaining('HDU 0 of file.fits'),
      expect.stringMatching(/name the 2 planes of \[2,30,30\].*HDU 1.*file\.fits/),
    ])
    await expect(open([odd], {}, { invalid: 'skip' })).rejects.toThrow('Received none that can be used')
  })

  const two = encodeFits([picture('A', 1), picture('B', 2)])
  const second = new TextDecoder('latin1').decode(two).indexOf('XTENSION')
  const contradicting = Uint8Array.from(two)
  contradicting.fill('?'.charCodeAt(0), second + 90, second + 160)
  const random = createRandom(1, 'test.noise')
  // Of damaged gzip data the last 64 KiB are not handed on: what is cut off must lie further behind.
  const noise: FitsUnit = {
    image: { data: Float32Array.from({ length: 200 ** 2 }, () => random.uniform()), shape: [200, 200] },
  }
  const packed = gzipSync(encodeFits([picture('A', 1), noise, picture('B', 2)]))
  const bounded = async (bytes: Uint8Array): Promise<ByteSource> =>
    unpackedByteSource(memoryByteSource(bytes), { maxBytes: 100_000 })
  it.each<[string, () => MosaicInput['source'] | Promise<MosaicInput['source']>, RegExp]>([
    ['a header that is cut off', () => two.subarray(0, second + 400), /behind the header of HDU 0 .*END/],
    ['a header that contradicts itself', () => contradicting, /behind the header of HDU 0 .*BITPIX/],
    ['a map that is not followed', () => encodeFits([picture('A', 1), odd]), /HDU 1 .*RA---ZPN/],
    ['a cube without bands', () => encodeFits([picture('A', 1), picture('C', 2, {}, 2)]), /HDU 1 .*2 planes/],
    [
      'packed data that are cut off',
      () => packed.subarray(0, packed.length - 3000),
      /behind the header of HDU 1 .*whole/,
    ],
    ['packed data that are too many', () => bounded(packed), /behind the header of HDU 1 .*at most 100000 bytes/],
  ])('stay as they are before %s, with a warning', async (_, make, reason) => {
    const warnings: string[] = []
    const onWarning = ({ message }: { message: string }): void => void warnings.push(message)
    const mosaics = await openMosaics([{ name: 'file.fits', source: await make() }], { onWarning })
    expect(mosaics.images.map(({ hdu }) => hdu)).toEqual([0])
    const object = { id: '', raDeg: 1 + scale / 2, decDeg: 2 - scale / 2, sidePixels: 1 }
    expect(channel(await cutOne(mosaics, object, { interpolation: 'none' }))).toEqual([14 * side + 14])
    expect(warnings).toEqual([expect.stringMatching(reason)])
    expect(warnings[0]).toContain('file.fits')
  })

  it('go on behind an HDU that cannot be used', async () => {
    const { found, warnings } = await open([picture('A', 1), odd, picture('M', 1), picture('B', 4)])
    expect(found).toEqual(['0', '3'])
    expect(warnings).toEqual([expect.stringContaining('HDU 1 of file.fits'), expect.stringContaining('HDU 2 (M)')])
  })

  it('are not taken for all when the file cannot be read on', async () => {
    const source: ByteSource = {
      byteLength: two.length,
      slice: async (start, end) => {
        if (start > 0) throw new Error('disk')
        return two.subarray(start, end)
      },
    }
    await expect(openMosaics([{ name: 'file.fits', source }], { invalid: 'skip' })).rejects.toThrow('disk')
  })

  it.runIf(hasShared)('are the pictures of real files, without their masks and variances', async () => {
    const real = async (path: string) => {
      const source = new Uint8Array(await readFile(sharedFile(`data/B_fits/${path}`)))
      return open(source, { name: path })
    }
    const hsc = await real('hsc_hst/HSC-0908120-056-small.fits')
    expect(hsc.found).toEqual(['1 _unknown_'])
    expect(hsc.warnings).toEqual([expect.stringMatching(/HDU 2.*, 3.*HSC-0908120-056-small\.fits/)])
    const brick = await readFile(sharedFile('data/B_fits/legacy_brick_dr6/legacysurvey-0959p805-image-g.fits.fz'))
    const primary = 2880 * Math.ceil((brick.indexOf('END   ') + 3) / 2880)
    const plain = encodeFits([empty, picture('A', 1, grid), picture('B', 1, grid)]).subarray(2880)
    const joined = await open(new Uint8Array(Buffer.concat([brick, plain, brick.subarray(primary)])))
    expect(joined.found).toEqual(['1 g', '2 g'])
    expect(joined.warnings).toEqual([expect.stringContaining('HDU 3 (B), 4')])
    // Three of the four chips have a map; only their corners were kept, at which all three show the same sky.
    const chips = await real('format_edge_cases/test0.fits')
    expect(chips.found).toEqual(['2'])
    expect(chips.warnings).toEqual([expect.stringContaining('HDU 3 (SCI), 4 (SCI)')])
  })
})

describe('the bands of a cube', () => {
  it('are those that its header names, as readImage gives them', async () => {
    const mosaics = await openCase('cube-grz.fits')
    expect(mosaics.bands).toEqual(['g', 'r', 'z'])
    const cut = await cutOne(mosaics, { id: 'a', raDeg: 150, decDeg: 2, sidePixels: 4 }, { interpolation: 'none' })
    const [g, r, z] = [0, 1, 2].map((at) => channel(cut, at) as number[]) as [number[], number[], number[]]
    expect(r).toEqual(g.map((value) => value + 1000))
    expect(z).toEqual(g.map((value) => value + 2000))
    const path = new URL('../cases/cube-grz.fits', import.meta.url).pathname
    expect((await readImage(path)).bands).toEqual(mosaics.bands)
  })

  it.each<[string, Cards, number, readonly string[]]>([
    ['BANDS alone', { BANDS: 'ug' }, 2, ['0 u 0', '0 g 1']],
    ['cards of longer names', { BAND0: 'F475W', BAND1: 'F814W', BANDS: 'F475W,F814W' }, 2, ['0 F475W 0', '0 F814W 1']],
    ['cards before letters', { BAND0: 'J', BAND1: 'H', BANDS: 'xy' }, 2, ['0 J 0', '0 H 1']],
    ['a single plane', { BANDS: 'z' }, 1, ['0 z']],
    ['more letters than a single plane', { BANDS: 'grz', FILTER: 'r DECam' }, 1, ['0 r']],
  ])('are read from %s', async (_, cards, count, expected) => {
    expect((await open([picture('', 1, cards, count)])).found).toEqual(expected)
  })

  it.each<[string, Cards]>([
    ['nothing', {}],
    ['one band for all', { BAND: 'g' }],
    ['too few letters', { BANDS: 'g' }],
    ['too few cards', { BAND0: 'g' }],
  ])('are not guessed from %s', async (_, cards) => {
    await expect(open([picture('', 1, cards, 2)])).rejects.toThrow('band must name the 2 planes of [2,30,30]')
    expect((await open([picture('', 1, cards, 2)], { band: ['u', 'v'] })).found).toEqual(['0 u 0', '0 v 1'])
  })
})
