import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FormatError, NotFoundError, ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ByteSource,
  blobByteSource,
  cachedByteSource,
  memoryByteSource,
  readExactly,
  readRanges,
  toByteSource,
  unpackedByteSource,
} from '../../src/bytes/index.ts'
import { fileByteSource } from '../../src/node.ts'
import { countingByteSource } from './counting-byte-source.ts'

const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 31 + (i >> 8)) % 251)

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bytes-'))
  await writeFile(join(folder, 'data.bin'), bytes)
})
afterAll(() => rm(folder, { recursive: true }))

const openers: Record<string, () => Promise<ByteSource>> = {
  memory: async () => memoryByteSource(bytes),
  Blob: async () => blobByteSource(new Blob([bytes])),
  file: () => fileByteSource(join(folder, 'data.bin')),
  gzip: () => unpackedByteSource(memoryByteSource(gzipSync(bytes))),
  'cache of pages': async () => cachedByteSource(memoryByteSource(bytes), { pageBytes: 300, pages: 5 }),
  'cache of one page': async () => cachedByteSource(memoryByteSource(bytes), { pageBytes: 7, pages: 1 }),
}

describe.each(Object.keys(openers))('a source over %s', (kind) => {
  it('gives the bytes of any range, alone and among others', async () => {
    const source = await openers[kind]!()
    const range = fc
      .tuple(fc.nat({ max: 10_100 }), fc.nat({ max: 10_100 }))
      .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 8 }), async (ranges) => {
        const expected = ranges.map(({ start, end }) => bytes.subarray(start, end))
        const single = await Promise.all(ranges.map(({ start, end }) => source.slice(start, end)))
        expect(single.map((own, i) => isSame(own, expected[i]!))).toEqual(ranges.map(() => true))
        const many = (await source.slices?.(ranges)) ?? single
        expect(many.map((own, i) => isSame(own, expected[i]!))).toEqual(ranges.map(() => true))
        if (source.readInto) {
          for (const [i, { start, end }] of ranges.entries()) {
            const target = new Uint8Array(end - start)
            const done = await source.readInto(target, start)
            expect(isSame(target.subarray(0, done), expected[i]!)).toBe(true)
          }
        }
      }),
      { seed: 1, numRuns: 60 },
    )
    expect(source.byteLength).toBe(bytes.length)
    await source.close?.()
  })

  it('has the reason of an abort', async () => {
    const source = await openers[kind]!()
    if (kind !== 'memory') {
      await expect(source.slice(0, 10, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    }
    await source.close?.()
  })
})

describe('ranges', () => {
  it('are joined over small gaps and no further', async () => {
    const source = countingByteSource(bytes)
    const ranges = [
      { start: 0, end: 10 },
      { start: 20, end: 30 },
      { start: 131, end: 140 },
      { start: 135, end: 138 },
      { start: 100, end: 101 },
    ]
    const read = await readRanges(source, ranges, { gap: 100 })
    expect(read).toEqual(ranges.map(({ start, end }) => bytes.slice(start, end)))
    expect(source.reads).toEqual([
      { start: 0, end: 30 },
      { start: 131, end: 140 },
      { start: 100, end: 101 },
    ])
  })

  it('are joined to no more bytes than allowed', async () => {
    const source = countingByteSource(bytes, undefined, true)
    const ranges = Array.from({ length: 10 }, (_, i) => ({ start: 100 * i, end: 100 * i + 50 }))
    await readRanges(source, ranges, { gap: 50, most: 260 })
    expect(source.reads.map(({ end, start }) => end - start)).toEqual([250, 250, 250, 50].slice(0, source.reads.length))
    expect(source.reads).toHaveLength(4)
  })

  it('must lie in the source', async () => {
    const source = memoryByteSource(bytes, 'short.bin')
    await expect(readRanges(source, [{ start: 9990, end: 10_001 }])).rejects.toThrow(
      /must have 10001 bytes. It ends after 10000. \(short\.bin, byte 10000\)/,
    )
    await expect(readExactly(source, 9990, 10_001)).rejects.toThrow(FormatError)
  })
})

describe('a cache of pages', () => {
  it('reads a page once, neighbours together, and forgets those not used for longest', async () => {
    const source = countingByteSource(bytes, 'x', true)
    const cached = cachedByteSource(source, { pageBytes: 1000, pages: 3 })
    expect(cached.name).toBe('x')
    await cached.slice(10, 20)
    await cached.slice(500, 1100)
    expect(source.reads).toEqual([
      { start: 0, end: 1000 },
      { start: 1000, end: 2000 },
    ])
    await cached.slice(1990, 2010)
    expect(source.reads).toHaveLength(3)
    await cached.slice(0, 1)
    expect(source.reads).toHaveLength(3)
    await cached.slice(9999, 10_000)
    expect(source.reads[3]).toEqual({ start: 9000, end: 10_000 })
    // Page 1 was used last before pages 2 and 0.
    await cached.slice(2000, 2001)
    await cached.slice(0, 1)
    expect(source.reads).toHaveLength(4)
    await cached.slice(1000, 1001)
    expect(source.reads).toHaveLength(5)
  })

  it('lets large reads past and asks once for what is under way', async () => {
    const source = countingByteSource(bytes, 'x', true)
    const cached = cachedByteSource(source, { pageBytes: 1000, pages: 3 })
    await cached.slice(0, 5000)
    expect(source.reads).toEqual([{ start: 0, end: 5000 }])
    await Promise.all([cached.slice(0, 10), cached.slice(20, 30), cached.slice(999, 1001)])
    expect(source.reads.slice(1)).toEqual([
      { start: 0, end: 1000 },
      { start: 1000, end: 2000 },
    ])
  })

  it('tries again what failed, also for those who waited for it', async () => {
    let fail = true
    const flaky: ByteSource = {
      byteLength: bytes.length,
      slice: async (start, end) => {
        if (fail) {
          fail = false
          throw new Error('broken')
        }
        return bytes.slice(start, end)
      },
    }
    const cached = cachedByteSource(flaky)
    const both = await Promise.allSettled([cached.slice(0, 4), cached.slice(1, 3)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await cached.slice(0, 4)).toEqual(bytes.slice(0, 4))
    expect(() => cachedByteSource(flaky, { pageBytes: 0 })).toThrow(ParameterError)
  })
})

describe('a gzipped source', () => {
  // Of noise, so that a packed byte stands for little.
  const noise = Uint8Array.from({ length: 3_000_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24)
  const packed = gzipSync(noise, { level: 1 })

  it('is inflated no further than it is read, and not again', async () => {
    const source = countingByteSource(packed, 'noise.gz')
    const gzip = await unpackedByteSource(source)
    expect(await gzip.slice(0, 2880)).toEqual(noise.slice(0, 2880))
    const first = source.bytesRead()
    // The first four bytes tell the packing; then two pieces of 16 KiB, since one is handed on when the next is there.
    expect(first).toBeLessThanOrEqual(4 + 32_768)
    expect(await gzip.slice(100, 200)).toEqual(noise.slice(100, 200))
    expect(source.bytesRead()).toBe(first)
    expect(gzip.byteLength).toBeGreaterThan(noise.length)
    expect(isSame(await gzip.slice(2_999_000, 4_000_000), noise.subarray(2_999_000))).toBe(true)
    expect(gzip.byteLength).toBe(noise.length)
    expect(source.bytesRead()).toBe(4 + packed.length)
    expect(await gzip.slice(1_048_570, 1_048_590)).toEqual(noise.slice(1_048_570, 1_048_590))
  })

  it('is bounded, and says so each time', async () => {
    const bomb = await unpackedByteSource(memoryByteSource(gzipSync(new Uint8Array(5_000_000)), 'bomb.gz'), {
      maxBytes: 100_000,
    })
    expect(await bomb.slice(0, 1000)).toEqual(new Uint8Array(1000))
    for (let k = 0; k < 2; k++) {
      await expect(bomb.slice(99_000, 101_000)).rejects.toThrow(/unpack to at most 100000 bytes.*bomb\.gz/)
    }
    expect(await bomb.slice(99_000, 100_000)).toEqual(new Uint8Array(1000))
  })

  it('is refused where it is damaged, and read up to there', async () => {
    const cut = await unpackedByteSource(memoryByteSource(packed.subarray(0, 1_000_000), 'cut.gz'))
    expect(await cut.slice(0, 1000)).toEqual(noise.slice(0, 1000))
    await expect(cut.slice(0, noise.length)).rejects.toThrow(
      /gzip: data must be whole and sound. They fail after \d{7} bytes of what they hold. \(cut\.gz, byte 1000000\)/,
    )
    const plain = memoryByteSource(bytes)
    expect(await unpackedByteSource(plain)).toBe(plain)
  })

  it('of several members is one stream', async () => {
    const two = await unpackedByteSource(memoryByteSource(Buffer.concat([gzipSync(bytes), gzipSync(bytes)])))
    const all = await two.slice(0, 30_000)
    expect(isSame(all, Buffer.concat([bytes, bytes]))).toBe(true)
  })

  it('passes on why its own source failed', async () => {
    const failing: ByteSource = { byteLength: 100, slice: () => Promise.reject(new RangeError('no disk')) }
    await expect(unpackedByteSource(failing)).rejects.toThrow('no disk')
    const broken = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
    const disk: ByteSource = { byteLength: 100, slice: () => Promise.reject(broken) }
    await expect(unpackedByteSource(disk)).rejects.toBe(broken)
  })
})

describe('toByteSource', () => {
  it('names a source and keeps what it can do', async () => {
    const source = countingByteSource(bytes, 'own', true)
    expect(toByteSource(source)).toBe(source)
    const named = toByteSource(source, 'other')
    expect(named.name).toBe('other')
    expect(named.byteLength).toBe(bytes.length)
    expect(await named.slices!([{ start: 1, end: 3 }])).toEqual([bytes.slice(1, 3)])
    expect(() => toByteSource({ byteLength: 4 } as never)).toThrow(ParameterError)
    expect(() => toByteSource(undefined as never)).toThrow(ParameterError)
    expect(() => toByteSource(new ArrayBuffer(8) as never)).toThrow('a ByteSource. Received ArrayBuffer.')
    expect(() => toByteSource(new Float32Array(8) as never)).toThrow('a ByteSource. Received Float32Array.')
    expect(blobByteSource(new File([bytes], 'a.fits')).name).toBe('a.fits')
  })
})

describe('a file', () => {
  it('that does not exist is a NotFoundError', async () => {
    await expect(fileByteSource(join(folder, 'none'))).rejects.toThrow(NotFoundError)
    await expect(fileByteSource(join(folder, 'data.bin', 'x'))).rejects.toThrow(NotFoundError)
    await expect(fileByteSource(folder)).rejects.toThrow(/must be that of a file. Received the folder/)
  })
})
