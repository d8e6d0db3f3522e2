import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { image } from '@astronomaly/core'
import { encodePicture, readImage } from '@astronomaly/io/node'
import { describe, expect, it } from 'vitest'
import { openRun, rank } from '../../src/index.ts'
import { renderPicture } from '../../src/report/render-picture.ts'
import { RunDirectory } from '../../src/run/run-directory.ts'
import { surveyBits } from '../../src/stages/survey-bits.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const cases = join(import.meta.dirname, '../cases/deep')
const names = (await readdir(cases)).sort()
const objects = (files: readonly string[]) => files.map((file) => ({ id: file, files: [file], stamp: '' }))

/** Largest value of a tile of the report. */
async function brightest(tile: string, folder: string): Promise<number> {
  const path = join(folder, 'tile.jpg')
  await writeFile(path, Buffer.from(tile.split(',')[1]!, 'base64'))
  return Math.max(...(await readImage(path)).image.data)
}

/** Writes a grey PNG of 16 bits a value, 32 × 32, whose values go up to `most`. */
async function writeDeep(path: string, most: number): Promise<void> {
  const chunk = (kind: string, data: Buffer): Buffer => {
    const own = Buffer.concat([Buffer.alloc(4), Buffer.from(kind, 'latin1'), data, Buffer.alloc(4)])
    own.writeUInt32BE(data.length)
    own.writeUInt32BE(crc32(own.subarray(4, -4)), own.length - 4)
    return own
  }
  const rows = Buffer.alloc(32 * 65)
  for (let i = 0; i < 1024; i++) {
    rows.writeUInt16BE(Math.round((most * i) / 1023), Math.floor(i / 32) * 65 + 1 + 2 * (i % 32))
  }
  const head = Buffer.from([0, 0, 0, 32, 0, 0, 0, 32, 16, 0, 0, 0, 0])
  const parts = [chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]
  await writeFile(path, Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]))
}

describe('pictures of 12 bits in 16', () => {
  it('are ranked and shown on the range that they use, with one warning that says so', async () => {
    const folder = await temporaryFolder()
    const images = join(folder, 'images')
    await cp(cases, images, { recursive: true })
    const shards: Buffer[] = []
    for (const [i, options] of [{ shardSize: 1 }, { shardSize: 4 }].entries()) {
      const out = join(folder, `run${i}`)
      const warnings: string[] = []
      await rank({ folder: images, out, trees: 10, ...options, onWarning: ({ message }) => warnings.push(message) })
      expect(warnings).toContain('pictures of 16 bits use 12 of them: 4095 is white, in all pictures alike')
      expect(warnings.filter((message) => /bits/.test(message))).toHaveLength(1)
      const record = await new RunDirectory(out).read()
      expect(record.bits).toBe(12)
      const data = await openRun(out)
      for (const file of names) {
        const row = data.files.findIndex(([own]) => own === file)
        const { image: seen } = await readImage(join(cases, file), { bits: 12 })
        // Of 255: the four pictures reach 2940 to 3108 of 4095. JPEG may be off by some values.
        const { url } = (await renderPicture(data, row, images))!
        expect(Math.abs((await brightest(url, folder)) - Math.max(...seen.data))).toBeLessThan(8)
      }
      shards.push(await readFile(join(out, 'ranking.csv')))
    }
    expect(shards[0]).toEqual(shards[1])
  })

  it('have one range for all, that of the brightest, whatever their order', async () => {
    const folder = await temporaryFolder()
    await mkdir(folder, { recursive: true })
    for (const most of [3, 900, 3000, 16_000]) await writeDeep(join(folder, `${most}.png`), most)
    const bits = (...of: string[]): Promise<number> => surveyBits(folder, objects(of))
    expect(await bits('3.png')).toBe(2)
    expect(await bits('900.png', '3.png')).toBe(10)
    expect(await bits('3.png', '900.png', '3000.png')).toBe(12)
    expect(await bits('16000.png', '3.png', '900.png', '3000.png')).toBe(14)
    expect(await bits(...Array<string>(200).fill('3.png'), ...Array<string>(10).fill('3000.png'))).toBe(12)
  })

  it('are told from those of 8, from FITS and from what cannot be read', async () => {
    const folder = await temporaryFolder()
    await mkdir(folder, { recursive: true })
    const eight = image(Float32Array.of(0, 3, 1, 2), 2, 2, 1)
    await writeFile(join(folder, 'a.png'), await encodePicture(eight, { format: 'png' }))
    expect(await surveyBits(folder, objects(['a.png', 'none.png', 'none.fits']))).toBe(16)
  })
})
