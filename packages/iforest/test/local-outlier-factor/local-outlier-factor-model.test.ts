import {
  decodeModel,
  encodeModel,
  FormatError,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
} from '@astronomaly/core'
import { LocalOutlierFactor, LocalOutlierFactorModel } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { inBatchesOf, normalRows, rejection, sameBytes, uncounted } from '../support/data.ts'

const fitted = await new LocalOutlierFactor({ neighbours: 10 }).fit(normalRows(300, 3))
const fresh = normalRows(200, 3, 2)

describe('LocalOutlierFactorModel', () => {
  it('scores the same in batches of any size, at once, and after a round trip through bytes', async () => {
    const scores = await fitted.score(fresh)
    expect(scores.length).toBe(200)
    expect(await fitted.score(inBatchesOf(7, fresh))).toEqual(scores)
    expect(await fitted.score(uncounted(fresh, 64))).toEqual(scores)
    expect(fitted.scoreMatrix(fresh)).toEqual(scores)
    expect(fitted.scoreMatrix(matrix(Float64Array.from(fresh.data), 200, 3))).toEqual(scores)
    expect(LocalOutlierFactorModel.from(fitted.buffer).scoreMatrix(fresh)).toEqual(scores)
    const starts: number[] = []
    for await (const batch of fitted.scoreBatches(inBatchesOf(90, fresh))) {
      expect(batch.scores).toEqual(scores.slice(batch.start, batch.start + 90))
      starts.push(batch.start)
    }
    expect(starts).toEqual([0, 90, 180])
  })

  it('scores fitted rows as new ones: each is its own nearest neighbour', async () => {
    const rows = normalRows(80, 3)
    const model = await new LocalOutlierFactor({ neighbours: 1 }).fit(rows)
    const scores = await model.score(rows)
    for (const [i, score] of scores.entries()) {
      // The only neighbour is the row itself, at its own k-distance; rounding of three operations.
      expect(score / (model.densities[i]! * (model.kDistances[i]! + 1e-10))).toBeCloseTo(1, 13)
    }
    expect(scores).not.toEqual(model.trainingScores)
  })

  it('calls rows above its offset anomalies', async () => {
    const far = matrix(Float32Array.of(0, 0, 0, 9, 9, 9), 2, 3)
    expect(Array.from(await fitted.isAnomaly(far))).toEqual([0, 1])
    const [inside, outside] = (await fitted.score(far)) as unknown as [number, number]
    expect(Array.from(await fitted.withOffset(outside).isAnomaly(far))).toEqual([0, 0])
    expect(Array.from(await fitted.withOffset(inside / 2).isAnomaly(far))).toEqual([1, 1])
    expect(() => fitted.withOffset(Number.NaN)).toThrow(ParameterError)
  })

  it('rejects rows of other columns and values that are not finite', async () => {
    for (const rows of [normalRows(4, 2), normalRows(4, 4), uncounted(normalRows(4, 4))]) {
      expect(await rejection(() => fitted.score(rows))).toBeInstanceOf(ShapeError)
    }
    expect(() => fitted.scoreMatrix(normalRows(4, 2))).toThrow(ShapeError)
    const odd = normalRows(4, 3)
    odd.data[7] = Number.NaN
    expect(await rejection(() => fitted.score(odd))).toBeInstanceOf(NumericalError)
    expect(() => fitted.scoreMatrix(odd)).toThrow(NumericalError)
    const large = matrix(Float64Array.of(1, 2, 1e300), 1, 3)
    expect(await rejection(() => fitted.score(large))).toBeInstanceOf(NumericalError)
    expect(() => fitted.scoreMatrix(large)).toThrow(NumericalError)
  })

  it('stops with the signal’s reason', async () => {
    const stop = new AbortController()
    const batches = fitted.scoreBatches(inBatchesOf(50, fresh), { signal: stop.signal })
    await batches.next()
    stop.abort('enough')
    expect(await rejection(() => batches.next())).toBe('enough')
  })
})

describe('LocalOutlierFactorModel.from', () => {
  it('rejects a buffer with any byte changed or cut off', async () => {
    const small = await new LocalOutlierFactor({ neighbours: 2 }).fit(normalRows(6, 2))
    const { buffer } = small
    expect(sameBytes(LocalOutlierFactorModel.from(buffer).buffer, buffer)).toBe(true)
    for (let at = 0; at < buffer.byteLength; at++) {
      expect(() => LocalOutlierFactorModel.from(buffer.slice(0, at))).toThrow(FormatError)
      for (const change of [0x01, 0x80, 0xff]) {
        const damaged = buffer.slice(0)
        const bytes = new Uint8Array(damaged)
        bytes[at] = bytes[at]! ^ change
        expect(() => LocalOutlierFactorModel.from(damaged)).toThrow(FormatError)
      }
    }
    expect(() => LocalOutlierFactorModel.from(new Uint8Array(8) as unknown as ArrayBuffer)).toThrow(FormatError)
  })

  const content = decodeModel(fitted.buffer, 'local-outlier-factor', 1)
  const changed = (name: string, at: number, value: number) => {
    const array = content.arrays[name]!.slice()
    array[at] = value
    return { arrays: { ...content.arrays, [name]: array } }
  }
  it.each([
    ['columns 0', { meta: { ...content.meta, columns: 0 } }],
    ['columns that leave part of a row', { meta: { ...content.meta, columns: 7 } }],
    ['columns of another number of rows', { meta: { ...content.meta, columns: 9 } }],
    ['columns as text', { meta: { ...content.meta, columns: '3' } }],
    ['no neighbours', { meta: { ...content.meta, neighbours: 0 } }],
    ['as many neighbours as rows', { meta: { ...content.meta, neighbours: 300 } }],
    ['half a neighbour', { meta: { ...content.meta, neighbours: 2.5 } }],
    ['no offset', { meta: { columns: 3, neighbours: 10 } }],
    ['an infinite row', changed('rows', 5, Number.POSITIVE_INFINITY)],
    ['a missing value', changed('rows', 5, Number.NaN)],
    ['a negative distance', changed('kDistances', 3, -1)],
    ['a distance that is no number', changed('kDistances', 3, Number.NaN)],
    ['an infinite distance', changed('kDistances', 3, Number.POSITIVE_INFINITY)],
    ['a density of 0', changed('densities', 3, 0)],
    ['a density above the highest', changed('densities', 3, 1.1e10)],
    ['a score of 0', changed('trainingScores', 3, 0)],
    ['an infinite score', changed('trainingScores', 3, Number.POSITIVE_INFINITY)],
    ['a density too few', { arrays: { ...content.arrays, densities: content.arrays.densities!.slice(1) } }],
    ['distances in 32 bits', { arrays: { ...content.arrays, kDistances: new Float32Array(300) } }],
    ['no rows', { arrays: { ...content.arrays, rows: new Float32Array(0) } }],
    ['an array missing', { arrays: { rows: content.arrays.rows! } }],
    ['another kind', { kind: 'isolation-forest' }],
    ['a later version', { version: 2 }],
  ])('rejects a model with %s', (_name, change) => {
    expect(() => LocalOutlierFactorModel.from(encodeModel({ ...content, ...change }))).toThrow(FormatError)
  })
})
