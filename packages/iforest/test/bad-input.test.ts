import { type Matrix, matrix, NumericalError, type RowBatch, type RowSource, ShapeError } from '@astronomaly/core'
import { IsolationForest, type IsolationForestModel } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { normalRows, rejection } from './support/data.ts'

const rows = normalRows(500, 3)
const forest = new IsolationForest({ trees: 5, seed: 1 })
const model = await forest.fit(rows)
const tolerant = await new IsolationForest({ trees: 5, seed: 1, missing: 'both-ways' }).fit(rows)

/** Every way to look at rows of a source, to its end. */
const calls: [name: string, call: (model: IsolationForestModel, source: RowSource) => Promise<unknown>][] = [
  ['score', (m, source) => m.score(source)],
  ['score with a worker', (m, source) => m.score(source, { workers: 1 })],
  ['pathLengths', (m, source) => m.pathLengths(source)],
  ['isAnomaly', (m, source) => m.isAnomaly(source)],
  ['explainMean', (m, source) => m.explainMean(source)],
  [
    'scoreBatches',
    async (m, source) => {
      for await (const _ of m.scoreBatches(source));
    },
  ],
  ['fit', (_, source) => forest.fit(source)],
  ['fitScore', (_, source) => forest.fitScore(source)],
]

function sourceOf(
  batches: readonly (readonly [start: number, rows: Matrix<Float32Array>])[],
  rest: Partial<RowSource> = {},
): RowSource {
  return {
    columns: 3,
    async *batches(): AsyncGenerator<RowBatch> {
      for (const [start, part] of batches) yield { start, rows: part }
    },
    ...rest,
  }
}

const part = (start: number, end: number): Matrix<Float32Array> =>
  matrix(rows.data.slice(3 * start, 3 * end), end - start, 3)

describe.each(calls)('%s', (name, call) => {
  it.each<[string, RowSource]>([
    ['fewer rows than promised', sourceOf([[0, part(0, 100)]], { rowCount: 101 })],
    ['more rows than promised', sourceOf([[0, part(0, 100)]], { rowCount: 99 })],
    ['fewer rows than promised by far', sourceOf([[0, part(0, 100)]], { rowCount: 2 ** 24 })],
    ['more rows than can be', sourceOf([[0, part(0, 100)]], { rowCount: 2 ** 32 })],
    ['half a row', sourceOf([[0, part(0, 100)]], { rowCount: 99.5 })],
    ['less than no rows', sourceOf([[0, part(0, 100)]], { rowCount: -1 })],
    [
      'a batch with another number of columns',
      sourceOf([
        [0, part(0, 100)],
        [100, normalRows(3, 4)],
      ]),
    ],
    [
      'a batch twice',
      sourceOf([
        [0, part(0, 100)],
        [0, part(0, 100)],
      ]),
    ],
    [
      'a batch too late',
      sourceOf([
        [0, part(0, 100)],
        [101, part(101, 200)],
      ]),
    ],
    ['batches that begin elsewhere', sourceOf([[1, part(1, 100)]])],
  ])('rejects a source that gives %s', async (_, source) => {
    expect(await rejection(() => call(model, source))).toBeInstanceOf(ShapeError)
  })

  it.each([
    ['infinity', Number.POSITIVE_INFINITY, model],
    ['minus infinity', Number.NEGATIVE_INFINITY, model],
    ['NaN', Number.NaN, model],
    ['infinity beside missing values', Number.POSITIVE_INFINITY, tolerant],
  ] as const)('names row and column of %s, in whatever batch', async (_, bad, of) => {
    const wrong = part(100, 300)
    if (of === tolerant) wrong.data.fill(Number.NaN, 0, 30)
    wrong.data[3 * 57 + 2] = bad
    for (const rest of [{}, { rowCount: 300 }]) {
      const source = sourceOf(
        [
          [0, part(0, 100)],
          [100, wrong],
        ],
        rest,
      )
      if (of === tolerant && name.startsWith('fit')) continue
      const error = await rejection(() => call(of, source))
      expect(error).toBeInstanceOf(NumericalError)
      expect((error as Error).message).toContain(`Received ${bad} in row 157, column 2`)
    }
  })

  it('passes on the error of a source untouched, and closes it when it stops early', async () => {
    const reason = new Error('disk')
    const failing = sourceOf([], {
      async *batches() {
        yield { start: 0, rows: part(0, 100) }
        throw reason
      },
    })
    expect(await rejection(() => call(model, failing))).toBe(reason)
    let closed = false
    const endless = sourceOf([], {
      async *batches() {
        try {
          for (let start = 0; ; start += 100) yield { start, rows: start < 200 ? part(0, 100) : normalRows(1, 2) }
        } finally {
          closed = true
        }
      },
    })
    expect(await rejection(() => call(model, endless))).toBeInstanceOf(ShapeError)
    expect(closed).toBe(true)
  })

  it('takes batches of no rows among others', async () => {
    const source = sourceOf([
      [0, part(0, 0)],
      [0, part(0, 100)],
      [100, part(0, 0)],
      [100, part(100, 500)],
      [500, part(0, 0)],
    ])
    const counted = { ...source, rowCount: 500 }
    const plain = sourceOf([[0, rows]])
    if (name.startsWith('fit')) expect(await rejection(() => call(model, source))).toBeUndefined()
    else expect(await call(model, source)).toEqual(await call(model, plain))
    expect(await rejection(() => call(model, counted))).toBeUndefined()
  })
})

describe('a source that claims more rows than there is memory', () => {
  it('is a typed error, whether or not memory is handed out before it is used', async () => {
    const source = sourceOf([[0, rows]], { rowCount: 2 ** 32 - 1 })
    for (const call of [() => model.score(source), () => model.pathLengths(source), () => model.isAnomaly(source)]) {
      const { kind } = (await rejection(call)) as { kind?: string }
      // 34 GB are a ParameterError where they cannot be had; else the source breaks its promise.
      expect(['parameter', 'shape']).toContain(kind)
    }
    expect(await rejection(() => model.explainMean(source))).toBeInstanceOf(ShapeError)
    const batches = model.scoreBatches(source)
    expect((await batches.next()).done).toBe(false)
    expect(await rejection(() => batches.next())).toBeInstanceOf(ShapeError)
  })
})

describe('rows of 64-bit floats', () => {
  it('are rejected beyond the range of 32 bits, and taken up to it', async () => {
    // Halfway between the greatest f32 and the next power of two, from where on rounding goes to infinity.
    const bound = 2 ** 128 - 2 ** 103
    for (const [value, fits] of [
      [3.4028234663852886e38, true],
      [-3.4028234663852886e38, true],
      [bound * (1 - 2 ** -53), true],
      [bound, false],
      [-bound, false],
      [1e39, false],
      [Number.MAX_VALUE, false],
      [Number.MIN_VALUE, true],
    ] as const) {
      const table = matrix(Float64Array.of(0, 0, 0, 0, value, 0), 2, 3)
      const results = [
        await rejection(() => model.score(table)),
        await rejection(() => model.scoreMatrix(table)),
        await rejection(() => model.explainMean(table)),
        await rejection(() => model.explain([0, value, 0])),
        await rejection(() => new IsolationForest({ trees: 1 }).fit(table)),
      ]
      for (const error of results) {
        if (fits) expect(error).toBeUndefined()
        else expect(error).toBeInstanceOf(NumericalError)
      }
    }
  })

  it('are rejected for NaN and infinity also where they do not lie row by row', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const data = new Float64Array(12)
      data[7] = bad
      const view = { data, shape: [4, 3] as const, stride: [1, 4], offset: 0 }
      // Place 7 is row 3 of column 1.
      expect(() => model.scoreMatrix(view)).toThrow(/row 3, column 1/)
    }
  })
})

describe('no rows', () => {
  it('score to nothing, counted or not, with and without batches', async () => {
    const empty = matrix(new Float32Array(0), 0, 3)
    for (const source of [empty, sourceOf([]), sourceOf([], { rowCount: 0 }), sourceOf([[0, empty]])]) {
      expect(await model.score(source)).toEqual(new Float64Array(0))
      expect(await model.isAnomaly(source)).toEqual(new Uint8Array(0))
      expect(await rejection(() => model.explainMean(source))).toBeInstanceOf(ShapeError)
      expect(await rejection(() => forest.fit(source))).toBeInstanceOf(ShapeError)
    }
    expect(model.scoreMatrix(empty)).toEqual(new Float64Array(0))
  })

  it('are not enough when they have another number of columns', async () => {
    expect(await rejection(() => model.score(matrix(new Float32Array(0), 0, 4)))).toBeInstanceOf(ShapeError)
    expect(await rejection(() => model.score(sourceOf([], { columns: 0 })))).toBeInstanceOf(ShapeError)
  })
})

describe('a source that can seek', () => {
  const seeking = (gather: NonNullable<RowSource['gather']>): RowSource =>
    sourceOf([[0, rows]], { rowCount: 500, gather })

  it.each<[string, RowSource]>([
    ['too few rows', seeking(async (numbers) => part(0, numbers.length - 1))],
    ['other columns', seeking(async (numbers) => normalRows(numbers.length, 2))],
  ])('is rejected when it gathers %s', async (_, source) => {
    expect(await rejection(() => forest.fit(source))).toBeInstanceOf(ShapeError)
  })

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('is rejected when it gathers %s', async (bad) => {
    const source = seeking(async (numbers) => matrix(new Float32Array(3 * numbers.length).fill(bad), numbers.length, 3))
    expect(await rejection(() => forest.fit(source))).toBeInstanceOf(NumericalError)
  })
})
