import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRun, rank } from '../../src/index.ts'
import { scoreBytes, sky } from './ranked-sky.ts'

describe('threads', () => {
  it('make the same bits as none, in every stage, and end with the call', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    for (const workers of [1, 3]) {
      await rm(out, { recursive: true })
      const stages = new Set<string>()
      const summary = await rank({ ...options, workers, onProgress: ({ stage }) => stages.add(stage) })
      expect(summary).toMatchObject({ objects: 40, reused: { objects: 0, stages: [] } })
      expect([...stages]).toEqual(['scan', 'features', 'pca', 'project', 'forest', 'scores'])
      expect((await scoreBytes(out)).equals(first)).toBe(true)
    }
  })

  it('stop with the signal’s own reason, and the same call goes on with what they had finished', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    await rm(out, { recursive: true })
    for (const stage of ['features', 'project', 'scores']) {
      const controller = new AbortController()
      const reason = new Error('enough')
      const onProgress = (p: { stage: string; done: number }): void => {
        if (p.stage === stage && p.done > 0) controller.abort(reason)
      }
      await expect(rank({ ...options, workers: 2, signal: controller.signal, onProgress })).rejects.toBe(reason)
    }
    await rank({ ...options, workers: 2 })
    expect((await scoreBytes(out)).equals(first)).toBe(true)
  })
})

describe('what an earlier call has left', () => {
  it('is not taken for that of another seed, wherever the call that began it was stopped', async () => {
    const { options, out } = await sky()
    await rank({ ...options, seed: 7 })
    const wanted = await scoreBytes(out)
    for (const stage of ['forest', 'scores']) {
      await rank(options)
      const controller = new AbortController()
      const reason = new Error('enough')
      const onProgress = (p: { stage: string }): void => {
        if (p.stage === stage) controller.abort(reason)
      }
      await expect(rank({ ...options, seed: 7, signal: controller.signal, onProgress })).rejects.toBe(reason)
      await rank({ ...options, seed: 7 })
      expect((await scoreBytes(out)).equals(wanted), stage).toBe(true)
    }
  })

  it('is made again where a shard of the right size is damaged', async () => {
    const { options, out } = await sky()
    await rank(options)
    const first = await scoreBytes(out)
    for (const name of ['scores/00001.npy', 'reduced/00000.npy']) {
      const { size } = await stat(join(out, name))
      await writeFile(join(out, name), new Uint8Array(size))
      const warnings: string[] = []
      await rank({ ...options, onWarning: ({ message }) => warnings.push(message) })
      expect(warnings.join()).toMatch(/is not whole: what is missing/)
      expect((await scoreBytes(out)).equals(first), name).toBe(true)
    }
  })

  it('is what run.json and exports say while another call makes features, and after it failed', async () => {
    const { options, out, images } = await sky()
    await rank(options)
    const before = await readFile(join(out, 'run.json'), 'utf8')
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = (p: { stage: string; done: number }): void => {
      if (p.stage === 'features' && p.done > 0) controller.abort(reason)
    }
    const other = { ...options, crop: 0.7, seed: 5, trees: 77 }
    await expect(rank({ ...other, signal: controller.signal, onProgress })).rejects.toBe(reason)
    expect(await readFile(join(out, 'run.json'), 'utf8')).toBe(before)
    expect((await openRun(out)).record.options).toMatchObject({ crop: 1, seed: 0, trees: 20 })
    for (let i = 0; i < 39; i++) await rm(join(images, `object-0${String(i).padStart(2, '0')}.fits`))
    await expect(rank(options)).rejects.toThrow('needs at least 2 usable pictures')
    expect(await readFile(join(out, 'run.json'), 'utf8')).toBe(before)
  })

  it('keeps its components and scores where the catalogue says other things of the same objects', async () => {
    const { options, out, images } = await sky(20)
    const catalogue = join(images, '..', 'objects.csv')
    await writeFile(
      catalogue,
      `id,ra,dec,ra2,dec2\n${Array.from({ length: 20 }, (_, i) => `object-0${String(i).padStart(2, '0')},1,2,3,4`).join('\n')}\n`,
    )
    await rank({ ...options, catalogue })
    const summary = await rank({ ...options, catalogue, raColumn: 'ra2', decColumn: 'dec2' })
    expect(summary.reused.stages).toEqual(['objects', 'pca', 'projection', 'forest', 'scores'])
    expect([...(await openRun(out)).raDeg]).toEqual(new Array(20).fill(3))
  })

  it('takes the options of a call that has nothing to make', async () => {
    const { options, out } = await sky(12)
    await rank(options)
    await rank({ ...options, top: 5 })
    expect((await openRun(out)).record.options.top).toBe(5)
  })

  it('of a later version of the program is refused, and left as it is', async () => {
    const { options, out } = await sky(12)
    await rank(options)
    const path = join(out, 'run.json')
    const later = (await readFile(path, 'utf8')).replace('"layout": 2', '"layout": 3')
    await writeFile(path, later)
    await expect(rank(options)).rejects.toThrow('a later version of this program wrote the run')
    expect(await readFile(path, 'utf8')).toBe(later)
  })
})
