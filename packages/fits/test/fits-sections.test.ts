import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AstronomalyError, createRandom, FormatError, ParameterError, ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'
import {
  encodeFits,
  encodeFitsImage,
  type FitsImage,
  type FitsPixels,
  listHdus,
  openFits,
  readFitsImage,
} from '../src/index.ts'
import { fileByteSource } from '../src/node.ts'
import { countingByteSource } from './bytes/counting-byte-source.ts'
import { golden, unpack } from './read-golden.ts'

const ramp = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i)

/** A section of a whole picture, pixel by pixel. */
function sliceWhole(
  data: ArrayLike<number>,
  shape: readonly number[],
  section: readonly (readonly number[])[],
): number[] {
  let places = [0]
  for (const [axis, [from, to]] of section.entries()) {
    places = places.flatMap((place) => Array.from({ length: to! - from! }, (_, i) => place * shape[axis]! + from! + i))
  }
  return places.map((place) => data[place]!)
}

const pictures = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
    fc.constantFrom(Float32Array, Float64Array, Uint8Array, Int16Array, Uint16Array, Int32Array, BigInt64Array),
  )
  .chain(([shape, Type]) =>
    fc.tuple(
      fc.constant(shape),
      fc.constant(Type),
      fc.tuple(
        ...shape.map((size) =>
          fc
            .tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }))
            .map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const),
        ),
      ),
    ),
  )

describe('a section', () => {
  it('is what slicing the whole picture gives, whatever the type and the number of axes', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, fc.boolean(), async ([shape, Type, section], many) => {
        const count = shape.reduce((a, b) => a * b, 1)
        const data = (
          Type === BigInt64Array
            ? BigInt64Array.from({ length: count }, (_, i) => BigInt(i * 1001 - 7))
            : (Type as Float32ArrayConstructor).from({ length: count }, (_, i) => (i * 31) % 201)
        ) as FitsPixels
        const source = countingByteSource(encodeFitsImage({ data, shape }), 'a.fits', many)
        const read = await readFitsImage(source, { section })
        expect(read.shape).toEqual(section.map(([from, to]) => to - from))
        expect(read.origin).toEqual(section.map(([from]) => from))
        expect(Array.from(read.data)).toEqual(sliceWhole(Array.from(data as ArrayLike<number>, Number), shape, section))
      }),
      { seed: 11, numRuns: 300 },
    )
  })

  it('is scaled and has its blanks like the whole, for every picture that astropy wrote', async () => {
    for (const { file, hdu, shape, name } of golden.images) {
      const bytes = unpack(file)
      const whole = await readFitsImage(bytes, { hdu })
      const section = shape.map((size) => [Math.floor(size / 3), Math.max(Math.floor(size / 3) + 1, size - 1)] as const)
      const read = await readFitsImage(bytes, { hdu, section })
      expect(Array.from(read.data), name).toEqual(sliceWhole(whole.data, shape, section))
    }
  })

  it('reads its own bytes and no others, in as few reads as they lie together', async () => {
    const [height, width] = [400, 3000]
    const data = ramp(height * width)
    const source = countingByteSource(encodeFitsImage({ data, shape: [height, width] }), 'wide.fits')
    const file = await openFits(source)
    await file.hdu(0)
    const headers = source.reads.length
    expect(source.bytesRead()).toBeLessThanOrEqual(4 * 2880)
    const read = await readFitsImage(file, {
      section: [
        [100, 110],
        [50, 200],
      ],
    })
    expect(source.reads.slice(headers)).toEqual(
      Array.from({ length: 10 }, (_, i) => {
        const start = 2880 + 4 * ((100 + i) * width + 50)
        return { start, end: start + 600 }
      }),
    )
    expect(read.data[0]).toBe(100 * width + 50)

    // Whole rows are one range; rows with a gap of at most 4,096 bytes too.
    const before = source.reads.length
    await readFitsImage(file, {
      section: [
        [7, 9],
        [0, width],
      ],
    })
    expect(source.reads.slice(before)).toEqual([{ start: 2880 + 84_000, end: 2880 + 108_000 }])
    await readFitsImage(file, {
      section: [
        [7, 9],
        [500, 2500],
      ],
    })
    expect(source.reads).toHaveLength(before + 2)
  })

  it('of a cube reads the planes that it needs, and finds an extension without reading data', async () => {
    const cube = ramp(5 * 40 * 30)
    const bytes = encodeFits([
      { image: { data: ramp(20_000), shape: [100, 200] } },
      { image: { data: cube, shape: [5, 40, 30] }, name: 'CUBE' },
    ])
    const source = countingByteSource(bytes, 'cube.fits')
    const file = await openFits(source)
    const hdu = await file.hdu('CUBE')
    expect(
      source.reads.every(({ start, end }) => end - start <= 4 * 2880 && (start === 0 || start === hdu.headerOffset)),
    ).toBe(true)
    const before = source.reads.length
    const plane = await readFitsImage(file, {
      hdu: 'CUBE',
      section: [
        [3, 4],
        [0, 40],
        [0, 30],
      ],
    })
    expect(Array.from(plane.data)).toEqual(Array.from(cube.subarray(3 * 1200, 4 * 1200)))
    expect(source.reads.slice(before)).toEqual([{ start: hdu.dataOffset + 3 * 4800, end: hdu.dataOffset + 4 * 4800 }])
    const column = await readFitsImage(file, {
      hdu: 'CUBE',
      section: [
        [0, 5],
        [39, 40],
        [29, 30],
      ],
    })
    expect(Array.from(column.data)).toEqual([1199, 2399, 3599, 4799, 5999])
  })

  it('that is empty, leaves the picture or has other axes is a ParameterError', async () => {
    const bytes = encodeFitsImage({ data: ramp(12), shape: [3, 4] })
    for (const section of [
      [[0, 3]],
      [
        [0, 3],
        [0, 4],
        [0, 1],
      ],
      [
        [0, 3],
        [0, 5],
      ],
      [
        [-1, 3],
        [0, 4],
      ],
      [
        [2, 2],
        [0, 4],
      ],
      [
        [2, 1],
        [0, 4],
      ],
      [
        [0, 1.5],
        [0, 4],
      ],
      [[0, 3], 4],
      'all',
    ]) {
      await expect(readFitsImage(bytes, { section: section as never })).rejects.toThrow(ParameterError)
    }
    await expect(readFitsImage(bytes, { section: [[0, 3]] })).rejects.toThrow(
      'readFitsImage: section must have a range for each of the axes [3,4]. Received [[0,3]].',
    )
    await expect(readFitsImage(bytes, { workers: -1 })).rejects.toThrow('readFitsImage: workers must be')
  })

  it('counts for maxPixels, not the whole picture', async () => {
    const bytes = encodeFitsImage({ data: ramp(100), shape: [10, 10] })
    const part = await readFitsImage(bytes, {
      maxPixels: 4,
      section: [
        [1, 3],
        [1, 3],
      ],
    })
    expect(Array.from(part.data)).toEqual([11, 12, 21, 22])
    await expect(readFitsImage(bytes, { maxPixels: 4 })).rejects.toThrow(FormatError)
  })

  it('of a truncated file is refused, and a source that ends early too', async () => {
    const bytes = encodeFitsImage({ data: ramp(10_000), shape: [100, 100] })
    const section = [
      [90, 100],
      [0, 10],
    ] as const
    await expect(readFitsImage(bytes.subarray(0, 20_000), { section })).rejects.toThrow(/22880 bytes are missing/)
    // It says that it is whole.
    const liar = {
      byteLength: bytes.length,
      slice: async (from: number, to: number) => bytes.slice(from, Math.min(to, 20_000)),
    }
    await expect(readFitsImage(liar, { section })).rejects.toThrow(FormatError)
    await expect(readFitsImage(liar)).rejects.toThrow(/22880 bytes are missing. \(byte 20000\)/)
  })
})

describe('a picture of several chunks', () => {
  // 2.4 million pixels of 4 bytes: more than four reads of 2 MiB.
  const data = Float32Array.from({ length: 2_400_001 }, (_, i) => i % 9973)
  const bytes = encodeFitsImage({ data, shape: [2_400_001] })
  const view = new DataView(bytes.buffer)
  // A NaN with a payload: bits that arithmetic would not keep.
  view.setUint32(2880 + 4 * 1_000_003, 0x7fa12345)

  const into = {
    byteLength: bytes.length,
    slice: async (start: number, end: number) => bytes.slice(start, end),
    readInto: async (target: Uint8Array, start: number) => {
      const own = bytes.subarray(start, start + target.length)
      target.set(own)
      return own.length
    },
  }

  it.each([
    ['slices of a source', countingByteSource(bytes)],
    ['reads into place', into],
  ])('is the same by %s, bit for bit', async (_, source) => {
    const read = await readFitsImage(source)
    const bits = new Uint32Array(read.data.buffer)
    expect(bits[1_000_003]).toBe(0x7fa12345)
    bits[1_000_003] = new Uint32Array(data.buffer)[1_000_003]!
    expect(Buffer.compare(Buffer.from(read.data.buffer), Buffer.from(data.buffer))).toBe(0)
  })

  it('of integers is the same by reads into place', async () => {
    const integers = Int32Array.from({ length: 1_700_000 }, (_, i) => i * 1000 - 5)
    const own = encodeFitsImage({ data: integers, shape: [1_700_000] })
    const source = {
      ...into,
      byteLength: own.length,
      readInto: async (target: Uint8Array, start: number) => {
        target.set(own.subarray(start, start + target.length))
        return target.length
      },
      slice: async (start: number, end: number) => own.slice(start, end),
    }
    const read = await readFitsImage(source)
    expect(read.data.every((value, i) => value === integers[i])).toBe(true)
  })

  it('is written to given memory', async () => {
    const out = new Float32Array(data.length)
    const read = await readFitsImage(into, { out })
    expect(read.data).toBe(out)
    expect(out[2_400_000]).toBe(data[2_400_000])
    await expect(readFitsImage(into, { out: new Float32Array(3) })).rejects.toThrow(ShapeError)
    await expect(readFitsImage(into, { out: new Float64Array(data.length) })).rejects.toThrow(
      /out must be a Float32Array of 2400001 pixels. Received Float64Array/,
    )
    const tiled = unpack(golden.images.find((c) => c.name === 'RICE_1 uint8')!.file)
    const kept = new Float32Array(23 * 31)
    expect((await readFitsImage(tiled, { out: kept })).data).toBe(kept)
    expect(kept).toEqual((await readFitsImage(tiled)).data)
  })

  it('is given up by an abort, without waiting for the rest', async () => {
    const controller = new AbortController()
    let reads = 0
    const source = {
      byteLength: bytes.length,
      slice: async (start: number, end: number) => {
        if (start > 0) reads++
        if (reads === 1) controller.abort('enough')
        return bytes.slice(start, end)
      },
    }
    await expect(readFitsImage(source, { signal: controller.signal })).rejects.toBe('enough')
    expect(reads).toBeLessThanOrEqual(4)
  })
})

describe.runIf(hasShared)('a section of a real file', () => {
  it('is what slicing the whole gives, in every HDU that holds pixels', async () => {
    const root = sharedFile('data/B_fits')
    const files = (await readdir(root, { recursive: true })).filter((file) => /\.(fits|fit|fz)$/.test(file))
    const random = createRandom('sections', 'test')
    let compared = 0
    for (const path of files.sort()) {
      const source = await fileByteSource(join(root, path))
      const hdus = await listHdus(source).catch(() => [])
      for (const { index, kind, shape } of hdus.slice(0, 6)) {
        const pixels = shape.reduce((a, b) => a * b, 1)
        if (!kind.endsWith('image') || pixels > 500_000) continue
        const whole = await readFitsImage(source, { hdu: index }).catch((error: unknown) => error)
        const section = shape.map((size) => {
          const from = Math.floor(random.uniform() * size)
          return [from, Math.min(size, from + 1 + Math.floor(random.uniform() * 40))] as const
        })
        const part = await readFitsImage(source, { hdu: index, section }).catch((error: unknown) => error)
        if (whole instanceof Error) expect(part).toBeInstanceOf(AstronomalyError)
        else {
          const { data } = whole as FitsImage
          expect(Array.from((part as FitsImage).data), `${path} ${index}`).toEqual(sliceWhole(data, shape, section))
          compared++
        }
      }
      await source.close()
    }
    expect(compared).toBeGreaterThan(100)
  })
})
