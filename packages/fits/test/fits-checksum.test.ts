import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { FormatError, NotFoundError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'
import { onesComplementSum, RunningSum } from '../src/checksum.ts'
import { encodeFits, encodeFitsImage, verifyChecksum } from '../src/index.ts'
import { fileByteSource } from '../src/node.ts'
import { countingByteSource } from './bytes/counting-byte-source.ts'
import { rawFits } from './read-golden.ts'

const known: { readonly files: Readonly<Record<string, readonly (readonly [string, string])[]>> } = JSON.parse(
  readFileSync(new URL('./golden/fits-checksums.json', import.meta.url), 'utf8'),
)

/** Word by word, as the standard says. */
function slowSum(bytes: Uint8Array): bigint {
  let sum = 0n
  for (let at = 0; at < bytes.length; at += 4) {
    for (let k = 0; k < 4; k++) sum += BigInt(bytes[at + k] ?? 0) << BigInt(24 - 8 * k)
  }
  while (sum > 0xffffffffn) sum = (sum & 0xffffffffn) + (sum >> 32n)
  return sum
}

describe('the sum of words', () => {
  it('is what adding them one by one gives, at any place in memory, in any pieces', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        fc.nat({ max: 5 }),
        fc.array(fc.nat({ max: 900 }), { maxLength: 8 }),
        (bytes, shift, cuts) => {
          const moved = new Uint8Array(bytes.length + shift).subarray(shift)
          moved.set(bytes)
          const expected = Number(slowSum(bytes))
          expect(onesComplementSum(moved)).toBe(expected)
          const running = new RunningSum()
          let at = 0
          for (const cut of cuts) {
            running.add(bytes.subarray(at, at + cut))
            at += cut
          }
          running.add(bytes.subarray(at))
          expect(running.value()).toBe(expected)
        },
      ),
      { seed: 8, numRuns: 300 },
    )
  })

  it('does not overflow where every bit is set', () => {
    expect(onesComplementSum(new Uint8Array(1_000_000).fill(255))).toBe(0xffffffff)
    expect(onesComplementSum(new Uint8Array(1_000_000))).toBe(0)
  })
})

describe('verifyChecksum', () => {
  const bytes = encodeFits([
    { image: { data: Float32Array.from({ length: 5000 }, (_, i) => i), shape: [50, 100] } },
    { image: { data: Int16Array.of(1, 2, 3), shape: [3] }, name: 'SCI' },
  ])

  it('finds what was written correct, gzipped or not, and one HDU by its name', async () => {
    const both = [
      { hdu: 0, name: '', checksum: 'correct', dataSum: 'correct' },
      { hdu: 1, name: 'SCI', checksum: 'correct', dataSum: 'correct' },
    ]
    expect(await verifyChecksum(bytes)).toEqual(both)
    expect(await verifyChecksum(new Uint8Array(gzipSync(bytes)))).toEqual(both)
    expect(await verifyChecksum(bytes, { hdu: 'SCI' })).toEqual(both.slice(1))
    await expect(verifyChecksum(bytes, { hdu: 2 })).rejects.toThrow(NotFoundError)
  })

  it('tells a changed header from changed data', async () => {
    const header = bytes.slice()
    header[2000]! ^= 1
    expect((await verifyChecksum(header))[0]).toMatchObject({ checksum: 'wrong', dataSum: 'correct' })
    const data = bytes.slice()
    data[5000]! ^= 128
    expect((await verifyChecksum(data))[0]).toMatchObject({ checksum: 'wrong', dataSum: 'wrong' })
    // The byte stands in the first HDU.
    expect((await verifyChecksum(data))[1]).toMatchObject({ checksum: 'correct', dataSum: 'correct' })
  })

  it('reads nothing where there is no sum, or an empty one', async () => {
    const cards = ['SIMPLE  =                    T', 'BITPIX  =                    8', 'NAXIS   =                    1']
    const plain = rawFits([...cards, 'NAXIS1  =                20000', "CHECKSUM= ''"], new Uint8Array(20_160))
    const source = countingByteSource(plain)
    expect(await verifyChecksum(source)).toEqual([{ hdu: 0, name: '', checksum: 'absent', dataSum: 'absent' }])
    // The header's blocks, and a look for another HDU at the end.
    expect(source.bytesRead()).toBeLessThanOrEqual(4 * 2880)
    const junk = rawFits([...cards.slice(0, 2), 'NAXIS   =                    0', "DATASUM = 'many'"])
    expect((await verifyChecksum(junk))[0]).toMatchObject({ checksum: 'absent', dataSum: 'wrong' })
  })

  it('holds a bounded piece at a time and refuses truncated data', async () => {
    const large = encodeFitsImage({ data: new Float32Array(3_000_000).fill(1.5), shape: [3_000_000] })
    const source = countingByteSource(large)
    expect((await verifyChecksum(source))[0]).toMatchObject({ checksum: 'correct', dataSum: 'correct' })
    expect(Math.max(...source.reads.map(({ start, end }) => end - start))).toBe(2 ** 22)
    await expect(verifyChecksum(large.subarray(0, 1_000_000))).rejects.toThrow(FormatError)
    const cut = new Uint8Array(gzipSync(bytes.subarray(0, 12_000)))
    await expect(verifyChecksum(cut)).rejects.toThrow(/truncated: 10880 bytes are missing. \(byte 12000\)/)
  })

  it.runIf(hasShared)('agrees with astropy on every real file', async () => {
    expect(Object.keys(known.files).length).toBeGreaterThan(20)
    for (const [path, expected] of Object.entries(known.files)) {
      const source = await fileByteSource(sharedFile(`data/${path}`))
      const own = await verifyChecksum(source)
      expect(
        own.map(({ checksum, dataSum }) => [checksum, dataSum]),
        path,
      ).toEqual(expected)
      await source.close()
    }
  })
})
