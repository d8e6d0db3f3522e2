import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/index.ts'
import { type TreeEnsemble, TreeEvaluator } from '../../src/kernels/index.ts'
import { linked, packTrees } from '../../src/kernels/pack-trees.ts'
import { sumVariantLeafValues } from '../../src/kernels/sum-variant-leaf-values.ts'
import { allFinite, inBatches, randomRows, randomTrees, withVariants } from '../support/random-trees.ts'

const finite = (rows: Float32Array): Float32Array<ArrayBuffer> => rows.map((x) => (Number.isFinite(x) ? x : 0.25))

/** The sum of one row by the definition. */
function walk(trees: TreeEnsemble, row: Float32Array): number {
  const { roots, left, feature, threshold, value, low, high, termColumns } = trees
  const terms = (termColumns?.length ?? 0) / left.length
  let sum = 0
  for (let t = 0; t + 1 < roots.length; t++) {
    let i = roots[t]!
    let outside = 0
    while (left[i] !== i) {
      let x = terms > 0 ? 0 : row[feature[i]!]!
      for (let j = i * terms; j < (i + 1) * terms; j++) {
        x += trees.termWeights![j]! * (row[termColumns![j]!]! - trees.termCentres![j]!)
      }
      x = Math.fround(x)
      if (low && high && !(x >= low[i]! && x <= high[i]!)) outside++
      i = left[i]! + (x > threshold[i]! ? 1 : 0)
    }
    sum += value[i]! - outside
  }
  return sum
}

describe('TreeEvaluator, trees with ranges or linear cuts', () => {
  it('gives the bits of its twin and of the definition, for any trees, finite values and numbers of rows', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom(0, 0.5, 0.95, 1),
        fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 400 }) }, fc.constant(2500)),
        fc.integer({ min: 0, max: 7 }),
        fc.boolean(),
        (seed, columns, count, splits, chain, rowCount, terms, ranges) => {
          const random = createRandom(seed, 'test')
          const plain = randomTrees(random, count, columns, splits, chain)
          const trees = withVariants(random, plain, columns, ranges || terms < 2, terms)
          const rows = finite(randomRows(random, rowCount * columns))
          const sums = new Float64Array(rowCount).fill(7)
          const twin = new Float64Array(rowCount).fill(7)
          expect(new TreeEvaluator(trees, columns).sum(rows, rowCount, sums)).toBe(true)
          sumVariantLeafValues(trees, rows, columns, rowCount, twin)
          expect(sums).toEqual(twin)
          for (let k = 0; k < Math.min(rowCount, 20); k++) {
            expect(sums[k]).toBe(walk(trees, rows.subarray(k * columns, (k + 1) * columns)))
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })

  it('counts no cut when a value lies on the edge of its range, and one just beyond', () => {
    const edges = [-3e38, -1, -1.4e-45, 0, 1.4e-45, 1, 3.4028234663852886e38]
    for (const low of edges) {
      for (const high of edges.filter((x) => x > low)) {
        const trees: TreeEnsemble = {
          roots: Uint32Array.of(0, 3),
          feature: new Int32Array(3),
          threshold: Float32Array.of(low, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
          left: Int32Array.of(1, 1, 2),
          value: Float64Array.of(0, 10, 20),
          low: Float32Array.of(low, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY),
          high: Float32Array.of(high, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
        }
        const rows = Float32Array.from([...edges, -0])
        const sums = new Float64Array(rows.length)
        new TreeEvaluator(trees, 1).sum(rows, rows.length, sums)
        const a = Math.fround(low)
        const b = Math.fround(high)
        expect([...sums]).toEqual([...rows].map((x) => (x > a ? 20 : 10) - (x < a || x > b ? 1 : 0)))
      }
    }
  })

  it('pads trees of up to 64 KiB and links the others', () => {
    const random = createRandom(1, 'test')
    const shapeOf = (splits: number, terms: number): number => {
      const trees = withVariants(random, chainOf(splits), 3, true, terms)
      return new Uint32Array(packTrees(trees, 3)!.bytes.buffer)[0]!
    }
    expect(shapeOf(0, 0)).toBe(256 + 3)
    expect(shapeOf(10, 0)).toBe(256 + 10)
    expect(shapeOf(20, 0)).toBe(256 + linked)
    expect(shapeOf(10, 2)).toBe(512 + 10)
    expect(shapeOf(9, 3)).toBe(768 + 9)
    expect(shapeOf(10, 3)).toBe(768 + linked)
  })

  it.each([0, 1, 2, 3])('sums batches in their order with %i threads', async (workers) => {
    const random = createRandom(3, 'test')
    const trees = withVariants(random, randomTrees(random, 30, 6, 80, 0.3), 6, true, 3)
    const rows = finite(randomRows(random, 1000 * 6))
    const whole = new Float64Array(1000)
    sumVariantLeafValues(trees, rows, 6, 1000, whole)
    const sums: number[] = []
    for await (const batch of new TreeEvaluator(trees, 6).sumBatches(inBatches(rows, 6, 130), { workers })) {
      expect(batch.finite).toBe(true)
      sums.push(...batch.sums)
    }
    expect(Float64Array.from(sums)).toEqual(whole)
  })

  it('says when a value is not finite, and then gives all other rows their sums', () => {
    const random = createRandom(4, 'test')
    const rows = randomRows(random, 200 * 5)
    const complete = Array.from({ length: 200 }, (_, k) => allFinite(rows.subarray(k * 5, k * 5 + 5)))
    for (const terms of [1, 2]) {
      const trees = withVariants(random, randomTrees(random, 9, 5, 40, 0.4), 5, true, terms)
      const sums = new Float64Array(200)
      const twin = new Float64Array(200)
      expect(new TreeEvaluator(trees, 5).sum(rows, 200, sums)).toBe(false)
      sumVariantLeafValues(trees, rows, 5, 200, twin)
      expect(sums.filter((_, k) => complete[k])).toEqual(twin.filter((_, k) => complete[k]))
    }
  })
})

/** One tree whose every cut has a leaf on its right. */
function chainOf(splits: number): TreeEnsemble {
  const nodes = 2 * splits + 1
  const isCut = (i: number): boolean => i < nodes - 1 && (i === 0 || i % 2 === 1)
  return {
    roots: Uint32Array.of(0, nodes),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes).map((_, i) => (isCut(i) && i !== nodes - 2 ? 0 : Number.POSITIVE_INFINITY)),
    left: new Int32Array(nodes).map((_, i) => (i === 0 ? 1 : isCut(i) && i !== nodes - 2 ? i + 2 : i)),
    value: new Float64Array(nodes).map((_, i) => i),
  }
}
