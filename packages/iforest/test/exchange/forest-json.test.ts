import { createRandom, FormatError, matrix } from '@astronomaly/core'
import {
  averagePathLength,
  IsolationForest,
  type IsolationForestJson,
  IsolationForestModel,
  importTrees,
  type TreeJson,
} from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalRows, sameBytes } from '../support/data.ts'
import { awkwardRows, randomTree } from '../support/plain-forest.ts'

const rows = normalRows(300, 3)
const fit = (options = {}) => new IsolationForest({ trees: 5, seed: 1, sampleSize: 64, ...options }).fit(rows)
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** What another program would do with one tree. */
function walk(tree: TreeJson, row: ArrayLike<number>): number {
  let node = 0
  while (tree.left[node] !== -1) {
    node = (row[tree.feature[node]!]! <= tree.threshold[node]! ? tree.left : tree.right)[node]!
  }
  return tree.value[node]!
}

describe('a model as JSON', () => {
  it.each([
    ['of 64 rows', {}],
    ['of every scalar', { contamination: 0.07, pathLength: 'exact', missing: 'both-ways' }],
    ['without a limit of depth', { maxDepth: 'unlimited', featuresPerTree: 2 }],
    ['of single leaves', { maxDepth: 0 }],
    ['with oblique cuts', { dimensions: 3 }],
    ['with ranges', { penalizeRange: true }],
    ['with ranges of oblique cuts', { penalizeRange: true, dimensions: 2 }],
  ] as const)('comes back with the same buffer, also as text: a forest %s', async (_, options) => {
    const model = await fit(options)
    const json = model.toJSON()
    expect(sameBytes(IsolationForestModel.fromJSON(json).buffer, model.buffer)).toBe(true)
    // JSON.stringify writes NaN and the infinities as null.
    expect(JSON.stringify(model)).not.toContain('null')
    expect(copyOf(json)).toEqual(json)
    const back = IsolationForestModel.fromJSON(copyOf(model))
    expect(sameBytes(back.buffer, model.buffer)).toBe(true)
    expect(back.scoreMatrix(rows)).toEqual(model.scoreMatrix(rows))
  })

  it('keeps thresholds that are denormal, extreme or zero of either sign', async () => {
    const random = createRandom(1, 'forest-json')
    const odd = [-0, 0, 1.401298464324817e-45, -1.401298464324817e-45, 3.4028234663852886e38, 0.1]
    const trees = odd.map((threshold) => {
      const tree = randomTree(random, 3, 10, 0.5)
      return { ...tree, threshold: Array.from(tree.threshold, (t, i) => (i % 2 ? t : threshold)) }
    })
    const model = importTrees(trees, { columns: 3, sampleSize: 256 })
    const back = IsolationForestModel.fromJSON(copyOf(model))
    expect(sameBytes(back.buffer, model.buffer)).toBe(true)
    const data = matrix(awkwardRows(1, 100, 3), 100, 3)
    expect(back.scoreMatrix(data)).toEqual(model.scoreMatrix(data))
  })

  it('can be read by another program, and by importTrees', async () => {
    const model = await fit()
    const json = copyOf(model.toJSON())
    const lengths = await model.pathLengths(rows)
    for (let k = 0; k < 300; k++) {
      let sum = 0
      for (const tree of json.trees) sum += walk(tree, rows.data.subarray(3 * k, 3 * k + 3))
      expect(sum / json.trees.length).toBe(lengths[k])
    }
    const { columns, sampleSize, pathLength } = json
    const imported = importTrees(json.trees, { columns, sampleSize, pathLength })
    expect(await imported.pathLengths(rows)).toEqual(lengths)
    expect(json.trees[0]!.value[0]).toBe(averagePathLength(64))
  })

  const parsed = async (options = {}): Promise<IsolationForestJson> => copyOf((await fit(options)).toJSON())

  it('is rejected when it is no such object, or of another version', async () => {
    const good = await parsed()
    const proto = JSON.parse('{"__proto__": {"format": "astronomaly-isolation-forest"}}')
    for (const wrong of [null, undefined, 7, 'x', [], [good], {}, proto, Object.create(good), new Map()]) {
      expect(() => IsolationForestModel.fromJSON(wrong)).toThrow(FormatError)
    }
    for (const change of [
      { format: 'other' },
      { format: { toString: null } },
      { version: 2 },
      { version: '1' },
      { trees: {} },
      { trees: [] },
      { trees: [null] },
      { trees: [[]] },
      { trees: new Array(1e9) },
      { extra: 1 },
    ]) {
      expect(() => IsolationForestModel.fromJSON({ ...good, ...change })).toThrow(FormatError)
    }
    const own = JSON.parse('{"__proto__": {"left": [-1]}}')
    expect(() => IsolationForestModel.fromJSON({ ...good, trees: [own] })).toThrow(/have no fields but .* __proto__/)
    expect(({} as { left?: unknown }).left).toBeUndefined()
  })

  it.each(['columns', 'sampleSize', 'missing', 'pathLength', 'offset'] as const)(
    'is rejected by name when %s is missing or wrong',
    async (keyword) => {
      const good = await parsed()
      for (const wrong of [undefined, null, [], {}, { toString: null }, 'x', Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => IsolationForestModel.fromJSON({ ...good, [keyword]: wrong })).toThrow(
          expect.objectContaining({ kind: 'format', keyword }),
        )
      }
    },
  )

  it.each([
    'left',
    'right',
    'feature',
    'threshold',
    'size',
    'value',
    'low',
    'high',
    'termColumns',
    'termWeights',
    'termCentres',
  ] as const)('is rejected when %s of a tree is missing, of another length or no array of numbers', async (name) => {
    const good = await parsed({ penalizeRange: true, dimensions: 2, trees: 2 })
    const array = good.trees[1]![name]!
    const sparse = new Array(2 ** 32 - 1)
    sparse[0] = 1
    const words: unknown[] = [...array]
    words[2] = String(array[2])
    for (const wrong of [
      undefined,
      null,
      {},
      { length: 1e9, 0: 1 },
      [],
      sparse,
      [...array, 0],
      array.slice(1),
      words,
      Float64Array.from(array),
    ]) {
      const trees = [good.trees[0], { ...good.trees[1], [name]: wrong }]
      expect(() => IsolationForestModel.fromJSON({ ...good, trees })).toThrow(FormatError)
    }
    const { [name]: _, ...rest } = good.trees[1]!
    expect(() => IsolationForestModel.fromJSON({ ...good, trees: [good.trees[0], rest] })).toThrow(FormatError)
  })

  it.each<[string, Partial<TreeJson>, string]>([
    ['a node that is its own child', { left: [0, -1, -1], right: [1, -1, -1] }, 'left[0]'],
    ['a cycle', { left: [1, 0, -1], right: [2, 1, -1] }, 'left[1]'],
    ['a child beyond the tree', { left: [2, -1, -1], right: [3, -1, -1] }, 'left[0]'],
    ['half a child', { left: [1.5, -1, -1], right: [2.5, -1, -1] }, 'left[0]'],
    ['another negative child', { left: [-2, -1, -1] }, 'left[0]'],
    ['a right child elsewhere', { right: [1, -1, -1] }, 'right[0]'],
    ['a right child of a leaf', { right: [2, 1, -1] }, 'right[1]'],
    ['a threshold of a leaf', { threshold: [0.5, 1, 0] }, 'threshold[1]'],
    ['a column of a leaf', { feature: [0, 0, -1] }, 'feature[1]'],
    ['a threshold that 32 bits would round', { threshold: [0.1, 0, 0] }, 'threshold[0]'],
    ['a threshold that 32 bits cannot hold', { threshold: [1e39, 0, 0] }, 'threshold[0]'],
    ['a threshold that is no number', { threshold: [Number.NaN, 0, 0] }, 'threshold[0]'],
    ['a column that 32 bits would wrap', { feature: [2 ** 32, -1, -1] }, 'feature[0]'],
    ['half a row', { size: [2, 0.5, 1.5] }, 'size[1]'],
    ['fewer rows than none', { size: [2, -1, 3] }, 'size[1]'],
    ['rows that 32 bits would wrap', { size: [2 ** 32 + 2, 2 ** 32 + 1, 1] }, 'size[0]'],
  ])('is rejected by name for %s', (_, change, keyword) => {
    const stump: TreeJson = {
      left: [1, -1, -1],
      right: [2, -1, -1],
      feature: [0, -1, -1],
      threshold: [0.5, 0, 0],
      size: [2, 1, 1],
      value: [1, 1, 1],
    }
    const model = {
      ...{ format: 'astronomaly-isolation-forest', version: 1, columns: 2, sampleSize: 2, missing: 'reject' },
      ...{ pathLength: 'scikit-learn', offset: 0.5 },
    }
    expect(IsolationForestModel.fromJSON({ ...model, trees: [stump] }).trees).toBe(1)
    expect(() => IsolationForestModel.fromJSON({ ...model, trees: [stump, { ...stump, ...change }] })).toThrow(
      expect.objectContaining({ kind: 'format', keyword: `trees[1].${keyword}` }),
    )
  })

  it('gives a FormatError or a model that scores as another program would, whatever one entry is', async () => {
    const good = await parsed({ trees: 2, sampleSize: 16 })
    const entry = fc.oneof(
      fc.integer({ min: -3, max: 40 }),
      fc.double(),
      fc.constantFrom(2 ** 31, 2 ** 32, -(2 ** 31), Number.MAX_VALUE, -0),
      fc.constantFrom(null, '1', [], {}, true),
    )
    const name = fc.constantFrom('left', 'right', 'feature', 'threshold', 'size', 'value')
    let rejected = 0
    fc.assert(
      fc.property(name, fc.nat(), entry, (field, place, number) => {
        const array: unknown[] = [...good.trees[1]![field]]
        array[place % array.length] = number
        const tree = { ...good.trees[1]!, [field]: array } as TreeJson
        const json = { ...good, trees: [good.trees[0]!, tree] }
        try {
          const model = IsolationForestModel.fromJSON(json)
          const sums = model.scoreMatrix(rows)
          for (let k = 0; k < 300; k += 10) {
            const row = rows.data.subarray(3 * k, 3 * k + 3)
            const mean = (walk(json.trees[0]!, row) + walk(tree, row)) / 2
            // 1e-14: one power of two, taken otherwise.
            expect(Math.abs(sums[k]! - 2 ** -(mean / averagePathLength(16)))).toBeLessThan(1e-14)
          }
        } catch (error) {
          if (!(error instanceof FormatError)) throw error
          rejected++
        }
      }),
      { seed: 5, numRuns: 500 },
    )
    expect(rejected).toBeGreaterThan(300)
    expect(rejected).toBeLessThan(500)
  })
})
