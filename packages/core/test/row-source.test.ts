import { describe, expect, it } from 'vitest'
import {
  collectRows,
  finiteRows,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
  streamRows,
  tensor,
  toRowSource,
  UnsupportedError,
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

describe('the gather of a matrix', () => {
  it('gives rows by their numbers, of strided and of f64 matrices too', async () => {
    const wide = matrix(
      Float64Array.from({ length: 40 }, (_, i) => i + 0.1),
      10,
      4,
    )
    // Every second column of every second row.
    const strided = { ...wide, shape: [5, 2], stride: [8, 2], offset: 1 } as const
    const source = toRowSource(strided)
    const all = await collectRows(source)
    const { data, shape } = await source.gather!(Uint32Array.of(0, 2, 4))
    expect(shape).toEqual([3, 2])
    expect([...data]).toEqual([0, 2, 4].flatMap((row) => [...all.data.subarray(2 * row, 2 * row + 2)]))
    expect((await source.gather!(new Uint32Array(0))).shape).toEqual([0, 2])
  })

  it('rejects numbers that repeat, descend or are too large, and stops with the signal’s reason', async () => {
    const gather = toRowSource(rows).gather!
    for (const numbers of [[1, 1], [3, 2], [7]]) {
      await expect(gather(Uint32Array.from(numbers)), String(numbers)).rejects.toThrow(ParameterError)
    }
    const reason = new Error('stop')
    await expect(gather(Uint32Array.of(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('streamRows', () => {
  const part = (from: number, n: number) =>
    matrix(
      Float64Array.from({ length: 2 * n }, (_, i) => from + i),
      n,
      2,
    )

  it('passes arrays, generators and async generators of matrices on, in batches of at most the size asked for', async () => {
    const parts = [part(0, 3), part(6, 0), part(6, 5)]
    async function* slowly() {
      yield* parts
    }
    for (const iterable of [parts, parts.values(), slowly()]) {
      const seen: [number, number][] = []
      const values: number[] = []
      for await (const { start, rows } of streamRows(2, iterable).batches({ batchSize: 2 })) {
        seen.push([start, rows.shape[0]])
        values.push(...rows.data)
      }
      expect(seen).toEqual([
        [0, 2],
        [2, 1],
        [3, 2],
        [5, 2],
        [7, 1],
      ])
      expect(values).toEqual(Array.from({ length: 16 }, (_, i) => i))
    }
  })

  it('can be read once', async () => {
    const source = streamRows(2, [part(0, 3)], { rowCount: 3 })
    expect(source.rowCount).toBe(3)
    await collectRows(source)
    await expect(collectRows(source)).rejects.toThrow(UnsupportedError)
    expect(streamRows(2, []).rowCount).toBeUndefined()
  })

  it('ends its iterable when it is broken off', async () => {
    let ended = false
    function* parts() {
      try {
        for (;;) yield part(0, 3)
      } finally {
        ended = true
      }
    }
    for await (const _ of streamRows(2, parts()).batches()) break
    expect(ended).toBe(true)
  })

  it('rejects other columns, wrong numbers and an abort', async () => {
    await expect(collectRows(streamRows(3, [part(0, 3)]))).rejects.toThrow(ShapeError)
    await expect(collectRows(streamRows(2, [tensor(new Float32Array(2), [2]) as never]))).rejects.toThrow(ShapeError)
    expect(() => streamRows(-1, [])).toThrow(ParameterError)
    expect(() => streamRows(1, [], { rowCount: 0.5 })).toThrow(ParameterError)
    expect(() => streamRows(1, [], { rows: 3 } as object)).toThrow(ParameterError)
    const reason = new Error('stop')
    const signal = AbortSignal.abort(reason)
    await expect(collectRows(streamRows(2, [part(0, 3)]), { signal })).rejects.toBe(reason)
  })
})
