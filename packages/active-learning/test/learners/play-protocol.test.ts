import { createRandom, matrix, ParameterError, ShapeError } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { describe, expect, it } from 'vitest'
import { createLearner, playProtocol } from '../../src/index.ts'

const count = 200
const random = createRandom(3, 'protocol-test')
const ratings = Float64Array.from({ length: count }, (_, i) => (i % 10 === 0 ? 5 : 0))
const features = matrix(
  Float32Array.from({ length: count * 3 }, (_, k) => random.normal() + (ratings[Math.floor(k / 3)] ? 4 : 0)),
  count,
  3,
)
const scores = Float64Array.from({ length: count }, () => random.uniform())
const interesting = (rating: number): boolean => rating >= 3
const play = { features, scores, ratings, interesting }

describe('playProtocol', () => {
  it('takes the first batch from the top of the detector’s order', async () => {
    const result = await playProtocol({ ...play, learner: createLearner('ns'), labels: 20, batch: 10 })
    expect(result.labelled.slice(0, 10)).toEqual(rankDescending(scores).slice(0, 10))
    expect(result.learner).toBe('neighbour-score')
    expect(result.interesting).toBe(20)
  })

  it('counts what was found after every batch, the last one shorter', async () => {
    const result = await playProtocol({ ...play, learner: createLearner('ns'), labels: 25, batch: 10 })
    expect(result.batches.map(({ labels }) => labels)).toEqual([10, 20, 25])
    for (const { labels, found } of result.batches) {
      expect(found).toBe(Array.from(result.labelled.slice(0, labels)).filter((row) => ratings[row] === 5).length)
    }
  })

  it('labels no object twice and orders all of them, with and without the labelled', async () => {
    const { labelled, finalOrder } = await playProtocol({ ...play, learner: createLearner('ns'), labels: 30, batch: 7 })
    expect(new Set(labelled).size).toBe(30)
    expect(Array.from(finalOrder.withLabelled).sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    )
    expect(Array.from(finalOrder.withoutLabelled)).toEqual(
      Array.from(finalOrder.withLabelled).filter((row) => !labelled.includes(row)),
    )
  })

  it('is the detector’s ranking when nothing may be labelled', async () => {
    const { finalOrder, batches } = await playProtocol({ ...play, learner: createLearner('ns'), labels: 0 })
    expect(batches).toEqual([])
    expect(finalOrder.withLabelled).toEqual(rankDescending(scores))
  })

  it('follows the detector to the end when the learner is the detector', async () => {
    const { labelled } = await playProtocol({ ...play, learner: createLearner('forest'), labels: 1000, batch: 33 })
    expect(labelled).toEqual(rankDescending(scores))
  })

  it('lets the random learner choose the first batch too', async () => {
    const { labelled } = await playProtocol({
      ...play,
      learner: createLearner('random'),
      labels: 10,
      batch: 10,
      seed: 2,
    })
    expect(labelled).not.toEqual(rankDescending(scores).slice(0, 10))
  })

  it('gives the same bits for the same seed', async () => {
    const once = () => playProtocol({ ...play, learner: createLearner('ns'), labels: 20, batch: 10, seed: 5 })
    expect(await once()).toEqual(await once())
  })

  it('rejects truth of another length or outside 0 to 5, and a learner that repeats itself', async () => {
    const learner = createLearner('forest')
    await expect(playProtocol({ ...play, learner, ratings: [1] })).rejects.toThrow(ShapeError)
    await expect(playProtocol({ ...play, learner, ratings: ratings.with(9, 6) })).rejects.toThrow(/Received 6 at row 9/)
    const stuck = {
      id: 'stuck',
      rank: async () => ({ score: scores, details: {}, selectBatch: () => Uint32Array.of(1) }),
    }
    await expect(playProtocol({ ...play, learner: stuck, labels: 3, batch: 1 })).rejects.toThrow(ParameterError)
  })

  it('stops between batches when aborted', async () => {
    const control = new AbortController()
    const reason = new Error('enough')
    const onProgress = (): void => control.abort(reason)
    const run = { signal: control.signal, onProgress }
    await expect(playProtocol({ ...play, learner: createLearner('ns'), batch: 10 }, run)).rejects.toBe(reason)
  })
})
