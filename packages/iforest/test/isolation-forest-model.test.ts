import {
  decodeModel,
  encodeModel,
  FormatError,
  type ModelArray,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
} from '@astronomaly/core'
import { averagePathLength, IsolationForest, IsolationForestModel } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inBatchesOf, normalRows, rejection, sameBytes, uncounted } from './support/data.ts'

const rows = normalRows(500, 3)
const fit = (options = {}) => new IsolationForest({ trees: 10, seed: 1, ...options }).fit(rows)

describe('IsolationForestModel', () => {
  it('scores a matrix, a source of any batch size and a source that does not count to the same bits', async () => {
    const model = await fit()
    const scores = await model.score(rows)
    expect(scores).toHaveLength(500)
    expect(model.scoreMatrix(rows)).toEqual(scores)
    for (const size of [1, 3, 257, 4096]) {
      expect(await model.score(inBatchesOf(size, rows))).toEqual(scores)
      expect(await model.score(uncounted(rows, size))).toEqual(scores)
    }
    const batches = []
    for await (const batch of model.scoreBatches(inBatchesOf(200, rows))) batches.push(batch)
    expect(batches.map((b) => b.start)).toEqual([0, 200, 400])
    expect(batches.flatMap((b) => [...b.scores])).toEqual([...scores])
  })

  it('takes 64-bit and strided matrices for what they are as 32-bit floats', async () => {
    const model = await fit()
    const scores = await model.score(rows)
    expect(model.scoreMatrix(matrix(Float64Array.from(rows.data), 500, 3))).toEqual(scores)
    const transposed = new Float32Array(1500)
    for (let i = 0; i < 1500; i++) transposed[(i % 3) * 500 + Math.floor(i / 3)] = rows.data[i]!
    const view = { data: transposed, shape: [500, 3] as const, stride: [1, 500], offset: 0 }
    expect(model.scoreMatrix(view)).toEqual(scores)
    expect(await model.score(view)).toEqual(scores)
  })

  it('turns mean path lengths into scores by 2^(−h / c(ψ))', async () => {
    for (const pathLength of ['scikit-learn', 'exact'] as const) {
      const model = await fit({ pathLength })
      const scores = await model.score(rows)
      const lengths = await model.pathLengths(rows)
      const normaliser = averagePathLength(256, { convention: pathLength })
      // 1e-14: the quotient is taken in another order here.
      scores.forEach((score, i) => void expect(Math.abs(score - 2 ** -(lengths[i]! / normaliser))).toBeLessThan(1e-14))
    }
  })

  it('calls rows above its offset anomalies, and may be given another', async () => {
    const model = await fit()
    const scores = await model.score(rows)
    const stricter = model.withOffset(0.55)
    for (const m of [model, stricter]) {
      expect(Array.from(await m.isAnomaly(rows))).toEqual(Array.from(scores, (s) => Number(s > m.offset)))
    }
    expect(model.offset).toBe(0.5)
    expect(() => model.withOffset(Number.NaN)).toThrow(ParameterError)
  })

  it('rejects rows of another width, values that are not finite, and stops at an abort', async () => {
    const model = await fit()
    for (const wrong of [normalRows(2, 2), normalRows(2, 4), normalRows(0, 4)]) {
      expect(await rejection(() => model.score(wrong))).toBeInstanceOf(ShapeError)
      expect(await rejection(() => model.scoreMatrix(wrong))).toBeInstanceOf(ShapeError)
    }
    expect(await rejection(() => model.explain([1, 2]))).toBeInstanceOf(ShapeError)
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await rejection(() => model.score(matrix(Float32Array.of(1, bad, 1), 1, 3)))).toBeInstanceOf(
        NumericalError,
      )
      expect(await rejection(() => model.scoreMatrix(matrix(Float32Array.of(1, bad, 1), 1, 3)))).toBeInstanceOf(
        NumericalError,
      )
      expect(await rejection(() => model.explain([1, bad, 1]))).toBeInstanceOf(NumericalError)
    }
    expect(await rejection(() => model.score({ ...inBatchesOf(9, rows), rowCount: 499 }))).toBeInstanceOf(ShapeError)
    expect(await rejection(() => model.score({ ...inBatchesOf(9, rows), rowCount: 1e15 }))).toBeInstanceOf(ShapeError)
    expect(await rejection(() => model.score(rows, { workers: 1.5 }))).toBeInstanceOf(ParameterError)
    const controller = new AbortController()
    const reason = new Error('enough')
    const run = { signal: controller.signal, onProgress: () => controller.abort(reason) }
    expect(await rejection(() => model.score(inBatchesOf(9, rows), run))).toBe(reason)
  })
})

describe('explain', () => {
  it('shares the saved path length among the columns', async () => {
    const model = await fit({ bootstrap: true })
    const { forest, trees } = model
    let atRoots = 0
    for (let t = 0; t < trees; t++) atRoots += averagePathLength(forest.size[forest.roots[t]!]!)
    const lengths = await model.pathLengths(rows)
    for (let k = 0; k < 50; k++) {
      const saved = model.explain(rows.data.subarray(3 * k, 3 * k + 3))
      // 1e-12: some hundred additions in another order.
      expect(Math.abs(saved.reduce((a, b) => a + b) - (atRoots / trees - lengths[k]!))).toBeLessThan(1e-12)
    }
  })

  it('names the column in which a row is odd', async () => {
    const model = await new IsolationForest({ seed: 1 }).fit(rows)
    for (let column = 0; column < 3; column++) {
      const row = [0, 0, 0]
      row[column] = 9
      const saved = model.explain(row)
      expect(saved.indexOf(Math.max(...saved))).toBe(column)
    }
  })
})

describe('merge', () => {
  it('concatenates the trees', async () => {
    const a = await fit({ seed: 1 })
    const b = (await fit({ seed: 2, trees: 30 })).withOffset(0.6)
    const both = a.merge(b)
    expect([both.trees, both.offset, b.merge(a).offset]).toEqual([40, 0.5, 0.6])
    const [x, y, z] = await Promise.all([a, b, both].map((m) => m.pathLengths(rows)))
    // 1e-12: the same path lengths are added in another order.
    z!.forEach((length, i) => void expect(Math.abs(length - (10 * x![i]! + 30 * y![i]!) / 40)).toBeLessThan(1e-12))
  })

  it('rejects forests that do not fit together', async () => {
    const model = await fit()
    const others = [
      await fit({ sampleSize: 100 }),
      await fit({ pathLength: 'exact' }),
      await fit({ missing: 'both-ways' }),
      await new IsolationForest({ trees: 2 }).fit(normalRows(300, 4)),
    ]
    for (const other of others) expect(() => model.merge(other)).toThrow(ParameterError)
  })
})

describe('a model buffer', () => {
  it('brings back every field', async () => {
    for (const options of [
      {},
      { pathLength: 'exact', missing: 'both-ways', contamination: 0.1, maxDepth: 'unlimited' },
    ]) {
      const model = await fit(options)
      const copy = IsolationForestModel.from(model.buffer)
      for (const key of ['columns', 'trees', 'sampleSize', 'missing', 'pathLength', 'offset'] as const) {
        expect(copy[key]).toEqual(model[key])
      }
      expect(sameBytes(copy.buffer, model.buffer)).toBe(true)
      expect(await copy.score(rows)).toEqual(await model.score(rows))
    }
  })

  it('is copied, so that later changes of the bytes do not reach the model', async () => {
    const { buffer } = await fit()
    const model = IsolationForestModel.from(buffer)
    const scores = await model.score(rows)
    new Uint8Array(buffer).fill(255)
    expect(await model.score(rows)).toEqual(scores)
  })

  it('is rejected when it is cut off anywhere or any byte is changed', async () => {
    const { buffer } = await new IsolationForest({ trees: 2, sampleSize: 16, seed: 1 }).fit(rows)
    expect(buffer.byteLength).toBeLessThan(3000)
    for (let length = 0; length < buffer.byteLength; length++) {
      expect(() => IsolationForestModel.from(buffer.slice(0, length))).toThrow(FormatError)
      const damaged = buffer.slice(0)
      new Uint8Array(damaged)[length]! ^= 1 << (length % 8)
      expect(() => IsolationForestModel.from(damaged)).toThrow(FormatError)
    }
    expect(() => IsolationForestModel.from(new Uint8Array(buffer) as unknown as ArrayBuffer)).toThrow(FormatError)
  })

  const repack = (
    buffer: ArrayBuffer,
    change: (content: { meta: Record<string, unknown>; arrays: Record<string, ModelArray> }) => void,
  ): ArrayBuffer => {
    const { kind, version, meta, arrays } = decodeModel(buffer.slice(0), 'isolation-forest', 1)
    const content = { meta: { ...meta }, arrays: { ...arrays } }
    change(content)
    return encodeModel({ kind, version, ...content })
  }

  it('is rejected when its checksum holds but a scalar or an array is wrong', async () => {
    const { buffer } = await fit()
    for (const [key, values] of Object.entries({
      columns: [0, 2, 1.5, '3', null, 1e300],
      sampleSize: [0, -1, '256', null],
      missing: ['x', null],
      pathLength: ['x', 'exact', null],
      offset: [null, '0.5'],
    })) {
      for (const value of values) {
        const wrong = repack(buffer, ({ meta }) => {
          meta[key] = value
        })
        expect(() => IsolationForestModel.from(wrong), `${key} ${value}`).toThrow(FormatError)
      }
    }
    for (const key of ['roots', 'feature', 'threshold', 'left', 'size', 'value']) {
      const changed = (change: (array: ModelArray) => ModelArray) =>
        repack(buffer, ({ arrays }) => {
          arrays[key] = change(arrays[key]!)
        })
      const wrongs = [
        repack(buffer, ({ arrays }) => {
          delete arrays[key]
        }),
        changed((array) => Uint8Array.from(array)),
        changed((array) => array.slice(1)),
        changed((array) => array.slice(0, 0)),
      ]
      for (const wrong of wrongs) expect(() => IsolationForestModel.from(wrong)).toThrow(FormatError)
    }
  })

  it('gives a model that walks to an end, or a FormatError, whatever numbers its arrays hold', async () => {
    const { buffer } = await new IsolationForest({ trees: 3, sampleSize: 32, seed: 1, missing: 'both-ways' }).fit(rows)
    const original = IsolationForestModel.from(buffer).scoreMatrix(rows)
    const anyNumber = fc.oneof(
      fc.integer({ min: -3, max: 200 }),
      fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1, Number.NaN, Number.POSITIVE_INFINITY, -1e30, 0.5),
    )
    const key = fc.constantFrom('roots', 'feature', 'threshold', 'left', 'size', 'value')
    let rejected = 0
    fc.assert(
      fc.property(key, fc.nat(), anyNumber, (name, place, number) => {
        let same = false
        const wrong = repack(buffer, ({ arrays }) => {
          const array = arrays[name]!.slice()
          const before = array[place % array.length]
          array[place % array.length] = number
          same = Object.is(array[place % array.length], before)
          arrays[name] = array
        })
        try {
          const scores = IsolationForestModel.from(wrong).scoreMatrix(rows)
          // Only another threshold or another column of a cut is a forest as good as any; all else is checked.
          expect(same || name === 'threshold' || name === 'feature').toBe(true)
          expect(scores.every((s) => s > 0 && s <= 1)).toBe(true)
          if (same) expect(scores).toEqual(original)
        } catch (error) {
          if (!(error instanceof FormatError)) throw error
          rejected++
        }
      }),
      { seed: 4, numRuns: 800 },
    )
    expect(rejected).toBeGreaterThan(400)
  })
})
