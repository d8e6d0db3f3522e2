import {
  decodeModel,
  encodeModel,
  FormatError,
  type Matrix,
  matrix,
  NumericalError,
  ParameterError,
  quantile,
  rowRange,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { checkEstimator } from '@astronomaly/core/testing'
import {
  ForestReservoirs,
  IsolationForest,
  IsolationForestModel,
  type IsolationForestOptions,
} from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chiSquaredSigmas, normalRows, numberedRows, rejection, sameBytes, uncounted } from '../support/data.ts'

/** A state that has seen the rows, in batches of these sizes again and again. */
function fed(
  forest: IsolationForest,
  rows: Matrix<Float32Array>,
  sizes: readonly number[] = [100],
  part = 0,
): ForestReservoirs {
  const state = forest.start(rows.shape[1], { part })
  feed(forest, state, rows, sizes)
  return state
}

function feed(
  forest: IsolationForest,
  state: ForestReservoirs,
  rows: Matrix<Float32Array>,
  sizes: readonly number[] = [100],
): void {
  for (let start = 0, k = 0; start < rows.shape[0]; k++) {
    const end = Math.min(rows.shape[0], start + sizes[k % sizes.length]!)
    forest.partialFit(state, rowRange(rows, start, end))
    start = end
  }
}

/** For each tree, the values that it drew of rows of one column. */
function valuesOf(state: ForestReservoirs, bootstrap = false): number[][] {
  const { data, trees } = state.drawn(bootstrap)
  return trees.map((rows) => Array.from(rows, (row) => data[row]!))
}

describe('IsolationForest.start, partialFit and solve', () => {
  for (const { name, run } of checkEstimator<IsolationForestModel>({
    name: 'a forest of a stream',
    fit: async (rows, seed, options) => {
      const forest = new IsolationForest({ seed, trees: 20 })
      const source = toRowSource(rows)
      const state = forest.start(source.columns)
      for await (const batch of source.batches()) forest.partialFit(state, batch.rows)
      return forest.solve(state, options)
    },
    apply: (model, rows) => model.score(rows),
    toBuffer: (model) => model.buffer,
    fromBuffer: (buffer) => IsolationForestModel.from(buffer),
    seeded: true,
    batchTolerance: 0,
    minimumRows: 1,
  })) {
    it(name, run)
  }

  it('give the bits of fit for a source that does not count its rows, in batches of any sizes', async () => {
    const options = fc.record({
      rows: fc.integer({ min: 1, max: 300 }),
      sizes: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
      sampleSize: fc.integer({ min: 1, max: 80 }),
      bootstrap: fc.boolean(),
      seed: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(options, async ({ rows: count, sizes, ...rest }) => {
        const forest = new IsolationForest({ ...rest, trees: 5 })
        const rows = normalRows(count, 2)
        const model = await forest.solve(fed(forest, rows, sizes))
        expect(sameBytes(model.buffer, (await forest.fit(uncounted(rows, 50))).buffer)).toBe(true)
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('take rows as f64 as they take them rounded to f32', () => {
    const forest = new IsolationForest({ trees: 3 })
    const rows = normalRows(400, 2)
    const state = forest.start(2)
    forest.partialFit(state, matrix(Float64Array.from(rows.data), 400, 2))
    expect(sameBytes(state.buffer, fed(forest, rows).buffer)).toBe(true)
  })

  it('go on after a model was made, and while one is being made', async () => {
    const forest = new IsolationForest({ trees: 20, bootstrap: true, seed: 3 })
    const rows = normalRows(3000, 2)
    const state = fed(forest, rowRange(rows, 0, 1000))
    const before = await forest.solve(state)
    const meanwhile = forest.solve(state)
    feed(forest, state, rowRange(rows, 1000, 3000))
    expect(sameBytes((await meanwhile).buffer, before.buffer)).toBe(true)
    const whole = await forest.solve(fed(forest, rows))
    expect(sameBytes((await forest.solve(state)).buffer, whole.buffer)).toBe(true)
    expect(sameBytes(whole.buffer, before.buffer)).toBe(false)
  })

  it('add nothing of a batch with a bad row', () => {
    const forest = new IsolationForest({ trees: 3, sampleSize: 20 })
    for (const count of [0, 10, 200]) {
      const state = fed(forest, normalRows(count, 3))
      const { buffer } = state
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const wrong = normalRows(50, 3)
        wrong.data[49 * 3 + 1] = bad
        expect(() => forest.partialFit(state, wrong)).toThrow(NumericalError)
        expect(() => forest.partialFit(state, wrong)).toThrow(`row ${count + 49}, column 1`)
      }
      expect(() => forest.partialFit(state, matrix(Float64Array.of(0, 1e39, 0), 1, 3))).toThrow(NumericalError)
      expect(() => forest.partialFit(state, normalRows(5, 2))).toThrow(ShapeError)
      expect(sameBytes(state.buffer, buffer)).toBe(true)
    }
  })

  it('keep missing values, and can begin with one row', async () => {
    const rows = normalRows(500, 2)
    for (let i = 0; i < 1000; i += 7) rows.data[i] = Number.NaN
    const forest = new IsolationForest({ trees: 10, missing: 'both-ways' })
    const state = fed(forest, rows)
    const expected = (await forest.fit(uncounted(rows))).buffer
    expect(sameBytes((await forest.solve(ForestReservoirs.from(state.buffer))).buffer, expected)).toBe(true)
    const one = await forest.solve(fed(forest, rowRange(rows, 0, 1)))
    expect(one.sampleSize).toBe(1)
    expect(await one.score(rows)).toEqual(new Float64Array(500).fill(0.5))
  })

  it('take the offset of a contamination from the drawn rows', async () => {
    const rows = normalRows(20_000, 3)
    const forest = new IsolationForest({ contamination: 0.05, seed: 2 })
    const model = await forest.solve(fed(forest, rows))
    const all = await model.score(rows)
    expect(model.offset).not.toBe(quantile(all, 0.95))
    const share = (await model.isAnomaly(rows)).reduce((sum, x) => sum + x, 0) / 20_000
    // Each tree's 256 rows are a sample of all 20,000; together some 14,000 different rows: a binomial deviation below 0.002.
    expect(Math.abs(share - 0.05)).toBeLessThan(0.008)
  })

  it('reject what they cannot go on with', async () => {
    const forest = new IsolationForest({ trees: 5, sampleSize: 10 })
    const state = fed(forest, normalRows(20, 2))
    const others: IsolationForestOptions[] = [{ trees: 6 }, { sampleSize: 11 }, { missing: 'both-ways' }]
    for (const options of others) {
      const other = new IsolationForest({ ...forest.options, ...options })
      expect(() => other.partialFit(state, normalRows(1, 2))).toThrow(ParameterError)
      expect(await rejection(() => other.solve(state))).toBeInstanceOf(ParameterError)
    }
    expect(() => forest.partialFit({} as ForestReservoirs, normalRows(1, 2))).toThrow(ParameterError)
    for (const columns of [0, -1, 1.5, Number.NaN]) expect(() => forest.start(columns)).toThrow(ShapeError)
    for (const part of [-1, 0.5, '1']) expect(() => forest.start(2, { part } as object)).toThrow(ParameterError)
    expect(() => forest.start(2, { parts: 1 } as object)).toThrow(ParameterError)
    expect(() => new IsolationForest({ featuresPerTree: 3 }).start(2)).toThrow(ParameterError)
    expect(() => new IsolationForest({ sampleSize: { fraction: 0.5 } }).start(2)).toThrow(ParameterError)
    expect(await rejection(() => forest.solve(forest.start(2)))).toBeInstanceOf(ShapeError)
    expect(await rejection(() => forest.solve(state, { workers: -1 }))).toBeInstanceOf(ParameterError)
    const reason = new Error('enough')
    expect(await rejection(() => forest.solve(state, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  it('refuse what would take gigabytes, and take no more than they need', () => {
    expect(() => new IsolationForest({ trees: 100_000, sampleSize: 1000 }).start(2)).toThrow(ParameterError)
    expect(() => new IsolationForest({ trees: 1024, sampleSize: 1024 }).start(2000)).toThrow(ParameterError)
    const forest = new IsolationForest({ trees: 100, sampleSize: 64 })
    const few = fed(forest, normalRows(64, 4))
    // 64 rows of 16 bytes, once for all trees, and a header.
    expect(few.buffer.byteLength).toBeLessThan(64 * 16 + 400)
    const state = fed(forest, normalRows(1000, 4))
    const batch = normalRows(50_000, 4, 2)
    for (let k = 0; k < 20; k++) forest.partialFit(state, batch)
    expect(state.count).toBe(1_001_000)
    expect(state.buffer.byteLength).toBeLessThan(100 * 64 * 16 + 400)
  })
})

describe('ForestReservoirs.merge', () => {
  const trees = 4000
  const forest = new IsolationForest({ trees, sampleSize: 10, seed: 5 })
  const whole = numberedRows(40)

  /** The rows in parts that end at these numbers, merged into the first one; what comes after `last` is added then. */
  function merged(ends: readonly number[]): ForestReservoirs {
    const [state, ...others] = ends.map((end, part) =>
      fed(forest, rowRange(whole, part === 0 ? 0 : ends[part - 1]!, end), [7], part),
    ) as [ForestReservoirs, ...ForestReservoirs[]]
    for (const other of others) state.merge(other)
    feed(forest, state, rowRange(whole, ends.at(-1)!, 40), [3])
    return state
  }

  it.each([
    ['two long parts', [13, 40]],
    ['a part shorter than the sample', [36, 40]],
    ['a short part first', [4, 40]],
    ['parts that are as long as the sample together', [6, 10]],
    ['three short parts', [7, 14, 21]],
    ['two long parts, and rows afterwards', [13, 25]],
    ['four parts, and rows afterwards', [8, 16, 24, 30]],
  ])('draws as from all rows: %s', (_, ends) => {
    const state = merged(ends)
    expect(state.count).toBe(40)
    const counts = new Array<number>(40).fill(0)
    const pairs = new Array<number>(780).fill(0)
    for (const values of valuesOf(state)) {
      expect(new Set(values).size).toBe(10)
      const sorted = values.sort((a, b) => a - b)
      for (const [i, b] of sorted.entries()) {
        counts[b]!++
        for (const a of sorted.slice(0, i)) pairs[(b * (b - 1)) / 2 + a]!++
      }
    }
    // Drawing without replacement makes single counts more even than chi squared expects; the limit is five of its deviations.
    expect(chiSquaredSigmas(counts, trees / 4)).toBeLessThan(5)
    // 45 pairs a tree share rows, so pairs are correlated: chi squared keeps its mean, its spread about doubles; four and a half of those.
    expect(Math.abs(chiSquaredSigmas(pairs, (trees * 45) / 780))).toBeLessThan(9)
  })

  it('takes from each part as many rows as the hypergeometric distribution says', () => {
    // 13 rows of 40 in the first part, 10 drawn of all.
    const shares = new Array<number>(11).fill(0)
    for (const values of valuesOf(merged([13, 40]))) shares[values.filter((value) => value < 13).length]!++
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
    const expected = shares.map((_, k) => (trees * choose(13, k) * choose(27, 10 - k)) / choose(40, 10))
    let chi2 = 0
    // Cells of fewer than 5 expected trees are left out: 0 to 7 remain, 7 degrees of freedom; above 24.3 with probability 0.001.
    for (let k = 0; k <= 7; k++) chi2 += (shares[k]! - expected[k]!) ** 2 / expected[k]!
    expect(chi2).toBeLessThan(24.3)
  })

  it('draws anew after a merge, not by the numbers of either part', () => {
    // Rows 25 to 39 come after the merge: by chance 10 × 15 / 40 of them are in a tree, with a deviation of 1.2.
    const late = valuesOf(merged([13, 25])).map((values) => values.filter((value) => value >= 25).length)
    const mean = late.reduce((a, b) => a + b, 0) / trees
    // Four deviations of a mean of 4,000 trees.
    expect(Math.abs(mean - 3.75)).toBeLessThan((4 * 1.35) / Math.sqrt(trees))
    const variance = late.reduce((sum, n) => sum + (n - mean) ** 2, 0) / trees
    // Hypergeometric: 10 × 0.375 × 0.625 × 30/39; the variance of 4,000 trees scatters by 2.2 %.
    expect(Math.abs(variance / 1.803 - 1)).toBeLessThan(0.1)
  })

  it('draws by other numbers after a merge with another state', () => {
    const late = [1, 2].map((part) => {
      const state = fed(forest, rowRange(whole, 0, 13))
      state.merge(fed(forest, rowRange(whole, 13, 25), [7], part))
      feed(forest, state, rowRange(whole, 25, 40))
      return valuesOf(state).map((values) =>
        values
          .filter((value) => value >= 25)
          .sort()
          .join(),
      )
    }) as [string[], string[]]
    // Of 2^15 sets of late rows two trees seldom have the same; about one pair in 200 does, mostly single rows.
    expect(late[0].filter((rows, t) => rows === late[1][t]).length).toBeLessThan(trees / 50)
  })

  it('makes rows with replacement of a merged sample', () => {
    let distinct = 0
    for (const values of valuesOf(merged([13, 25]), true)) distinct += new Set(values).size
    // As in a fit: 40 (1 − (39/40)^10) different rows, with a deviation of about 0.9 a tree.
    expect(Math.abs(distinct / trees - 40 * (1 - (39 / 40) ** 10))).toBeLessThan((4 * 0.9) / Math.sqrt(trees))
  })

  it('depends on the seeds and the order of merging alone, and leaves the other state as it is', () => {
    const small = new IsolationForest({ trees: 20, sampleSize: 8, seed: 'merge' })
    const parts = () =>
      [0, 1, 2].map((part) => fed(small, normalRows(50, 2, part), [11], part)) as [
        ForestReservoirs,
        ForestReservoirs,
        ForestReservoirs,
      ]
    const [a, b, c] = parts()
    const before = b.buffer
    a.merge(b)
    a.merge(c)
    expect(sameBytes(b.buffer, before)).toBe(true)
    const [d, e, f] = parts()
    d.merge(e)
    d.merge(f)
    expect(sameBytes(a.buffer, d.buffer)).toBe(true)
    const [g, h, i] = parts()
    g.merge(i)
    g.merge(h)
    expect(sameBytes(a.buffer, g.buffer)).toBe(false)
    const empty = small.start(2, { part: 9 })
    const [j] = parts()
    const alone = j.buffer
    j.merge(empty)
    expect(sameBytes(j.buffer, alone)).toBe(true)
    empty.merge(j)
    expect(empty.count).toBe(50)
  })

  it('rejects states that drew by the same numbers or for another forest, and adds nothing then', () => {
    const small = new IsolationForest({ trees: 4, sampleSize: 8 })
    const state = fed(small, normalRows(50, 2))
    const { buffer } = state
    expect(() => state.merge(state)).toThrow(ParameterError)
    expect(() => state.merge(ForestReservoirs.from(buffer))).toThrow(ParameterError)
    expect(() => state.merge(fed(small, normalRows(10, 2)))).toThrow(ParameterError)
    expect(() => state.merge(fed(small, normalRows(10, 3), [5], 1))).toThrow(ShapeError)
    for (const options of [{ trees: 5 }, { sampleSize: 9 }, { missing: 'both-ways' }] as const) {
      const other = new IsolationForest({ ...small.options, ...options })
      expect(() => state.merge(fed(other, normalRows(10, 2), [5], 1))).toThrow(ParameterError)
    }
    expect(sameBytes(state.buffer, buffer)).toBe(true)
  })
})

describe('ForestReservoirs.buffer', () => {
  const forest = new IsolationForest({ trees: 6, sampleSize: 12, seed: 4, bootstrap: true })

  it('brings the state back at any moment, to the bits of one that never stopped', () => {
    const anyMoments = fc.record({
      first: fc.nat({ max: 60 }),
      other: fc.nat({ max: 60 }),
      after: fc.nat({ max: 60 }),
    })
    fc.assert(
      fc.property(anyMoments, ({ first, other, after }) => {
        const steady = fed(forest, normalRows(first, 2, 1))
        let stopped = ForestReservoirs.from(steady.buffer)
        for (const state of [steady, stopped]) state.merge(fed(forest, normalRows(other, 2, 2), [9], 1))
        stopped = ForestReservoirs.from(stopped.buffer)
        for (const state of [steady, stopped]) feed(forest, state, normalRows(after, 2, 3), [after % 2 ? 5 : 13])
        expect(sameBytes(steady.buffer, stopped.buffer)).toBe(true)
        expect(sameBytes(ForestReservoirs.from(stopped.buffer).buffer, stopped.buffer)).toBe(true)
      }),
      { seed: 2, numRuns: 200, examples: [[{ first: 12, other: 0, after: 40 }], [{ first: 5, other: 7, after: 40 }]] },
    )
  })

  it('does not share memory with the state', () => {
    const state = fed(forest, normalRows(30, 2))
    const { buffer } = state
    const copy = ForestReservoirs.from(buffer)
    new Uint8Array(buffer).fill(7)
    expect(sameBytes(copy.buffer, state.buffer)).toBe(true)
  })

  it('is rejected when cut short or changed anywhere', () => {
    const { buffer } = fed(new IsolationForest({ trees: 2, sampleSize: 4 }), normalRows(30, 2))
    for (let length = 0; length < buffer.byteLength; length++) {
      expect(() => ForestReservoirs.from(buffer.slice(0, length))).toThrow(FormatError)
    }
    for (let at = 0; at < buffer.byteLength; at++) {
      const damaged = buffer.slice(0)
      new Uint8Array(damaged)[at]! ^= 0x10
      expect(() => ForestReservoirs.from(damaged)).toThrow(FormatError)
    }
  })

  it.each<[string, unknown]>([
    ['columns', 0],
    ['columns', 3],
    ['columns', 2 ** 40],
    ['trees', 7],
    ['trees', 2 ** 40],
    ['trees', '6'],
    ['sampleSize', 0.5],
    ['sampleSize', 13],
    ['sampleSize', 2 ** 52],
    ['missing', 'ignore'],
    ['missing', undefined],
    ['key', 7],
    ['count', -1],
    ['count', 11],
    ['count', 2 ** 53],
    ['base', 31],
    ['base', -1],
    ['base', null],
  ])('is rejected when its %s is %j', (name, value) => {
    const { kind, version, meta, arrays } = decodeModel(fed(forest, normalRows(30, 2)).buffer, 'forest-reservoirs', 1)
    const wrong = encodeModel({ kind, version, meta: { ...meta, [name]: value }, arrays })
    expect(() => ForestReservoirs.from(wrong)).toThrow(FormatError)
  })

  it('is rejected when its rows are of another kind or not finite, and not when a count is merely large', () => {
    const { kind, version, meta, arrays } = decodeModel(fed(forest, normalRows(30, 2)).buffer, 'forest-reservoirs', 1)
    const rows = arrays.rows as Float32Array
    const packed = (values: Float32Array | Float64Array, changes = {}) =>
      encodeModel({ kind, version, meta: { ...meta, ...changes }, arrays: { rows: values } })
    expect(() => ForestReservoirs.from(packed(Float64Array.from(rows)))).toThrow(FormatError)
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(() => ForestReservoirs.from(packed(rows.map((x, i) => (i === 70 ? bad : x))))).toThrow(FormatError)
    }
    const late = ForestReservoirs.from(packed(rows, { count: Number.MAX_SAFE_INTEGER }))
    expect(late.count).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => ForestReservoirs.from('text' as unknown as ArrayBuffer)).toThrow(FormatError)
  })
})
