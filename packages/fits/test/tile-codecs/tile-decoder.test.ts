import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompressedTile, TilePixels } from '../../src/tile-codecs/compressed-tile.ts'
import { decodePlio } from '../../src/tile-codecs/decode-plio.ts'
import { decodeRice } from '../../src/tile-codecs/decode-rice.ts'
import { decodeTile } from '../../src/tile-codecs/decode-tile.ts'
import { decodeTiles } from '../../src/tile-codecs/tile-decoder.ts'
import { instantiateTileKernel } from '../../src/tile-codecs/tile-kernel.ts'
import { tileThreads } from '../../src/tile-codecs/tile-threads.ts'
import { tilesWasm } from '../../src/tile-codecs/tiles-wasm.ts'
import { encodeHcompress, encodeRice } from './tile-codes.ts'

const kernel = instantiateTileKernel(new WebAssembly.Module(Buffer.from(tilesWasm, 'base64')))

const plain: CompressedTile = {
  coding: 'rice',
  bytes: new Uint8Array(0),
  gzipped: false,
  rows: 1,
  columns: 1,
  floatBytes: 0,
  blockSize: 32,
  bytesPerPixel: 4,
  smooth: false,
  dither: 0,
  scale: 1,
  zero: 0,
  blank: undefined,
  sequence: 0,
}

const bits = (pixels: TilePixels): Buffer => Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength)

/** What kernel and twin make of a tile, once it is sure that it is the same. */
function both(tile: CompressedTile, wide = true): ReturnType<typeof decodeTile> {
  const slow = decodeTile(tile, tile.bytes, wide)
  const fast = kernel.decode(tile, tile.bytes, wide)
  if (typeof slow === 'string') expect(fast).toBe(slow)
  else {
    expect(typeof fast).toBe('object')
    expect(bits(fast as TilePixels).equals(bits(slow))).toBe(true)
  }
  return slow
}

const shapes = fc.record({ rows: fc.integer({ min: 1, max: 9 }), columns: fc.integer({ min: 1, max: 70 }) })
const rice = fc.record({
  blockSize: fc.constantFrom(1, 16, 32, 100),
  bytesPerPixel: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
})
/** Bytes in which rows of zeros and of ones are frequent. */
const junk = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 0, 255, 240, 15), fc.integer({ min: 0, max: 255 })), { maxLength })
    .map((bytes) => Uint8Array.from(bytes))
const runs = (numRuns: number): { seed: number; numRuns: number } => ({ seed: 4, numRuns })

describe('the kernel and its twin', () => {
  it('make the same of Rice code, and what was coded', () => {
    fc.assert(
      fc.property(
        rice,
        fc.array(fc.tuple(fc.integer({ min: 0, max: 31 }), fc.integer()), { minLength: 1, maxLength: 150 }),
        fc.array(fc.integer({ min: -1, max: 25 }), { minLength: 1 }),
        fc.nat({ max: 60 }),
        (coding, steps, splits, cut) => {
          const shift = 32 - 8 * coding.bytesPerPixel
          let last = 0
          const values = Int32Array.from(steps, ([size, step]) => {
            last = ((last + (size === 0 ? 0 : step >> size)) << shift) >> shift
            if (coding.bytesPerPixel === 1) last &= 255
            return last
          })
          const bytes = encodeRice(values, coding, (block) => splits[block % splits.length]!)
          const tile = { ...plain, ...coding, bytes, columns: values.length }
          expect(both(tile)).toEqual(Float64Array.from(values))
          both({ ...tile, bytes: bytes.subarray(0, Math.max(0, bytes.length - cut)) })
          expect(both({ ...tile, columns: values.length + 8 * coding.blockSize + 8 })).toBe('code')
        },
      ),
      runs(600),
    )
  })

  it('make the same of any bytes as Rice code', () => {
    fc.assert(
      fc.property(rice, shapes, junk(200), (coding, shape, bytes) => {
        both({ ...plain, ...coding, ...shape, bytes })
      }),
      runs(2000),
    )
  })

  const coefficient = fc.oneof(
    fc.constant(0),
    fc.integer({ min: -40, max: 40 }),
    fc.integer({ min: -(2 ** 34), max: 2 ** 34 }),
  )
  const hcompress = fc
    .record({ rows: fc.integer({ min: 2, max: 13 }), columns: fc.integer({ min: 2, max: 19 }) })
    .chain(({ rows, columns }) =>
      fc.record({
        rows: fc.constant(rows),
        columns: fc.constant(columns),
        coefficients: fc.array(coefficient, { minLength: rows * columns, maxLength: rows * columns }),
        sum: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        scale: fc.constantFrom(0, 1, 2, 3, 17, 100),
        trees: fc.integer(),
        smooth: fc.boolean(),
      }),
    )

  it('make the same of HCOMPRESS code, also of a part of it and with bytes changed', () => {
    let whole = 0
    fc.assert(
      fc.property(hcompress, fc.nat(), fc.nat({ max: 255 }), (made, place, byte) => {
        const { rows, columns, coefficients, sum, scale, trees, smooth } = made
        coefficients[0] = 0
        const isTree = (plane: number): boolean => ((trees >> (plane % 31)) & 1) === 1
        const bytes = encodeHcompress(coefficients, [rows, columns], { sum, scale, isTree })
        const tile: CompressedTile = { ...plain, coding: 'hcompress', bytes, rows, columns, smooth }
        if (typeof both(tile) !== 'string') whole++
        both({ ...tile, bytes: bytes.subarray(0, place % bytes.length) })
        const changed = bytes.slice()
        changed[place % bytes.length] = byte
        both({ ...tile, bytes: changed })
      }),
      runs(1200),
    )
    // Nearly all: only products of scale and coefficients beyond the limit are refused.
    expect(whole).toBeGreaterThan(1100)
  })

  it('make the same of any words as a line list', () => {
    const word = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 0xffff }))
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.array(word, { maxLength: 40 }), (shape, isNew, words) => {
        const list = isNew ? [0, 7, 0xff9c, 7 + words.length, 0, 0, 0, ...words] : words
        const bytes = Uint8Array.from(list.flatMap((w) => [w >> 8, w & 255]))
        both({ ...plain, coding: 'plio', ...shape, bytes })
      }),
      runs(2000),
    )
  })

  it('make the same of numbers as they stand, shuffled or not, and pixels of them', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom<'raw' | 'shuffled'>('raw', 'shuffled'),
        fc.constantFrom<0 | 4 | 8>(0, 4, 8),
        fc.constantFrom(1, 2, 3, 4, 8),
        fc.boolean(),
        fc.integer(),
        (shape, coding, floatBytes, width, wide, seed) => {
          // Exponents of all ones are left out: a NaN's bits may change when it is converted.
          const bytes = Uint8Array.from(
            { length: shape.rows * shape.columns * width },
            (_, i) => Math.imul(i + 1, seed | 1) >>> 25,
          )
          both({ ...plain, ...shape, coding, floatBytes, bytes }, wide)
        },
      ),
      runs(500),
    )
  })

  it('make the same pixels of integers', () => {
    const marks = fc.constantFrom(-2_147_483_648, -2_147_483_647, -2_147_483_646, 0, 7)
    fc.assert(
      fc.property(
        fc.array(fc.oneof(marks, fc.integer(), fc.integer({ min: -99, max: 99 })), { minLength: 1, maxLength: 300 }),
        fc.constantFrom<0 | 1 | 2>(0, 1, 2),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.option(fc.oneof(marks, fc.constantFrom(2 ** 31, 0.5)), { nil: undefined }),
        fc.nat({ max: 9999 }),
        fc.boolean(),
        (values, dither, scale, zero, blank, sequence, wide) => {
          const bytes = new Uint8Array(4 * values.length)
          values.forEach((value, i) => {
            new DataView(bytes.buffer).setInt32(4 * i, value)
          })
          const pixels = { dither, scale, zero, blank, sequence }
          both({ ...plain, ...pixels, coding: 'raw', bytes, columns: values.length }, wide)
        },
      ),
      runs(1000),
    )
  })

  it('go on with the next seed where the random numbers end', () => {
    const bytes = new Uint8Array(25_000)
    for (const sequence of [0, 9998, 9999]) {
      both({ ...plain, coding: 'raw', bytes, columns: 25_000, dither: 1, scale: 0.3, sequence })
    }
  })

  it('read what does not fit as a fault, whatever was decoded before', () => {
    const raw = { ...plain, coding: 'raw' as const, rows: 3, columns: 5 }
    expect(both({ ...raw, bytes: new Uint8Array(45) })).toBe('length')
    expect(both({ ...raw, bytes: new Uint8Array(0) })).toBe('length')
    expect(both({ ...raw, floatBytes: 4, bytes: new Uint8Array(30) })).toBe('length')
    expect(both({ ...plain, coding: 'hcompress', rows: 1, columns: 9, bytes: new Uint8Array(99) })).toBe('code')
  })
})

describe('an H-transform', () => {
  it('of no more than a sum is a plane', () => {
    const bytes = encodeHcompress(new Array<number>(35).fill(0), [5, 7], {
      sum: 16 * 4 * 3,
      scale: 1,
      isTree: () => true,
    })
    // Eight by eight is the next power of two: the sum over it is 64 times a pixel, once two and once each step are divided out.
    expect(both({ ...plain, coding: 'hcompress', rows: 5, columns: 7, bytes })).toEqual(new Float64Array(35).fill(12))
  })

  it('is refused with coefficients beyond 2^45, absurd scales, and planes that do not exist', () => {
    const zeros = new Array<number>(16).fill(0)
    const code = (sum: number, scale: number): CompressedTile => ({
      ...plain,
      coding: 'hcompress',
      rows: 4,
      columns: 4,
      bytes: encodeHcompress(zeros, [4, 4], { sum, scale, isTree: () => true }),
    })
    expect(both(code(2 ** 45 - 1, 1))).not.toBe('code')
    expect(both(code(2 ** 45, 1))).toBe('code')
    expect(both(code(2 ** 15, 2 ** 30))).toBe('code')
    expect(both(code(1, -2))).toBe('code')
    const { bytes } = code(0, 1)
    for (const planes of [1, 46, 255]) {
      bytes[22] = planes
      expect(both({ ...code(0, 1), bytes })).toBe('code')
    }
  })
})

describe('a line list', () => {
  const list = (...words: number[]): Uint8Array => Uint8Array.from(words.flatMap((w) => [w >> 8, w & 255]))
  /** A list of the newer kind: header of seven words, then instructions. */
  const of = (...instructions: number[]): Uint8Array =>
    list(0, 7, 0xff9c, 7 + instructions.length, 0, 0, 0, ...instructions)
  const decode = (bytes: Uint8Array, count: number): number[] | undefined => {
    const out = new Int32Array(count)
    return decodePlio(bytes, out) ? [...out] : undefined
  }

  it('has runs, jumps and steps of a value', () => {
    // 2 zeros; 2 of value 1; value + 4; 1 zero and that value; set 0x5002; 1 of it; value - 1 once; value + 2 once.
    const instructions = [0x0002, 0x4002, 0x2004, 0x5002, 0x1002, 0x0005, 0x4001, 0x7001, 0x6002]
    const expected = [0, 0, 1, 1, 0, 5, 0x5002, 0x5001, 0x5003, 0]
    expect(decode(of(...instructions), 10)).toEqual(expected)
    expect(decode(list(0, 0, 3 + instructions.length, ...instructions), 10)).toEqual(expected)
  })

  it.each([
    ['without a header', list(0, 7)],
    ['that goes on beyond its pixels', of(0x4005)],
    ['with an instruction that does not exist', of(0x8001)],
    ['with half of a value', of(0x1001)],
    ['that is shorter than it says', of(0x4001, 0x4001).subarray(0, 16)],
  ])('%s is refused', (_, bytes) => {
    expect(decode(bytes, 4)).toBeUndefined()
  })
})

describe('Rice code', () => {
  it('of another length than that of its first value is refused', () => {
    expect(decodeRice(new Uint8Array(3), { blockSize: 32, bytesPerPixel: 4 }, new Int32Array(1))).toBe(false)
  })
})

describe('tiles in turn', () => {
  const raw = Uint8Array.from({ length: 400 }, (_, i) => (i * i) % 251)
  const zipped = (bytes: Uint8Array): CompressedTile => ({
    ...plain,
    coding: 'raw',
    gzipped: true,
    rows: 20,
    columns: 20,
    bytes: new Uint8Array(gzipSync(bytes)),
  })

  async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
    yield* items
  }

  async function collect(tiles: readonly CompressedTile[], workers: number, wide = false): Promise<unknown[]> {
    const found: unknown[] = []
    for await (const one of decodeTiles(each(tiles), { workers, wide })) {
      expect(one.tile).toBe(tiles[found.length])
      const pixels = one.view
      found.push(typeof pixels === 'string' ? pixels : createHash('sha256').update(bits(pixels)).digest('hex'))
    }
    return found
  }

  it('come in their order with the same bits from any number of threads', async () => {
    const values = Int32Array.from({ length: 90_000 }, (_, i) => (i * 7919) % 1013)
    const bytes = encodeRice(values.subarray(0, 3000), plain, () => 8)
    const tiles: CompressedTile[] = Array.from({ length: 300 }, (_, i) =>
      i % 7 === 3
        ? zipped(raw)
        : { ...plain, bytes, rows: 3, columns: 1000 - (i % 5), dither: (i % 3) as 0 | 1 | 2, scale: 0.1, sequence: i },
    )
    tiles.push({ ...plain, bytes: new Uint8Array(1) }, zipped(new Uint8Array(401)), zipped(new Uint8Array(1e5)), {
      ...zipped(raw),
      bytes: raw,
    })
    const alone = await collect(tiles, 0)
    expect(alone.slice(-4)).toEqual(['code', 'length', 'gzip-too-long', 'gzip'])
    for (const workers of [1, 2]) expect(await collect(tiles, workers)).toEqual(alone)
    expect(await collect(tiles, 1, true)).toEqual(await collect(tiles, 0, true))
  }, 20_000)

  it('can be kept, unless they are mere views', async () => {
    const tiles = [1, 2, 3].map((byte) => zipped(new Uint8Array(400).fill(byte)))
    for (const workers of [0, 1]) {
      const kept: unknown[] = []
      for await (const { found } of decodeTiles(each(tiles), { workers, wide: false })) kept.push(found)
      expect(kept).toEqual([1, 2, 3].map((byte) => new Float32Array(400).fill(byte)))
    }
  })

  it('stop at an abort, with its reason', async () => {
    const controller = new AbortController()
    const tiles = Array.from({ length: 5 }, () => zipped(raw))
    let seen = 0
    const read = async (): Promise<void> => {
      for await (const _ of decodeTiles(each(tiles), { wide: false, signal: controller.signal })) {
        if (++seen === 2) controller.abort(new Error('enough'))
      }
    }
    await expect(read()).rejects.toThrow('enough')
    expect(seen).toBe(2)
  })

  it('want a number of workers', async () => {
    await expect(collect([], -1)).rejects.toThrow(ParameterError)
  })
})

// Without threads everything is decoded inline, with the same bits: nothing else would tell.
it('the threads that decode tiles begin', async () => {
  const threads = await tileThreads(2, new WebAssembly.Module(Buffer.from(tilesWasm, 'base64')))
  expect(threads?.count).toBe(2)
  threads?.release()
})
