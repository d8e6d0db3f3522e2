import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, NotFoundError, ParameterError, type Progress } from '@astronomaly/core'
import { readFitsImage } from '@astronomaly/fits'
import { cutoutSide } from '@astronomaly/io'
import { readImage } from '@astronomaly/io/node'
import { beforeEach, describe, expect, it } from 'vitest'
import { type CutPicturesOptions, cutPictures, rank, scanFolder } from '../../src/index.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { mosaic } from './picture-service.ts'

let folder: string
let out: string
let catalogue: string
beforeEach(async () => {
  folder = await temporaryFolder()
  out = join(folder, 'images')
  catalogue = join(folder, 'objects.csv')
  await mkdir(join(folder, 'mosaics'))
  await writeFile(join(folder, 'mosaics', 'field-g.fits'), mosaic('g'))
  await writeFile(join(folder, 'mosaics', 'field-r.fits'), mosaic('r', 120, 2))
  const rows = [
    'middle,150,2,20,1.5,1.3',
    'up there,150.001,2.001,30,0,1.3',
    'a/b,149.999,1.999,,-1,',
    'far,12,-60,9,1,1',
  ]
  await writeFile(catalogue, `id,ra,dec,side,shape_r,psf\n${rows.join('\n')}\n`)
})

const cut = (options: Partial<CutPicturesOptions> = {}) =>
  cutPictures({ catalogue, mosaics: join(folder, 'mosaics'), out, size: { pixels: 20 }, side: 32, ...options })
const rejected = () => readFile(join(out, 'cutouts-rejected.csv'), 'utf8')
async function stepOf(id: string): Promise<number | undefined> {
  const own = (await scanFolder(out)).objects.find((object) => object.id === id)
  if (!own) return undefined
  const { header } = await readFitsImage(await readFile(join(out, own.files[0] as string)))
  return header.get('PIXSTEP') as number
}

describe('cutPictures', () => {
  it('fills a folder that rank reads under the ids of the catalogue', async () => {
    const progress: Progress[] = []
    const summary = await cut({ onProgress: (p) => progress.push(p) })
    expect(summary).toMatchObject({ objects: 4, written: 3, kept: 0, rejected: 1, reasons: { 'not-covered': 1 } })
    expect(summary.bands).toEqual(['g', 'r'])
    expect(await rejected()).toBe('id,reason,message\nfar,not-covered,"no mosaic covers 12, -60"\n')
    const scan = await scanFolder(out)
    expect(scan.rejected).toEqual([])
    expect(scan.objects.map(({ id }) => id)).toEqual(['a/b', 'middle', 'up there'])
    const { image, bands } = await readImage(join(out, scan.objects[1]?.files[0] as string))
    expect([image.shape, bands]).toEqual([
      [32, 32, 2],
      ['g', 'r'],
    ])
    expect(progress.map(({ stage }) => stage)).toContain('mosaics')
    expect(progress.at(-1)).toEqual({ stage: 'cut-outs', done: 4, total: 4 })
    const ranked = await rank({ folder: out, out: join(folder, 'run'), trees: 10, preprocess: 'rgb' })
    expect(ranked).toMatchObject({ objects: 3, rejected: 0 })
  })

  it('takes sizes from a column, in pixels or seconds of arc', async () => {
    expect(await cut({ size: { pixels: 'side' } })).toMatchObject({ written: 2, reasons: { 'no-size': 1 } })
    expect([await stepOf('middle'), await stepOf('up there')]).toEqual([20 / 32, 30 / 32])
    out = join(folder, 'arcsec')
    await cut({ size: { arcsec: 'SIDE' } })
    expect(await stepOf('middle')).toBeCloseTo(20 / 0.262 / 32, 5) // the scale of a pixel is found by differences on the sky
  })

  it('takes sizes from the paper’s equation 1', async () => {
    const summary = await cut({ size: { halfLightRadius: 'shape_r', psfFwhm: 'psf' } })
    expect(summary).toMatchObject({ written: 2, reasons: { 'no-size': 1, 'not-covered': 1 } })
    const psfSigma = 1.3 / 0.262 / Math.sqrt(8 * Math.log(2))
    expect(await stepOf('middle')).toBe(cutoutSide({ psfSigma, halfLightRadius: 1.5 / 0.262 }) / 32)
    expect(await stepOf('up there')).toBe(cutoutSide({ psfSigma, halfLightRadius: 0 }) / 32)
    out = join(folder, 'pixels')
    await cut({ size: { halfLightRadius: 5, psfFwhm: 4, unit: 'pixels' } })
    expect(await stepOf('a/b')).toBe(cutoutSide({ psfSigma: 4 / Math.sqrt(8 * Math.log(2)), halfLightRadius: 5 }) / 32)
  })

  it('goes on where it was left, in the same way only', async () => {
    await cut({ limit: 2 })
    const [shard = ''] = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.fits'))
    const unfinished = `${join(out, shard)}.01234567-0123-0123-0123-0123456789ab.tmp`
    await writeFile(unfinished, 'x')
    expect(await cut()).toMatchObject({ objects: 4, written: 1, kept: 2, rejected: 1 })
    await expect(readFile(unfinished)).rejects.toThrow('ENOENT')
    await expect(cut({ size: { pixels: 25 } })).rejects.toThrow(
      `cutouts: size must be the one of the pictures in ${out}, {"pixels":20}; another out makes others. Received {"pixels":25}.`,
    )
    await expect(cut({ bands: ['r'] })).rejects.toThrow('bands must be')
    await writeFile(join(out, 'cutouts.json'), '{"layout":')
    await expect(cut()).rejects.toThrow(FormatError)
  })

  it('leaves a folder alone that holds other things', async () => {
    await mkdir(out)
    await writeFile(join(out, 'downloads.jsonl'), '')
    await expect(cut()).rejects.toThrow('which holds downloads.jsonl')
    expect(await readdir(out)).toEqual(['downloads.jsonl'])
  })

  it('does not take wrong options for those of the folder', async () => {
    await expect(cut({ bands: ['z'] })).rejects.toThrow('bands must be of g, r')
    await expect(cut({ side: 0 })).rejects.toThrow('side must be')
    expect(await cut()).toMatchObject({ written: 3 })
  })

  it('takes folders and files of mosaics together, and goes on without bad ones when told so', async () => {
    await mkdir(join(folder, 'more', 'deep'), { recursive: true })
    await writeFile(join(folder, 'more', 'deep', 'other-z.fits'), mosaic('z'))
    await writeFile(join(folder, 'more', 'deep', 'notes-z.fits'), 'no mosaic')
    const mosaics = [join(folder, 'mosaics', 'field-g.fits'), join(folder, 'more')]
    await expect(cut({ mosaics })).rejects.toThrow('notes-z.fits')
    const warnings: string[] = []
    const onWarning = ({ message }: { message: string }): number => warnings.push(message)
    expect((await cut({ mosaics, invalid: 'skip', onWarning })).bands).toEqual(['g', 'z'])
    expect(warnings.join()).toContain('notes-z.fits')
    out = join(folder, 'matched')
    expect((await cut({ mosaics, match: /other/g })).bands).toEqual(['g', 'z'])
  })

  it('stops at an abort with its reason, and goes on', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `n${i},${150 + (i % 20) * 1e-4},${2 + i * 1e-6}`)
    await writeFile(catalogue, `id,ra,dec\n${rows.join('\n')}\n`)
    const controller = new AbortController()
    const onProgress = ({ stage }: Progress): void => {
      if (stage === 'cut-outs') controller.abort(new Error('enough'))
    }
    await expect(cut({ signal: controller.signal, onProgress, window: 8 })).rejects.toThrow('enough')
    expect((await readdir(out)).filter((name) => name.startsWith('cutouts'))).toEqual(['cutouts.json'])
    const { written, kept } = await cut()
    expect(kept).toBeGreaterThanOrEqual(32)
    expect(written + kept).toBe(200)
  })

  it('says what is wrong', async () => {
    const cases: readonly (readonly [Partial<CutPicturesOptions>, unknown, string])[] = [
      [{ mosaics: join(folder, 'none') }, NotFoundError, 'mosaics: file or folder must exist'],
      [{ mosaics: [] }, ParameterError, 'mosaics: must be paths'],
      [{ mosaics: [join(folder, 'mosaics')], match: /png$/ }, ParameterError, 'must hold files that match /png$/'],
      [{ size: { pixels: 'width' } }, NotFoundError, 'Received width'],
      [{ size: { pixels: 0 } }, ParameterError, 'size.pixels must be > 0'],
      [{ size: { halfLightRadius: 'shape_r' } as never }, ParameterError, 'size.psfFwhm must be > 0'],
      [{ size: 20 as never }, ParameterError, 'size must be { pixels }'],
      [{ layout: 'deep' as never }, ParameterError, 'layout must be one of flat, sharded'],
      [{ out: join(folder, 'objects.csv') }, ParameterError, 'must be a folder that can be written'],
      [{ decColumn: 'shape_r' }, FormatError, 'cutouts: ids must be unique'],
    ]
    for (const [options, kind, message] of cases) {
      if (message.includes('unique')) await writeFile(catalogue, 'id,ra,shape_r\na,1,2\na,1,2\n')
      const error = await cut(options).catch((reason: Error) => reason)
      expect(error).toBeInstanceOf(kind)
      expect((error as Error).message).toContain(message)
    }
    await writeFile(catalogue, 'id,ra,dec\nfar,12,-60\n')
    await expect(cut({ out: join(folder, 'void') })).rejects.toThrow('Received none of 1: not-covered 1')
    await writeFile(catalogue, 'id,ra,dec\nin,-210,2\nout,,2\noff,10,95\n')
    const some = await cut({ out: join(folder, 'some') })
    expect(some).toMatchObject({ objects: 3, written: 1, rejected: 2, reasons: { 'no-position': 2 } })
    expect(await readFile(some.rejectedFile, 'utf8')).toContain(
      'off,no-position,dec must be an angle from -90 to 90 degrees. Received 95 (row 3)',
    )
  })
})
