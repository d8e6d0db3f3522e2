import { readFileSync } from 'node:fs'
import { createRandom, matrix, median, ParameterError, quantile, UnsupportedError } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import {
  createLearner,
  directRegressionLearner,
  forestGpLearner,
  type Label,
  logExpectedImprovement,
  playProtocol,
} from '../../src/index.ts'

const count = 80
const random = createRandom(5, 'gaussian-process-learners')
const features = matrix(
  Float32Array.from({ length: count * 3 }, () => random.normal()),
  count,
  3,
)
const scores = Float64Array.from({ length: count }, () => random.uniform())
const input = { features, scores, seed: 1 }
const labelsOf = (rows: number[], rating: (row: number) => number): Label[] =>
  rows.map((row) => ({ row, rating: rating(row) }))

describe.each([['gp'], ['forest-gp']])('%s', (name) => {
  const learner = createLearner(name)

  it('gives the same bits for any order of the labels', async () => {
    const labels = labelsOf([3, 14, 15, 9, 26, 53, 58], (row) => row % 6)
    const one = await learner.rank({ ...input, labels })
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(labels, { minLength: labels.length }), async (shuffled) => {
        const two = await learner.rank({ ...input, labels: shuffled })
        expect(two.score).toEqual(one.score)
        expect(two.selectBatch(9)).toEqual(one.selectBatch(9))
      }),
      { seed: 1, numRuns: 10 },
    )
  })

  it('rates an object higher after a 5 there than after a 0 there', async () => {
    const labels = labelsOf([1, 2, 3, 40, 41, 42], (row) => (row > 30 ? 4 : 1))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: 39 }), async (row) => {
        const high = await learner.rank({ ...input, labels: [...labels, { row, rating: 5 }] })
        const low = await learner.rank({ ...input, labels: [...labels, { row, rating: 0 }] })
        expect(high.score[row]).toBeGreaterThan(low.score[row]!)
      }),
      { seed: 2, numRuns: 12 },
    )
  })

  it('finds a group that the detector does not see', async () => {
    const hidden = matrix(
      features.data.map((v, k) => (k < 10 * 3 ? 4 + 0.2 * v : v)),
      count,
      3,
    )
    const ratings = Float64Array.from({ length: count }, (_, i) => (i < 10 ? 5 : 0))
    const quiet = scores.map((s, i) => (i === 0 ? 2 : s))
    const play = { features: hidden, scores: quiet, ratings, interesting: (r: number) => r > 2, labels: 20, batch: 5 }
    const learnt = await playProtocol({ ...play, learner })
    const alone = await playProtocol({ ...play, learner: createLearner('forest') })
    // All ten, but for one that expected improvement passes over because its rating is known too well.
    expect(learnt.batches.at(-1)!.found).toBeGreaterThanOrEqual(9)
    expect(alone.batches.at(-1)!.found).toBeLessThan(6)
  })

  it('rejects more labels than can be solved exactly', async () => {
    const many = 2001
    const labels = Array.from({ length: many }, (_, row) => ({ row, rating: 0 }))
    const wide = { features: matrix(new Float32Array(many), many, 1), scores: new Float64Array(many), labels }
    await expect(learner.rank(wide)).rejects.toThrow(UnsupportedError)
  })

  it('stops during the search when aborted', async () => {
    const reason = new Error('enough')
    const control = new AbortController()
    const onProgress = (): void => control.abort(reason)
    const labels = labelsOf([1, 2, 3], (row) => row)
    await expect(learner.rank({ ...input, labels }, { signal: control.signal, onProgress })).rejects.toBe(reason)
  })
})

describe('direct regression', () => {
  const labels = labelsOf([5, 6, 7, 8, 9, 10], (row) => row % 5)

  it('shows next what improves most on the highest rating, and ranks by the predicted rating', async () => {
    const ranking = await directRegressionLearner({ xi: 0.3 }).rank({ ...input, labels })
    const { predictedRating, std } = ranking.details as Record<string, Float64Array>
    const gain = logExpectedImprovement(predictedRating!, std!, { best: 4, xi: 0.3 })
    const known = new Set(labels.map(({ row }) => row))
    expect(ranking.selectBatch(10)).toEqual(
      rankDescending(gain)
        .filter((row) => !known.has(row))
        .subarray(0, 10),
    )
    expect(ranking.score).toEqual(predictedRating)
    const published = await directRegressionLearner({ xi: 0.3, score: 'acquisition' }).rank({ ...input, labels })
    expect(published.score).toEqual(gain)
  })

  it('never looks at the detector once there are labels', async () => {
    const learner = directRegressionLearner()
    const one = await learner.rank({ ...input, labels })
    expect((await learner.rank({ ...input, labels, scores: new Float64Array(count) })).score).toEqual(one.score)
  })

  it('takes other kernels and rejects unknown options', async () => {
    for (const kernel of ['matern-2.5', 'rational-quadratic'] as const) {
      const { score } = await directRegressionLearner({ kernel }).rank({ ...input, labels })
      expect(Array.from(score).every(Number.isFinite)).toBe(true)
    }
    expect(() => directRegressionLearner({ zeta: 1 } as object)).toThrow(/unknown option 'zeta'/)
    expect(() => directRegressionLearner({ xi: Number.NaN })).toThrow(ParameterError)
    expect(() => directRegressionLearner({ restarts: -1 })).toThrow(ParameterError)
  })
})

describe('the default learner', () => {
  it('chooses a batch that is spread out, where the best alone would be neighbours', async () => {
    // Two tight groups, equally far from a label of 5; the first is a hair nearer.
    const data = Float32Array.from({ length: 61 }, (_, i) => (i === 0 ? 0 : i <= 30 ? -1 + i * 1e-4 : 1.01 + i * 1e-4))
    const groups = { features: matrix(data, 61, 1), scores: new Float64Array(61), labels: [{ row: 0, rating: 5 }] }
    const batch = (await forestGpLearner().rank(groups)).selectBatch(4)
    expect(Array.from(batch).some((row) => row <= 30)).toBe(true)
    expect(Array.from(batch).some((row) => row > 30)).toBe(true)
  })

  it('trusts the detector less after it misled', async () => {
    const order = rankDescending(scores)
    const top = Array.from(order.subarray(0, 12))
    const slope = async (rating: number): Promise<number> => {
      const { details } = await forestGpLearner().rank({ ...input, labels: labelsOf(top, () => rating) })
      return details.priorSlope as number
    }
    const misled = await slope(0)
    expect(misled).toBeGreaterThan(0)
    // Twelve zeros, the lowest of them t spreads above the median, weigh at least 12 t² against the prior's 3, whose slope is 1.
    const middle = median(scores)
    const t = (scores[top.at(-1)!]! - middle) / (quantile(scores, 0.841) - middle)
    expect(misled).toBeLessThanOrEqual(3 / (3 + 12 * t ** 2))
    expect(await slope(5)).toBeGreaterThan(1)
  })

  it('does not depend on the unit or the origin of the features, nor on those of the scores', async () => {
    const labels = labelsOf([5, 6, 7, 8, 9, 10], (row) => row % 5)
    const one = await forestGpLearner().rank({ ...input, labels })
    // Powers of two, so that scaling rounds nothing.
    const scaled = matrix(
      features.data.map((v) => v * 1024),
      count,
      3,
    )
    const two = await forestGpLearner().rank({ ...input, labels, features: scaled, scores: scores.map((s) => 8 * s) })
    for (let i = 0; i < count; i++) expect(two.score[i]).toBeCloseTo(one.score[i]!, 12)
  })

  it('chooses far more than it believes, each object once', async () => {
    const many = 1500
    const data = Float32Array.from({ length: many * 2 }, () => random.normal())
    const ranking = await forestGpLearner().rank({
      features: matrix(data, many, 2),
      scores: Float64Array.from({ length: many }, () => random.uniform()),
      labels: labelsOf([1, 2, 3], (row) => row),
    })
    const all = ranking.selectBatch(many)
    expect(new Set(all).size).toBe(many - 3)
    expect(ranking.selectBatch(10)).toEqual(all.subarray(0, 10))
  })

  it.each([
    { acquisition: 'expected-improvement' },
    { ard: true },
    { linear: false, kernel: 'rational-quadratic' },
    { exploration: 0 },
  ] as const)('stays finite with %o', async (options) => {
    const labels = labelsOf([5, 6, 7, 8, 9, 10], (row) => row % 5)
    const ranking = await forestGpLearner(options).rank({ ...input, labels })
    expect(Array.from(ranking.score).every(Number.isFinite)).toBe(true)
    expect(new Set(ranking.selectBatch(20)).size).toBe(20)
  })

  it('rejects unknown options', () => {
    expect(() => forestGpLearner({ kernels: 1 } as object)).toThrow(/unknown option 'kernels'/)
    expect(() => forestGpLearner({ exploration: -1 })).toThrow(ParameterError)
    expect(() => forestGpLearner({ kernel: 'rbf' } as object)).toThrow(ParameterError)
  })

  it.skipIf(!hasShared).each([1, 2])(
    'finds the 32 anomalies of one group within 37 labels, %d at a time (needs ../shared)',
    async (batch) => {
      const golden = JSON.parse(readFileSync(sharedFile('golden/malanchev_1024_32.json'), 'utf8')) as {
        X: [number, number][]
        anomaly: number[]
      }
      const { X, anomaly } = golden
      // A detector that any reader can redo: the distance to the tenth nearest neighbour.
      const detector = Float64Array.from(X, ([x, y]) => {
        const distances = Float64Array.from(X, ([a, b]) => Math.hypot(x - a, y - b)).sort()
        return distances[10]!
      })
      const { batches } = await playProtocol({
        features: matrix(Float32Array.from(X.flat()), X.length, 2),
        scores: detector,
        ratings: anomaly.map((is) => 5 * is),
        interesting: (rating) => rating === 5,
        learner: createLearner('default'),
        labels: 37,
        batch,
      })
      expect(batches.at(-1)!.found).toBe(32)
    },
  )
})
