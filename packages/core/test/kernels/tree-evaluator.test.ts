import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/index.ts'
import { type TreeEnsemble, TreeEvaluator } from '../../src/kernels/index.ts'
import { deepestPadded, linked, packTrees } from '../../src/kernels/pack-trees.ts'
import { sumLeafValues } from '../../src/kernels/sum-leaf-values.ts'
import { allFinite, inBatches, randomRows, randomTrees } from '../support/random-trees.ts'

/** The sum of one row by the definition. */
function walk(trees: TreeEnsemble, row: Float32Array): number {
  let sum = 0
  for (let t = 0; t + 1 < trees.roots.length; t++) {
    let i = trees.roots[t]!
    while (trees.left[i] !== i) i = trees.left[i]! + (row[trees.feature[i]!]! > trees.threshold[i]! ? 1 : 0)
    sum += trees.value[i]!
  }
  return sum
}

describe('TreeEvaluator', () => {
  it('gives the bits of its twin and of the definition, for any trees, values and numbers of rows', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom(0, 0.5, 0.95, 1),
        fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 600 }) }, fc.constant(4500)),
        (seed, columns, count, splits, chain, rowCount) => {
          const random = createRandom(seed, 'test')
          const trees = randomTrees(random, count, columns, splits, chain)
          const rows = randomRows(random, rowCount * columns)
          const sums = new Float64Array(rowCount).fill(7)
          const twin = new Float64Array(rowCount).fill(7)
          expect(new TreeEvaluator(trees, columns).sum(rows, rowCount, sums)).toBe(allFinite(rows))
          sumLeafValues(trees, rows, columns, rowCount, twin)
          expect(sums).toEqual(twin)
          for (let k = 0; k < Math.min(rowCount, 20); k++) {
            expect(sums[k]).toBe(walk(trees, rows.subarray(k * columns, (k + 1) * columns)))
          }
        },
      ),
      { seed: 1, numRuns: 150 },
    )
  })

  it('pads what is near to balanced, links what is deep, and refuses gigabytes', () => {
    const random = createRandom(1, 'test')
    const depthOf = (trees: TreeEnsemble): number => new Uint32Array(packTrees(trees, 3)!.bytes.buffer)[0]!
    expect(depthOf(randomTrees(random, 1, 3, 0, 0))).toBe(3)
    expect(depthOf(randomTrees(random, 1, 3, 500, 1))).toBe(linked)
    const full = 2 ** (deepestPadded + 1) - 1
    const complete: TreeEnsemble = {
      roots: Uint32Array.of(0, full),
      feature: new Int32Array(full),
      threshold: new Float32Array(full).map((_, i) => (2 * i + 1 < full ? 0 : Number.POSITIVE_INFINITY)),
      left: new Int32Array(full).map((_, i) => (2 * i + 1 < full ? 2 * i + 1 : i)),
      value: new Float64Array(full).map((_, i) => i),
    }
    expect(depthOf(complete)).toBe(deepestPadded)
    const sums = new Float64Array(3)
    new TreeEvaluator(complete, 1).sum(Float32Array.of(-1, 0, 1), 3, sums)
    expect([...sums]).toEqual([full >> 1, full >> 1, full - 1])
    expect(packTrees(complete, 2 ** 24)).toBeUndefined()
  })

  it('keeps evaluators apart that take turns', () => {
    const random = createRandom(2, 'test')
    const rows = randomRows(random, 50 * 4)
    const some = Array.from({ length: 3 }, (_, i) => randomTrees(random, 5 + i, 4, 30, 0.5))
    const evaluators = some.map((trees) => new TreeEvaluator(trees, 4))
    for (let turn = 0; turn < 6; turn++) {
      const sums = new Float64Array(50)
      const twin = new Float64Array(50)
      evaluators[turn % 3]!.sum(rows, 50, sums)
      sumLeafValues(some[turn % 3]!, rows, 4, 50, twin)
      expect(sums).toEqual(twin)
    }
  })

  it.each([0, 1, 2, 3])('sums batches in their order with %i threads', async (workers) => {
    const random = createRandom(3, 'test')
    const trees = randomTrees(random, 30, 6, 80, 0.3)
    const rows = randomRows(random, 1000 * 6).map((x, i) => (i >= 600 && !Number.isFinite(x) ? 1 : x))
    const whole = new Float64Array(1000)
    sumLeafValues(trees, rows, 6, 1000, whole)
    const evaluator = new TreeEvaluator(trees, 6)
    // Two streams at a time share the threads.
    const streams = [64, 130].map(async (size) => {
      const sums: number[] = []
      for await (const batch of evaluator.sumBatches(inBatches(rows, 6, size), { workers })) {
        expect(batch.start).toBe(sums.length)
        const own = rows.slice(batch.start * 6, (batch.start + batch.count) * 6)
        expect(batch.data.slice(0, own.length)).toEqual(own)
        expect(batch.finite).toBe(allFinite(own))
        sums.push(...batch.sums)
      }
      expect(Float64Array.from(sums)).toEqual(whole)
    })
    await Promise.all(streams)
  })

  it('stops with the reason of the signal, and can be left early', async () => {
    const random = createRandom(4, 'test')
    const rows = randomRows(random, 2000)
    const evaluator = new TreeEvaluator(randomTrees(random, 3, 2, 10, 0), 2)
    const abort = new AbortController()
    const reason = new Error('enough')
    const read = async (): Promise<void> => {
      for await (const _ of evaluator.sumBatches(inBatches(rows, 2, 100), { workers: 2, signal: abort.signal })) {
        abort.abort(reason)
      }
    }
    await expect(read()).rejects.toBe(reason)
    let batches = 0
    for await (const _ of evaluator.sumBatches(inBatches(rows, 2, 100), { workers: 2 })) if (++batches === 2) break
    expect(batches).toBe(2)
  })
})
