import {
  createRandom,
  decodeModel,
  encodeModel,
  FormatError,
  type Matrix,
  matrix,
  NumericalError,
  ParameterError,
  rowRange,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { checkEstimator } from '@astronomaly/core/testing'
import { IsolationForest, SlidingIsolationForest, type SlidingIsolationForestOptions } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowSample } from '../../src/stream/row-sample.ts'
import { TreeSchedule } from '../../src/stream/tree-schedule.ts'
import {
  chiSquaredSigmas,
  inBatchesOf,
  normalRows,
  numberedRows,
  rejection,
  sameBytes,
  uncounted,
} from '../support/data.ts'

const small: SlidingIsolationForestOptions = { trees: 8, sampleSize: 16, window: 100, seed: 3 }

/** Feeds rows in batches of these sizes, again and again; gives the scores that each had before it was learned. */
function feed(
  forest: SlidingIsolationForest,
  rows: Matrix<Float32Array>,
  sizes: readonly number[] = [50],
): Float64Array {
  const scores = new Float64Array(rows.shape[0])
  for (let start = 0, k = 0; start < rows.shape[0]; k++) {
    const end = Math.min(rows.shape[0], start + sizes[k % sizes.length]!)
    scores.set(forest.scoreAndUpdate(rowRange(rows, start, end)), start)
    start = end
  }
  return scores
}

function fed(rows: Matrix<Float32Array>, options = small, sizes?: readonly number[]): SlidingIsolationForest {
  const forest = new SlidingIsolationForest(rows.shape[1], options)
  feed(forest, rows, sizes)
  return forest
}

describe('SlidingIsolationForest', () => {
  for (const { name, run } of checkEstimator<SlidingIsolationForest>({
    name: 'a sliding forest',
    fit: async (rows, seed, run) => {
      const source = toRowSource(rows)
      const forest = new SlidingIsolationForest(source.columns, { seed, trees: 20, sampleSize: 32, window: 150 })
      for await (const _ of forest.follow(source, run));
      forest.model()
      return forest
    },
    apply: (forest, rows) => forest.model().score(rows),
    toBuffer: (forest) => forest.buffer,
    fromBuffer: (buffer) => SlidingIsolationForest.from(buffer),
    seeded: true,
    batchTolerance: 0,
    minimumRows: 32,
  })) {
    it(name, run)
  }

  it('has options with every default filled in, frozen', () => {
    const { options } = new SlidingIsolationForest(3)
    const { contamination: _, ...rest } = new IsolationForest().options
    expect(options).toEqual({ ...rest, sampleSize: 256, window: 8192 })
    expect(Object.isFrozen(options)).toBe(true)
  })

  it.each<Record<string, unknown>>([
    { contamination: 0.1 },
    { windows: 1000 },
    { window: 511 },
    { window: 1000.5 },
    { window: null },
    { window: Number.POSITIVE_INFINITY },
    { sampleSize: 'auto' },
    { sampleSize: { fraction: 0.5 } },
    { sampleSize: 0 },
    { trees: 0 },
    { trees: 100_000, sampleSize: 1000, window: 1e6 },
    { featuresPerTree: 4 },
    { missing: 'ignore' },
    { seed: Number.NaN },
  ])('rejects %j', (options) => {
    expect(() => new SlidingIsolationForest(3, options as SlidingIsolationForestOptions)).toThrow(ParameterError)
  })

  it('refuses no columns, and samples that would take gigabytes', () => {
    for (const columns of [0, -1, 1.5, Number.NaN])
      expect(() => new SlidingIsolationForest(columns)).toThrow(ShapeError)
    const many = { trees: 1024, sampleSize: 1024 }
    expect(() => new SlidingIsolationForest(2000, many)).toThrow(ParameterError)
  })

  it('gives the same bits for any batch sizes, and for rows that are scored or only learned', () => {
    const anyStream = fc.record({
      rows: fc.integer({ min: 0, max: 400 }),
      sizes: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 4 }),
      trees: fc.integer({ min: 1, max: 30 }),
      sampleSize: fc.integer({ min: 1, max: 30 }),
      slack: fc.nat({ max: 60 }),
      bootstrap: fc.boolean(),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(anyStream, ({ rows: count, sizes, slack, ...rest }) => {
        const options = { ...rest, window: 2 * rest.sampleSize + slack }
        const rows = normalRows(count, 2)
        const once = new SlidingIsolationForest(2, options)
        const parts = new SlidingIsolationForest(2, options)
        const silent = new SlidingIsolationForest(2, options)
        expect(feed(parts, rows, sizes)).toEqual(once.scoreAndUpdate(rows))
        silent.update(rows)
        expect(sameBytes(parts.buffer, once.buffer)).toBe(true)
        expect(sameBytes(parts.buffer, silent.buffer)).toBe(true)
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  it.each<SlidingIsolationForestOptions>([
    {},
    { missing: 'both-ways' },
    { penalizeRange: true },
    { dimensions: 2, split: 'pooled-gain' },
    { sampleSize: 1, window: 30 },
  ])('scores each row by the model of the rows before it, and 0.5 while there are no trees: %j', (variant) => {
    const options = { ...small, ...variant }
    const { sampleSize = 16 } = options
    const rows = normalRows(250, 2)
    if (options.missing) for (let i = 0; i < 500; i += 7) rows.data[i] = Number.NaN
    const scores = feed(new SlidingIsolationForest(2, options), rows)
    const forest = new SlidingIsolationForest(2, options)
    for (let i = 0; i < 250; i++) {
      const row = rowRange(rows, i, i + 1)
      expect(forest.ready).toBe(i >= sampleSize)
      expect(forest.count).toBe(i)
      expect(scores[i]).toBe(forest.ready ? forest.scoreMatrix(row)[0] : 0.5)
      forest.update(row)
    }
  })

  it('has no model before its first sample is full, and then one of all trees', () => {
    const forest = fed(normalRows(15, 2))
    expect(() => forest.model()).toThrow(ShapeError)
    expect(() => forest.scoreMatrix(normalRows(1, 2))).toThrow(ShapeError)
    forest.update(normalRows(1, 2))
    expect(forest.model().trees).toBe(8)
    expect(forest.model().sampleSize).toBe(16)
  })

  it('gives models that stay as they are', () => {
    const forest = fed(normalRows(200, 2))
    const model = forest.model()
    expect(forest.model()).toBe(model)
    const { buffer } = model
    forest.update(normalRows(300, 2, 2))
    expect(sameBytes(model.buffer, buffer)).toBe(true)
    expect(sameBytes(forest.model().buffer, buffer)).toBe(false)
  })

  it('follows a source batch by batch, and stops at an abort', async () => {
    const rows = normalRows(300, 2)
    const forest = new SlidingIsolationForest(2, small)
    const found: number[] = []
    for await (const { start, scores } of forest.follow(uncounted(rows, 70))) {
      expect(start).toBe(found.length)
      expect(forest.count).toBe(start + scores.length)
      found.push(...scores)
    }
    expect(Float64Array.from(found)).toEqual(feed(new SlidingIsolationForest(2, small), rows))
    const reason = new Error('enough')
    const controller = new AbortController()
    const run = { signal: controller.signal, onProgress: () => controller.abort(reason) }
    const follow = async (): Promise<void> => {
      for await (const _ of forest.follow(inBatchesOf(100, rows), run));
    }
    expect(await rejection(follow)).toBe(reason)
    expect(forest.count).toBe(400)
    expect(await rejection(() => forest.follow(normalRows(5, 3)).next())).toBeInstanceOf(ShapeError)
    expect(await rejection(() => forest.follow(rows, { workers: -1 }).next())).toBeInstanceOf(ParameterError)
  })

  it('learns nothing of a batch with a bad row', () => {
    for (const count of [0, 10, 200]) {
      const forest = fed(normalRows(count, 3))
      const { buffer } = forest
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const wrong = normalRows(50, 3)
        wrong.data[49 * 3 + 1] = bad
        for (const learn of [() => forest.update(wrong), () => forest.scoreAndUpdate(wrong)]) {
          expect(learn).toThrow(NumericalError)
          expect(learn).toThrow(`row ${count + 49}, column 1`)
        }
      }
      expect(() => forest.update(normalRows(5, 2))).toThrow(ShapeError)
      expect(sameBytes(forest.buffer, buffer)).toBe(true)
    }
  })

  it('keeps missing values where it is told to', () => {
    const rows = normalRows(400, 2)
    for (let i = 0; i < 800; i += 7) rows.data[i] = Number.NaN
    const options = { ...small, missing: 'both-ways' } as const
    const forest = SlidingIsolationForest.from(fed(rows, options).buffer)
    for (const score of forest.scoreMatrix(rows)) expect(score > 0 && score <= 1).toBe(true)
  })

  it('draws with replacement, when asked, as often the same row as chance has it', () => {
    const options = { ...small, trees: 300, bootstrap: true }
    const sizes = (rows: number): number => {
      const { forest } = fed(normalRows(rows, 2), options).model()
      return forest.roots.slice(0, -1).reduce((sum, root) => sum + forest.size[root]!, 0) / 300
    }
    // Different rows among 16 of the first 16, and among 16 of half a window of 50: n (1 − (1 − 1/n)^16), with a deviation of 1.3 a
    // tree; trees that follow each other share rows, so that eight deviations of a mean of 300 are allowed.
    expect(Math.abs(sizes(16) - 16 * (1 - (15 / 16) ** 16))).toBeLessThan((8 * 1.3) / Math.sqrt(300))
    expect(Math.abs(sizes(200) - 50 * (1 - (49 / 50) ** 16))).toBeLessThan((8 * 1.3) / Math.sqrt(300))
  })

  it('keeps its state and memory within bounds over a long stream', () => {
    const forest = new SlidingIsolationForest(4, { trees: 20, sampleSize: 32, window: 2000 })
    const batch = normalRows(20_000, 4)
    const sizes = Array.from({ length: 12 }, () => {
      forest.update(batch)
      return forest.buffer.byteLength
    })
    expect(forest.count).toBe(240_000)
    // 21 samples of 32 rows of 16 bytes; trees of at most 63 nodes of 28 bytes; two headers.
    for (const size of sizes) expect(size).toBeLessThan(21 * 32 * 16 + 20 * 63 * 28 + 2000)
  })

  it('draws the rows of a tree to come uniformly from those since it began', () => {
    const counts = new Array<number>(60).fill(0)
    const rows = numberedRows(100)
    for (let k = 0; k < 4000; k++) {
      const sample = new RowSample(createRandom(k, 'row-sample'), 12, 1, 30)
      sample.add(rows.data, 30, 30, 41)
      sample.add(rows.data.subarray(35), 6, 41, 90)
      const drawn = sample.rows(90)
      expect(new Set(drawn).size).toBe(12)
      for (const row of drawn) counts[row - 30]!++
    }
    // Drawing without replacement makes the counts more even than chi squared expects: never far above, and not far below.
    expect(Math.abs(chiSquaredSigmas(counts, 800))).toBeLessThan(4)
  })
})

describe('the schedule of a sliding forest', () => {
  it('keeps every tree for half a window, grown on the half before', () => {
    const anySchedule = fc.record({
      trees: fc.integer({ min: 1, max: 300 }),
      sampleSize: fc.integer({ min: 1, max: 100 }),
      slack: fc.nat({ max: 5000 }),
    })
    fc.assert(
      fc.property(anySchedule, fc.nat({ max: 100_000 }), ({ trees, sampleSize, slack }, j) => {
        const window = 2 * sampleSize + slack
        const schedule = new TreeSchedule({ trees, sampleSize, window })
        expect(schedule.span + schedule.life).toBe(window)
        expect(schedule.birth(j + trees) - schedule.birth(j)).toBe(schedule.life)
        expect(schedule.birth(j) - schedule.start(j)).toBe(Math.min(schedule.span, schedule.birth(j)))
        expect(schedule.birth(j) - schedule.start(j)).toBeGreaterThanOrEqual(sampleSize)
        for (const count of [schedule.birth(j) - 1, schedule.birth(j), schedule.birth(j) + 1]) {
          const unborn = schedule.unborn(count)
          expect(schedule.birth(unborn)).toBeGreaterThan(count)
          if (unborn > 0) expect(schedule.birth(unborn - 1)).toBeLessThanOrEqual(count)
        }
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  it('makes a forest of the last `window` rows, to the bit, and of no fewer', () => {
    for (const options of [small, { ...small, window: 33 }, { ...small, trees: 70 }]) {
      const recent = normalRows(options.window!, 2, 9)
      const [a, b] = [1, 2].map((seed) => fed(normalRows(157, 2, seed), options)) as [
        SlidingIsolationForest,
        SlidingIsolationForest,
      ]
      feed(a, recent)
      feed(b, recent)
      expect(sameBytes(a.buffer, b.buffer)).toBe(true)
    }
    // A tree comes every 6.25 rows, so that the oldest rows of all may be forgotten up to 7 rows before a window has passed.
    const recent = normalRows(92, 2, 9)
    const [a, b] = [1, 2].map((seed) => fed(normalRows(157, 2, seed), { ...small, sampleSize: 50 })) as [
      SlidingIsolationForest,
      SlidingIsolationForest,
    ]
    feed(a, recent)
    feed(b, recent)
    expect(sameBytes(a.model().buffer, b.model().buffer)).toBe(false)
  })
})

describe('SlidingIsolationForest.buffer', () => {
  const variants: SlidingIsolationForestOptions[] = [
    {},
    { bootstrap: true },
    { trees: 60, window: 41 },
    { featuresPerTree: 2, maxDepth: 'unlimited', pathLength: 'exact' },
    { penalizeRange: true },
    { dimensions: 2 },
    { dimensions: 3, split: 'pooled-gain', penalizeRange: true },
    { dimensions: 4 },
    { dimensions: 2, featuresPerTree: 1 },
    { missing: 'both-ways', seed: 'text' },
  ]

  it.each(variants)('brings %j back at any moment, to the bits of one that never stopped', (variant) => {
    const options = { ...small, ...variant }
    const rows = normalRows(260, 3)
    const steady = new SlidingIsolationForest(3, options)
    let stopped = new SlidingIsolationForest(3, options)
    for (let start = 0, k = 0; start < 260; k++) {
      const end = Math.min(260, start + [1, 5, 0, 17, 9][k % 5]!)
      const part = rowRange(rows, start, end)
      expect(stopped.scoreAndUpdate(part)).toEqual(steady.scoreAndUpdate(part))
      const { buffer } = stopped
      stopped = SlidingIsolationForest.from(buffer)
      expect(sameBytes(stopped.buffer, buffer)).toBe(true)
      start = end
    }
    expect(sameBytes(stopped.buffer, steady.buffer)).toBe(true)
    expect(stopped.options).toEqual(steady.options)
  })

  it('does not share memory with the forest', () => {
    const forest = fed(normalRows(200, 2))
    const { buffer } = forest
    const copy = SlidingIsolationForest.from(buffer)
    new Uint8Array(buffer).fill(7)
    expect(sameBytes(copy.buffer, forest.buffer)).toBe(true)
  })

  it('is rejected when cut short or changed anywhere', () => {
    const { buffer } = fed(normalRows(40, 1), { trees: 2, sampleSize: 4, window: 20 })
    for (let length = 0; length < buffer.byteLength; length++) {
      expect(() => SlidingIsolationForest.from(buffer.slice(0, length))).toThrow(FormatError)
    }
    for (let at = 0; at < buffer.byteLength; at++) {
      const damaged = buffer.slice(0)
      new Uint8Array(damaged)[at]! ^= 0x10
      expect(() => SlidingIsolationForest.from(damaged)).toThrow(FormatError)
    }
  })

  it.each<[string, unknown]>([
    ['columns', 0],
    ['columns', 3],
    ['columns', 2 ** 40],
    ['count', -1],
    ['count', 10],
    ['count', 199],
    ['count', 2 ** 52],
    ['count', '200'],
    ['options', null],
    ['options', {}],
    ['options', { ...small, trees: 9 }],
    ['options', { ...small, sampleSize: 15 }],
    ['options', { ...small, window: 300 }],
    ['options', { ...small, window: 2 ** 50 }],
    ['options', { ...small, trees: 90_000 }],
    ['options', { ...small, pathLength: 'exact' }],
    ['options', { ...small, missing: 'both-ways' }],
    ['options', { ...small, penalizeRange: true }],
    ['options', { ...small, dimensions: 2 }],
    ['options', { ...small, featuresPerTree: 3 }],
  ])('is rejected when its %s is %j', (name, value) => {
    const { kind, version, meta, arrays } = decodeModel(fed(normalRows(200, 2)).buffer, 'sliding-isolation-forest', 1)
    const wrong = encodeModel({ kind, version, meta: { ...meta, [name]: value }, arrays })
    expect(() => SlidingIsolationForest.from(wrong)).toThrow(FormatError)
  })

  it('is rejected when an array is missing, not due, of another type or not finite', () => {
    const content = decodeModel(fed(normalRows(200, 2)).buffer, 'sliding-isolation-forest', 1)
    const { first, rows, forest } = content.arrays as { first: Float32Array; rows: Float32Array; forest: Uint8Array }
    const cold = decodeModel(fed(normalRows(10, 2)).buffer, 'sliding-isolation-forest', 1)
    const scaled = new SlidingIsolationForest(2, small)
    scaled.update(normalRows(200, 2))
    const moved = new Uint8Array(scaled.model().withOffset(0.7).buffer)
    for (const [{ kind, version, meta }, arrays] of [
      [content, { first, forest }],
      [content, { first, rows }],
      [content, { rows, forest }],
      [content, { first: new Float32Array(2), rows, forest }],
      [content, { first, rows: Float64Array.from(rows), forest }],
      [content, { first, rows: rows.subarray(2), forest }],
      [content, { first, rows: rows.map((x, i) => (i === 5 ? Number.NaN : x)), forest }],
      [content, { first, rows, forest: forest.subarray(1) }],
      [content, { first, rows, forest: moved }],
      [content, { first, rows, forest: Float32Array.from(forest) }],
      [cold, { first: cold.arrays.first!, rows: cold.arrays.rows!, forest }],
      [cold, { first: cold.arrays.first!.subarray(2), rows: cold.arrays.rows! }],
    ] as const) {
      expect(() => SlidingIsolationForest.from(encodeModel({ kind, version, meta, arrays }))).toThrow(FormatError)
    }
    expect(() => SlidingIsolationForest.from('text' as unknown as ArrayBuffer)).toThrow(FormatError)
    expect(() => SlidingIsolationForest.from(scaled.model().buffer)).toThrow(FormatError)
    const one = matrix(Float32Array.of(1, 2), 1, 2)
    expect(SlidingIsolationForest.from(encodeModel(content)).scoreMatrix(one)).toEqual(scaled.scoreMatrix(one))
  })
})
