import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParameterError, type Progress } from '@astronomaly/core'
import { parseFitsHeader, wcsFromHeader } from '@astronomaly/fits'
import { readCatalogue, readImage } from '@astronomaly/io/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { simulateSurvey } from '../../src/index.ts'
import { writeSurvey } from '../../src/node.ts'

const options = { count: 40, seed: 2, size: 32, fractions: { anomaly: 0.1, artefact: 0.1 } }
let root: string

async function filesOf(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const pairs = names.map(async (entry): Promise<[string, string]> => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length), (await readFile(path)).toString('base64')]
  })
  return new Map((await Promise.all(pairs)).sort(([a], [b]) => (a < b ? -1 : 1)))
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'simulate-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('writeSurvey', () => {
  it('writes pictures, catalogue and truth that can be read back', async () => {
    const folder = join(root, 'whole')
    const progress: Progress[] = []
    const written = await writeSurvey(folder, { ...options, onProgress: (p) => progress.push(p) })
    expect(written).toEqual({ images: 40, anomalies: 4, artefacts: 4, reused: false })
    expect(progress.map((p) => p.done)).toEqual([16, 32, 40])
    expect(progress[0]).toEqual({ stage: 'simulate', done: 16, total: 40 })
    const objects = [...simulateSurvey(options)]
    const catalogue = await readCatalogue(join(folder, 'catalogue.fits'))
    expect(catalogue.rowCount).toBe(40)
    for (const name of [
      'id',
      'ra',
      'dec',
      'type',
      'flux_g',
      'flux_ivar_r',
      'snr_z',
      'rchisq_g',
      'allmask_r',
      'shapeexp_r',
      'shapedev_r',
      'psfsize_z',
    ]) {
      expect([...catalogue.columns.keys()]).toContain(name)
    }
    for (const index of [0, 17, 39]) {
      const object = objects[index]!
      const loaded = await readImage(join(folder, 'images', `${object.id}.fits`))
      expect(loaded.image.shape).toEqual([32, 32, 3])
      expect(loaded.simulated).toBe(true)
      expect(Float32Array.from(loaded.image.data)).toEqual(object.image.data)
      expect(catalogue.columns.get('id')?.values[index]).toBe(object.id)
      expect(catalogue.columns.get('flux_r')?.values[index]).toBe(object.catalogue.flux[1])
    }
    expect(await readFile(join(folder, 'catalogue.fits'), 'latin1')).toMatch(/SIMULATE= {20}T/)
    const wcs = wcsFromHeader(parseFitsHeader(await readFile(join(folder, 'images', 'sim-0000000.fits'))).header)
    const { raDeg, decDeg } = objects[0]!.catalogue
    const middle = wcs!.pixelToSky(15.5, 15.5)
    expect(middle.raDeg).toBeCloseTo(raDeg, 9)
    expect(middle.decDeg).toBeCloseTo(decDeg, 9)
    // North is up: one row is 0.262 arcsec of declination. East is left: right ascension falls with x.
    expect((wcs!.pixelToSky(15.5, 16.5).decDeg - decDeg) * 3600).toBeCloseTo(0.262, 5)
    expect(wcs!.pixelToSky(16.5, 15.5).raDeg).toBeLessThan(raDeg)
    const truth = (await readFile(join(folder, 'truth.csv'), 'utf8')).trim().split('\n')
    expect(truth[0]).toBe('id,rating,kind')
    expect(truth).toHaveLength(41)
    expect(truth.filter((line) => line.split(',')[1] === '5')).toHaveLength(4)
    const lines = (await readFile(join(folder, 'truth.jsonl'), 'utf8')).trim().split('\n')
    expect(JSON.parse(lines[5]!)).toMatchObject({ id: 'sim-0000005', kind: objects[5]!.kind })
  })

  it('leaves a complete survey alone', async () => {
    const folder = join(root, 'whole')
    const path = join(folder, 'images', 'sim-0000003.fits')
    const before = await stat(path)
    expect(await writeSurvey(folder, options)).toEqual({ images: 40, anomalies: 4, artefacts: 4, reused: true })
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs)
  })

  it('finishes an interrupted survey with the same bytes and without writing its pictures again', async () => {
    const folder = join(root, 'interrupted')
    const stop = new AbortController()
    const reason = new Error('stop')
    const run = writeSurvey(folder, {
      ...options,
      signal: stop.signal,
      onProgress: ({ done }) => done === 32 && stop.abort(reason),
    })
    await expect(run).rejects.toBe(reason)
    expect((await readdir(folder)).sort()).toEqual(['images', 'survey.json'])
    const path = join(folder, 'images', 'sim-0000003.fits')
    const before = await stat(path)
    await writeFile(join(folder, 'images', 'sim-0000039.fits.123.tmp'), 'half')
    expect((await writeSurvey(folder, options)).reused).toBe(false)
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs)
    expect(await filesOf(folder)).toEqual(await filesOf(join(root, 'whole')))
  })

  it('makes a lost picture again and replaces a survey with other options', async () => {
    const folder = join(root, 'interrupted')
    await rm(join(folder, 'images', 'sim-0000011.fits'))
    await writeSurvey(folder, options)
    expect(await filesOf(folder)).toEqual(await filesOf(join(root, 'whole')))
    await writeSurvey(folder, { ...options, count: 5, seed: 9 })
    expect(await readdir(join(folder, 'images'))).toHaveLength(5)
    const fresh = join(root, 'fresh')
    await writeSurvey(fresh, { ...options, count: 5, seed: 9 })
    expect(await filesOf(folder)).toEqual(await filesOf(fresh))
  })

  it('does not touch pictures that no survey of its own wrote', async () => {
    const folder = join(root, 'mine')
    await mkdir(join(folder, 'images'), { recursive: true })
    await writeFile(join(folder, 'images', 'ngc1300.fits'), 'precious')
    await expect(writeSurvey(folder, options)).rejects.toThrow(/ngc1300/)
    expect(await readFile(join(folder, 'images', 'ngc1300.fits'), 'utf8')).toBe('precious')
  })

  it('rejects bad options before it writes', async () => {
    const folder = join(root, 'bad')
    await expect(writeSurvey(folder, { count: -1 })).rejects.toThrow(ParameterError)
    await expect(writeSurvey(folder, { counts: 1 } as never)).rejects.toThrow(/unknown option 'counts'/)
    await expect(writeSurvey(folder, { size: 1e6 })).rejects.toThrow(ParameterError)
    await expect(writeSurvey(folder, { ...options, signal: AbortSignal.abort('no') })).rejects.toBe('no')
    await expect(stat(folder)).rejects.toThrow(/ENOENT/)
  })
})
