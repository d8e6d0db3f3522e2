import { rmSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { FormatError, image, NotFoundError, ParameterError } from '@astronomaly/core'
import { encodeFitsImage } from '@astronomaly/fits'
import { encodePicture } from '@astronomaly/io/node'
import { describe, expect, it } from 'vitest'
import { exportRanking, label, openRun, type RankOptions, rank, writeReport } from '../../src/index.ts'
import { blob, writeCube } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { scoreBytes, sky } from './ranked-sky.ts'

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at] = bytes[at]! ^ 1
  await writeFile(path, bytes)
}

describe('rank', () => {
  it('ranks a folder and writes the run directory', async () => {
    const { out, options } = await sky()
    const stages = new Set<string>()
    const summary = await rank({ ...options, onProgress: (p) => stages.add(p.stage) })
    expect(summary).toMatchObject({ objects: 40, rejected: 0, reused: { objects: 0, stages: [] } })
    expect([...stages]).toEqual(['scan', 'features', 'pca', 'project', 'forest', 'scores'])
    expect((await readdir(out)).sort()).toEqual(
      [
        'catalogue.parquet',
        'features',
        'forest.model',
        'pca.model',
        'ranking.csv',
        'ranking.parquet',
        'reduced',
        'rejected.csv',
        'run.json',
        'scores',
      ].sort(),
    )
    const lines = (await readFile(join(out, 'ranking.csv'), 'utf8')).trim().split(/\r?\n/)
    expect(lines).toHaveLength(41)
    const scores = lines.slice(1).map((line) => Number(line.split(',')[2]))
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    expect(scores.every((s) => s > 0 && s < 1)).toBe(true)
  })

  it('gives the same bits again, and for another seed others', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    await rm(out, { recursive: true })
    await rank(options)
    expect((await scoreBytes(out)).equals(first)).toBe(true)
    await rank({ ...options, seed: 1 })
    expect((await scoreBytes(out)).equals(first)).toBe(false)
  })

  it('reuses what an earlier run left and redoes only what has changed', async () => {
    const { options, out, images } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    const all = ['objects', 'pca', 'projection', 'forest', 'scores']
    expect((await rank(options)).reused).toEqual({ objects: 40, stages: all })
    expect((await rank({ ...options, trees: 21 })).reused).toEqual({ objects: 40, stages: all.slice(0, 3) })
    expect((await rank({ ...options, variance: 0.9 })).reused).toEqual({ objects: 40, stages: ['objects'] })
    await utimes(join(images, 'object-020.fits'), 1, 1)
    expect((await rank(options)).reused).toEqual({ objects: 24, stages: [] })
    expect((await scoreBytes(out)).equals(first)).toBe(true)
  })

  it('makes whole what an earlier run left damaged', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    const damages: (() => Promise<void>)[] = [
      () => rm(join(out, 'features', '00001.npy')),
      () => writeFile(join(out, 'features', '00001.npy'), 'torn'),
      () => writeFile(join(out, 'features', '00000.json'), '{"key":'),
      () => writeFile(join(out, 'run.json'), '{"layout":1,'),
      () => rm(join(out, 'scores', '00002.npy')),
      () => writeFile(join(out, 'pca.model'), 'x'),
      () => rm(join(out, 'reduced'), { recursive: true }),
      () => rm(join(out, 'forest.model')),
      () => writeFile(join(out, 'forest.model'), 'x'),
      () => writeFile(join(out, 'features', '00001.json'), '{"key":"k","rows":[{}]}'),
      () => flipByte(join(out, 'features', '00000.npy'), 1000),
      () => writeFile(join(out, 'rejected.csv'), 'id,file,stage,reason\n"cut in the mid'),
    ]
    for (const damage of damages) {
      await damage()
      await rank(options)
      expect(await readdir(out)).toContain('forest.model')
      expect((await scoreBytes(out)).equals(first)).toBe(true)
    }
  })

  it('does not take a stage for whole that another run’s options have begun to overwrite', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    const controller = new AbortController()
    const reason = new Error('enough')
    const stop = {
      signal: controller.signal,
      onProgress: (p: { stage: string; done: number }) => p.stage === 'forest' && controller.abort(reason),
    }
    await expect(rank({ ...options, variance: 0.8, ...stop })).rejects.toBe(reason)
    await rank(options)
    expect((await scoreBytes(out)).equals(first)).toBe(true)
  })

  it('does not take rows of other options for whole when a run was killed while it wrote them', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    const rows = await readFile(join(out, 'features', '00001.npy'))
    await rank({ ...options, crop: 0.5 })
    // As a kill between the two files of a shard leaves them: rows of the new options, and the old record is gone.
    await rm(join(out, 'features', '00001.json'))
    await rank({ ...options, variance: 0.9 })
    expect((await readFile(join(out, 'features', '00001.npy'))).equals(rows)).toBe(true)
    await rank(options)
    expect((await scoreBytes(out)).equals(first)).toBe(true)
  })

  it('tries files again that could not be read for a passing reason', async () => {
    const { options, out, images } = await sky(20)
    await rank(options)
    const first = await scoreBytes(out)
    await rm(out, { recursive: true })
    const file = join(images, 'object-004.fits')
    const bytes = await readFile(file)
    const { mtime } = await stat(file)
    const vanish = async (p: { stage: string }): Promise<void> => {
      if (p.stage === 'scan') rmSync(file)
    }
    expect(await rank({ ...options, onProgress: vanish })).toMatchObject({ objects: 19, rejected: 1 })
    await writeFile(file, bytes)
    await utimes(file, mtime, mtime)
    expect(await rank(options)).toMatchObject({ objects: 20, rejected: 0, reused: { objects: 4 } })
    expect((await scoreBytes(out)).equals(first)).toBe(true)
  })

  it('removes shards that are not part of the run any more, and nothing that is not its own', async () => {
    const { options, out } = await sky()
    await rank(options)
    await writeFile(join(out, 'scores', 'notes.txt'), 'mine')
    await writeFile(join(out, 'draft.tmp'), 'mine')
    await rank({ ...options, shardSize: 64, seed: 3 })
    expect((await readdir(join(out, 'features'))).sort()).toEqual(['00000.json', '00000.npy'])
    expect((await readdir(join(out, 'scores'))).sort()).toEqual(['00000.npy', 'notes.txt'])
    expect(await readFile(join(out, 'draft.tmp'), 'utf8')).toBe('mine')
  })

  it('lets nobody else write to its directory at the same time, and takes over what a killed one has left', async () => {
    const { options, out } = await sky(20)
    const outcomes = await Promise.allSettled([rank(options), rank({ ...options, crop: 0.5 })])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(String(outcomes.find(({ status }) => status === 'rejected')?.['reason' as never])).toMatch(
      /run: folder must not be in use/,
    )
    await writeFile(join(out, 'run.lock'), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: 'x' }))
    expect(await rank(options)).toMatchObject({ objects: 20 })
    expect(await readdir(out)).not.toContain('run.lock')
  })

  it('writes down why nothing of a folder can be used', async () => {
    const { options, images, out } = await sky(0)
    await writeFile(join(images, 'notes.txt'), 'x')
    await writeFile(join(images, '.png'), 'x')
    await expect(rank(options)).rejects.toThrow(/2 rejected, such as \.png \(name must be more than an ending\)/)
    expect(await readFile(join(out, 'rejected.csv'), 'utf8')).toMatch(/notes\.txt.*not an image/)
  })

  it('judges sizes by the most frequent one', async () => {
    const { options, images } = await sky(12)
    for (let i = 0; i < 11; i++) await writeCube(join(images, `large-${i}.fits`), blob(i, 80), 80)
    expect(await rank({ ...options, sizes: 'same' })).toMatchObject({ objects: 12, rejected: 11 })
    const warnings: string[] = []
    expect(await rank({ ...options, onWarning: (w) => warnings.push(w.message) })).toMatchObject({ objects: 23 })
    expect(warnings).toContain('11 of 23 pictures have another size than 48 x 48; all are resized and ranked')
  })

  it('goes on without bad files and says so with file and reason', async () => {
    const { options, out, images } = await sky()
    const good = blob(99)
    await writeFile(join(images, 'empty.fits'), '')
    await writeFile(join(images, 'text.png'), 'this is not a picture')
    await writeFile(join(images, 'notes.txt'), 'not even by name')
    await writeCube(join(images, 'whole.fits'), good)
    await writeFile(join(images, 'cut.fits'), (await readFile(join(images, 'whole.fits'))).subarray(0, 9000))
    await writeCube(join(images, 'zeros.fits'), new Float32Array(good.length))
    await writeCube(
      join(images, 'nan.fits'),
      good.map((v, i) => (i === 5 ? Number.NaN : v)),
    )
    await writeCube(join(images, 'large.fits'), blob(98, 96), 96)
    await writeCube(join(images, 'whole.fts'), good)
    await mkdir(join(images, 'again'))
    await writeCube(join(images, 'again', 'whole.fits'), good)
    const summary = await rank(options)
    expect(summary.objects).toBe(42)
    expect(summary.rejected).toBe(8)
    const rejected = await readFile(join(out, 'rejected.csv'), 'utf8')
    for (const [file, reason] of [
      ['empty.fits', /./],
      ['text.png', /./],
      ['notes.txt', /not an image/],
      ['cut.fits', /./],
      ['zeros.fits', /all pixels are zero/],
      ['nan.fits', /missing \(NaN\) pixels/],
      ['large.fits', /size 96 x 96, most are 48 x 48/],
      ['whole.fts', /duplicate id/],
    ] as const) {
      const line = rejected.split('\n').find((l) => l.includes(file))
      expect(line, file).toBeDefined()
      expect(line).toMatch(reason)
    }
    expect((await rank({ ...options, maxMissing: 0.01, sizes: 'any' })).objects).toBe(44)
  })

  it('joins a catalogue by id and by file', async () => {
    const { options, out, images } = await sky(20)
    const byId = join(images, '..', 'objects.csv')
    await writeFile(byId, 'id,ra,dec,z\nobject-003,10.5,-3.25,0.1\nobject-003,1,1,1\nghost,1,1,1\n')
    const summary = await rank({ ...options, catalogue: byId })
    expect(summary).toMatchObject({ objects: 20, rejected: 2 })
    const data = await openRun(out)
    const row = data.ids.indexOf('object-003')
    expect([data.raDeg[row], data.decDeg[row]]).toEqual([10.5, -3.25])
    const byFile = join(images, '..', 'files.csv')
    await writeFile(byFile, 'file,id,ra,dec\nimages/object-003.fits,NGC 7,1,2\nobject-004.fits,NGC 8,3,4\n')
    await rank({ ...options, catalogue: byFile, adopt: true })
    const ids = (await openRun(out)).ids
    expect(ids).toContain('NGC 8')
    expect(ids).toContain('NGC 7')
    expect(ids).not.toContain('object-003')
    await writeFile(byId, 'title,ra\nx,1\n')
    await expect(rank({ ...options, catalogue: byId })).rejects.toThrow(FormatError)
  })

  it('reads one file a band', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'images'))
    const names = ['814', '606', '435']
    for (let i = 0; i < 12; i++) {
      const cube = blob(i, 40)
      for (const [b, band] of names.entries()) {
        const plane = cube.slice(b * 1600, (b + 1) * 1600)
        const file = join(folder, 'images', `NGC ${i}_${band}.fits`)
        await writeFile(file, encodeFitsImage({ data: plane, shape: [40, 40] }))
      }
    }
    const out = join(folder, 'run')
    const bands = { bandPattern: '{id}_{band}.fits', bands: names }
    expect(await rank({ folder: join(folder, 'images'), out, trees: 5, ...bands })).toMatchObject({
      objects: 12,
      rejected: 0,
    })
    expect((await openRun(out)).files[0]).toEqual(names.map((band) => `NGC 0_${band}.fits`))
    expect(await readFile(await writeReport({ run: out }), 'utf8')).toContain('data:image/jpeg')
    // The same pixels as cubes in the same order of channels give the same features.
    await mkdir(join(folder, 'cubes'))
    for (let i = 0; i < 12; i++) await writeCube(join(folder, 'cubes', `NGC ${i}.fits`), blob(i, 40), 40)
    const cubes = join(folder, 'run-of-cubes')
    await rank({ folder: join(folder, 'cubes'), out: cubes, trees: 5 })
    expect((await scoreBytes(cubes)).equals(await scoreBytes(out))).toBe(true)
  })

  it('shows pictures of any number of bands', async () => {
    for (const names of [['g'], ['g', 'r'], ['g', 'r', 'i', 'z']]) {
      const folder = await temporaryFolder()
      const images = join(folder, 'images')
      await mkdir(images)
      for (let i = 0; i < 12; i++) {
        for (const [b, band] of names.entries()) {
          const plane = blob(i, 32).slice((b % 3) * 1024, (b % 3) * 1024 + 1024)
          const png = await encodePicture(
            image(
              plane.map((v) => 255 * Math.min(1, Math.max(0, v))),
              32,
              32,
              1,
            ),
            { format: 'png' },
          )
          await writeFile(join(images, `${i}_${band}.png`), png)
        }
      }
      const out = join(folder, 'run')
      await rank({ folder: images, out, trees: 5, bandPattern: '{id}_{band}.png', bands: names })
      expect((await openRun(out)).files[0]).toEqual(names.map((band) => `0_${band}.png`))
      const page = await readFile(await writeReport({ run: out }), 'utf8')
      expect(page.match(/data:image\/jpeg/g)?.length).toBeGreaterThanOrEqual(12)
    }
  })

  it('stops with the signal’s own reason and goes on afterwards', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    await rm(out, { recursive: true })
    for (const stage of ['features', 'pca', 'project', 'forest', 'scores']) {
      const controller = new AbortController()
      const reason = new Error('enough')
      const onProgress = (p: { stage: string }): void => {
        if (p.stage === stage) controller.abort(reason)
      }
      await expect(rank({ ...options, signal: controller.signal, onProgress })).rejects.toBe(reason)
    }
    await rank(options)
    expect((await scoreBytes(out)).equals(first)).toBe(true)
  })

  it('says what is wrong with folder, output and options', async () => {
    const { options, images } = await sky(4)
    const empty = await temporaryFolder()
    await expect(rank({ ...options, folder: empty })).rejects.toThrow(NotFoundError)
    await expect(rank({ ...options, folder: join(empty, 'none') })).rejects.toThrow(NotFoundError)
    await writeFile(join(empty, 'precious.txt'), 'x')
    await expect(rank({ ...options, out: empty })).rejects.toThrow('empty folder or an earlier run')
    await expect(rank({ ...options, out: join(images, 'object-000.fits') })).rejects.toThrow(ParameterError)
    await expect(rank({ ...options, variance: 2 })).rejects.toThrow('variance must be > 0 and be < 1')
    await expect(rank({ ...options, views: 8 })).rejects.toThrow('needs an encoder')
    await expect(rank({ ...options, encoder: join(empty, 'nothing') })).rejects.toThrow(NotFoundError)
    await expect(rank({ ...options, tress: 5 } as RankOptions)).rejects.toThrow("unknown option 'tress'")
    await expect(rank({ ...options, seed: Number.NaN })).rejects.toThrow(ParameterError)
    await expect(rank({ ...options, workers: -1 })).rejects.toThrow('workers must be')
    await expect(rank({ ...options, bands: ['g', 'r'] })).rejects.toThrow('bands need a bandPattern')
    await expect(rank({ ...options, bands: ['g', 'g'], bandPattern: '{id}_{band}.fits' })).rejects.toThrow(
      'must differ',
    )
    expect(await readFile(join(empty, 'precious.txt'), 'utf8')).toBe('x')
  })
})

describe('label', () => {
  it('appends ratings, ranks again and keeps both in the report', async () => {
    const { options, out } = await sky()
    await rank(options)
    const labels = join(out, '..', 'labels.csv')
    await writeFile(
      labels,
      'id,rating\nobject-009,5\nobject-019,5\nobject-000,0\nobject-001,1\nghost,3\nobject-002,7\nobject-003,\nobject-004\n',
    )
    const summary = await label({ run: out, labels, scale: 5 })
    expect(summary).toMatchObject({ added: 4, repeated: 0, labelled: 4, unrated: 1, learner: 'forest-gp' })
    expect(summary.rejected.map((r) => r.id)).toEqual(['object-004', 'ghost', 'object-002'])
    expect(await readFile(join(out, 'rejected.csv'), 'utf8')).toMatch(/ghost.*no object of the run has id 'ghost'/)
    expect(await label({ run: out, labels, scale: 5, learner: 'gp' })).toMatchObject({
      added: 0,
      repeated: 4,
      labelled: 4,
      learner: 'gp',
    })
    const data = await openRun(out)
    expect(data.learned).toMatchObject({ learner: 'gp', labels: 4 })
    const html = await readFile(await writeReport({ run: out }), 'utf8')
    expect(html).toContain('Not labelled yet')
    expect(html).toContain('Isolation forest alone')
    await writeFile(join(out, 'learner.model'), 'damaged')
    const warnings: string[] = []
    const damaged = await openRun(out, { onWarning: (w) => warnings.push(w.message) })
    expect(damaged.learned).toBeUndefined()
    expect(warnings.join()).toContain('label again')
    await label({ run: out })
    expect((await openRun(out)).learned).toMatchObject({ learner: 'gp', labels: 4 })
    const csv = join(out, '..', 'top.csv')
    expect(await exportRanking(data, csv, { withoutLabelled: true, top: 5 })).toBe(5)
    expect(await readFile(csv, 'utf8')).not.toContain('object-009')
    await rank(options)
    expect(await readFile(join(out, 'rejected.csv'), 'utf8')).toContain('ghost')
  })

  it('needs a finished run and at least one label', async () => {
    const { options, out } = await sky(12)
    await expect(label({ run: out })).rejects.toThrow(NotFoundError)
    await rank(options)
    await expect(label({ run: out })).rejects.toThrow(ParameterError)
    await expect(label({ run: out, labels: join(out, 'none.csv') })).rejects.toThrow(NotFoundError)
    await expect(label({ run: out, labels: [{ id: 'object-000', rating: 9 }] })).rejects.toThrow(ParameterError)
    await expect(label({ run: out, learner: 'oracle', labels: [] })).rejects.toThrow(ParameterError)
    await rm(join(out, 'scores'), { recursive: true })
    await expect(label({ run: out, labels: [{ id: 'object-000', rating: 1 }] })).rejects.toThrow(FormatError)
  })
})
