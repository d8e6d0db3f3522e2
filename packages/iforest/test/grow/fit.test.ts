import {
  createRandom,
  type Matrix,
  matrix,
  ParameterError,
  quantile,
  type RowSource,
  ShapeError,
  streamRows,
  toRowSource,
  UnsupportedError,
} from '@astronomaly/core'
import { IsolationForest, IsolationForestModel, type IsolationForestOptions } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { inBatchesOf, normalRows, rejection, sameBytes, uncounted } from '../support/data.ts'

const same = (a: IsolationForestModel, b: IsolationForestModel): boolean => sameBytes(a.buffer, b.buffer)

/** The same values, every second one of a wider matrix. */
function strided({ data, shape: [n, columns] }: Matrix<Float32Array>): Matrix<Float32Array> {
  const wide = new Float32Array(2 * data.length + 1).fill(Number.NaN)
  for (let i = 0; i < data.length; i++) wide[2 * i + 1] = data[i]!
  return { data: wide, shape: [n, columns], stride: [2 * columns, 2], offset: 1 }
}

/** Rows with some values missing. */
function withHoles(rows: Matrix<Float32Array>): Matrix<Float32Array> {
  const random = createRandom(5, 'holes')
  return { ...rows, data: rows.data.map((x) => (random.uniform() < 0.1 ? Number.NaN : x)) }
}

const variants: [name: string, options: IsolationForestOptions][] = [
  ['with the defaults', {}],
  ['with replacement', { bootstrap: true }],
  ['on some columns', { featuresPerTree: 2 }],
  ['with missing values', { missing: 'both-ways' }],
  ['to single rows, with ranges', { maxDepth: 'unlimited', penalizeRange: true, sampleSize: 64 }],
  ['with oblique cuts', { dimensions: 2 }],
]

describe.each(variants)('a forest fitted %s', (_, options) => {
  const forest = new IsolationForest({ trees: 12, seed: 4, ...options })
  const plain = normalRows(3000, 4)
  const rows = options.missing ? withHoles(plain) : plain

  it('has the same bits whether its rows lie in memory, are gathered or pass by', async () => {
    const model = await forest.fit(rows)
    for (const other of [
      matrix(Float64Array.from(rows.data), 3000, 4),
      strided(rows),
      toRowSource(rows),
      inBatchesOf(170, rows),
      streamRows(4, [rows], { rowCount: 3000 }),
    ]) {
      expect(same(await forest.fit(other), model)).toBe(true)
    }
    // Checked like one from elsewhere, which a fitted one is not.
    expect(same(IsolationForestModel.from(model.buffer), model)).toBe(true)
  })

  it('is extended to the bits of a larger one, tree by tree', async () => {
    for (const source of [rows, inBatchesOf(64, rows), uncounted(rows)]) {
      let model = await new IsolationForest({ ...forest.options, trees: 5 }).fit(source)
      for (const trees of [6, 12]) model = await new IsolationForest({ ...forest.options, trees }).extend(model, source)
      expect(same(model, await forest.fit(source))).toBe(true)
    }
  })
})

it('keeps its bits where a tree’s rows are too many to be copied together', async () => {
  const n = 700
  const wide = normalRows(n, 400)
  const forest = new IsolationForest({ trees: 3, sampleSize: n, seed: 2 })
  const model = await forest.fit(wide)
  expect(same(await forest.fit(inBatchesOf(100, wide)), model)).toBe(true)
  // The columns that no tree looks at change nothing, and the rows are few enough to be copied.
  const used = [...new Set(model.forest.feature)].sort((a, b) => a - b)
  expect(used.length).toBeGreaterThan(50)
  wide.data[400 * 5 + 3] = Number.NaN
  expect(String(await rejection(() => forest.fit(wide)))).toContain('row 5, column 3')
})

describe('IsolationForest.fit of a source that can seek', () => {
  it('gathers ascending rows, each once, in parts of bounded size, and reads no batch', async () => {
    const rows = normalRows(3000, 4)
    const whole = toRowSource(rows)
    const asked: number[] = []
    const source: RowSource = {
      columns: 4,
      rowCount: 3000,
      // biome-ignore lint/correctness/useYield: it must not be read.
      async *batches() {
        throw new Error('must not be read')
      },
      gather: (numbers, options) => {
        asked.push(...numbers)
        return whole.gather!(numbers, options)
      },
    }
    const done: number[] = []
    const model = await new IsolationForest({ trees: 4 }).fit(source, {
      onProgress: (p) => done.push(p.done, p.total!),
    })
    expect(same(model, await new IsolationForest({ trees: 4 }).fit(rows))).toBe(true)
    expect(asked).toEqual([...new Set(asked)].sort((a, b) => a - b))
    expect(asked.length).toBeLessThanOrEqual(4 * 256)
    expect(done).toEqual([asked.length, asked.length])

    // Rows of 2^20 values: four at a time make 16 MiB.
    const sizes: number[] = []
    const wide: RowSource = {
      ...source,
      columns: 2 ** 20,
      rowCount: 9,
      gather: async (numbers) => {
        sizes.push(numbers.length)
        return matrix(new Float32Array(numbers.length * 2 ** 20), numbers.length, 2 ** 20)
      },
    }
    await new IsolationForest({ trees: 1 }).fit(wide)
    expect(sizes).toEqual([4, 4, 1])
  })
})

describe('rows from an iterable', () => {
  it('are fitted in one pass, and a call that needs a second says so', async () => {
    const rows = normalRows(700, 3)
    const parts = () => streamRows(3, [rows])
    const model = await new IsolationForest({ trees: 5 }).fit(parts())
    expect(await model.score(parts())).toEqual(await model.score(rows))
    expect(await rejection(() => new IsolationForest({ trees: 5 }).fitScore(parts()))).toBeInstanceOf(UnsupportedError)
    const cautious = new IsolationForest({ trees: 5, contamination: 0.1 })
    expect(await rejection(() => cautious.fit(parts()))).toBeInstanceOf(UnsupportedError)
  })
})

describe('IsolationForest.fitScore', () => {
  it.each([0.05, 'auto'] as const)(
    'gives the model of fit and its scores, for contamination %s',
    async (contamination) => {
      const rows = normalRows(900, 3)
      const forest = new IsolationForest({ trees: 10, contamination, seed: 2 })
      let passes = 0
      const source = uncounted(rows)
      const counting: RowSource = {
        columns: 3,
        batches: (options) => {
          passes++
          return source.batches(options)
        },
      }
      for (const from of [rows, counting]) {
        const { model, scores } = await forest.fitScore(from)
        expect(same(model, await forest.fit(from === rows ? rows : source))).toBe(true)
        expect(scores).toEqual(await model.score(rows))
        expect(model.offset).toBe(contamination === 'auto' ? 0.5 : quantile(scores, 0.95))
      }
      expect(passes).toBe(2)
    },
  )
})

it('rejects an option of fitting that it does not know', async () => {
  const rows = normalRows(50, 2)
  const forest = new IsolationForest({ trees: 3 })
  const small = await new IsolationForest({ trees: 2 }).fit(rows, { onWarning: () => {}, workers: 0 })
  const wrong = { weight: new Array(50).fill(1) } as object
  expect(await rejection(() => forest.fit(rows, wrong))).toBeInstanceOf(ParameterError)
  expect(await rejection(() => forest.fitScore(rows, wrong))).toBeInstanceOf(ParameterError)
  expect(await rejection(() => forest.extend(small, rows, wrong))).toBeInstanceOf(ParameterError)
})

describe('IsolationForest.extend', () => {
  it('equals a fit with all trees at once, for any numbers of trees and any seed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(),
        async (a, b, seed) => {
          const rows = normalRows(120, 2, seed)
          const options = { seed, sampleSize: 50, contamination: 0.1 }
          const small = await new IsolationForest({ ...options, trees: a }).fit(rows)
          const before = small.buffer
          const large = new IsolationForest({ ...options, trees: a + b })
          expect(same(await large.extend(small, rows), await large.fit(rows))).toBe(true)
          expect(sameBytes(small.buffer, before)).toBe(true)
        },
      ),
      { seed: 6, numRuns: 30 },
    )
  })

  it('rejects a model of other columns, sizes or rules, and one that has its trees already', async () => {
    const rows = normalRows(300, 3)
    const model = await new IsolationForest({ trees: 5 }).fit(rows)
    for (const [options, other] of [
      [{ trees: 9 }, normalRows(300, 2)],
      [{ trees: 9 }, normalRows(200, 3)],
      [{ trees: 9, sampleSize: 100 }, rows],
      [{ trees: 9, missing: 'both-ways' }, rows],
      [{ trees: 9, pathLength: 'exact' }, rows],
      [{ trees: 9, penalizeRange: true }, rows],
      [{ trees: 9, dimensions: 2 }, rows],
      [{ trees: 5 }, rows],
      [{ trees: 4 }, rows],
    ] as const) {
      const onProgress = vi.fn()
      const error = await rejection(() => new IsolationForest(options).extend(model, other, { onProgress }))
      expect(error, JSON.stringify(options)).toBeInstanceOf(ParameterError)
      // Only what the rows decide, their sample's size, is known no sooner than when they are drawn.
      if (other === rows && !('sampleSize' in options)) expect(onProgress).not.toHaveBeenCalled()
    }
    expect(await rejection(() => new IsolationForest().extend({} as IsolationForestModel, rows))).toBeInstanceOf(
      ParameterError,
    )
  })
})

describe('weights', () => {
  it('are checked', async () => {
    const rows = normalRows(4, 2)
    const forest = new IsolationForest({ trees: 2 })
    const reject = (weights: unknown, source: unknown = rows) =>
      rejection(() => forest.fit(source as typeof rows, { weights: weights as number[] }))
    expect(await reject([1, 2, 3])).toBeInstanceOf(ShapeError)
    for (const bad of [
      [1, 1, 1, -1],
      [1, 1, 1, Number.NaN],
      [1, 1, 1, Number.POSITIVE_INFINITY],
      [0, 0, 0, 0],
      ['1', 1, 1, 1],
    ]) {
      expect(await reject(bad), String(bad)).toBeInstanceOf(ParameterError)
    }
    expect(await reject([1, 1, 1, 1], uncounted(rows))).toBeInstanceOf(ParameterError)
    const weights = Float64Array.of(1, 2, 3, 4)
    await forest.fit(rows, { weights })
    expect(weights).toEqual(Float64Array.of(1, 2, 3, 4))
  })

  it.each([0, 1e300, 5e-324])('of %d and others: a row without weight is never drawn', async (extreme) => {
    const rows = normalRows(60, 2)
    // Rows without weight lie far away: a tree that had one would be cut beyond 100.
    const weights = Float64Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 0 : i % 3 === 1 ? 1 : extreme))
    for (let i = 0; i < 60; i++) if (weights[i] === 0) rows.data.fill(1000, 2 * i, 2 * i + 2)
    for (const bootstrap of [false, true]) {
      const model = await new IsolationForest({ trees: 30, bootstrap }).fit(rows, { weights })
      expect(model.sampleSize).toBe(weights.filter((w) => w > 0).length)
      expect(model.forest.threshold.filter(Number.isFinite).every((x) => x < 100)).toBe(true)
    }
  })

  it('have the bits of no seed but their own, whatever holds the rows', async () => {
    const rows = normalRows(400, 2)
    const weights = Array.from({ length: 400 }, (_, i) => i)
    const forest = new IsolationForest({ trees: 6, sampleSize: 64 })
    const model = await forest.fit(rows, { weights })
    expect(same(await forest.fit(inBatchesOf(33, rows), { weights }), model)).toBe(true)
    expect(same(await forest.fit(rows, { weights: weights.map((w) => w * 2 ** 40) }), model)).toBe(true)
    expect(same(await forest.fit(rows), model)).toBe(false)
    const small = await new IsolationForest({ trees: 2, sampleSize: 64 }).fit(rows, { weights })
    expect(same(await forest.extend(small, rows, { weights }), model)).toBe(true)
    expect((await forest.fitScore(rows, { weights })).scores).toEqual(await model.score(rows))
  })
})
