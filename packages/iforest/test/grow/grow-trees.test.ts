import { createRandom, matrix, ParameterError } from '@astronomaly/core'
import { IsolationForest } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { pathLengthFunction } from '../../src/average-path-length.ts'
import { concatForests, type FlatForest } from '../../src/flat-forest.ts'
import { growTree } from '../../src/grow/grow-tree.ts'
import { growTrees } from '../../src/grow/grow-trees.ts'
import { IsolationTreeKernel, sampleByKernel } from '../../src/grow/isolation-tree-kernel.ts'
import { normalRows, sameBytes } from '../support/data.ts'

/** Trees grown by the TypeScript twin alone, one by one, in memory of their own. */
function plainTrees(
  data: Float32Array,
  columns: number,
  trees: readonly Uint32Array[],
  maxDepth: number,
  seed: number,
  ranges: boolean,
): FlatForest {
  return concatForests(
    trees.map((rows, t) =>
      growTree(data, columns, rows, createRandom(seed, 'iforest.tree', t), {
        ...{ maxDepth, ranges },
        features: Uint32Array.from({ length: columns }, (_, c) => c),
        pathLength: pathLengthFunction(rows.length, 'scikit-learn'),
      }),
    ),
  )
}

function expectSameForest(a: FlatForest, b: FlatForest): void {
  expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort())
  for (const [name, array] of Object.entries(b) as [keyof FlatForest, Float32Array][]) {
    const other = a[name]!
    expect(other.constructor, name).toBe(array.constructor)
    expect(sameBytes(other.slice().buffer as ArrayBuffer, array.slice().buffer as ArrayBuffer), name).toBe(true)
  }
}

describe('the WebAssembly grower', () => {
  it('can be had here, for trees that are not too large', () => {
    const shape = { rows: 256, columns: 26, maxDepth: 8, pathLength: () => 0 }
    expect(IsolationTreeKernel.of(shape)).toBeDefined()
    expect(IsolationTreeKernel.of({ ...shape, rows: 2 ** 16 })).toBeUndefined()
    expect(IsolationTreeKernel.of({ ...shape, columns: 1025 })).toBeUndefined()
  })

  it('refuses a shape without rows, more rows than it has room for, and rows that others may have written over', () => {
    const shape = { rows: 8, columns: 2, maxDepth: 3, pathLength: () => 0 }
    for (const wrong of [{ rows: 0 }, { rows: 1.5 }, { columns: 0 }, { columns: Number.NaN }, { maxDepth: -1 }]) {
      expect(() => IsolationTreeKernel.of({ ...shape, ...wrong }), JSON.stringify(wrong)).toThrow(ParameterError)
    }
    const kernel = IsolationTreeKernel.of(shape)!
    const grow = (count: number) => kernel.grow(count, 1, 'tree', 0)
    expect(() => kernel.tree).toThrow(ParameterError)
    expect(() => grow(8)).toThrow(ParameterError)
    kernel.rows().fill(1)
    for (const count of [0, 9, 1.5, Number.NaN]) {
      expect(() => grow(count)).toThrow(ParameterError)
      expect(() => kernel.areFinite(count)).toThrow(ParameterError)
    }
    expect(grow(8)).toBe(1)
    sampleByKernel(1, 'rows', 0, 100, 10)
    expect(() => grow(8)).toThrow(ParameterError)
    kernel.rows().fill(1)
    IsolationTreeKernel.of(shape)!.rows()
    expect(() => kernel.areFinite(8)).toThrow(ParameterError)
  })

  it('gives the bits of its twin: ties, signed zeros, denormals, extremes, constant columns, any depth', async () => {
    const values = fc.constantFrom(-0, 0, 1, 1 + 2 ** -23, 1 + 2 ** -22, -5, 1e-45, -1e-40, 3.4e38, -3.4e38, 7, 0.1)
    const cases = fc
      .record({ rows: fc.integer({ min: 1, max: 60 }), columns: fc.integer({ min: 1, max: 9 }) })
      .chain(({ rows, columns }) =>
        fc.record({
          columns: fc.constant(columns),
          values: fc.array(values, { minLength: rows * columns, maxLength: rows * columns }),
          maxDepth: fc.constantFrom(0, 1, 3, 8, 'unlimited' as const),
          seed: fc.nat(),
          penalizeRange: fc.boolean(),
        }),
      )
    await fc.assert(
      fc.asyncProperty(cases, async ({ columns, values, maxDepth, seed, penalizeRange }) => {
        const data = Float32Array.from(values)
        const n = data.length / columns
        const trees = Array.from({ length: 4 }, (_, t) => createRandom(seed, 'rows', t).sample(n, n))
        const { options } = new IsolationForest({ maxDepth, seed, penalizeRange })
        const drawn = { data, trees, sampleSize: n }
        const deepest = maxDepth === 'unlimited' ? Number.POSITIVE_INFINITY : maxDepth
        expectSameForest(
          await growTrees(drawn, columns, 0, options, {}),
          plainTrees(data, columns, trees, deepest, seed, penalizeRange),
        )
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  it('gives the bits of its twin for large trees, and when several forests grow in turns', async () => {
    const shapes = [
      [5000, 5],
      [300, 40],
      [1000, 3],
    ] as const
    const forests = await Promise.all(
      shapes.map(async ([n, columns], i) => {
        const { data } = normalRows(n, columns, i)
        const trees = Array.from({ length: 6 }, (_, t) => createRandom(i, 'rows', t).sample(n, n))
        const { options } = new IsolationForest({ maxDepth: 'unlimited', seed: i })
        const grown = growTrees({ data, trees, sampleSize: n }, columns, 0, options, {})
        return [await grown, plainTrees(data, columns, trees, Number.POSITIVE_INFINITY, i, false)] as const
      }),
    )
    for (const [grown, plain] of forests) expectSameForest(grown, plain)
  })

  it('leaves rows with missing values to the twin, in a forest with others', async () => {
    const rows = normalRows(400, 3)
    rows.data[3 * 17 + 1] = Number.NaN
    const holed = await new IsolationForest({ missing: 'both-ways', trees: 40, sampleSize: 100 }).fit(rows)
    rows.data[3 * 17 + 1] = 0
    const whole = await new IsolationForest({ missing: 'both-ways', trees: 40, sampleSize: 100 }).fit(rows)
    const equal = (t: number): boolean => {
      const of = ({ forest }: typeof whole) => forest.threshold.slice(forest.roots[t], forest.roots[t + 1])
      return String(of(holed)) === String(of(whole))
    }
    const trees = Array.from({ length: 40 }, (_, t) => t)
    // A quarter of the trees draw row 17, and most of these cut column 1 somewhere.
    expect(trees.filter(equal).length).toBeGreaterThan(20)
    expect(trees.every(equal)).toBe(false)
  })
})

it('fits to the same bits where there is no WebAssembly', async () => {
  const rows = normalRows(2000, 5)
  const model = await new IsolationForest({ trees: 10, seed: 3 }).fit(rows)
  vi.stubGlobal('WebAssembly', undefined)
  vi.resetModules()
  try {
    const core = await import('../../src/grow/isolation-tree-kernel.ts')
    const { IsolationForest: Bare } = await import('@astronomaly/iforest')
    expect(core.sampleByKernel(1, 'rows', 0, 2000, 256)).toBeUndefined()
    const bare = await new Bare({ trees: 10, seed: 3 }).fit(rows)
    expect(sameBytes(bare.buffer, model.buffer)).toBe(true)
  } finally {
    vi.unstubAllGlobals()
    vi.resetModules()
  }
})

describe('sampleByKernel', () => {
  it('draws what the twin draws', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 0xffffffff }),
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(),
        (n, k, seed) => {
          const count = Math.min(k, n >>> 1)
          expect(sampleByKernel(seed, 'rows', k, n, count)).toEqual(createRandom(seed, 'rows', k).sample(n, count))
        },
      ),
      {
        seed: 8,
        numRuns: 200,
        examples: [
          [0xffffffff, 2000, 1],
          [2, 1, 0],
          [300, 150, 5],
        ],
      },
    )
  })

  it('leaves what it cannot draw to the twin', () => {
    expect(sampleByKernel(1, 'rows', 0, 10, 6)).toBeUndefined()
    expect(sampleByKernel(1, 'rows', 0, 10, 0)).toBeUndefined()
    expect(sampleByKernel(1, 'rows', 0, 10, 1.5)).toBeUndefined()
    expect(sampleByKernel(1, 'rows', 0, 10.5, 2)).toBeUndefined()
    expect(sampleByKernel(1, 'rows', 0, 2 ** 32, 5)).toBeUndefined()
    expect(sampleByKernel(1, 'rows', 0, 2 ** 30, 2 ** 20)).toBeUndefined()
  })
})

it('grows a forest of more nodes than it reckoned with', async () => {
  const rows = normalRows(600, 2)
  const { forest } = await new IsolationForest({ maxDepth: 'unlimited', sampleSize: 600, trees: 20 }).fit(rows)
  expect(forest.left).toHaveLength(20 * 1199)
  const equal = matrix(new Float32Array(1200).fill(3), 600, 2)
  expect((await new IsolationForest({ sampleSize: 600, trees: 20 }).fit(equal)).forest.left).toHaveLength(20)
})
