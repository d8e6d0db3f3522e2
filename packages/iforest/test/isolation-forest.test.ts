import {
  createRandom,
  matrix,
  NumericalError,
  ParameterError,
  quantile,
  type RowSource,
  ShapeError,
  type Warning,
} from '@astronomaly/core'
import { areaUnderRoc, rankDescending } from '@astronomaly/core/metrics'
import { IsolationForest, type IsolationForestOptions } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inBatchesOf, normalRows, rejection, sameBytes, uncounted } from './support/data.ts'

describe('IsolationForest options', () => {
  it('are scikit-learn’s by default, filled in and frozen', () => {
    const { options } = new IsolationForest()
    expect(options).toEqual({
      trees: 100,
      sampleSize: 'auto',
      maxDepth: 'auto',
      featuresPerTree: 'all',
      bootstrap: false,
      contamination: 'auto',
      missing: 'reject',
      pathLength: 'scikit-learn',
      dimensions: 1,
      split: 'uniform',
      penalizeRange: false,
      seed: 0,
    })
    expect(Object.isFrozen(options)).toBe(true)
    const fraction = { fraction: 0.5 }
    const forest = new IsolationForest({ sampleSize: fraction })
    fraction.fraction = 7
    expect(forest.options.sampleSize).toEqual({ fraction: 0.5 })
  })

  it.each<Record<string, unknown>>([
    { tree: 5 },
    { trees: 0 },
    { trees: 1.5 },
    { trees: '5' },
    { trees: 2e5 },
    { trees: null },
    { missing: null },
    { sampleSize: 0 },
    { sampleSize: 0.5 },
    { sampleSize: null },
    { sampleSize: 'all' },
    { sampleSize: { fraction: 0 } },
    { sampleSize: { fraction: 1.1 } },
    { sampleSize: { share: 0.5 } },
    { maxDepth: -1 },
    { maxDepth: 'deep' },
    { featuresPerTree: 0 },
    { featuresPerTree: { fraction: 2 } },
    { bootstrap: 1 },
    { contamination: 0 },
    { contamination: 0.6 },
    { missing: 'ignore' },
    { pathLength: 'linkedin' },
    { dimensions: 0 },
    { dimensions: 1.5 },
    { dimensions: 1001 },
    { split: 'best' },
    { penalizeRange: 1 },
    { seed: Number.NaN },
  ])('reject %j', (options) => {
    expect(() => new IsolationForest(options as IsolationForestOptions)).toThrow(ParameterError)
  })
})

describe('IsolationForest.fit', () => {
  it('takes min(256, n) rows a tree, or as many as it is told', async () => {
    const sizeOf = async (n: number, options: IsolationForestOptions) =>
      (await new IsolationForest({ trees: 2, ...options }).fit(normalRows(n, 2))).sampleSize
    expect(await sizeOf(1000, {})).toBe(256)
    expect(await sizeOf(100, {})).toBe(100)
    expect(await sizeOf(1000, { sampleSize: 700 })).toBe(700)
    expect(await sizeOf(999, { sampleSize: { fraction: 0.5 } })).toBe(499)
    expect(await sizeOf(3, { sampleSize: { fraction: 0.1 } })).toBe(1)
  })

  it('warns when fewer rows exist than were asked for', async () => {
    for (const rows of [normalRows(20, 2), uncounted(normalRows(20, 2))]) {
      const warnings: Warning[] = []
      const model = await new IsolationForest({ trees: 2, sampleSize: 50 }).fit(rows, {
        onWarning: (w) => warnings.push(w),
      })
      expect(model.sampleSize).toBe(20)
      expect(warnings.map((w) => w.message)).toEqual([expect.stringContaining('sampleSize 50')])
    }
  })

  it('splits on as many columns a tree as it is told', async () => {
    const used = async (featuresPerTree: NonNullable<IsolationForestOptions['featuresPerTree']>) => {
      const { forest } = await new IsolationForest({ featuresPerTree, trees: 100, seed: 1 }).fit(normalRows(500, 8))
      return Array.from({ length: 100 }, (_, t) => {
        const columns = new Set<number>()
        for (let i = forest.roots[t]!; i < forest.roots[t + 1]!; i++) {
          if (forest.left[i] !== i) columns.add(forest.feature[i]!)
        }
        return columns
      })
    }
    for (const columns of await used(3)) expect(columns.size).toBe(3)
    for (const columns of await used({ fraction: 0.3 })) expect(columns.size).toBe(2)
    for (const columns of await used({ fraction: 0.01 })) expect(columns.size).toBe(1)
    // A tree of some 50 cuts misses one of 8 columns now and then.
    expect((await used('all')).filter((columns) => columns.size === 8).length).toBeGreaterThan(80)
    expect(new Set((await used(1)).flatMap((columns) => [...columns])).size).toBe(8)
    expect(await rejection(() => used(9))).toBeInstanceOf(ParameterError)
  })

  it('calls the asked-for share of its rows anomalies', async () => {
    const rows = normalRows(1000, 3)
    const model = await new IsolationForest({ contamination: 0.05, seed: 1 }).fit(rows)
    const scores = await model.score(rows)
    expect(model.offset).toBe(quantile(scores, 0.95))
    expect((await model.isAnomaly(rows)).reduce((a, b) => a + b, 0)).toBe(50)
    const plain = await new IsolationForest({ seed: 1 }).fit(rows)
    expect(plain.offset).toBe(0.5)
    expect(await plain.score(rows)).toEqual(scores)
  })

  it('gives the same bits for any batch size, whether or not the source counts its rows', async () => {
    const rows = normalRows(3000, 4)
    for (const bootstrap of [false, true]) {
      const forest = new IsolationForest({ trees: 20, seed: 5, bootstrap })
      const counted = (await forest.fit(rows)).buffer
      const streamed = (await forest.fit(uncounted(rows, 3000))).buffer
      expect(sameBytes(counted, streamed)).toBe(false)
      for (const size of [1, 13, 1024]) {
        expect(sameBytes((await forest.fit(inBatchesOf(size, rows))).buffer, counted)).toBe(true)
        expect(sameBytes((await forest.fit(uncounted(rows, size))).buffer, streamed)).toBe(true)
      }
    }
  })

  it('reads its source once, and twice for a contamination', async () => {
    const rows = uncounted(normalRows(300, 2))
    let passes = 0
    const source: RowSource = {
      columns: 2,
      batches: (options) => {
        passes++
        return rows.batches(options)
      },
    }
    await new IsolationForest({ trees: 5 }).fit(source)
    expect(passes).toBe(1)
    await new IsolationForest({ trees: 5, contamination: 0.1 }).fit(source)
    expect(passes).toBe(3)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39])(
    'rejects a value %d in any row that is read, naming its place',
    async (bad) => {
      const data = Float64Array.from(normalRows(5000, 3).data)
      data[4321 * 3 + 2] = bad
      const doubles = matrix(data, 5000, 3)
      const floats = matrix(Float32Array.from(data), 5000, 3)
      const all = { trees: 2, sampleSize: 5000 }
      for (const [rows, options] of [
        // Read from end to end, whatever is drawn.
        [uncounted(doubles), { trees: 2 }],
        [inBatchesOf(100, floats), { trees: 2 }],
        // Only drawn rows are read: here all.
        [doubles, all],
        [floats, all],
        [floats, { ...all, split: 'pooled-gain' }],
        [floats, { ...all, bootstrap: true, trees: 20 }],
      ] as const) {
        const error = await rejection(() => new IsolationForest(options).fit(rows))
        expect(error).toBeInstanceOf(NumericalError)
        expect((error as Error).message).toContain('row 4321, column 2')
      }
      // Row 4321 is not among the drawn ones: it is looked at when it is scored.
      for (const rows of [doubles, floats]) {
        const model = await new IsolationForest({ trees: 2 }).fit(rows)
        expect(await rejection(() => model.score(rows))).toBeInstanceOf(NumericalError)
      }
    },
  )

  it('rejects sources without rows or columns and sources that break their promises', async () => {
    const fit = (source: RowSource) => rejection(() => new IsolationForest({ trees: 2 }).fit(source))
    const ten = inBatchesOf(4, normalRows(10, 2))
    for (const source of [
      inBatchesOf(4, normalRows(0, 2)),
      uncounted(normalRows(0, 2)),
      inBatchesOf(4, matrix(new Float32Array(0), 10, 0)),
      { ...ten, rowCount: 11 },
      { ...ten, rowCount: 9 },
      { ...ten, rowCount: -1 },
      { ...ten, rowCount: 2.5 },
      { ...ten, rowCount: 2 ** 40 },
      { ...ten, columns: 3 },
      {
        ...ten,
        async *batches() {
          yield { start: 0, rows: normalRows(5, 2) }
          yield { start: 6, rows: normalRows(5, 2) }
        },
      },
    ]) {
      expect(await fit(source)).toBeInstanceOf(ShapeError)
    }
    const fraction = new IsolationForest({ sampleSize: { fraction: 0.5 } })
    expect(await rejection(() => fraction.fit(uncounted(normalRows(10, 2))))).toBeInstanceOf(ParameterError)
  })

  it('refuses what would take gigabytes before it takes them', async () => {
    const endless: RowSource = {
      columns: 1000,
      rowCount: 2 ** 32 - 1,
      // biome-ignore lint/correctness/useYield: it must throw before anything is read.
      async *batches() {
        throw new Error('must not be read')
      },
    }
    for (const options of [
      { trees: 100_000, sampleSize: 1000 },
      { trees: 10, sampleSize: 2 ** 24 },
      { trees: 1, sampleSize: { fraction: 1 } },
    ]) {
      expect(await rejection(() => new IsolationForest(options).fit(endless))).toBeInstanceOf(ParameterError)
      const { rowCount: _, ...streamed } = endless
      expect(await rejection(() => new IsolationForest(options).fit(streamed))).toBeInstanceOf(ParameterError)
    }
  })

  it('reports progress, and stops at an abort while it runs', async () => {
    const rows = inBatchesOf(100, normalRows(1000, 2))
    const done: number[] = []
    await new IsolationForest({ trees: 2 }).fit(rows, { onProgress: (p) => done.push(p.done) })
    expect(done).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
    const controller = new AbortController()
    const reason = new Error('enough')
    const run = { signal: controller.signal, onProgress: () => controller.abort(reason) }
    expect(await rejection(() => new IsolationForest({ trees: 2 }).fit(rows, run))).toBe(reason)
    // Thousands of trees take seconds, the timer fires after the first few.
    const later = AbortSignal.timeout(1)
    const error = await rejection(() => new IsolationForest({ trees: 50_000 }).fit(rows, { signal: later }))
    expect(error).toBe(later.reason)
    expect(await rejection(() => new IsolationForest().fit(rows, { workers: -1 }))).toBeInstanceOf(ParameterError)
  })
})

describe('the scores of an isolation forest', () => {
  const anyRows = fc
    .record({ rows: fc.integer({ min: 1, max: 40 }), columns: fc.integer({ min: 1, max: 60 }), seed: fc.nat() })
    .chain(({ rows, columns, seed }) =>
      fc
        .array(fc.constantFrom(-0, 0, 1, 1 + 2 ** -23, -5, 1e-40, 3e38, -3e38), {
          minLength: rows * columns,
          maxLength: rows * columns,
        })
        .map((values) => ({ data: matrix(Float32Array.from(values), rows, columns), seed })),
    )

  it('lie in (0, 1] for any finite rows: ties, signed zeros, denormals, extremes, more columns than rows', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async ({ data, seed }) => {
        const model = await new IsolationForest({ trees: 8, seed }).fit(data)
        for (const score of await model.score(data)) expect(score > 0 && score <= 1).toBe(true)
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('are the same bits when columns are scaled by powers of two', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -20, max: 20 }), fc.nat(), async (power, seed) => {
        const rows = normalRows(80, 3, seed)
        const scaled = matrix(
          rows.data.map((x, i) => (i % 3 === 1 ? x * 2 ** power : x)),
          80,
          3,
        )
        const forest = new IsolationForest({ trees: 5, seed })
        expect(await (await forest.fit(scaled)).score(scaled)).toEqual(await (await forest.fit(rows)).score(rows))
      }),
      { seed: 2, numRuns: 40 },
    )
  })

  it('are highest for a far outlier, wherever it lies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 299 }), fc.nat(), fc.constantFrom(-1, 1), async (place, seed, sign) => {
        const rows = normalRows(300, 4, seed)
        rows.data.fill(40 * sign, place * 4, place * 4 + 4)
        const model = await new IsolationForest({ seed }).fit(rows)
        expect(rankDescending(await model.score(rows))[0]).toBe(place)
        // On its own it is found too: a score near 1 means isolated by the first cuts.
        expect(model.scoreMatrix(matrix(new Float32Array(4).fill(99 * sign), 1, 4))[0]).toBeGreaterThan(0.75)
      }),
      { seed: 3, numRuns: 25 },
    )
  })

  it('find a planted group after any increasing transform of the columns', async () => {
    const rows = normalRows(1000, 3)
    const anomalies = Uint8Array.from({ length: 1000 }, (_, i) => Number(i < 20))
    for (let i = 0; i < 60; i++) rows.data[i] = 4 + Math.abs(rows.data[i]!)
    for (const transform of [
      (x: number) => x,
      Math.atan,
      (x: number) => x ** 3,
      Math.exp,
      (x: number) => 5 * x - 1000,
    ]) {
      const moved = matrix(rows.data.map(transform), 1000, 3)
      const model = await new IsolationForest({ seed: 2 }).fit(moved)
      // Twenty points beyond four sigma in each column: every transform keeps them outermost.
      expect(areaUnderRoc(await model.score(moved), anomalies)).toBeGreaterThan(0.97)
    }
  })

  it('are 0.5 where nothing can be told apart: one row, equal rows, constant columns', async () => {
    const one = await new IsolationForest({ trees: 5 }).fit(matrix(Float32Array.of(1, 2, 3), 1, 3))
    expect(one.scoreMatrix(matrix(Float32Array.of(9, 9, 9, 1, 2, 3), 2, 3))).toEqual(Float64Array.of(0.5, 0.5))
    const equal = matrix(new Float32Array(600).fill(7), 300, 2)
    const model = await new IsolationForest({ trees: 5 }).fit(equal)
    expect(model.forest.left).toHaveLength(5)
    // c(256) / c(256) path lengths: one half exactly.
    expect(new Set(await model.score(equal))).toEqual(new Set([0.5]))
    const zeros = matrix(
      Float32Array.from({ length: 300 }, (_, i) => (i % 2 ? 0 : -0)),
      300,
      1,
    )
    expect((await new IsolationForest({ trees: 5 }).fit(zeros)).forest.left).toHaveLength(5)
  })

  it('ignore a constant column', async () => {
    const rows = normalRows(200, 2)
    const wide = matrix(new Float32Array(600).fill(3), 200, 3)
    for (let i = 0; i < 200; i++) wide.data.set(rows.data.subarray(2 * i, 2 * i + 2), 3 * i)
    const { forest } = await new IsolationForest({ trees: 20 }).fit(wide)
    for (let i = 0; i < forest.left.length; i++) expect(forest.feature[i]).toBeLessThan(2)
  })

  it('do not depend on seeds beside theirs', async () => {
    const rows = normalRows(500, 3)
    const roots = new Set<number>()
    for (const seed of [0, 1, 2, '1', '2', 'a']) {
      const { forest } = await new IsolationForest({ seed, trees: 50 }).fit(rows)
      for (let t = 0; t < 50; t++) roots.add(forest.threshold[forest.roots[t]!]!)
    }
    expect(roots.size).toBe(300)
  })

  it('find nothing odd in a uniform crowd that is not at its edge', async () => {
    const random = createRandom(4, 'crowd')
    const rows = matrix(
      Float32Array.from({ length: 4000 }, () => random.uniform()),
      2000,
      2,
    )
    const model = await new IsolationForest({ seed: 4 }).fit(rows)
    const [inside, corner] = model.scoreMatrix(matrix(Float32Array.of(0.5, 0.5, 0.0001, 0.9999), 2, 2))
    expect(inside).toBeLessThan(0.5)
    expect(corner).toBeGreaterThan(inside! + 0.1)
  })
})
