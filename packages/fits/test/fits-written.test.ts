import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParameterError, ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeChecksum, onesComplementSum } from '../src/checksum.ts'
import {
  encodeFits,
  encodeFitsImage,
  encodeFitsTable,
  FitsHeader,
  type FitsPixels,
  listHdus,
  readFitsImage,
  readFitsTable,
} from '../src/index.ts'
import { writeFitsImage } from '../src/node.ts'
import { integerSpecimens, specimens, specimenTable } from './fits-specimens.ts'

const known: { files: Record<string, { sha256: string }> } = JSON.parse(
  readFileSync(new URL('./golden/fits-written.json', import.meta.url), 'utf8'),
)
const folder = process.env.ASTRONOMALY_SPECIMENS
if (folder) {
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of specimens()) writeFileSync(join(folder, name), bytes)
}

describe('a written file', () => {
  it('has the bytes that astropy verified and read, for every specimen', () => {
    const own = Object.fromEntries(
      [...specimens()].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
    )
    expect(own).toEqual(Object.fromEntries(Object.entries(known.files).map(([name, { sha256 }]) => [name, sha256])))
  })

  it('is whole blocks whose words add up to all ones, HDU by HDU', async () => {
    for (const [name, bytes] of specimens()) {
      expect(bytes.length % 2880, name).toBe(0)
      for (const hdu of await listHdus(bytes)) {
        const dataEnd = hdu.dataOffset + Math.ceil(hdu.dataLength / 2880) * 2880
        expect(onesComplementSum(bytes.subarray(hdu.headerOffset, dataEnd)), name).toBe(0xffffffff)
        const dataSum = onesComplementSum(bytes.subarray(hdu.dataOffset, dataEnd))
        expect(hdu.header.text('DATASUM'), name).toBe(String(dataSum))
      }
    }
  })

  it('reads as the picture that was written', async () => {
    const images = fc
      .tuple(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(Float32Array, Float64Array, Int16Array, Int32Array, Uint8Array),
      )
      .chain(([shape, Type]) => {
        const count = shape.reduce((a, b) => a * b, 1)
        const number = Type === Float32Array || Type === Float64Array ? fc.double() : fc.integer()
        return fc.tuple(
          fc.constant(shape),
          fc.array(number, { minLength: count, maxLength: count }).map((values) => Type.from(values)),
        )
      })
    await fc.assert(
      fc.asyncProperty(images, async ([shape, data]) => {
        const read = await readFitsImage(encodeFitsImage({ data, shape }))
        expect(read.shape).toEqual(shape)
        expect(Array.from(read.data)).toEqual(Array.from(data))
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  it('holds integers of every width and sign', async () => {
    for (const [name, data] of Object.entries(integerSpecimens)) {
      const read = await readFitsImage(specimens().get(`${name}.fits`)!)
      expect(read.data, name).toBeInstanceOf(/8|16/.test(name) ? Float32Array : Float64Array)
      expect(Array.from(read.data), name).toEqual(Array.from(data as ArrayLike<number | bigint>, Number))
    }
  })

  it('of several HDUs gives each by its name and version', async () => {
    const bytes = specimens().get('extensions.fits')!
    const hdus = await listHdus(bytes)
    expect(hdus.map(({ kind, name, header }) => [kind, name, header.number('EXTVER') ?? 0])).toEqual([
      ['none', '', 0],
      ['image', 'SCI', 1],
      ['image', 'DQ', 1],
      ['image', 'SCI', 2],
      ['binary-table', 'CAT', 0],
      ['image', '', 0],
    ])
    expect(hdus[3]!.header.text('BUNIT')).toBe('nanomaggy')
    expect((await readFitsImage(bytes, { hdu: 3 })).shape).toEqual([6])
    expect((await readFitsImage(bytes, { hdu: 'SCI,2' })).hdu.index).toBe(3)
    expect((await readFitsImage(bytes, { hdu: 'sci,2' })).hdu.index).toBe(3)
    expect((await readFitsImage(bytes, { hdu: 'SCI' })).hdu.index).toBe(1)
    expect([...(await readFitsTable(bytes)).columns.keys()]).toEqual([...specimenTable.columns.keys()])
    expect((await listHdus(specimens().get('table-first.fits')!)).map(({ kind }) => kind)).toEqual([
      'none',
      'binary-table',
    ])
    const table = await readFitsTable(bytes)
    const described = {
      ...table,
      columns: new Map([...table.columns].map(([k, c]) => [k, { ...c, description: `what ${k} is` }])),
    }
    const first = encodeFits([{ table: described, name: 'CAT', header: [{ keyword: 'HISTORY', comment: 'kept' }] }])
    const { header } = (await listHdus(first))[1]!
    expect(encodeFits([{ table: described, header }])).toEqual(first)
    const image = await readFitsImage(bytes)
    expect(encodeFits([{ image }])).toEqual(encodeFitsImage({ data: image.data, shape: image.shape }))
  })

  it('of several HDUs is refused where one is none', () => {
    const image = { data: new Float32Array(2), shape: [2] }
    for (const units of [[], 'x', [{ image, table: specimenTable }], [{ picture: image }], [{ image, version: 0 }]]) {
      expect(() => encodeFits(units as never)).toThrow(ParameterError)
    }
    expect(() => encodeFits([{ image: { ...image, shape: [3] } }])).toThrow(ShapeError)
    expect(() => encodeFits([{ image, header: [{ keyword: 'XTENSION', value: 'IMAGE' }] }])).toThrow(
      /leave the structure/,
    )
    expect(() => encodeFits([{ image, name: 'é' }])).toThrow(ParameterError)
    const header = new FitsHeader([{ keyword: 'XTENSION', value: 'IMAGE' }])
    expect(encodeFits([{ image, header }])).toEqual(encodeFits([{ image }]))
  })

  it('keeps the cards that it was given', async () => {
    const { header } = await readFitsImage(specimens().get('float32-cube.fits')!)
    expect(header.get('OBJECT')).toBe("O'Neill's & co")
    expect(header.get('LONGTEXT')).toBe(`${"it's ".repeat(40)}&`)
    expect(header.get('SEED')).toBe(2n ** 62n + 1n)
    expect(header.get('GUESS')).toBeNull()
    expect(header.number('ESO TEL AIRM START')).toBe(1.25)
    expect((await readFitsImage(specimens().get('int16-scaled.fits')!)).data[0]).toBe(32768 - 140)
  })

  it('reads as the table that was written', async () => {
    const read = await readFitsTable(encodeFitsTable(specimenTable))
    expect(read.rowCount).toBe(5)
    expect([...read.columns]).toEqual([...specimenTable.columns])
    expect(encodeFitsTable(read)).toEqual(encodeFitsTable(specimenTable))
  })

  it('is refused when data and shape differ or cards describe the structure', () => {
    const data = new Float32Array(6)
    expect(() => encodeFitsImage({ data, shape: [2, 2] })).toThrow(ShapeError)
    expect(() => encodeFitsImage({ data, shape: [] })).toThrow(ShapeError)
    expect(() => encodeFitsImage({ data } as never)).toThrow(ParameterError)
    expect(() => encodeFitsImage({ data, shape: [-2, -3] })).toThrow(ShapeError)
    expect(() => encodeFitsImage({ data: [1, 2, 3, 4, 5, 6] as never, shape: [6] })).toThrow(/typed array/)
    const scaled = [{ keyword: 'BZERO', value: 1 }]
    expect(() => encodeFitsImage({ data: new Uint16Array(6), shape: [6], header: scaled })).toThrow(/BZERO and BSCALE/)
    for (const keyword of ['NAXIS1', 'bitpix', 'CHECKSUM', 'END']) {
      expect(() => encodeFitsImage({ data, shape: [2, 3], header: [{ keyword, value: 1 }] })).toThrow(ParameterError)
    }
    expect(() => encodeFitsImage({ data, shape: [6], size: 1 } as never)).toThrow("unknown option 'size'")
  })

  it('is refused for text that FITS cannot hold', () => {
    const table = (values: readonly string[]) => ({ rowCount: 2, columns: new Map([['name', { values, width: 1 }]]) })
    expect(() => encodeFitsTable(table(['a', 'é']))).toThrow(/Received "é" in column name, row 2/)
    expect(() => encodeFitsTable(table(['a', 'b\n']))).toThrow(ParameterError)
    expect(() => encodeFitsTable(table(['a']))).toThrow(ShapeError)
  })
})

describe('a picture that is written piece by piece', () => {
  let target: string
  beforeAll(async () => {
    target = await mkdtemp(join(tmpdir(), 'written-'))
  })
  afterAll(() => rm(target, { recursive: true }))

  async function* pieces(data: FitsPixels, length: number): AsyncGenerator<FitsPixels> {
    for (let at = 0; at < data.length; at += length) yield data.subarray(at, at + length) as FitsPixels
  }

  it('has the bytes of the one that is written at once', async () => {
    const header = [{ keyword: 'OBJECT', value: 'M 31' }]
    for (const [length, data] of [
      [7, Float32Array.from({ length: 35 }, (_, i) => i / 3)],
      // Pieces of 3 bytes: the words that are summed reach over them.
      [3, Uint8Array.from({ length: 35 }, (_, i) => i * 7)],
      [5, Uint16Array.from({ length: 35 }, (_, i) => i * 1800)],
      [35, BigInt64Array.from({ length: 35 }, (_, i) => BigInt(i) << 55n)],
    ] as const) {
      const path = join(target, 'piece.fits')
      const whole = encodeFitsImage({ data, shape: [5, 7], header })
      const { byteLength } = await writeFitsImage(path, pieces(data, length), { shape: [5, 7], header })
      expect(byteLength).toBe(whole.length)
      expect(Buffer.compare(await readFile(path), whole)).toBe(0)
    }
    expect(await readdir(target)).toEqual(['piece.fits'])
  })

  it.each([undefined, {}, { shape: undefined }, { shape: null }, { shape: 12 }, { shape: '12' }])(
    'needs a shape, and has none of options %o',
    async (options) => {
      const written = writeFitsImage(join(target, 'none.fits'), [new Float32Array(12)], options as never)
      await expect(written).rejects.toBeInstanceOf(ParameterError)
      await expect(written).rejects.toThrow('writeFitsImage: shape must be an array of axis lengths. Received ')
    },
  )

  it('leaves what was there, and nothing else, when it fails', async () => {
    const path = join(target, 'piece.fits')
    const before = await readFile(path)
    const data = new Float32Array(12)
    for (const parts of [[data], [data, data], [data, new Float64Array(1)]]) {
      await expect(writeFitsImage(path, parts, { shape: [13] })).rejects.toThrow(ShapeError)
    }
    await expect(writeFitsImage(path, [], { shape: [0] })).rejects.toThrow(ParameterError)
    await expect(writeFitsImage(path, [data], { shape: [12], signal: AbortSignal.abort('enough') })).rejects.toBe(
      'enough',
    )
    async function* broken(): AsyncGenerator<FitsPixels> {
      yield data
      throw new Error('no more')
    }
    await expect(writeFitsImage(path, broken(), { shape: [24] })).rejects.toThrow('no more')
    expect(Buffer.compare(await readFile(path), before)).toBe(0)
    expect(await readdir(target)).toEqual(['piece.fits'])
  })
})

describe('a checksum', () => {
  it('completes any sum to all ones, in letters and digits alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (sum) => {
        const text = encodeChecksum(sum)
        expect(text).toMatch(/^[0-9A-Za-z]{16}$/)
        const bytes = new TextEncoder().encode(`${text.slice(1)}${text[0]}`)
        // CHECKSUM is summed as 16 zeros first: the difference is what the characters add.
        const zeros = new TextEncoder().encode('0'.repeat(16))
        const without = (0xffffffff - onesComplementSum(zeros) + sum) % 0xffffffff
        expect(onesComplementSum(bytes, without) % 0xffffffff).toBe(0)
      }),
      { seed: 5, numRuns: 500 },
    )
  })
})
