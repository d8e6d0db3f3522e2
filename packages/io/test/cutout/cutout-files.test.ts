import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, NotFoundError, ParameterError, type Progress } from '@astronomaly/core'
import { encodeFitsImage, readFitsImage } from '@astronomaly/fits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import type { CutoutObject } from '../../src/cutout/cutout.ts'
import { openMosaics } from '../../src/cutout/mosaics.ts'
import { openMosaicFiles } from '../../src/cutout/open-mosaic-files.ts'
import { type WriteCutoutsOptions, type WrittenCutout, writeCutouts } from '../../src/cutout/write-cutouts.ts'
import { channel, countingSource, cutAll, cutOne, golden, mosaicFile } from './mosaic-specimens.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cut-outs-'))
  await mkdir(join(folder, 'mosaics/deep'), { recursive: true })
  await writeFile(join(folder, 'mosaics/a.fits'), mosaicFile(golden.a, 'g'))
  await writeFile(join(folder, 'mosaics/deep/b.fits'), mosaicFile(golden.b, 'r'))
  await writeFile(join(folder, 'mosaics/readme.txt'), 'no mosaic')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const object = (id: string, x = 0): CutoutObject => ({ id, raDeg: 150.1 + x, decDeg: 2.2, sidePixels: 9 })

async function write(target: string, objects: Iterable<CutoutObject>, options: WriteCutoutsOptions = {}) {
  const mosaics = await openMosaicFiles(join(folder, 'mosaics'))
  const out: WrittenCutout[] = []
  try {
    for await (const result of writeCutouts(mosaics, objects, join(folder, target), options)) out.push(result)
  } finally {
    await mosaics.close()
  }
  return out
}

describe('openMosaicFiles', () => {
  it('finds the mosaics of a folder, opens few at a time, and closes them', async () => {
    const mosaics = await openMosaicFiles(join(folder, 'mosaics'), { maxOpenFiles: 1 })
    expect(mosaics.images.map(({ band, width }) => [band, width])).toEqual([
      ['g', 50],
      ['r', 70],
    ])
    const cut = await cutOne(mosaics, object('1'), { side: 9 })
    expect(cut.missing).toBe(0)
    expect(mosaics.openFiles).toBe(1)
    await mosaics.close()
    expect(mosaics.openFiles).toBe(0)
  })

  it('takes some files of a folder, single ones, and bands by name', async () => {
    const some = await openMosaicFiles(join(folder, 'mosaics'), { match: /^deep\//g })
    expect(some.bands).toEqual(['r'])
    const named = await openMosaicFiles([
      { path: join(folder, 'mosaics/a.fits'), band: 'u', hdu: 0 },
      join(folder, 'mosaics/deep/b.fits'),
    ])
    expect(named.bands).toEqual(['u', 'r'])
    await Promise.all([some.close(), named.close()])
  })

  it.runIf(hasShared)('names bands by the names of files, and warns where nothing names them', async () => {
    const stamps = sharedFile('data/B_fits/abell2670_decam/DECam_cuts')
    const warnings: string[] = []
    const onWarning = ({ message }: { message: string }): void => void warnings.push(message)
    const nameless = await openMosaicFiles(stamps, { onWarning })
    expect(nameless.bands).toEqual([''])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/_gband\.fits and .*_rband\.fits show the same place without one/)
    const named = await openMosaicFiles(stamps, { match: /_(?<band>[gr])band\.fits$/, onWarning })
    expect(named.bands).toEqual(['g', 'r'])
    expect(warnings).toHaveLength(1)
    const { raDeg, decDeg } = named.images[0]!
    const cut = await cutOne(named, { id: 'galaxy', raDeg, decDeg, sidePixels: 60 }, {})
    expect(cut.image.shape).toEqual([150, 150, 2])
    expect(cut.mosaics.map((name) => name?.slice(-11))).toEqual(['_gband.fits', '_rband.fits'])
    await Promise.all([nameless.close(), named.close()])
  })

  it('rejects folders and files that are none, and names them', async () => {
    await expect(openMosaicFiles(join(folder, 'nothing'))).rejects.toThrow(NotFoundError)
    await expect(openMosaicFiles([join(folder, 'none.fits')])).rejects.toThrow(/none\.fits/)
    await expect(openMosaicFiles(join(folder, 'mosaics'), { match: /\.jpg$/ })).rejects.toThrow(ParameterError)
    await expect(openMosaicFiles([])).rejects.toThrow('mosaics: must be paths, at least one')
    await expect(openMosaicFiles([join(folder, 'mosaics/readme.txt')])).rejects.toThrow(FormatError)
  })

  it('skips what is no mosaic when asked to, with a warning', async () => {
    const warnings: string[] = []
    const mosaics = await openMosaics(
      [
        { name: 'blank', source: encodeFitsImage({ data: new Float32Array(4), shape: [2, 2] }) },
        { name: 'text', source: new TextEncoder().encode('no mosaic') },
        { name: 'a', source: mosaicFile(golden.a, 'g') },
      ],
      { invalid: 'skip', onWarning: ({ message }) => warnings.push(message) },
    )
    expect(mosaics.images.length).toBe(1)
    expect(warnings).toEqual([
      expect.stringContaining('must have a map from pixels to the sky. It has none. (blank)'),
      expect.stringContaining('text'),
    ])
  })
})

describe('writeCutouts', () => {
  it('writes a file for each object, and goes on where it stopped', async () => {
    const objects = [object('J1'), object('far', 9), object('../a b'), object('J2', 1e-4)]
    const first = await write('out', objects.slice(0, 3), { side: 9, layout: 'flat' })
    expect(first.map((one) => [one.id, one.status])).toEqual([
      ['J1', 'written'],
      ['far', 'rejected'],
      ['../a b', 'written'],
    ])
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['%2E.%2Fa%20b.fits', 'J1.fits'])
    const bytes = await readFile(join(folder, 'out/J1.fits'))
    const again = await write('out', objects, { side: 20, window: 1, layout: 'flat' })
    expect(again.map((one) => one.status)).toEqual(['kept', 'rejected', 'kept', 'written'])
    expect(await readFile(join(folder, 'out/J1.fits'))).toEqual(bytes)
    const { shape } = await readFitsImage(await readFile(join(folder, 'out/J2.fits')))
    expect(shape).toEqual([2, 20, 20])
  })

  it('spreads files over folders, and rejects ids that no file can be named after', async () => {
    const results = await write('sharded', [object('J1'), object(''), object('x'.repeat(201))])
    expect(results[0]).toMatchObject({
      status: 'written',
      path: expect.stringMatching(/sharded.[0-9a-f]{3}.J1\.fits$/),
    })
    expect(results.slice(1)).toMatchObject([
      { status: 'rejected', reason: 'no-name' },
      { status: 'rejected', reason: 'no-name' },
    ])
    await expect(write('sharded', [], { layout: 'deep' as never })).rejects.toThrow(
      'layout must be one of flat, sharded',
    )
    await expect(write('sharded', [], { edge: 'wrap' as never })).rejects.toThrow('edge must be one of')
  })

  it.each([1, 2, 100])(
    'takes an id that comes again as kept once it has its file, in windows of %i',
    async (window) => {
      const objects = [object('J1'), object('J1'), object('late', 9), object('J1'), object('late'), object('late')]
      const target = `again ${window}`
      const statuses = async (): Promise<string[]> =>
        (await write(target, objects, { window })).map((one) => one.status)
      expect(await statuses()).toEqual(['written', 'kept', 'rejected', 'kept', 'written', 'kept'])
      expect(await statuses()).toEqual(['kept', 'kept', 'kept', 'kept', 'kept', 'kept'])
    },
  )

  it.each([1, 100])('rejects ids that differ in case alone from one before, in windows of %i', async (window) => {
    const objects = [object('Abc'), object('aBC', 1e-4), object('Abc'), object('aBC', 1e-4)]
    const target = `case ${window}`
    const statuses = async (): Promise<unknown> =>
      (await write(target, objects, { window, layout: 'flat' })).map((one) =>
        one.status === 'rejected' ? one.reason : one.status,
      )
    expect(await statuses()).toEqual(['written', 'no-name', 'kept', 'no-name'])
    expect(await readdir(join(folder, target))).toEqual(['Abc.fits'])
    expect(await statuses()).toEqual(['kept', 'no-name', 'kept', 'no-name'])
  })

  it('throws at an id that is no text, and names it', async () => {
    const run = write('numbers', [{ ...object(''), id: 17 as never }])
    await expect(run).rejects.toThrow(ParameterError)
    await expect(run).rejects.toThrow('writeCutouts: objects must have an id that is text. Received 17.')
  })

  it('reports how many objects are settled, those among them that were there', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    await write('progress', [object('a'), object('e')])
    const done: number[] = []
    const onProgress = (progress: Progress): number => done.push(progress.done)
    await write('progress', [...ids.map((id) => object(id)), object('far', 9)], { window: 2, onProgress })
    expect(done.at(-1)).toBe(8)
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b))
    expect(done).toEqual(expect.arrayContaining([3, 6, 8]))
  })

  it('stops at an abort while every object has its file', async () => {
    const all = Array.from({ length: 20 }, (_, i) => object(String(i)))
    await write('stop', all)
    const reason = new Error('enough')
    const controller = new AbortController()
    let taken = 0
    function* objects(): Generator<CutoutObject> {
      for (const one of all) {
        if (++taken === 7) controller.abort(reason)
        yield one
      }
    }
    await expect(write('stop', objects(), { signal: controller.signal })).rejects.toBe(reason)
    expect(taken).toBe(7)

    const second = new AbortController()
    const mosaics = await openMosaicFiles(join(folder, 'mosaics'))
    let settled = 0
    const run = async (): Promise<void> => {
      for await (const _ of writeCutouts(mosaics, all, join(folder, 'stop'), { signal: second.signal })) {
        if (++settled === 3) second.abort(reason)
      }
    }
    await expect(run()).rejects.toBe(reason)
    expect(settled).toBe(3)
    await mosaics.close()
  })
})

describe.runIf(hasShared)('cutOut of real mosaics', () => {
  it("takes the pixels of astropy's Cutout2D from a tile-compressed brick", async () => {
    const mosaics = await openMosaicFiles(sharedFile('data/B_fits/legacy_brick_dr6'), { match: /image-g\.fits\.fz$/ })
    const objects = golden.brick.map(({ ra, dec }, i) => ({ id: String(i), raDeg: ra, decDeg: dec, sidePixels: 150 }))
    const results = await cutAll(mosaics, objects, { interpolation: 'none' })
    await mosaics.close()
    expect(mosaics.bands).toEqual(['g'])
    for (const [i, cut] of results.entries()) {
      const expected = golden.brick[i]
      if (cut.status !== 'cut' || !expected) throw new Error('every object lies in the brick')
      const values = channel(cut).map((value) => value ?? 0)
      expect(cut.missing).toBe(expected.missing)
      expect(values[75 * 150 + 75]).toBe(expected.middle)
      // Sums of the same numbers in another order: 22,500 roundings of 1e-16 each.
      expect(Math.abs(values.reduce((a, b) => a + b, 0) - expected.sum)).toBeLessThanOrEqual(1e-11 * expected.absolute)
    }
  })

  it('reads and decodes the tiles of a brick once for objects that lie together', async () => {
    const path = sharedFile('data/B_fits/legacy_brick_dr6/legacysurvey-0959p805-image-g.fits.fz')
    const file = countingSource(await readFile(path))
    const mosaics = await openMosaics([{ name: path, source: file.open }])
    const { ra: raDeg, dec: decDeg } = golden.brick[0] as { ra: number; dec: number }
    const before = file.bytesRead
    const objects = Array.from({ length: 20 }, (_, i) => ({
      id: String(i),
      raDeg,
      decDeg: decDeg + i * 1e-5,
      sidePixels: 90,
    }))
    await cutAll(mosaics, objects.slice(0, 1), { interpolation: 'none' })
    const first = file.bytesRead - before
    // Twelve of the 1,296 tiles, which have data as those of a quarter of the brick have.
    expect(first).toBeLessThan(200_000)
    const reads = file.reads
    await cutAll(mosaics, objects, {})
    expect(file.reads).toBe(reads)
    const small = await openMosaics([{ name: path, source: file.open }], { cacheBytes: 0 })
    expect(await cutAll(small, objects.slice(0, 3), {})).toEqual(await cutAll(mosaics, objects.slice(0, 3), {}))
  })

  it('aligns exposures that have maps of their own', async () => {
    const { ra: raDeg, dec: decDeg, side, planes } = golden.bands
    const mosaics = await openMosaicFiles(sharedFile('data/B_fits/decam_ccd_stamps/obiwan_decals_grz'), {
      match: /ooi_._a1/,
    })
    const object = { id: '1', raDeg, decDeg, sidePixels: side }
    const cut = await cutOne(mosaics, object, { bands: ['g', 'r', 'z'], side, antialias: false })
    await mosaics.close()
    for (const [k, plane] of planes.entries()) {
      const values = channel(cut, k) as number[]
      const steepest = Math.max(...plane) - Math.min(...plane)
      const worst = Math.max(...values.map((value, i) => Math.abs(value - (plane[i] as number))))
      // A thousandth of a pixel on the steepest slope that there is.
      expect(worst).toBeLessThan(1e-3 * steepest)
    }
  })
})
