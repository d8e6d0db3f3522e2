import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ParameterError, type Progress } from '@astronomaly/core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Evaluation,
  evaluate,
  evaluationTop,
  foundInLooks,
  rank,
  simulateLabels,
  writeReport,
} from '../../src/index.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

let run = ''
let truth = ''

beforeAll(async () => {
  const folder = await temporaryFolder()
  run = join(folder, 'run')
  truth = join(folder, 'truth.csv')
  await writeSky(join(folder, 'images'), 60)
  await rank({ folder: join(folder, 'images'), out: run, trees: 20 })
  const lines = Array.from({ length: 60 }, (_, i) => `object-${String(i).padStart(3, '0')},${i % 10 === 9 ? 5 : 0}`)
  await writeFile(truth, `id,rating\n${lines.join('\n')}\nghost,5\n`)
}, 60_000)

describe('evaluate', () => {
  it('says what each learner has found after each batch, as means over seeds', async () => {
    const warnings: string[] = []
    const evaluation = await evaluate({
      ...{ run, truth, labels: 30, batch: 10, seeds: 2, learners: ['forest', 'ns', 'random', 'neighbour-score'] },
      onWarning: (w) => warnings.push(w.message),
    })
    expect(evaluation).toMatchObject({ objects: 60, anomalies: 6, labels: 30, batch: 10, seeds: 2 })
    expect(Object.keys(evaluation.learners)).toEqual(['forest', 'neighbour-score', 'random'])
    expect(warnings.join()).toContain("no object of the run has id 'ghost'")
    for (const learner of Object.values(evaluation.learners)) {
      expect(Object.keys(learner.found)).toEqual(['10', '20', '30'])
      const found = Object.values(learner.found)
      expect(found).toEqual([...found].sort((a, b) => a - b))
      for (const n of found) expect(n * 2).toBe(Math.round(n * 2)) // the mean of two counts
      expect(learner.recallTop10).toBeGreaterThanOrEqual(0)
      expect(learner.recallTop10).toBeLessThanOrEqual(1)
      expect(learner.recall.at(-1)).toBe(1)
    }
    // Both begin with the ten objects that the forest puts first.
    expect(evaluation.learners.forest?.found['10']).toBe(evaluation.learners['neighbour-score']?.found['10'])
    expect(JSON.parse(await readFile(join(run, 'evaluation.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(evaluation)),
    )
    const page = await readFile(await writeReport({ run }), 'utf8')
    expect(page).toContain('Recall against rank')
    expect(page).toMatch(
      /<dl class="facts"><div><dt>found in 30 looks, of 6 anomalies<\/dt><dd>forest [\d.]+, [\w-]+ [\d.]+, random [\d.]+, chance 3<\/dd>/,
    )
    expect(page).toMatch(
      /<th scope="row">chance<\/th><td class="number">1<\/td><td class="number">2<\/td><td class="number">3<\/td>/,
    )
  })

  it('gives the same figures again', async () => {
    const options = { run, truth, labels: 20, batch: 10, learners: ['gp'] }
    expect(await evaluate(options)).toEqual(await evaluate(options))
  })

  it('names the default learner by its id, and plays it unless told otherwise', async () => {
    const options = { run, truth, labels: 10, batch: 10 }
    const named = await evaluate({ ...options, learners: ['default', 'forest-gp'] })
    expect(Object.keys(named.learners)).toEqual(['forest-gp'])
    expect(Object.keys((await evaluate(options)).learners)).toEqual(['forest', 'neighbour-score', 'gp', 'forest-gp'])
    const asked = await simulateLabels(options)
    expect(asked).toEqual(await simulateLabels({ ...options, learner: 'forest-gp' }))
  })

  it('reads a truth of no and yes when it is told so', async () => {
    const votes = join(run, '..', 'votes.tsv')
    const lines = Array.from({ length: 60 }, (_, i) => `object-${String(i).padStart(3, '0')}\t${Number(i % 10 === 9)}`)
    await writeFile(votes, `objid\tlabel\n${lines.join('\n')}\n`)
    const options = { run, labels: 10, batch: 10, learners: ['forest'] }
    await expect(evaluate({ ...options, truth: votes })).rejects.toThrow('--scale 1')
    expect(await evaluate({ ...options, truth: votes, scale: 1 })).toEqual(await evaluate({ ...options, truth }))
    await expect(evaluate({ ...options, truth, scale: 0 })).rejects.toThrow('evaluate: scale must be > 0')
    const asked = await simulateLabels({ run, truth: votes, scale: 1, labels: 60, batch: 60 })
    expect(new Set(asked.map(({ rating }) => rating))).toEqual(new Set([0, 5]))
  })

  it('rejects a truth without anomalies, options out of range and learners that do not exist', async () => {
    await expect(evaluate({ run, truth, interesting: 5.5 })).rejects.toThrow(ParameterError)
    const none = join(run, '..', 'none.csv')
    await writeFile(none, 'id,rating\nobject-000,0\nobject-001,2\n')
    await expect(evaluate({ run, truth: none })).rejects.toThrow('Received 0 of 2')
    await expect(evaluate({ run, truth, learners: ['oracle'] })).rejects.toThrow(ParameterError)
    await expect(evaluate({ run, truth, batch: 0 })).rejects.toThrow(ParameterError)
    const wrong: readonly (readonly [object, string])[] = [
      [{ learner: 'gp' }, "evaluate: unknown option 'learner'. Known: run, truth, "],
      [{ run: 5 }, 'evaluate: run must be a path. Received 5.'],
      [{ truth: undefined }, 'evaluate: truth must be a path. Received undefined.'],
      [{ labels: 1.5 }, 'evaluate: labels must be an integer and be >= 1. Received 1.5.'],
      [{ seeds: 1001 }, 'evaluate: seeds must be an integer and be >= 1 and be <= 1000. Received 1001.'],
      [{ workers: -1 }, 'evaluate: workers must be an integer and be >= 0. Received -1.'],
    ]
    for (const [options, message] of wrong) {
      await expect(evaluate({ run, truth, ...options })).rejects.toThrow(message)
    }
  })

  it('takes options that are undefined as not given', async () => {
    const options = { run, truth, labels: 10, batch: 10, learners: ['forest'] }
    const more = { interesting: undefined, seeds: undefined, onWarning: undefined, signal: undefined }
    expect(await evaluate({ ...options, ...more })).toEqual(await evaluate(options))
  })

  it('says how far it is, and stops when it is told to', async () => {
    const options = { run, truth, labels: 10, batch: 10, seeds: 2, learners: ['forest', 'random'] }
    const progress: Progress[] = []
    await evaluate({ ...options, onProgress: (report) => progress.push(report) })
    expect(progress).toEqual([1, 2, 3, 4].map((done) => ({ stage: 'evaluate', done, total: 4 })))
    const controller = new AbortController()
    const before = await readFile(join(run, 'evaluation.json'), 'utf8')
    const onProgress = ({ done }: Progress): void => {
      if (done === 2) controller.abort(new Error('enough'))
    }
    await expect(evaluate({ ...options, seeds: 3, signal: controller.signal, onProgress })).rejects.toThrow('enough')
    expect(await readFile(join(run, 'evaluation.json'), 'utf8')).toBe(before)
  })
})

describe('the report', () => {
  it('does not draw an evaluation of another ranking', async () => {
    await evaluate({ run, truth, labels: 10, batch: 10, learners: ['forest'] })
    const path = join(run, 'evaluation.json')
    const evaluation = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...evaluation, ranking: 'other' }))
    expect(await readFile(await writeReport({ run }), 'utf8')).not.toContain('Recall against rank')
    await writeFile(path, 'null')
    expect(await readFile(await writeReport({ run }), 'utf8')).not.toContain('Recall against rank')
  })
})

describe('foundInLooks', () => {
  it('says what chance finds, and nothing of an evaluation without learners', () => {
    const known = { objects: 200, anomalies: 5, learners: { a: { found: { 20: 3, 40: 4 } } } } as unknown as Evaluation
    const { looks, found, chance } = foundInLooks(known)
    expect([looks, found('a', '40'), chance('40')]).toEqual([['20', '40'], 4, 1])
    expect(foundInLooks({ ...known, learners: {} }).looks).toEqual([])
    expect(evaluationTop({ ...known, learners: {} })).toMatchObject({ name: 'first 5 % (10)', steps: [] })
  })
})

describe('evaluationTop', () => {
  it('counts in the first 500 of a large set, in the first twentieth of a small one, after at most six numbers of labels', () => {
    const steps = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [String(20 * i), i]))
    const of = (objects: number): ReturnType<typeof evaluationTop> =>
      evaluationTop({
        objects,
        learners: { a: { foundInTop500: steps, foundInTop5Percent: { ...steps, 200: 99 } } },
      } as unknown as Evaluation)
    expect(of(5000)).toMatchObject({ name: 'first 500', steps: ['0', '40', '80', '120', '160', '200'] })
    expect(of(5000).found('a', '200')).toBe(10)
    expect(of(600)).toMatchObject({ name: 'first 5 % (30)' })
    expect(of(600).found('a', '200')).toBe(99)
  })
})

describe('simulateLabels', () => {
  it('rates what the learner asks for as the truth says', async () => {
    const ratings = await simulateLabels({ run, truth, learner: 'forest', labels: 12, batch: 5 })
    expect(ratings).toHaveLength(12)
    expect(new Set(ratings.map(({ id }) => id)).size).toBe(12)
    for (const { id, rating } of ratings) expect(rating).toBe(id.endsWith('9') ? 5 : 0)
  })

  it('rejects what is no option', async () => {
    const options = { run, truth, labels: 12, batch: 5 }
    await expect(simulateLabels({ ...options, seeds: 2 } as never)).rejects.toThrow("unknown option 'seeds'")
    await expect(simulateLabels({ ...options, scale: -1 })).rejects.toThrow('simulateLabels: scale must be > 0')
    await expect(simulateLabels({ ...options, learner: 'oracle' })).rejects.toThrow('Received oracle')
  })
})
