import { createRandom, type Matrix, matrix, ParameterError, ShapeError } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { describe, expect, it } from 'vitest'
import { createLearner, type Label, type Learner, type LearnerInput, learnerNames } from '../../src/index.ts'

const count = 60
const columns = 4
const random = createRandom(1, 'learners-test')
const features: Matrix<Float32Array> = matrix(
  Float32Array.from({ length: count * columns }, () => random.normal()),
  count,
  columns,
)
const scores = Float64Array.from({ length: count }, () => random.uniform())
const labels: Label[] = [3, 50, 7, 20, 11].map((row, i) => ({ row, rating: i % 2 === 0 ? 0 : 5 }))
const input: LearnerInput = { features, scores, labels, seed: 4 }
const ids = [...new Set(learnerNames.map((name) => createLearner(name).id))]
const learners: Learner[] = ids.map((id) => createLearner(id))

describe('createLearner', () => {
  it('knows every learner by its id and by short names', () => {
    expect(createLearner().id).toBe('forest-gp')
    expect(createLearner('default').id).toBe('forest-gp')
    expect(createLearner('ns').id).toBe('neighbour-score')
    expect(createLearner('neighbour').id).toBe('neighbour-score')
    expect(createLearner('neighbor-score').id).toBe('neighbour-score')
  })

  it('knows the Gaussian processes, and which learner is the default', () => {
    expect(createLearner('dr').id).toBe('gp')
    expect(createLearner('direct-regression').id).toBe('gp')
    expect(createLearner('default').id).toBe('forest-gp')
  })

  it('lists all names when it knows one not', () => {
    expect(() => createLearner('svm')).toThrow(ParameterError)
    expect(() => createLearner('svm')).toThrow(/neighbour-score.*gp.*forest-gp.*forest.*random.*Received svm/)
    expect(() => createLearner('toString')).toThrow(ParameterError)
  })
})

describe.each(learners)('the learner $id', (learner) => {
  it('gives one finite score per object and the same bits for the same seed', async () => {
    const one = await learner.rank(input)
    const two = await learner.rank(input)
    expect(one.score).toHaveLength(count)
    expect(Array.from(one.score).every(Number.isFinite)).toBe(true)
    expect(two.score).toEqual(one.score)
    expect(two.selectBatch(10)).toEqual(one.selectBatch(10))
  })

  it('does not depend on the order in which labels were given', async () => {
    const one = await learner.rank(input)
    const two = await learner.rank({ ...input, labels: labels.toReversed() })
    expect(two.score).toEqual(one.score)
  })

  it('lets the last label of a row count', async () => {
    const one = await learner.rank({ ...input, labels: [{ row: 3, rating: 5 }, ...labels] })
    expect(one.score).toEqual((await learner.rank(input)).score)
  })

  it('chooses unlabelled objects only, each once, and stops when none are left', async () => {
    const ranking = await learner.rank(input)
    const batch = ranking.selectBatch(10)
    expect(batch).toHaveLength(10)
    expect(new Set(batch).size).toBe(10)
    for (const { row } of labels) expect(batch).not.toContain(row)
    expect(ranking.selectBatch(1000)).toHaveLength(count - labels.length)
    expect(ranking.selectBatch(0)).toHaveLength(0)
    expect(() => ranking.selectBatch(-1)).toThrow(ParameterError)
  })

  it('leaves its input untouched', async () => {
    const before = [features.data.slice(), scores.slice(), structuredClone(labels)]
    const ranking = await learner.rank(input)
    ranking.score.fill(0)
    expect([features.data, scores, labels]).toEqual(before)
  })

  it.each([
    ['no labels', []],
    ['one label', [{ row: 5, rating: 3 }]],
    ['only zeros', [1, 2, 3].map((row) => ({ row, rating: 0 }))],
    ['every object labelled', Array.from({ length: count }, (_, row) => ({ row, rating: row % 6 }))],
  ] as [string, Label[]][])('stays finite with %s', async (_name, some) => {
    for (const given of [scores, new Float64Array(count).fill(2)]) {
      const ranking = await learner.rank({ features, scores: given, labels: some })
      expect(Array.from(ranking.score).every(Number.isFinite)).toBe(true)
      expect(ranking.selectBatch(5)).toHaveLength(Math.min(5, count - some.length))
    }
  })

  it('stays finite when all rows are equal and when there is one object or none', async () => {
    const equal = matrix(new Float32Array(count * columns).fill(3), count, columns)
    const ranking = await learner.rank({ ...input, features: equal })
    expect(Array.from(ranking.score).every(Number.isFinite)).toBe(true)
    const lone = {
      features: matrix(new Float32Array(2), 1, 2),
      scores: Float64Array.of(1),
      labels: [{ row: 0, rating: 5 }],
    }
    expect((await learner.rank(lone)).score).toHaveLength(1)
    const none = { features: matrix(new Float32Array(0), 0, 2), scores: new Float64Array(0), labels: [] }
    expect((await learner.rank(none)).score).toHaveLength(0)
  })

  it('stays finite with duplicate rows, constant columns, one column, and more columns than rows', async () => {
    const some = labels.slice(0, 3)
    const shapes: [number, (i: number, j: number) => number][] = [
      [columns, (i) => i % 2],
      [columns, (i, j) => (j === 0 ? i : 7)],
      [1, (i) => Math.sin(i)],
      [150, (i, j) => Math.sin(i * j + i)],
      [2, (i) => i * 1e30],
    ]
    for (const [width, value] of shapes) {
      const data = Float32Array.from({ length: count * width }, (_, k) => value(Math.floor(k / width), k % width))
      const ranking = await learner.rank({ ...input, features: matrix(data, count, width), labels: some })
      expect(Array.from(ranking.score).every(Number.isFinite)).toBe(true)
      expect(new Set(ranking.selectBatch(20)).size).toBe(20)
    }
  })

  it('begins a batch as it begins any longer one', async () => {
    const { selectBatch } = await learner.rank(input)
    const long = selectBatch(30)
    expect(selectBatch(7)).toEqual(long.subarray(0, 7))
    expect(selectBatch(count).subarray(0, 30)).toEqual(long)
  })

  it('follows the detector when nothing is labelled', async () => {
    if (learner.firstBatch === 'own') return
    const ranking = await learner.rank({ ...input, labels: [] })
    expect(ranking.selectBatch(count)).toEqual(rankDescending(scores))
    expect(rankDescending(ranking.score)).toEqual(rankDescending(scores))
  })

  it('rejects bad input with typed errors', async () => {
    await expect(learner.rank({ ...input, scores: scores.slice(1) })).rejects.toThrow(ShapeError)
    await expect(learner.rank({ ...input, labels: [{ row: count, rating: 1 }] })).rejects.toThrow(ParameterError)
    await expect(learner.rank({ ...input, labels: [{ row: 0, rating: 7 }] })).rejects.toThrow(/row 0.*Received 7/)
    const broken = matrix(features.data.slice(), count, columns)
    broken.data[9] = Number.NaN
    await expect(learner.rank({ ...input, features: broken })).rejects.toThrow(/row 2, column 1/)
    const odd = scores.with(7, Number.POSITIVE_INFINITY)
    await expect(learner.rank({ ...input, scores: odd })).rejects.toThrow(/row 7/)
  })

  it('stops with the signal’s own reason', async () => {
    const reason = new Error('enough')
    await expect(learner.rank(input, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('reads strided features like contiguous ones', async () => {
    const wide = new Float32Array(count * 6)
    for (let i = 0; i < count; i++)
      for (let j = 0; j < columns; j++) wide[i * 6 + j + 1] = features.data[i * columns + j]!
    const strided: Matrix<Float32Array> = { data: wide, shape: [count, columns], stride: [6, 1], offset: 1 }
    expect((await learner.rank({ ...input, features: strided })).score).toEqual((await learner.rank(input)).score)
  })
})

describe('the forest’s order', () => {
  it('is the order of the scores', async () => {
    const ranking = await createLearner('forest').rank({ ...input, labels: [] })
    expect(ranking.selectBatch(count)).toEqual(rankDescending(scores))
  })
})

describe('the neighbour score', () => {
  it('only lowers the scaled score, and most near a zero', async () => {
    const { score, details } = await createLearner('ns').rank({ ...input, labels: [{ row: 3, rating: 0 }] })
    const low = Math.min(...scores)
    const range = Math.max(...scores) - low
    for (let i = 0; i < count; i++) expect(score[i]).toBeLessThanOrEqual((5 * (scores[i]! - low)) / range)
    expect((details.relativeDistance as Float64Array)[3]).toBe(0)
    expect(score[3]! / ((5 * (scores[3]! - low)) / range)).toBeCloseTo(0.117, 12)
  })

  it('normalises distances by their mean over all objects, labelled ones included', async () => {
    const { details } = await createLearner('ns').rank(input)
    const distances = details.relativeDistance as Float64Array
    expect(distances.reduce((a, b) => a + b, 0) / count).toBeCloseTo(1, 12)
    for (const { row } of labels) expect(distances[row]).toBe(0)
  })
})
