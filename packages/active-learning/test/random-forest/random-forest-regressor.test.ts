import {
  collectRows,
  createRandom,
  decodeModel,
  encodeModel,
  FormatError,
  type ModelArray,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
} from '@astronomaly/core'
import { checkEstimator } from '@astronomaly/core/testing'
import { describe, expect, it } from 'vitest'
import { RandomForestModel, RandomForestRegressor } from '../../src/index.ts'

function friedman(count: number, seed: number) {
  const random = createRandom(seed, 'friedman')
  const rows = matrix(
    Float32Array.from({ length: count * 6 }, () => random.uniform()),
    count,
    6,
  )
  const targets = Float64Array.from({ length: count }, (_, i) => {
    const [a, b, c, d, e] = rows.data.subarray(i * 6, i * 6 + 5) as unknown as [number, number, number, number, number]
    return 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + random.normal()
  })
  return { rows, targets }
}

interface Nodes extends Readonly<Record<string, ModelArray>> {
  readonly roots: Uint32Array
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly right: Uint32Array
  readonly value: Float64Array
}

/** Walks the trees as the buffer has them, one row at a time. */
function slowPrediction(model: RandomForestModel, data: Float32Array): Float64Array {
  const { roots, feature, threshold, right, value } = decodeModel(model.buffer, 'random-forest-regressor', 1)
    .arrays as Nodes
  return Float64Array.from({ length: data.length / model.columns }, (_, i) => {
    let sum = 0
    for (const root of roots) {
      let node = root
      while (feature[node]! >= 0) {
        node = data[i * model.columns + feature[node]!]! <= threshold[node]! ? node + 1 : right[node]!
      }
      sum += value[node]!
    }
    return sum / roots.length
  })
}

describe('RandomForestRegressor', () => {
  const suite = checkEstimator<RandomForestModel>({
    name: 'RandomForestRegressor',
    async fit(rows, seed, run) {
      const { data, shape } = await collectRows(rows)
      const targets = Float64Array.from({ length: shape[0] }, (_, i) => Math.round(2.5 + data[i * shape[1]]!))
      return new RandomForestRegressor({ seed }).fit(rows, targets, run)
    },
    apply: (model, rows) => model.predict(rows),
    toBuffer: (model) => model.buffer,
    fromBuffer: (buffer) => RandomForestModel.from(buffer),
    seeded: true,
    batchTolerance: 0,
    minimumRows: 1,
  })
  it.each(suite)('$name', ({ run }) => run())

  it('predicts the training targets exactly without bootstrap', async () => {
    const { rows, targets } = friedman(150, 1)
    const model = await new RandomForestRegressor({ trees: 3, bootstrap: false }).fit(rows, targets)
    const out = await model.predict(rows)
    for (let i = 0; i < 150; i++) expect(out[i]).toBeCloseTo(targets[i]!, 12)
  })

  it('predicts Friedman’s function from noisy samples', async () => {
    const train = friedman(300, 1)
    const test = friedman(1000, 2)
    const out = await (await new RandomForestRegressor().fit(train.rows, train.targets)).predict(test.rows)
    let squares = 0
    for (let i = 0; i < 1000; i++) squares += (out[i]! - test.targets[i]!) ** 2
    // 4.69 when measured; the noise alone makes 1. Broken splits or samples end far above.
    expect(squares / 1000).toBeLessThan(5.5)
  })

  it('stays within the range of the targets', async () => {
    const { rows, targets } = friedman(80, 3)
    const out = await (await new RandomForestRegressor({ trees: 20 }).fit(rows, targets)).predict(friedman(500, 4).rows)
    for (const value of out) {
      expect(value).toBeGreaterThanOrEqual(Math.min(...targets))
      expect(value).toBeLessThanOrEqual(Math.max(...targets))
    }
  })

  it('separates neighbouring single-precision values', async () => {
    const next = new Float32Array(new Uint32Array([0x3f800001]).buffer)[0]!
    const model = await new RandomForestRegressor({ trees: 1, bootstrap: false }).fit(
      matrix(Float32Array.of(1, next), 2, 1),
      [0, 5],
    )
    expect(Array.from(await model.predict(matrix(Float32Array.of(1, next), 2, 1)))).toEqual([0, 5])
  })

  it.each([0, 2])('predicts the bits of its slow twin with %d workers', async (workers) => {
    const { rows, targets } = friedman(400, 5)
    const model = await new RandomForestRegressor({ trees: 30 }).fit(rows, targets)
    const queries = friedman(2500, 6).rows
    // On thresholds, and next to them.
    const { threshold, feature } = decodeModel(model.buffer, 'random-forest-regressor', 1).arrays as Nodes
    for (let i = 0; i < 2000; i++) queries.data[(i % 2500) * 6 + Math.max(0, feature[i]!)] = threshold[i]!
    const done: number[] = []
    const out = await model.predict(queries, { workers, onProgress: (progress) => done.push(progress.done) })
    expect(out).toEqual(slowPrediction(model, queries.data))
    expect(done).toEqual([1024, 2048, 2500])
  })

  it('parts negative, tiny and huge values as their thresholds in double precision do', async () => {
    const tiny = 2 ** -149
    const column = [-3.4e38, -1, -1 - 2 ** -23, -tiny, 0, tiny, 3 * tiny, 1, 1 + 2 ** -23, 3.3e38, 3.4e38].sort(
      (a, b) => a - b,
    )
    const rows = matrix(Float32Array.from(column), column.length, 1)
    const model = await new RandomForestRegressor({ trees: 1, bootstrap: false }).fit(
      rows,
      column.map((_, i) => i),
    )
    expect(Array.from(await model.predict(rows))).toEqual(column.map((_, i) => i))
    expect(await model.predict(rows)).toEqual(slowPrediction(model, rows.data))
  })

  it.each([0, 2])('stops predicting with the signal’s own reason, with %d workers', async (workers) => {
    const { rows, targets } = friedman(100, 7)
    const model = await new RandomForestRegressor({ trees: 2 }).fit(rows, targets)
    const controller = new AbortController()
    const reason = new Error('enough')
    const run = { workers, signal: controller.signal, onProgress: () => controller.abort(reason) }
    await expect(model.predict(friedman(9000, 8).rows, run)).rejects.toBe(reason)
  })

  it('rejects options, targets and rows out of range', async () => {
    expect(() => new RandomForestRegressor({ trees: 0 })).toThrow(ParameterError)
    expect(() => new RandomForestRegressor({ tree: 5 } as object)).toThrow(/unknown option 'tree'/)
    expect(() => new RandomForestRegressor({ seed: Number.NaN })).toThrow(ParameterError)
    const rows = matrix(new Float32Array(4), 2, 2)
    const forest = new RandomForestRegressor({ trees: 2 })
    await expect(forest.fit(rows, [1])).rejects.toThrow(ShapeError)
    await expect(forest.fit(rows, [1, Number.NaN])).rejects.toThrow(/row 1/)
    await expect(forest.fit(matrix(Float32Array.of(0, 1, Number.NaN, 3), 2, 2), [1, 2])).rejects.toThrow(
      /row 1, column 0/,
    )
    const model = await forest.fit(rows, [1, 2])
    await expect(model.predict(matrix(Float32Array.of(Number.NaN, 0), 1, 2))).rejects.toThrow(NumericalError)
  })

  it('rejects a buffer whose children do not come after their parent', () => {
    const arrays = {
      roots: Uint32Array.of(0),
      feature: Int32Array.of(0, -1, -1),
      threshold: new Float64Array(3),
      right: Uint32Array.of(0, 0, 0),
      value: new Float64Array(3),
    }
    const content = { kind: 'random-forest-regressor', version: 1, meta: { columns: 1 } }
    expect(() => RandomForestModel.from(encodeModel({ ...content, arrays }))).toThrow(FormatError)
    const good = { ...arrays, right: Uint32Array.of(2, 0, 0) }
    expect(RandomForestModel.from(encodeModel({ ...content, arrays: good })).trees).toBe(1)
    expect(() =>
      RandomForestModel.from(encodeModel({ ...content, arrays: { ...good, value: new Float64Array(2) } })),
    ).toThrow(/value/)
  })

  it.each([
    ['a root inside a tree', [0, 1], [0, -1, -1], [2, 0, 0], /roots/],
    ['a tree without a root', [0], [-1, -1], [0, 0], /roots/],
    ['a root without a tree', [0, 0], [-1], [0], /roots/],
    ['a first tree that begins late', [1], [-1, -1], [0, 0], /roots/],
    ['a node with two parents', [0], [0, 0, -1, -1, -1], [3, 3, 0, 0, 0], /right/],
    ['right children in the wrong order', [0], [0, 0, -1, -1, -1], [3, 4, 0, 0, 0], /right/],
    ['a split at the end', [0], [0, -1, 0], [2, 0, 3], /right/],
  ])('rejects a buffer with %s', (_name, roots, feature, right, message) => {
    const nodes = feature.length
    const buffer = encodeModel({
      kind: 'random-forest-regressor',
      version: 1,
      meta: { columns: 1 },
      arrays: {
        roots: Uint32Array.from(roots),
        feature: Int32Array.from(feature),
        threshold: new Float64Array(nodes),
        right: Uint32Array.from(right),
        value: new Float64Array(nodes),
      },
    })
    expect(() => RandomForestModel.from(buffer)).toThrow(FormatError)
    expect(() => RandomForestModel.from(buffer)).toThrow(message)
  })
})
