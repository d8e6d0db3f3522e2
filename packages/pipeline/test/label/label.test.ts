import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLearner } from '@astronomaly/active-learning'
import { encodeModel, matrix, UnsupportedError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import {
  exportRanking,
  label,
  nextOrder,
  openRun,
  type RankOptions,
  type RunData,
  rank,
  writeReport,
} from '../../src/index.ts'
import { learnAgain, learnFrom } from '../../src/label/learn-from.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const idOf = (i: number): string => `object-${String(i).padStart(3, '0')}`

async function ranked(count: number): Promise<{ out: string; options: RankOptions }> {
  const folder = await temporaryFolder()
  const options = { folder: join(folder, 'images'), out: join(folder, 'run'), trees: 10 }
  await writeSky(options.folder, count)
  await rank(options)
  return { out: options.out, options }
}

/** Labels of the first objects: 5 for those with two nuclei. */
const firstLabels = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: idOf(i), rating: i % 10 === 9 ? 5 : 0 }))

async function columnsOf(path: string): Promise<Map<string, string[]>> {
  const [header, ...rows] = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  return new Map(header!.map((name, i) => [name, rows.map((row) => row[i]!)]))
}

describe('the learner of a run', () => {
  it('is the default, then the one that was asked for last', async () => {
    const { out } = await ranked(20)
    expect(await label({ run: out, labels: firstLabels(10) })).toMatchObject({
      learner: 'forest-gp',
      learnerFrom: 'default',
    })
    expect(await label({ run: out, learner: 'ns', seed: 'other' })).toMatchObject({
      learner: 'neighbour-score',
      learnerFrom: 'option',
    })
    expect(await label({ run: out })).toMatchObject({ learner: 'neighbour-score', learnerFrom: 'run' })
    const { record, learned } = await openRun(out)
    expect(record.learner).toEqual({ name: 'neighbour-score', seed: 'other', labels: expect.any(Number) })
    expect(learned).toMatchObject({ learner: 'neighbour-score', seed: 'other', labels: 10 })
    expect(await label({ run: out, learner: 'default' })).toMatchObject({ learner: 'forest-gp', learnerFrom: 'option' })
  })

  it('learns again when rank makes another ranking, and not when it is the same', async () => {
    const { out, options } = await ranked(20)
    await label({ run: out, labels: firstLabels(20), learner: 'gp' })
    const before = await openRun(out)
    expect(await rank(options)).toMatchObject({
      learner: 'gp',
      relearned: 0,
      first: [{ id: 'object-009' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    })
    const warnings: string[] = []
    const again = await rank({ ...options, variance: 0.8, onWarning: (w) => warnings.push(w.message) })
    expect(again).toMatchObject({ learner: 'gp', relearned: 20 })
    expect(warnings.join()).not.toMatch(/label|learn/)
    const after = await openRun(out)
    expect(after.learned?.score).not.toEqual(before.learned?.score)
    const direct = await createLearner('gp').rank({
      features: await after.features(),
      scores: after.forestScore,
      labels: [...after.ratings].sort(([a], [b]) => a - b).map(([row, rating]) => ({ row, rating })),
      seed: 0,
    })
    expect(after.learned?.score).toEqual(direct.score)
    expect((await columnsOf(join(out, 'ranking.csv'))).get('id')?.[0]).toBe(again.first[0]?.id)
  })

  it('is not used with another ranking or other ratings than it learnt from', async () => {
    const { out, options } = await ranked(20)
    await label({ run: out, labels: firstLabels(10) })
    const model = await readFile(join(out, 'learner.model'))
    await rank({ ...options, seed: 9 })
    await writeFile(join(out, 'learner.model'), model)
    const warnings: string[] = []
    const onWarning = (w: { message: string }): number => warnings.push(w.message)
    expect((await openRun(out, { onWarning })).learned).toBeUndefined()
    expect(warnings.join()).toMatch(/learner\.model is not used; label again: .*another ranking or other ratings/)
    const arrays = { score: new Float64Array(20) }
    const old = encodeModel({ kind: 'learned-scores', version: 1, meta: { learner: 'gp', labels: 10 }, arrays })
    await writeFile(join(out, 'learner.model'), new Uint8Array(old))
    expect((await openRun(out, { onWarning })).learned).toBeUndefined()
    expect(warnings[1]).toContain('label again')
    await label({ run: out })
    await writeFile(join(out, 'labels.jsonl'), `{"id":"object-011","rating":4,"at":"2026-01-01T00:00:00Z"}\n`)
    expect((await openRun(out)).learned).toBeUndefined()
    expect(await rank({ ...options, seed: 9 })).toMatchObject({ learner: 'forest-gp', relearned: 1 })
  })

  it('says what to do when it cannot take so many ratings', async () => {
    const { out } = await ranked(12)
    const count = 2100
    const data: RunData = {
      ...(await openRun(out)),
      ids: Array.from({ length: count }, (_, i) => idOf(i)),
      forestScore: Float64Array.from({ length: count }, (_, i) => 1 / (i + 2)),
      ratings: new Map(Array.from({ length: 2001 }, (_, i) => [i, i % 6])),
      features: async () =>
        matrix(
          Float32Array.from({ length: count }, (_, i) => i % 97),
          count,
          1,
        ),
    }
    const warnings: string[] = []
    const kept = await learnAgain(data, { onWarning: (w) => warnings.push(w.message) })
    expect(kept).toEqual({ data, relearned: 0 })
    expect(warnings.join()).toMatch(
      /2001 ratings are kept.*at most 2000 labels; the learner neighbour-score takes any number.*Run 'label'/,
    )
    await expect(learnFrom(data, createLearner(), 0, {})).rejects.toThrow(UnsupportedError)
    expect((await learnFrom(data, createLearner('ns'), 0, {})).learned?.next).toHaveLength(99)
  })

  it('says what to do when it is not known any more, and keeps the ratings', async () => {
    const { out, options } = await ranked(12)
    const record = JSON.parse(await readFile(join(out, 'run.json'), 'utf8'))
    await label({ run: out, labels: firstLabels(12) })
    await writeFile(join(out, 'run.json'), JSON.stringify({ ...record, learner: { name: 'gone', seed: 0 } }))
    const warnings: string[] = []
    const again = await rank({ ...options, seed: 4, onWarning: (w) => warnings.push(w.message) })
    expect(again).toMatchObject({ learner: null, relearned: 0 })
    expect(warnings.join()).toMatch(/the 12 ratings are kept, but the ranking is the forest's.*Run 'label'/)
    expect((await openRun(out)).ratings.size).toBe(12)
    expect(await label({ run: out, learner: 'ns' })).toMatchObject({ labelled: 12 })
  })
})

describe('what to look at next', () => {
  it.each(['forest-gp', 'gp', 'neighbour-score'])('is the own batch of %s', async (name) => {
    const { out } = await ranked(30)
    await label({ run: out, labels: firstLabels(10), learner: name })
    const data = await openRun(out)
    const ranking = await createLearner(name).rank({
      features: await data.features(),
      scores: data.forestScore,
      labels: [...data.ratings].map(([row, rating]) => ({ row, rating })),
      seed: 0,
    })
    const next = nextOrder(data)
    expect(next).toHaveLength(20)
    expect(next.subarray(0, 7)).toEqual(ranking.selectBatch(7))

    const csv = await columnsOf(join(out, 'ranking.csv'))
    expect(csv.get('rank')).toEqual(Array.from({ length: 30 }, (_, i) => String(i + 1)))
    const places = new Map(csv.get('id')!.map((id, i) => [id, csv.get('next')![i]!]))
    expect(Array.from(next, (row) => places.get(data.ids[row]!))).toEqual(Array.from(next, (_, i) => String(i + 1)))
    for (let i = 0; i < 10; i++) expect(places.get(idOf(i))).toBe('')

    const path = join(out, '..', 'next.csv')
    expect(await exportRanking(data, path, { withoutLabelled: true, top: 5 })).toBe(5)
    const exported = await columnsOf(path)
    expect(exported.get('id')).toEqual(Array.from(next.subarray(0, 5), (row) => data.ids[row]))
    expect(exported.get('next')).toEqual(['1', '2', '3', '4', '5'])
    const rankOf = new Map(csv.get('id')!.map((id, i) => [id, csv.get('rank')![i]]))
    expect(exported.get('rank')).toEqual(exported.get('id')!.map((id) => rankOf.get(id)))

    const html = await readFile(await writeReport({ run: out }), 'utf8')
    const sheet = html.slice(html.indexOf('<section id="sheet-unlabelled"'))
    expect(sheet).toContain(`in the order in which ${name} asks for it`)
    const shown = Array.from(next.subarray(0, 20), (row) => sheet.indexOf(data.ids[row]!))
    expect(shown[0]).toBeGreaterThan(0)
    expect(shown).toEqual([...shown].sort((a, b) => a - b))
  })

  it("is the forest's order before any label", async () => {
    const { out } = await ranked(12)
    const data = await openRun(out)
    const csv = await columnsOf(join(out, 'ranking.csv'))
    expect(csv.get('next')).toEqual(csv.get('rank'))
    expect(Array.from(nextOrder(data), (row) => data.ids[row])).toEqual(csv.get('id'))
  })
})

describe('many labels at once', () => {
  it('are appended all, and the last of an object counts', async () => {
    const { out } = await ranked(12)
    const labels = Array.from({ length: 200_000 }, (_, i) => ({ id: idOf(i % 12), rating: Math.floor(i / 12) % 6 }))
    expect(await label({ run: out, labels })).toMatchObject({ added: 200_000, labelled: 12 })
    expect((await openRun(out)).ratings.get(0)).toBe(labels[199_992]!.rating)
  })

  it('are appended not at all when one is not valid', async () => {
    const { out } = await ranked(12)
    const labels = [...firstLabels(12), { id: 'ghost', rating: 1 }]
    await expect(label({ run: out, labels })).rejects.toThrow("Received id 'ghost'")
    expect((await openRun(out)).ratings.size).toBe(0)
  })

  it('of another scale become ratings from 0 to 5', async () => {
    const { out } = await ranked(12)
    const labels = [
      { id: idOf(0), rating: 0 },
      { id: idOf(1), rating: 1 },
    ]
    await label({ run: out, labels, scale: 1 })
    expect([...(await openRun(out)).ratings.values()]).toEqual([0, 5])
    await expect(label({ run: out, labels: [{ id: idOf(2), rating: 2 }], scale: 1 })).rejects.toThrow('from 0 to 1')
  })
})
