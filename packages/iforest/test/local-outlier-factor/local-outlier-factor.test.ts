import {
  createRandom,
  type Matrix,
  matrix,
  NumericalError,
  ParameterError,
  type Progress,
  quantile,
  type RowSource,
  ShapeError,
  type Warning,
} from '@astronomaly/core'
import { checkEstimator } from '@astronomaly/core/testing'
import { LocalOutlierFactor, LocalOutlierFactorModel, type LocalOutlierFactorOptions } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { inBatchesOf, normalRows, rejection, sameBytes, uncounted } from '../support/data.ts'

/** The definition, with a sort of all distances for each row. */
function plainFactors(rows: Matrix<Float32Array>, k: number): number[] {
  const [n, columns] = rows.shape
  const neighbours = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => {
      let square = 0
      for (let c = 0; c < columns; c++) square += (rows.data[i * columns + c]! - rows.data[j * columns + c]!) ** 2
      return { j, d: Math.sqrt(square) }
    })
      .filter(({ j }) => j !== i)
      .sort((a, b) => a.d - b.d || a.j - b.j)
      .slice(0, k),
  )
  const densities = neighbours.map((near) => {
    const reach = near.map(({ j, d }) => Math.max(d, neighbours[j]![k - 1]!.d))
    return 1 / (reach.reduce((a, b) => a + b) / k + 1e-10)
  })
  return neighbours.map((near, i) => near.reduce((sum, { j }) => sum + densities[j]!, 0) / k / densities[i]!)
}

function largestRelativeDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length)
  return Array.from(ours).reduce((most, x, i) => Math.max(most, Math.abs(x / theirs[i]! - 1)), 0)
}

describe('LocalOutlierFactor', () => {
  for (const { name, run } of checkEstimator<LocalOutlierFactorModel>({
    name: 'a local outlier factor',
    fit: (rows, _seed, options) => new LocalOutlierFactor().fit(rows, options),
    apply: (model, rows) => model.score(rows),
    toBuffer: (model) => model.buffer,
    fromBuffer: (buffer) => LocalOutlierFactorModel.from(buffer),
    seeded: false,
    batchTolerance: 0,
    minimumRows: 2,
  })) {
    it(name, run)
  }

  it('has its options filled in and frozen', () => {
    const { options } = new LocalOutlierFactor()
    expect(options).toEqual({ neighbours: 50, contamination: 'auto' })
    expect(Object.isFrozen(options)).toBe(true)
  })

  it.each<Record<string, unknown>>([
    { neighbors: 5 },
    { neighbours: 0 },
    { neighbours: 1.5 },
    { neighbours: null },
    { neighbours: '5' },
    { neighbours: 2 ** 27 },
    { contamination: 0 },
    { contamination: 0.6 },
    { contamination: 'all' },
  ])('rejects %j', (options) => {
    expect(() => new LocalOutlierFactor(options as LocalOutlierFactorOptions)).toThrow(ParameterError)
  })

  it('is the definition, for any rows', async () => {
    const anyRows = fc
      .record({ n: fc.integer({ min: 2, max: 40 }), columns: fc.integer({ min: 1, max: 4 }) })
      .chain(({ n, columns }) =>
        fc.record({
          columns: fc.constant(columns),
          k: fc.integer({ min: 1, max: n - 1 }),
          data: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n * columns, maxLength: n * columns }),
        }),
      )
    await fc.assert(
      fc.asyncProperty(anyRows, async ({ columns, k, data }) => {
        const rows = matrix(Float32Array.from(data), data.length / columns, columns)
        const { trainingScores } = await new LocalOutlierFactor({ neighbours: k }).fit(rows)
        // The same sums in 64 bits, divided at another place.
        expect(largestRelativeDifference(trainingScores, plainFactors(rows, k))).toBeLessThan(1e-12)
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  it('gives a row apart the highest score, and rows of a lattice’s inside 1', async () => {
    const data = Float32Array.from({ length: 800 }, (_, i) => (i % 2 ? i >> 1 : (i >> 1) % 20))
    for (let i = 0; i < 400; i++) data[2 * i + 1] = Math.floor(i / 20)
    data.set([40, 40], 0)
    const { trainingScores } = await new LocalOutlierFactor({ neighbours: 4 }).fit(matrix(data, 400, 2))
    expect(trainingScores.indexOf(Math.max(...trainingScores))).toBe(0)
    // The four nearest of an inner point are one step away, and so are theirs.
    expect(trainingScores[10 * 20 + 10]).toBeCloseTo(1, 12)
  })

  it('follows the order of the rows where no distances are equal', async () => {
    const rows = normalRows(400, 3, 5)
    const order = createRandom(1, 'order').sample(400, 400)
    const shuffled = new Float32Array(1200)
    for (const [to, from] of order.entries()) shuffled.set(rows.data.subarray(3 * from, 3 * from + 3), 3 * to)
    const straight = await new LocalOutlierFactor({ neighbours: 15 }).fit(rows)
    const mixed = await new LocalOutlierFactor({ neighbours: 15 }).fit(matrix(shuffled, 400, 3))
    expect(Array.from(mixed.trainingScores)).toEqual(Array.from(order, (from) => straight.trainingScores[from]!))
  })

  it('takes the earlier of two rows that are equally far away', async () => {
    // Row 0 lies between rows 1 and 2; row 1 has a near neighbour, row 2 has none.
    const between = Float32Array.of(0, -1, 1, -1.1, 5)
    const mirrored = Float32Array.of(0, 1, -1, -1.1, 5)
    const scoreOf = async (data: Float32Array) =>
      (await new LocalOutlierFactor({ neighbours: 1 }).fit(matrix(data, 5, 1))).trainingScores[0]!
    // Reachability distance from row 0 to its neighbour: 1. Densities of the neighbour: 1 / 0.1 and 1 / 1.
    const step = Math.fround(1.1) - 1
    expect(await scoreOf(between)).toBeCloseTo(1 / step, 6)
    expect(await scoreOf(mirrored)).toBeCloseTo(1, 6)
  })

  it('gives rows with more duplicates than neighbours a score of 1, and warns about those near them', async () => {
    const data = normalRows(60, 2).data.slice()
    for (let i = 0; i < 30; i++) data.set([7, 7], 2 * i)
    // As far from the duplicates as its other neighbours never are.
    data.set([7, 7.001], 2 * 30)
    const warnings: Warning[] = []
    const model = await new LocalOutlierFactor({ neighbours: 10 }).fit(matrix(data, 60, 2), {
      onWarning: (w) => warnings.push(w),
    })
    expect(Array.from(model.trainingScores.subarray(0, 30))).toEqual(new Array(30).fill(1))
    // 0.001 / 1e-10, less the 32-bit rounding of 7.001.
    expect(model.trainingScores[30]! / 1e7).toBeCloseTo(1, 3)
    expect(warnings.map((w) => w.message)).toEqual([])
    data.set([7, 8], 2 * 30)
    await new LocalOutlierFactor({ neighbours: 10 }).fit(matrix(data, 60, 2), { onWarning: (w) => warnings.push(w) })
    expect(warnings.map((w) => w.message)).toEqual([expect.stringContaining('duplicates')])
  })

  it('gives rows that are all equal a score of 1', async () => {
    const model = await new LocalOutlierFactor({ neighbours: 3 }).fit(matrix(new Float32Array(40).fill(2), 20, 2))
    expect(Array.from(model.trainingScores)).toEqual(new Array(20).fill(1))
    expect(Array.from(await model.score(matrix(Float32Array.of(2, 2), 1, 2)))).toEqual([1])
  })

  it('takes all other rows, with a warning, where there are fewer than neighbours', async () => {
    const rows = normalRows(10, 2)
    const warnings: Warning[] = []
    const model = await new LocalOutlierFactor({ neighbours: 20 }).fit(rows, { onWarning: (w) => warnings.push(w) })
    expect(model.neighbours).toBe(9)
    expect(warnings.map((w) => w.message)).toEqual([expect.stringContaining('neighbours 20')])
    const nine = await new LocalOutlierFactor({ neighbours: 9 }).fit(rows, { onWarning: (w) => warnings.push(w) })
    expect(sameBytes(nine.buffer, model.buffer)).toBe(true)
    expect(warnings.length).toBe(1)
  })

  it('gives the same bits for any batch size, whether or not the source counts its rows, and for 64-bit values', async () => {
    const rows = normalRows(3000, 4)
    const estimator = new LocalOutlierFactor({ neighbours: 10 })
    const whole = (await estimator.fit(rows)).buffer
    for (const size of [13, 1024, 5000]) {
      expect(sameBytes((await estimator.fit(inBatchesOf(size, rows))).buffer, whole)).toBe(true)
      expect(sameBytes((await estimator.fit(uncounted(rows, size))).buffer, whole)).toBe(true)
    }
    const wide = matrix(
      Float64Array.from(rows.data, (x) => x * (1 + 2 ** -30)),
      3000,
      4,
    )
    expect(sameBytes((await estimator.fit(wide)).buffer, whole)).toBe(true)
  })

  it('gives the same bits for any number of workers, fitting and scoring', async () => {
    const rows = normalRows(2500, 5, 3)
    const fresh = normalRows(1500, 5, 4)
    const estimator = new LocalOutlierFactor({ neighbours: 12 })
    const alone = await estimator.fit(rows)
    const scores = await alone.score(fresh)
    for (const workers of [1, 2, 3]) {
      expect(sameBytes((await estimator.fit(rows, { workers })).buffer, alone.buffer)).toBe(true)
      expect(await alone.score(inBatchesOf(700, fresh), { workers })).toEqual(scores)
    }
  })

  it('calls the asked-for share of its rows anomalies', async () => {
    const rows = normalRows(500, 3)
    const model = await new LocalOutlierFactor({ neighbours: 20, contamination: 0.1 }).fit(rows)
    expect(model.offset).toBe(quantile(model.trainingScores, 0.9))
    expect(model.trainingScores.filter((score) => score > model.offset).length).toBe(50)
  })

  it('rejects fewer than two rows, no columns and values that are not finite, by place', async () => {
    const fit = (rows: Parameters<LocalOutlierFactor['fit']>[0]) =>
      rejection(() => new LocalOutlierFactor({ neighbours: 2 }).fit(rows))
    expect(await fit(normalRows(0, 3))).toBeInstanceOf(ShapeError)
    expect(await fit(normalRows(1, 3))).toBeInstanceOf(ShapeError)
    expect(await fit(uncounted(normalRows(1, 3)))).toBeInstanceOf(ShapeError)
    expect(await fit(normalRows(5, 0))).toBeInstanceOf(ShapeError)
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const rows = normalRows(300, 3)
      rows.data[3 * 250 + 1] = odd
      const error = await fit(inBatchesOf(64, rows))
      expect(error).toBeInstanceOf(NumericalError)
      expect((error as Error).message).toContain('row 250, column 1')
    }
    expect(await fit(matrix(Float64Array.of(1, 2, 1e300, 4), 4, 1))).toBeInstanceOf(NumericalError)
  })

  it('rejects what would not fit in memory before it reads a row', async () => {
    const source = (columns: number, rowCount: number): RowSource => ({
      columns,
      rowCount,
      batches: () => {
        throw new Error('must not be read')
      },
    })
    const fit = (rows: RowSource, neighbours = 50) => rejection(() => new LocalOutlierFactor({ neighbours }).fit(rows))
    for (const error of [
      await fit(source(26, 3e6)),
      await fit(source(1280, 3e5)),
      await fit(source(1, 1e5), 1e5),
      await fit(source(1, 2 ** 32 - 1)),
    ]) {
      expect(error).toBeInstanceOf(ParameterError)
      expect((error as Error).message).toContain('2147483648 bytes')
    }
    for (const rowCount of [-1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await fit(source(2, rowCount))).toBeInstanceOf(ShapeError)
    }
  })

  it('rejects sources that break their promises', async () => {
    const rows = normalRows(50, 2)
    const lying = (rowCount: number, batches: { start: number; rows: Matrix<Float32Array> }[]): RowSource => ({
      columns: 2,
      rowCount,
      async *batches() {
        yield* batches
      },
    })
    for (const source of [
      lying(51, [{ start: 0, rows }]),
      lying(49, [{ start: 0, rows }]),
      lying(100, [
        { start: 0, rows },
        { start: 40, rows },
      ]),
      lying(50, [{ start: 1, rows }]),
      lying(50, [{ start: 0, rows: normalRows(50, 3) }]),
    ]) {
      expect(await rejection(() => new LocalOutlierFactor({ neighbours: 3 }).fit(source))).toBeInstanceOf(ShapeError)
    }
  })

  it('reports what it does, and stops between two blocks when told to', async () => {
    const rows = normalRows(2000, 2)
    const seen: Progress[] = []
    await new LocalOutlierFactor({ neighbours: 5 }).fit(rows, { onProgress: (p) => seen.push(p) })
    expect(seen).toEqual([
      { stage: 'fit', done: 2000, total: 2000 },
      ...[512, 1024, 1536, 2000].map((done) => ({ stage: 'neighbours', done, total: 2000 })),
    ])
    const stop = new AbortController()
    const reason = new Error('enough')
    let last = 0
    const error = await rejection(() =>
      new LocalOutlierFactor({ neighbours: 5 }).fit(rows, {
        signal: stop.signal,
        onProgress: ({ stage, done }) => {
          last = done
          if (stage === 'neighbours') stop.abort(reason)
        },
      }),
    )
    expect(error).toBe(reason)
    expect(last).toBe(512)
  })

  it('lets events happen where a block has taken long', async () => {
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    let ran = false
    const seen: boolean[] = []
    await new LocalOutlierFactor({ neighbours: 5 }).fit(normalRows(1500, 2), {
      onProgress: ({ stage }) => {
        if (stage !== 'neighbours') return
        seen.push(ran)
        if (seen.length === 1) {
          setImmediate(() => {
            ran = true
          })
        }
        // The second block takes longer than the time after which it pauses, the others none.
        if (seen.length === 2) now += 51
      },
    })
    clock.mockRestore()
    expect(seen).toEqual([false, false, true])
  })

  it('rejects a number of workers that is none', async () => {
    const fit = () => new LocalOutlierFactor().fit(normalRows(60, 2), { workers: -1 })
    expect(await rejection(fit)).toBeInstanceOf(ParameterError)
  })
})
