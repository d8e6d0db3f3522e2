import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rank } from '@astronomaly/pipeline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../src/index.ts'
import { callWith } from './call.ts'

const folder = await mkdtemp(join(tmpdir(), 'astronomaly-demo-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const call = (...args: string[]) => callWith(args, (path) => join(folder, path))

let demo: Awaited<ReturnType<typeof call>>
beforeAll(async () => {
  demo = await call('demo', '--out', 'demo', '--count', '40', '--labels', '8', '--batch', '4', '--workers', '0')
}, 120_000)

describe('astronomaly demo', () => {
  it('goes the whole way, step by step', () => {
    expect(demo.code).toBe(exitCodes.ok)
    const steps = demo.err.split('\n').filter((line) => /^\d {2}/.test(line))
    expect(steps).toEqual([
      '1  simulate 40 objects',
      '2  rank: features, PCA, isolation forest',
      '3  8 labels in batches of 4, as a person who knows the truth would give them',
    ])
  })

  it('learns with the default learner, and says what was found with it, without it, and by chance', async () => {
    const found = /found in 8 looks among 40 objects: (.*)\.\n/.exec(demo.out)?.[1]
    expect(found).toMatch(
      /^\d+ of \d+ with the learner forest-gp, \d+ with the isolation forest alone, [\d.]+ by chance$/,
    )
    expect(demo.out).toMatch(/^The next 100 to look at, none of them rated, hold \d+ more\.$/m)
    const [looks] = demo.out.split('\n\n')
    expect(looks?.match(/^(forest-gp|forest|neighbour-score|gp|chance)(?= )/gm)).toEqual([
      ...['forest-gp', 'forest', 'neighbour-score', 'gp', 'chance'],
    ])
    const page = await readFile(join(folder, 'demo', 'run', 'report.html'), 'utf8')
    expect(page).toContain('<bdi>40 simulated galaxies</bdi>')
    expect(page).toContain(`<dt>injected anomalies found in 8 looks</dt><dd>${found}</dd>`)
  })

  it('leaves a run that label goes on with', async () => {
    expect((await call('label', 'demo/run')).out).toContain("ranked by forest-gp (the run's learner) with 8 labels")
  })
})

describe('the defaults of rank', () => {
  it('are those of the call', async () => {
    const images = join(folder, 'demo', 'survey', 'images')
    await rank({ folder: images, out: join(folder, 'called') })
    expect((await call('rank', 'demo/survey/images', '--out', 'typed', '--workers', '0')).code).toBe(exitCodes.ok)
    const optionsOf = async (run: string): Promise<unknown> => {
      const { out: _, ...options } = JSON.parse(await readFile(join(folder, run, 'run.json'), 'utf8')).options
      return options
    }
    expect(await optionsOf('typed')).toEqual(await optionsOf('called'))
  })
})
