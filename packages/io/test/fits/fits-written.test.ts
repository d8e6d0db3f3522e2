import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ParameterError, ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeChecksum, onesComplementSum } from '../../src/fits/checksum.ts'
import { encodeFitsImage, encodeFitsTable, listHdus, readFitsImage, readFitsTable } from '../../src/index.ts'
import { specimens, specimenTable } from './fits-specimens.ts'

const known: { files: Record<string, { sha256: string }> } = JSON.parse(
  readFileSync(new URL('../golden/fits-written.json', import.meta.url), 'utf8'),
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

  it('is whole blocks whose words add up to all ones, HDU by HDU', () => {
    for (const [name, bytes] of specimens()) {
      expect(bytes.length % 2880, name).toBe(0)
      for (const hdu of listHdus(bytes)) {
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
    expect(() => encodeFitsImage({ data, shape: [-2, -3] })).toThrow(ShapeError)
    expect(() => encodeFitsImage({ data: new Uint16Array(6) as never, shape: [6] })).toThrow(ParameterError)
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
