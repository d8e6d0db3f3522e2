import { describe, expect, it } from 'vitest'
import {
  collectRows,
  finiteRows,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
  tensor,
  toRowSource,
} from '../src/index.ts'

const rows = matrix(
  Float32Array.from({ length: 14 }, (_, i) => i),
  7,
  2,
)

describe('toRowSource', () => {
  it('gives a matrix in batches, again and again', async () => {
    const source = toRowSource(rows)
    for (let round = 0; round < 2; round++) {
      const seen: [number, number][] = []
      for await (const batch of source.batches({ batchSize: 3 })) seen.push([batch.start, batch.rows.shape[0]])
      expect(seen).toEqual([
        [0, 3],
        [3, 3],
        [6, 1],
      ])
    }
    expect((await collectRows(source, { batchSize: 2 })).data).toEqual(rows.data)
    expect(toRowSource(source)).toBe(source)
  })

  it('rounds doubles to floats', async () => {
    const { data } = await collectRows(matrix(Float64Array.of(0.1), 1, 1))
    expect(data[0]).toBe(Math.fround(0.1))
  })

  it('stops with the signal’s reason and rejects a batch size of 0', async () => {
    const reason = new Error('stop')
    await expect(collectRows(toRowSource(rows), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(collectRows(toRowSource(rows), { batchSize: 0 })).rejects.toThrow(ParameterError)
    expect(() => toRowSource(tensor(new Float32Array(2), [2]) as unknown as typeof rows)).toThrow(ShapeError)
  })
})

describe('finiteRows', () => {
  it('lets finite rows through without a copy', () => {
    expect(finiteRows('f', rows, { columns: 2 }).buffer).toBe(rows.data.buffer)
  })

  it('names row and column of what is not finite', () => {
    const bad = matrix(Float32Array.of(1, 2, 3, Number.NaN), 2, 2)
    expect(() => finiteRows('f', bad, { columns: 2, start: 10 })).toThrow(
      new NumericalError('f: values must be finite. Received NaN in row 11, column 1.'),
    )
    expect(finiteRows('f', bad, { columns: 2, allowMissing: true })[3]).toBeNaN()
    const infinite = matrix(Float32Array.of(Number.POSITIVE_INFINITY), 1, 1)
    expect(() => finiteRows('f', infinite, { columns: 1, allowMissing: true })).toThrow('finite or NaN')
    expect(() => finiteRows('f', rows, { columns: 3 })).toThrow(ShapeError)
  })
})
