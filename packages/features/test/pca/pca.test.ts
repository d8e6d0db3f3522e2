import { readFileSync } from 'node:fs'
import {
  collectRows,
  createRandom,
  FormatError,
  matrix,
  NumericalError,
  ParameterError,
  type RowSource,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { checkEstimator } from '@astronomaly/core/testing'
import { describe, expect, it } from 'vitest'
import { StreamingPca } from '../../src/pca/pca.ts'
import { PcaModel } from '../../src/pca/pca-model.ts'
import { ScatterMatrix } from '../../src/pca/scatter-matrix.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/pca.json', import.meta.url), 'utf8'))

const table = matrix(
  Float32Array.from({ length: 480 }, (_, at) => {
    const i = Math.floor(at / 8)
    const j = at % 8
    return (Math.sin(i * (j + 1)) + 0.1 * j * Math.cos(3 * i + j)) * (j === 5 ? 40 : 1)
  }),
  60,
  8,
)

function near(actual: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(wanted.length)
  for (const [i, value] of wanted.entries()) expect(Math.abs(actual[i]! - value)).toBeLessThan(tolerance)
}

describe('StreamingPca', () => {
  for (const standardise of [false, true]) {
    it(`equals scikit-learn's PCA ${standardise ? 'of standardised columns' : ''}`, async () => {
      const wanted = golden[standardise ? 'standardised' : 'raw']
      const model = await new StreamingPca({ components: 8, standardise }).fit(table)
      // Column 5 has a variance of about 900; both programs round at 1e-16 of it.
      near(model.explainedVariance, wanted.explainedVariance, 1e-10)
      near(model.explainedVarianceRatio, wanted.explainedVarianceRatio, 1e-13)
      near(model.components, wanted.components, 1e-10)
      near(model.transform(table).data.subarray(0, 8), wanted.firstRow, 5e-6) // float32 of values up to 60
      expect((await new StreamingPca({ standardise }).fit(table)).columns).toBe(wanted.for95Percent)
    })
  }

  it('projects rows as a stream as it projects them at once', async () => {
    const model = await new StreamingPca({ components: 3 }).fit(table)
    expect((await collectRows(model.transformRows(table), { batchSize: 7 })).data).toEqual(model.transform(table).data)
    expect(() => model.transformRows(matrix(new Float32Array(3), 1, 3))).toThrow(ShapeError)
  })

  it('merges states of parts into what the whole gives', async () => {
    const pca = new StreamingPca({ components: 8 })
    const parts = [0, 1].map(() => new ScatterMatrix(8))
    for (let i = 0; i < 60; i++) pca.partialFit(parts[i % 2]!, matrix(table.data.subarray(i * 8, i * 8 + 8), 1, 8))
    const [a, b] = parts as [ScatterMatrix, ScatterMatrix]
    a.merge(b)
    expect(a.count).toBe(60)
    const whole = await pca.fit(table)
    near(pca.solve(a).explainedVariance, [...whole.explainedVariance], 1e-10) // rounding of sums in another order
    const { count, mean, scatter } = a.state()
    expect(pca.solve(ScatterMatrix.from(count, mean, scatter)).buffer).toEqual(pca.solve(a).buffer)
    expect(() => a.merge(new ScatterMatrix(2))).toThrow(ShapeError)
  })

  it('gives the same bits whether or not a state is looked at or merged on the way', () => {
    const whole = new ScatterMatrix(8)
    const watched = new ScatterMatrix(8)
    const other = new ScatterMatrix(8)
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 60; i++) {
        const row = table.data.subarray(i * 8, i * 8 + 8)
        whole.add(row)
        watched.add(row)
        if (i % 17 === 0) other.merge(watched)
        if (i % 11 === 0) watched.state().mean.fill(7)
      }
    }
    expect(watched.count).toBe(600)
    expect(watched.state()).toEqual(whole.state())
    expect(watched.state().scatter).not.toBe(watched.state().scatter)
    new StreamingPca({ components: 8 }).solve(watched).mean.fill(0)
    expect(watched.state()).toEqual(whole.state())
  })

  it('goes on from what a state gave, to the bit', () => {
    const random = createRandom(2, 'test.scatter')
    const first = new ScatterMatrix(3)
    first.add(Float32Array.from({ length: 49 * 3 }, () => 1e3 * random.uniform()))
    const { count, mean, scatter } = first.state()
    const second = ScatterMatrix.from(count, mean, scatter)
    expect(second.state()).toEqual({ count, mean, scatter })
    mean.fill(0)
    expect(second.state()).toEqual(first.state())
    expect(ScatterMatrix.from(0, mean, scatter).state().count).toBe(0)
  })

  it('rejects columns, rows and states that are none', () => {
    for (const columns of [0, -1, 1.5, Number.NaN, '3' as unknown as number]) {
      expect(() => new ScatterMatrix(columns)).toThrow(ParameterError)
    }
    const state = new ScatterMatrix(2)
    state.add(Float32Array.of(1, 2))
    expect(() => state.add(Float32Array.of(1, 2, 3))).toThrow(ShapeError)
    expect(() => state.add(Float32Array.of(1, 2, 3, Number.NaN))).toThrow(
      new NumericalError('ScatterMatrix: values must be finite. Received NaN in row 2, column 1.'),
    )
    expect(state.count).toBe(1)
    const two = Float64Array.of(1, 2)
    const bad: Parameters<typeof ScatterMatrix.from>[] = [
      [1, two, new Float64Array(3)],
      [1, undefined, new Float64Array(4)],
      [1.5, two, new Float64Array(4)],
      [1, Float64Array.of(1, Number.NaN), new Float64Array(4)],
      [1, two, Float64Array.of(1, 0, Number.POSITIVE_INFINITY, 1)],
      [1, two, Float64Array.of(1, 0, 0, -1)],
      [0, new Float64Array(0), new Float64Array(0)],
    ]
    for (const parts of bad) expect(() => ScatterMatrix.from(...parts), String(parts)).toThrow(FormatError)
  })

  it('takes any number of rows in the memory of d² numbers', async () => {
    const random = createRandom(1, 'test.pca')
    const rowCount = 20_000
    let largest = 0
    const source: RowSource = {
      columns: 3,
      rowCount,
      async *batches({ batchSize = 4096 } = {}) {
        for (let start = 0; start < rowCount; start += batchSize) {
          const n = Math.min(batchSize, rowCount - start)
          largest = Math.max(largest, n)
          yield {
            start,
            rows: matrix(
              Float32Array.from({ length: n * 3 }, (_, k) => (k % 3) + random.normal() * (1 + (k % 3))),
              n,
              3,
            ),
          }
        }
      },
    }
    const model = await new StreamingPca({ components: 3 }).fit(source)
    expect(largest).toBe(4096)
    for (const [k, sigma] of [3, 2, 1].entries()) {
      expect(Math.abs(model.explainedVariance[k]! / sigma ** 2 - 1)).toBeLessThan(0.05) // 5 standard errors of √(2/20,000)
    }
  })

  it('gives each group of columns the same weight, whatever its units and its number of columns', async () => {
    const groups = [{ columns: 2 }, { columns: 6, standardise: true }]
    const model = await new StreamingPca({ components: 8, groups }).fit(table)
    const variance = [0, 0]
    for (let j = 0; j < 8; j++) variance[j < 2 ? 0 : 1]! += (model.deviation[j]! / model.scale[j]!) ** 2
    near(variance, [0.5, 0.5], 1e-12) // rounding of eight terms
    expect(model.scale[0]).toBe(model.scale[1])
    expect(model.scale[5]! / model.scale[4]!).toBeCloseTo(model.deviation[5]! / model.deviation[4]!, 12) // the same divisor twice
    expect(() => new StreamingPca({ groups, standardise: true })).toThrow(ParameterError)
    expect(() => new StreamingPca({ groups: [] })).toThrow(ParameterError)
    await expect(new StreamingPca({ groups: [{ columns: 7 }] }).fit(table)).rejects.toThrow(
      'groups must have 8 columns',
    )
  })

  it('sees what spreads about a mean of 10⁹ spreads in rows of f64, which float32 cannot tell apart', async () => {
    const random = createRandom(4, 'test.pca.far')
    const near0 = Float64Array.from({ length: 3000 }, (_, at) => random.normal() * [3, 2, 1][at % 3]!)
    const far = near0.map((v, at) => v + [1e9, -2e9, 3e9][at % 3]!)
    for (const standardise of [false, true]) {
      const pca = new StreamingPca({ components: 3, standardise })
      // A double near 3·10⁹ has a step of 5·10⁻⁷.
      const wanted = await pca.fit(matrix(near0, 1000, 3))
      const model = await pca.fit(matrix(far, 1000, 3))
      near(model.explainedVariance, [...wanted.explainedVariance], 1e-5)
      near(model.components, [...wanted.components], 1e-5)
      const projected = [...wanted.transform(matrix(near0, 1000, 3)).data]
      near(model.transform(matrix(far, 1000, 3)).data, projected, 1e-4)
      near((await collectRows(model.transformRows(matrix(far, 1000, 3)), { batchSize: 9 })).data, projected, 1e-4)
      expect(PcaModel.from(model.buffer).transform(matrix(far, 1000, 3))).toEqual(model.transform(matrix(far, 1000, 3)))
      const parts = [new ScatterMatrix(3), new ScatterMatrix(3)] as const
      pca.partialFit(parts[0], matrix(far.subarray(0, 900), 300, 3))
      pca.partialFit(parts[1], matrix(far.subarray(900), 700, 3))
      parts[0].merge(parts[1])
      near(pca.solve(parts[0]).explainedVariance, [...wanted.explainedVariance], 1e-5)
    }
  })

  it('reads f64 rows of any stride and batch, and gives f32 rows the bits that it gave', async () => {
    const doubles = Float64Array.from(table.data)
    const pca = new StreamingPca({ components: 3 })
    const wanted = (await pca.fit(table)).buffer
    expect((await pca.fit(matrix(doubles, 60, 8))).buffer).toEqual(wanted)
    const across = new Float64Array(480).map((_, at) => doubles[(at % 60) * 8 + Math.floor(at / 60)]!)
    expect((await pca.fit({ data: across, shape: [60, 8], stride: [1, 60], offset: 0 })).buffer).toEqual(wanted)
    const bad = doubles.slice()
    bad[21] = Number.POSITIVE_INFINITY
    await expect(pca.fit(matrix(bad, 60, 8))).rejects.toThrow('Received Infinity in row 2, column 5')
  })

  it('keeps one component when nothing varies', async () => {
    const model = await new StreamingPca().fit(matrix(new Float32Array(20).fill(3), 10, 2))
    expect(model.columns).toBe(1)
    expect([...model.explainedVarianceRatio]).toEqual([0])
    expect(Math.abs(model.transform(matrix(Float32Array.of(3, 3), 1, 2)).data[0]!)).toBe(0)
  })

  it('keeps its options whatever becomes of the object that it was given', () => {
    const components = { variance: 0.9 }
    const groups = [{ columns: 8, standardise: true }]
    const pca = new StreamingPca({ components, groups })
    components.variance = 7
    groups[0]!.columns = 1
    groups.push({ columns: 2, standardise: false })
    expect(pca.options).toEqual({
      components: { variance: 0.9 },
      standardise: false,
      groups: [{ columns: 8, standardise: true }],
    })
    for (const part of [pca.options, pca.options.components, pca.options.groups, pca.options.groups![0]]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it('consists of parts that make another model of the same bits', async () => {
    const model = await new StreamingPca().fit(table)
    expect(new PcaModel(model).buffer).toEqual(model.buffer)
  })

  it('rejects options, shapes and values that it cannot take', async () => {
    expect(() => new StreamingPca({ components: { variance: 1.2 } })).toThrow(ParameterError)
    expect(() => new StreamingPca({ component: 3 } as object)).toThrow("unknown option 'component'")
    const wrong: object[] = [
      { components: null },
      { components: '3' },
      { components: {} },
      { components: { variance: 0.9, columns: 3 } },
      { standardise: 1 },
      { groups: null },
      { groups: { columns: 8 } },
      { groups: [null] },
      { groups: [8] },
      { groups: [{ columns: 8, standardise: 'yes' }] },
      { groups: [{ columns: 0 }] },
      { groups: [{ columns: 8, scale: 2 }] },
    ]
    for (const options of wrong)
      expect(() => new StreamingPca(options), JSON.stringify(options)).toThrow(ParameterError)
    await expect(new StreamingPca().fit(matrix(new Float32Array(0), 4, 0))).rejects.toThrow(ShapeError)
    await expect(new StreamingPca({ components: 9 }).fit(table)).rejects.toThrow('components must be <= 8 columns')
    await expect(new StreamingPca().fit(matrix(new Float32Array(8), 1, 8))).rejects.toThrow(ShapeError)
    const bad = table.data.slice()
    bad[21] = Number.NaN
    await expect(new StreamingPca().fit(matrix(bad, 60, 8))).rejects.toThrow(
      new NumericalError('StreamingPca: values must be finite. Received NaN in row 2, column 5.'),
    )
  })

  for (const { name, run } of checkEstimator<PcaModel>({
    name: 'StreamingPca',
    fit: (rows, _seed, run) => new StreamingPca({ components: { variance: 0.9 } }).fit(rows, run),
    apply: async (model, rows) => (await collectRows(model.transformRows(toRowSource(rows)))).data,
    toBuffer: (model) => model.buffer,
    fromBuffer: (buffer) => PcaModel.from(buffer),
    seeded: false,
    batchTolerance: 0,
    minimumRows: 2,
  })) {
    it(name, run)
  }
})
