import { createRandom, meanAndStd } from '@astronomaly/core'
import type { FlatForest } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { pathLengthFunction } from '../../src/average-path-length.ts'
import { type GrowVariantOptions, growVariantTree } from '../../src/grow/grow-variant-tree.ts'
import { normalRows } from '../support/data.ts'

const columns = 5
/** 300 rows on very different scales, the last column constant, with ties in the third. */
const data = normalRows(300, columns, 3).data.map((x, i) => {
  const column = i % columns
  return column === 4 ? 7 : column === 2 ? Math.round(x) : x * 10 ** (3 * column) + 50
})

function grow(options: Partial<GrowVariantOptions>, tree = 0, from = data): FlatForest {
  const rows = from.length / columns
  return growVariantTree(
    from,
    columns,
    Uint32Array.from({ length: rows }, (_, i) => i),
    createRandom(1, 'grow', tree),
    {
      ...{ maxDepth: 9, pathLength: pathLengthFunction(rows, 'scikit-learn'), ranges: true },
      ...{ features: Uint32Array.from({ length: columns }, (_, i) => i), dimensions: 1, split: 'uniform' },
      ...options,
    },
  )
}

/** A node as its training rows see it, found by sending them down the tree. */
interface SeenNode {
  readonly node: number
  readonly depth: number
  readonly rows: readonly number[]
  /** What the cut gives each row, by the definition. */
  readonly values: readonly number[]
}

function walk(tree: FlatForest, from = data): SeenNode[] {
  const k = tree.termColumns ? tree.termColumns.length / tree.left.length : 1
  const visit = (node: number, depth: number, rows: readonly number[]): SeenNode[] => {
    const values = rows.map((row) => {
      if (!tree.termColumns) return from[row * columns + tree.feature[node]!]!
      let sum = 0
      for (let j = 0; j < k; j++) {
        const x = from[row * columns + tree.termColumns[node * k + j]!]!
        sum += tree.termWeights![node * k + j]! * (x - tree.termCentres![node * k + j]!)
      }
      return Math.fround(sum)
    })
    const left = tree.left[node]!
    const seen = { node, depth, rows, values }
    if (left === node) return [seen]
    return [
      seen,
      ...visit(
        left,
        depth + 1,
        rows.filter((_, i) => values[i]! <= tree.threshold[node]!),
      ),
      ...visit(
        left + 1,
        depth + 1,
        rows.filter((_, i) => values[i]! > tree.threshold[node]!),
      ),
    ]
  }
  return visit(
    0,
    0,
    Array.from({ length: from.length / columns }, (_, i) => i),
  )
}

const columnOf = (rows: readonly number[], column: number): number[] => rows.map((row) => data[row * columns + column]!)
const varying = (rows: readonly number[]): number[] =>
  Array.from({ length: columns }, (_, c) => c).filter((c) => new Set(columnOf(rows, c)).size > 1)
const cuts = (tree: FlatForest): SeenNode[] => walk(tree).filter(({ node }) => tree.left[node] !== node)

/** Largest distance between the empirical distribution of `values` and `cumulative`, times √n. */
function kolmogorov(values: readonly number[], cumulative: (x: number) => number): number {
  const n = values.length
  const sorted = [...values].sort((a, b) => a - b).map(cumulative)
  return Math.sqrt(n) * Math.max(...sorted.map((p, i) => Math.max(p - i / n, (i + 1) / n - p)))
}

/** Φ by the rational approximation of Abramowitz & Stegun 7.1.26: error below 1e-7. */
function normalCumulative(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x) * Math.SQRT1_2)
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const erf = 1 - poly * Math.exp(-x * x * 0.5)
  return 0.5 * (1 + Math.sign(x) * erf)
}

const ways: Partial<GrowVariantOptions>[] = [
  { split: 'pooled-gain' },
  { dimensions: 2 },
  { dimensions: 4 },
  { dimensions: 2, split: 'pooled-gain' },
]

describe.each(ways)('growVariantTree with %j', (options) => {
  const trees = Array.from({ length: 8 }, (_, t) => grow(options, t))

  it('counts the rows that its cuts send to each node, never none, and keeps their range', () => {
    for (const tree of trees) {
      for (const { node, rows, values } of walk(tree)) {
        const counted = rows.length === tree.size[node] && rows.length > 0
        const leaf = tree.left[node] === node
        const ranged = tree.low![node] === Math.min(...values) && tree.high![node] === Math.max(...values)
        expect(counted && (leaf || ranged), `node ${node}`).toBe(true)
      }
    }
  })

  it('stops at its depth, at one row, or where no column varies', () => {
    for (const tree of trees) {
      for (const { node, depth, rows } of walk(tree)) {
        const done = depth === 9 || rows.length === 1 || varying(rows).length === 0
        expect(tree.left[node] === node).toBe(done)
      }
    }
  })
})

describe('oblique cuts', () => {
  const trees = Array.from({ length: 40 }, (_, t) => grow({ dimensions: 3 }, t))

  it('combine as many different columns as they may, of those that vary', () => {
    const counts = new Map<number, number>()
    for (const tree of trees) {
      for (const { node, rows } of cuts(tree)) {
        const terms = [0, 1, 2].filter((j) => tree.termWeights![3 * node + j] !== 0)
        const used = terms.map((j) => tree.termColumns![3 * node + j]!)
        const free = varying(rows)
        const right = new Set(used).size === Math.min(3, free.length) && used.every((column) => free.includes(column))
        expect(right, `node ${node}`).toBe(true)
        if (node === 0) for (const column of used) counts.set(column, (counts.get(column) ?? 0) + 1)
      }
    }
    // Three of the four columns that vary: 30 ± 2.7 of 40 trees each.
    for (const column of [0, 1, 2, 3]) expect(Math.abs(counts.get(column)! - 30)).toBeLessThan(11)
  })

  it('take the mean of the node from each value and weight it by a normal number over the deviation', () => {
    const normals: number[] = []
    let misplaced = 0
    for (const tree of trees) {
      for (const { node, rows } of cuts(tree)) {
        for (let j = 3 * node; j < 3 * node + 3; j++) {
          if (tree.termWeights![j] === 0) continue
          const { mean, std } = meanAndStd(columnOf(rows, tree.termColumns![j]!))
          // Stored as f32, 6e-8 of the value; the rest is the order of the sum.
          const far = Math.abs(tree.termCentres![j]! - mean) / (1e-7 * Math.abs(mean) + 1e-6 * std)
          if (far > 1) misplaced++
          normals.push(tree.termWeights![j]! * std)
        }
      }
    }
    expect([misplaced, normals.length > 5000]).toEqual([0, true])
    // Kolmogorov: beyond 1.95 with probability 0.001.
    expect(kolmogorov(normals, normalCumulative)).toBeLessThan(1.95)
  })

  it('lie uniformly in the range of the sums', () => {
    const shares: number[] = []
    for (let t = 0; t < 400; t++) {
      const tree = grow({ dimensions: 3, maxDepth: 1 }, t)
      shares.push((tree.threshold[0]! - tree.low![0]!) / (tree.high![0]! - tree.low![0]!))
    }
    expect(kolmogorov(shares, (x) => x)).toBeLessThan(1.95)
  })

  it('are the same when a column is moved to another scale by a power of two', () => {
    const scaled = data.map((x, i) => (i % columns === 1 ? x * 2 ** -12 : x))
    const tree = grow({ dimensions: 2 })
    const other = grow({ dimensions: 2 }, 0, scaled)
    expect(other.threshold).toEqual(tree.threshold)
    expect(other.size).toEqual(tree.size)
  })

  it('cut one column where rounding leaves no two different sums, and where all weights would vanish', () => {
    // Two columns that are each other’s mirror image, and one whose deviation is beyond what 1/f32 can weigh.
    const mirror = Float32Array.from(
      { length: 50 },
      (_, i) => [i >> 2, -(i >> 2), 0, i % 3 === 0 ? 3e38 : -3e38, 1e-44 * i][i % columns]!,
    )
    for (let t = 0; t < 50; t++) {
      const tree = grow({ dimensions: 2 }, t, mirror)
      expect(walk(tree, mirror).every(({ node, rows }) => rows.length === tree.size[node] && rows.length > 0)).toBe(
        true,
      )
      expect(tree.termWeights!.every(Number.isFinite)).toBe(true)
      expect(tree.left[0]).toBe(1)
    }
  })
})

describe('pooled-gain cuts', () => {
  it.each([1, 2])('part the rows of each node best, with cuts of %d columns', (dimensions) => {
    const spread = (values: readonly number[]): number => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      return Math.sqrt(values.length * values.reduce((sum, x) => sum + (x - mean) ** 2, 0))
    }
    for (let t = 0; t < 3; t++) {
      const tree = grow({ dimensions, split: 'pooled-gain' }, t)
      for (const { node, values } of cuts(tree)) {
        const left = (threshold: number): number => {
          return spread(values.filter((x) => x <= threshold)) + spread(values.filter((x) => x > threshold))
        }
        const highest = Math.max(...values)
        const best = Math.min(...values.filter((x) => x < highest).map(left))
        // 1e-6: see pooled-gain.test.ts.
        expect(left(tree.threshold[node]!)).toBeLessThan(best + 1e-6 * spread(values))
      }
    }
  })
})

describe('missing values in growth', () => {
  const holes = createRandom(5, 'holes')
  const holed = data.map((x) => (holes.uniform() < 0.3 ? Number.NaN : x))

  it('count in no range and no centre, and go to both sides', () => {
    for (const options of ways) {
      let met = 0
      for (let t = 0; t < 10; t++) {
        const tree = grow({ ...options, maxDepth: 1 }, t, holed)
        const [root] = walk(tree, holed)
        const present = root!.values.filter((x) => !Number.isNaN(x))
        expect([tree.low![0], tree.high![0]]).toEqual([Math.min(...present), Math.max(...present)])
        const below = present.filter((x) => x <= tree.threshold[0]!).length
        const missing = 300 - present.length
        const sent = tree.size[1]! - below
        expect(sent).toBeGreaterThanOrEqual(0)
        expect(sent).toBeLessThanOrEqual(missing)
        // A binomial number: five deviations.
        const share = below / present.length
        expect(Math.abs(sent - missing * share)).toBeLessThan(5 * Math.sqrt(missing * share * (1 - share)) + 1)
        met += sent
      }
      expect(met).toBeGreaterThan(0)
    }
  })

  it('make a leaf of rows that lack every value', () => {
    const nothing = new Float32Array(50).fill(Number.NaN)
    for (const options of ways) expect(grow(options, 0, nothing).left).toEqual(Int32Array.of(0))
  })
})
