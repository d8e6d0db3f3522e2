import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '@astronomaly/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { astronomaly, countFiles, hashScores } from './run-command.ts'

let folder = ''
let reference = ''
const run = (name: string): string => join(folder, name)
const rankArgs = (out: string, ...more: string[]): string[] => {
  const survey = join(folder, 'survey')
  return [
    'rank',
    join(survey, 'images'),
    '--out',
    out,
    '--catalogue',
    join(survey, 'catalogue.fits'),
    '--shard-size',
    '16',
    ...more,
  ]
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astronomaly-e2e-'))
  expect(await astronomaly(['simulate', join(folder, 'survey'), '--count', '240', '--size', '72'])).toMatchObject({
    code: 0,
  })
  const first = await astronomaly(rankArgs(run('zero'), '--workers', '0'))
  expect(first).toMatchObject({ code: 0 })
  expect(first.out).toContain('ranked 240 objects')
  reference = await hashScores(run('zero'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('astronomaly rank', () => {
  it('writes the same score files with 0, 1 and 2 workers', async () => {
    for (const workers of ['1', '2']) {
      expect(await astronomaly(rankArgs(run(workers), '--workers', workers))).toMatchObject({ code: 0 })
      expect(await hashScores(run(workers))).toBe(reference)
    }
  })

  it('writes the same score files after SIGKILL at ten random instants', async () => {
    const killed = run('killed')
    const random = createRandom(20240229, 'e2e.kill')
    // Of the 15 shards at least five are to be done at each of the first seven kills; the last three fall into later stages.
    const instants = [
      ...[0, 1, 2, 4, 6, 8, 10].map((shards) => () => countFiles(join(killed, 'features')) >= shards),
      () => existsSync(join(killed, 'pca.model')),
      () => existsSync(join(killed, 'forest.model')),
      () => countFiles(join(killed, 'scores')) >= 1,
    ]
    let kills = 0
    for (const when of instants) {
      const result = await astronomaly(rankArgs(killed, '--workers', '2'), { when, delay: 40 * random.uniform() })
      if (result.signal === 'SIGKILL') kills++
    }
    expect(kills).toBeGreaterThanOrEqual(5) // The later stages may end before the signal arrives.
    const last = await astronomaly(rankArgs(killed, '--workers', '2'))
    expect(last).toMatchObject({ code: 0 })
    expect(last.out).toContain('reused the features of')
    expect(await hashScores(killed)).toBe(reference)
  })

  it('stops cleanly on Ctrl-C, says how to go on, and goes on', async () => {
    const when = (): boolean => countFiles(join(run('interrupted'), 'features')) >= 1
    const stopped = await astronomaly(rankArgs(run('interrupted'), '--workers', '0'), { when, signal: 'SIGINT' })
    expect(stopped.code).toBe(130)
    expect(stopped.err).toContain('the same command goes on')
    expect(await astronomaly(rankArgs(run('interrupted')))).toMatchObject({ code: 0 })
    expect(await hashScores(run('interrupted'))).toBe(reference)
  })

  it('labels, evaluates and exports', async () => {
    const truth = join(folder, 'survey', 'truth.csv')
    const labelled = await astronomaly(['label', run('zero'), '--labels', truth])
    expect(labelled).toMatchObject({ code: 0 })
    expect(labelled.out).toContain('ranked by forest-gp (the default learner) with 240 labels')
    const json = join(folder, 'evaluation.json')
    const evaluated = await astronomaly([
      ...['evaluate', run('zero'), '--truth', truth, '--labels', '60', '--batch', '20', '--seeds', '2'],
      ...['--learners', 'forest,neighbour-score,gp', '--json', json],
    ])
    expect(evaluated).toMatchObject({ code: 0 })
    const figures = JSON.parse(await readFile(json, 'utf8'))
    expect(figures.objects).toBe(240)
    expect(Object.keys(figures.learners)).toEqual(['forest', 'neighbour-score', 'gp'])
    expect(Object.keys(figures.learners.gp.found)).toEqual(['20', '40', '60'])
    const table = join(folder, 'ranking.parquet')
    expect(await astronomaly(['export', run('zero'), '--out', table, '--top', '10'])).toMatchObject({ code: 0 })
    const report = await readFile(join(run('zero'), 'report.html'), 'utf8')
    expect(report).toContain('data:image/jpeg')
    expect(report).not.toMatch(/src="https?:/)
  })

  it('explains every command and what is wrong with a call', async () => {
    for (const command of ['rank', 'label', 'evaluate', 'export', 'report', 'simulate', 'demo']) {
      const help = await astronomaly([command, '--help'])
      expect(help.code).toBe(0)
      expect(help.out).toContain(`astronomaly ${command}`)
    }
    expect((await astronomaly(['--help'])).out).toContain('A first session')
    expect((await astronomaly(['rank'])).code).toBe(2)
    expect((await astronomaly(['rank', folder, '--out', run('x'), '--trees', 'many'])).err).toContain(
      'must be a number',
    )
    const missing = await astronomaly(['rank', join(folder, 'nowhere'), '--out', run('x')])
    expect(missing.code).toBe(1)
    expect(missing.err).toMatch(/^astronomaly: rank: folder must exist\. Received/)
    expect(missing.err).not.toContain('at ')
  })
})

describe('astronomaly demo', () => {
  it('finds more of the injected anomalies in 200 looks than the forest alone, and that more than three times as many as chance', async () => {
    const { code, out } = await astronomaly(['demo', '--out', run('demo')])
    expect(code).toBe(0)
    const headline =
      /found in 200 looks among 2,000 objects: ((\d+) of 60 with the learner forest-gp, (\d+) with the isolation forest alone, 6 by chance)\./.exec(
        out,
      )
    const [learner = 0, forest = 0] = headline?.slice(2).map(Number) ?? []
    expect(learner).toBeGreaterThan(1.2 * forest)
    expect(forest).toBeGreaterThan(3 * 6)
    expect(out).toMatch(/The next 100 to look at, none of them rated, hold \d+ more\./)
    const page = await readFile(join(run('demo'), 'run', 'report.html'), 'utf8')
    expect(page).toContain('Recall against rank')
    expect(page).toContain(`<dl class="facts"><div><dt>injected anomalies found in 200 looks</dt><dd>${headline?.[1]}`)
    expect(page).not.toContain('https://')
  })

  it('refuses, with workers too, other pictures under the names of a run, and leaves the run as it was', async () => {
    const images = join(folder, 'replaced')
    const out = run('of-replaced')
    const args = ['rank', images, '--out', out, '--shard-size', '16', '--workers', '2']
    await cp(join(folder, 'survey', 'images'), images, { recursive: true })
    expect(await astronomaly(args)).toMatchObject({ code: 0 })
    const before = await hashScores(out)
    await cp(join(images, 'sim-0000007.fits'), join(images, 'sim-0000100.fits'))
    const refused = await astronomaly(args)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Received another sim-0000100.fits than the run')
    expect(await hashScores(out)).toBe(before)
    expect(await astronomaly(['export', out, '--out', join(folder, 'kept.csv')])).toMatchObject({ code: 0 })
    const adopted = await astronomaly([...args, '--adopt'])
    expect(adopted.err).toContain('239 of its 240 pictures are those that it had under the same names')
    expect(await hashScores(out)).not.toBe(before)
  })
})
