import {
  createRandom,
  type Matrix,
  matrix,
  NumericalError,
  ParameterError,
  type Progress,
  ShapeError,
} from '@astronomaly/core'
import { averagePathLength, IsolationForest, type IsolationForestModel, importTrees } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { addSavings } from '../../src/score/visit-paths.ts'
import { inBatchesOf, normalRows, rejection, uncounted } from '../support/data.ts'
import { awkwardRows, plainPathLength, randomTree } from '../support/plain-forest.ts'

/** Mean of `explain` row by row. */
function meanByRows(model: IsolationForestModel, rows: Matrix<Float32Array>): Float64Array {
  const [count, columns] = rows.shape
  const mean = new Float64Array(columns)
  for (let k = 0; k < count; k++) {
    const saved = model.explain(rows.data.subarray(k * columns, (k + 1) * columns))
    for (let c = 0; c < columns; c++) mean[c] = mean[c]! + saved[c]! / count
  }
  return mean
}

function worst(a: Float64Array, b: Float64Array): number {
  expect(a).toHaveLength(b.length)
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)))
}

const rows = normalRows(500, 4)
const holed = matrix(
  rows.data.map((x, i) => (i % 7 === 3 ? Number.NaN : x)),
  500,
  4,
)

describe('explain', () => {
  it('gives the bits of a walk that may branch, for rows that do not', async () => {
    const model = await new IsolationForest({ seed: 1, maxDepth: 'unlimited' }).fit(rows)
    for (let k = 0; k < 100; k++) {
      const row = rows.data.subarray(4 * k, 4 * k + 4)
      const saved = new Float64Array(4)
      addSavings(model.forest, row, saved)
      expect(model.explain(row)).toEqual(saved.map((x) => x / model.trees))
    }
  })
})

describe('explainMean', () => {
  it.each([
    ['a forest of 100 trees', {}],
    ['trees without a limit of depth', { trees: 20, maxDepth: 'unlimited', sampleSize: 500 }],
    ['a bootstrapped forest', { bootstrap: true, trees: 30 }],
    ['oblique cuts', { dimensions: 2, trees: 10 }],
    ['penalised ranges', { penalizeRange: true, trees: 10 }],
    ['trees of one leaf', { maxDepth: 0 }],
  ] as const)('is the mean of explain over the rows, and adds up to the saved path length: %s', async (_, options) => {
    const model = await new IsolationForest({ seed: 2, ...options }).fit(rows)
    const mean = await model.explainMean(rows)
    // 1e-12: some ten thousand additions in another order.
    expect(worst(mean, meanByRows(model, rows))).toBeLessThan(1e-12)
    let atRoots = 0
    for (let t = 0; t < model.trees; t++) atRoots += averagePathLength(model.forest.size[model.forest.roots[t]!]!)
    const lengths = await model.pathLengths(rows)
    const saved = atRoots / model.trees - lengths.reduce((a, b) => a + b) / 500
    expect(Math.abs(mean.reduce((a, b) => a + b) - saved)).toBeLessThan(1e-12)
  })

  it('follows missing values both ways', async () => {
    for (const options of [{}, { dimensions: 2 }]) {
      const model = await new IsolationForest({ seed: 2, trees: 20, missing: 'both-ways', ...options }).fit(holed)
      // 1e-12: as above.
      expect(worst(await model.explainMean(holed), meanByRows(model, holed))).toBeLessThan(1e-12)
    }
  })

  it('walks chains and ties as a plain recursion does', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const random = createRandom(seed, 'explain-rows')
      const trees = Array.from({ length: 3 }, () => randomTree(random, 3, 40, seed % 2 === 0 ? 1 : 0.5))
      const model = importTrees(trees, { columns: 3, sampleSize: 256 })
      const data = awkwardRows(seed, 99, 3)
      let lengths = 0
      for (let k = 0; k < 99; k++) {
        for (let t = 0; t < 3; t++) {
          lengths += plainPathLength(model.forest, model.forest.roots[t]!, data.subarray(3 * k, 3 * k + 3)) / 297
        }
      }
      let atRoots = 0
      for (let t = 0; t < 3; t++) atRoots += averagePathLength(model.forest.size[model.forest.roots[t]!]!) / 3
      const mean = await model.explainMean(matrix(data, 99, 3))
      expect(worst(mean, meanByRows(model, matrix(data, 99, 3)))).toBeLessThan(1e-12)
      // 1e-12: as above.
      expect(Math.abs(mean.reduce((a, b) => a + b) - (atRoots - lengths))).toBeLessThan(1e-12)
    }
  })

  it('names the column in which rows are odd, and gives 0 for one that is never cut', async () => {
    const table = matrix(
      normalRows(400, 3).data.map((x, i) => (i % 3 === 1 ? 5 : x)),
      400,
      3,
    )
    const model = await new IsolationForest({ seed: 1 }).fit(table)
    const odd = matrix(Float32Array.of(0, 5, 9, 0.1, 5, -9, 0, 5, 8), 3, 3)
    const mean = await model.explainMean(odd)
    expect(mean.indexOf(Math.max(...mean))).toBe(2)
    expect(mean[1]).toBe(0)
  })

  it('gives the same bits for every batch size, and for a source that does not count', async () => {
    const model = await new IsolationForest({ seed: 3, trees: 20, missing: 'both-ways' }).fit(holed)
    const mean = await model.explainMean(holed)
    for (const size of [1, 7, 256]) {
      expect(await model.explainMean(inBatchesOf(size, holed))).toEqual(mean)
      expect(await model.explainMean(uncounted(holed, size))).toEqual(mean)
    }
    const doubles = matrix(Float64Array.from(holed.data), 500, 4)
    expect(await model.explainMean(doubles)).toEqual(mean)
  })

  it('reports progress and stops at an abort', async () => {
    const model = await new IsolationForest({ trees: 2 }).fit(rows)
    const reports: Progress[] = []
    await model.explainMean(inBatchesOf(200, rows), { onProgress: (progress) => reports.push(progress) })
    expect(reports).toEqual([200, 400, 500].map((done) => ({ stage: 'explain', done, total: 500 })))
    const controller = new AbortController()
    const reason = new Error('enough')
    const run = { signal: controller.signal, onProgress: () => controller.abort(reason) }
    expect(await rejection(() => model.explainMean(inBatchesOf(200, rows), run))).toBe(reason)
  })

  it('rejects no rows, another number of columns, values that are not finite and half a worker', async () => {
    const model = await new IsolationForest({ trees: 2 }).fit(rows)
    expect(await rejection(() => model.explainMean(normalRows(0, 4)))).toBeInstanceOf(ShapeError)
    expect(await rejection(() => model.explainMean(normalRows(3, 5)))).toBeInstanceOf(ShapeError)
    expect(await rejection(() => model.explainMean({ ...inBatchesOf(9, rows), rowCount: 499 }))).toBeInstanceOf(
      ShapeError,
    )
    expect(await rejection(() => model.explainMean(holed))).toBeInstanceOf(NumericalError)
    const far = matrix(Float64Array.of(0, 1e39, 0, 0), 1, 4)
    expect(await rejection(() => model.explainMean(far))).toBeInstanceOf(NumericalError)
    expect(await rejection(() => model.explainMean(rows, { workers: 0.5 }))).toBeInstanceOf(ParameterError)
  })
})
