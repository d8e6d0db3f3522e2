import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FormatError, ParameterError } from '@astronomaly/core'
import { readFitsImage } from '@astronomaly/fits'
import {
  type ByteSource,
  memoryByteSource,
  packingOf,
  unpack,
  unpackedByteSource,
  unpackedName,
} from '@astronomaly/fits/bytes'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { countingByteSource } from '../../../fits/test/bytes/counting-byte-source.ts'
import { openCatalogue, readCatalogue, readImage } from '../../src/node.ts'

interface Stream {
  readonly name: string
  readonly length: number
  readonly sha256: string
  readonly file: string
}

const { streams }: { streams: readonly Stream[] } = JSON.parse(
  readFileSync(new URL('../golden/bzip2-streams.json', import.meta.url), 'utf8'),
)
const stream = (name: string): Uint8Array => Buffer.from(streams.find((s) => s.name === name)!.file, 'base64')
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The same text packed by gzip and by libbz2. */
const words = 'the quick brown fox jumps over the lazy dog\n'.repeat(20)
const packedWords = { gzip: new Uint8Array(gzipSync(words)), bzip2: stream('words') }

const maxBytes = 2 ** 24

async function warned(bytes: Uint8Array): Promise<{ held: string; warnings: string[] }> {
  const warnings: string[] = []
  const held = await unpack(bytes, { maxBytes, source: 'x', onWarning: ({ message }) => warnings.push(message) })
  return { held: text(held), warnings }
}

describe('a bzip2 stream by libbz2', () => {
  it.each(streams)('of $name holds what was packed', async ({ file, length, sha256 }) => {
    const held = await unpack(Buffer.from(file, 'base64'), { maxBytes })
    expect(held.length).toBe(length)
    expect(hash(held)).toBe(sha256)
  })
})

describe.each(['gzip', 'bzip2'] as const)('%s', (packing) => {
  const packed = packedWords[packing]

  it('of several members is one, of bytes that lie anywhere in the source', async () => {
    expect(packingOf(packed)).toBe(packing)
    const { held, warnings } = await warned(Buffer.concat([packed, packed, packed]))
    expect(held).toBe(words.repeat(3))
    expect(warnings).toEqual([])
    const source = await unpackedByteSource(memoryByteSource(Buffer.concat([packed, packed])))
    expect(text(await source.slice(words.length - 4, words.length + 3))).toBe('dog\nthe'.slice(0, 7))
  })

  it.each([
    ['zeros', new Uint8Array(512)],
    ['one byte', Uint8Array.of(7)],
    ['a text', new TextEncoder().encode('BZ is how no stream begins')],
    ['much', new Uint8Array(100_000).fill(65)],
  ])('with %s behind the last member is read, with a warning', async (_, junk) => {
    for (const members of [1, 2]) {
      const { held, warnings } = await warned(Buffer.concat([...Array<Uint8Array>(members).fill(packed), junk]))
      expect(held).toBe(words.repeat(members))
      expect(warnings).toEqual([`${packing}: ${junk.length} bytes behind the last member are ignored (x)`])
    }
  })

  it('is refused wherever it is cut off, also in its second member', async () => {
    for (const before of [new Uint8Array(0), packed]) {
      for (let length = 4; length < packed.length; length++) {
        const cut = Buffer.concat([before, packed.subarray(0, length)])
        await expect(unpack(cut, { maxBytes, source: 'cut' }), `${length}`).rejects.toThrow(FormatError)
      }
    }
  })

  it('is refused whichever byte is changed, or says the same', async () => {
    for (let at = 3; at < packed.length; at++) {
      for (const bit of [1, 16, 128]) {
        const changed = Uint8Array.from(packed)
        changed[at]! ^= bit
        if (packingOf(changed) !== packing) continue
        const outcome = await unpack(changed, { maxBytes, source: 'x' }).then(text, (error: unknown) => error)
        if (outcome === words) continue
        expect(outcome, `byte ${at}`).toBeInstanceOf(FormatError)
        expect((outcome as Error).message).toContain(`${packing}: `)
      }
    }
  })

  it('goes on after its own source failed for a while', async () => {
    let fails = 1
    const flaky: ByteSource = {
      byteLength: packed.length,
      slice: async (start, end) => {
        if (end > 4 && fails-- > 0) throw new RangeError('no network')
        return packed.slice(start, end)
      },
    }
    const source = await unpackedByteSource(flaky)
    await expect(source.slice(0, 3)).rejects.toThrow('no network')
    expect(text(await source.slice(0, 9))).toBe('the quick')
  })

  it('is bounded', async () => {
    expect(await unpack(packed, { maxBytes: words.length })).toHaveLength(words.length)
    await expect(unpack(packed, { maxBytes: words.length - 1 })).rejects.toThrow(
      `${packing}: data must unpack to at most ${words.length - 1} bytes.`,
    )
  })
})

describe('unpacking', () => {
  it('leaves other bytes as they are', async () => {
    const plain = new TextEncoder().encode('BZh is no level')
    expect(await unpack(plain, { maxBytes })).toBe(plain)
    const source = memoryByteSource(plain)
    expect(await unpackedByteSource(source)).toBe(source)
    await expect(unpackedByteSource(source, { most: 1 } as never)).rejects.toThrow(ParameterError)
    expect(packingOf(Uint8Array.of(0x1f, 0x9d, 0x90))).toBe('LZW (.Z)')
  })

  it('takes the ending of a packed name away, once', () => {
    const names = ['a.fits.gz', 'a.fits.BZ2', 'a.fits.fz', 'a.fits', 'a.gz.fits', 'a.csv.bz2.gz', 'a.fits.Z']
    expect(names.map(unpackedName)).toEqual([
      'a.fits',
      'a.fits',
      'a.fits',
      'a.fits',
      'a.gz.fits',
      'a.csv.bz2',
      'a.fits.Z',
    ])
  })

  it('of bzip2 reads no further than a block needs', async () => {
    const three = Buffer.concat(Array<Uint8Array>(80).fill(stream('three blocks')))
    const source = countingByteSource(three)
    const held = await unpackedByteSource(source)
    await held.slice(0, 1000)
    // A block of level 1 and the one behind it: 65,536 bytes and 20 bits for each of 100,000 bytes.
    expect(source.bytesRead()).toBeLessThan(2 * (65_536 + 250_000) + 2 ** 15)
    expect(three.length).toBeGreaterThan(1_000_000)
  })
})

describe('gzip where the platform does not tell where a member ends', () => {
  afterEach(() => vi.restoreAllMocks())

  it('is read, bounded and refused when it is damaged', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    const packed = packedWords.gzip
    expect(text(await unpack(packed, { maxBytes }))).toBe(words)
    await expect(unpack(packed, { maxBytes: 100 })).rejects.toThrow(/at most 100 bytes/)
    await expect(unpack(packed.subarray(0, 60), { maxBytes })).rejects.toThrow(FormatError)
    const failing: ByteSource = {
      byteLength: 100,
      slice: async (start, end) => {
        if (end > 4) throw new RangeError('no disk')
        return packed.slice(start, end)
      },
    }
    await expect((await unpackedByteSource(failing)).slice(0, 1)).rejects.toThrow('no disk')
  })
})

describe('a file with bytes behind its last member', () => {
  const file = join(import.meta.dirname, '../cases/trailing-bytes.fits.gz')

  it('is read as an image, with a warning', async () => {
    const warnings: string[] = []
    const { data } = await readFitsImage(readFileSync(file), { onWarning: ({ message }) => warnings.push(message) })
    // As astropy gives it once gunzip has unpacked the file.
    expect(sum(data)).toBe(404_550)
    expect(warnings).toEqual([expect.stringMatching(/^gzip: \d+ bytes behind the last member are ignored$/)])
    const picture = await readImage(file)
    expect(sum(picture.image.data)).toBe(404_550)
    expect(picture.warnings).toEqual([expect.stringContaining('behind the last member are ignored')])
  })

  it('and one of two bzip2 streams hold the same picture', async () => {
    const whole = await readImage(join(import.meta.dirname, '../cases/two-streams.fits.bz2'))
    expect(whole).toEqual({ ...(await readImage(file)), warnings: [] })
  })

  it.each(['gzip', 'bzip2'] as const)('is read as a catalogue in %s, with one warning', async (packing) => {
    const folder = await mkdtemp(join(tmpdir(), 'unpack-'))
    try {
      const path = join(folder, 'packed.csv')
      await writeFile(path, Buffer.concat([packedWords[packing], Buffer.from('\0\0junk')]))
      const warnings: string[] = []
      const onWarning = ({ message }: { message: string }): void => void warnings.push(message)
      const table = await readCatalogue(path, { onWarning })
      expect([...table.columns.keys()]).toEqual(['the quick brown fox jumps over the lazy dog'])
      expect(table.rowCount).toBe(19)
      const message = `${packing}: 6 bytes behind the last member are ignored (${path})`
      expect(warnings).toEqual([message])
      const catalogue = await openCatalogue(path, { onWarning })
      let rows = 0
      for await (const batch of catalogue.batches()) rows += batch.rowCount
      expect(rows).toBe(19)
      expect(warnings).toEqual([message, message])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
