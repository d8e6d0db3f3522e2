import { createRandom, matrix } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { checkEstimator, type EstimatorCheck } from '@astronomaly/core/testing'
import type { FlatForest } from '@astronomaly/iforest'
import { capabilityChecks } from './capability-checks.ts'
import { normalRows, rejection } from './data.ts'
import { ensure, type FittedForest, type ForestUnderTest } from './forest-under-test.ts'
import { plainScore } from './plain-forest.ts'

const treesOf = ({ forest }: FittedForest) =>
  Array.from({ length: forest.roots.length - 1 }, (_, t) => ({ root: forest.roots[t]!, end: forest.roots[t + 1]! }))

function leafDepths(forest: FlatForest, root: number): number[] {
  const visit = (node: number, depth: number): number[] => {
    const left = forest.left[node]!
    return left === node ? [depth] : [...visit(left, depth + 1), ...visit(left + 1, depth + 1)]
  }
  return visit(root, 0)
}

/** Largest distance between the empirical distribution of `values` and the uniform one on [0, 1], times √n. */
function uniformDistance(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  return Math.sqrt(n) * Math.max(...sorted.map((x, i) => Math.max(x - i / n, (i + 1) / n - x)))
}

/** The shared suite of every estimator, and what makes an isolation forest one. */
export function forestChecks(forest: ForestUnderTest): EstimatorCheck[] {
  const { fit, from } = forest
  const check = (name: string, run: () => Promise<void>): EstimatorCheck => ({ name: `forest ${name}`, run })
  return [
    ...checkEstimator<FittedForest>({
      name: 'forest',
      fit: (rows, seed, run) => fit(rows, { seed, trees: 20 }, run),
      apply: (model, rows) => model.score(rows),
      toBuffer: (model) => model.buffer,
      fromBuffer: from,
      seeded: true,
      batchTolerance: 0,
      minimumRows: 1,
    }),
    check('gives a far outlier the highest score', async () => {
      const rows = normalRows(400, 3, 2)
      rows.data.fill(30, 3 * 77, 3 * 78)
      const scores = await (await fit(rows, { seed: 1 })).score(rows)
      ensure(rankDescending(scores)[0] === 77, 'the outlier does not come first')
    }),
    check('shares no tree with the forest of a neighbouring seed', async () => {
      const rows = normalRows(400, 3, 3)
      const cuts = new Set<number>()
      for (const seed of [7, 8, 9]) {
        const model = await fit(rows, { seed, trees: 40 })
        for (const { root } of treesOf(model)) cuts.add(model.forest.threshold[root]!)
      }
      ensure(cuts.size === 120, `120 trees have only ${cuts.size} different first cuts`)
    }),
    check('draws its rows from the whole table', async () => {
      // 0 in the first half of the rows, 1 in the second: every tree of 256 rows meets both.
      const rows = matrix(
        Float32Array.from({ length: 5000 }, (_, i) => Number(i >= 2500)),
        5000,
        1,
      )
      const model = await fit(rows, { seed: 1 })
      for (const { root } of treesOf(model)) {
        const share = model.forest.size[model.forest.left[root]!]! / 256
        // A binomial share of 256 rows has a deviation of 0.03.
        ensure(Math.abs(share - 0.5) < 0.16, `a tree drew ${share} of its rows from the first half`)
      }
    }),
    check('grows each tree on min(256, n) different rows', async () => {
      for (const n of [60, 256, 1000]) {
        const size = Math.min(256, n)
        const model = await fit(normalRows(n, 3, 4), { seed: 1, trees: 10, maxDepth: 'unlimited' })
        for (const { root, end } of treesOf(model)) {
          ensure(model.forest.size[root] === size, `a tree of ${n} rows has ${model.forest.size[root]} of them`)
          ensure(end - root === 2 * size - 1, `${size} different rows are not isolated in as many leaves`)
        }
      }
    }),
    check('stops at the depth ⌈log2 ψ⌉ and reaches it', async () => {
      for (const [n, depth] of [
        [60, 6],
        [64, 6],
        [65, 7],
        [1000, 8],
      ] as const) {
        const model = await fit(normalRows(n, 3, 5), { seed: 1, trees: 10 })
        for (const { root } of treesOf(model)) {
          const deepest = Math.max(...leafDepths(model.forest, root))
          ensure(deepest === depth, `a tree of ${n} rows is ${deepest} deep, not ${depth}`)
        }
      }
    }),
    check('counts in each node the training rows that its cuts send there', async () => {
      const random = createRandom(1, 'ties')
      // Neighbouring floats: every threshold falls on a value, so that each tie counts.
      const values = [1, 1 + 2 ** -23, 1 + 2 ** -22]
      const rows = matrix(
        Float32Array.from({ length: 400 }, () => values[random.integer(3)]!),
        200,
        2,
      )
      const model = await fit(rows, { seed: 1, trees: 10 })
      const { left, size, threshold, feature } = model.forest
      for (const { root, end } of treesOf(model)) {
        const counts = new Map<number, number>()
        for (let k = 0; k < 200; k++) {
          for (let node = root; ; ) {
            counts.set(node, (counts.get(node) ?? 0) + 1)
            if (left[node] === node) break
            node = left[node]! + Number(rows.data[2 * k + feature[node]!]! > threshold[node]!)
          }
        }
        for (let i = root; i < end; i++) ensure(counts.get(i) === size[i], `node ${i} claims ${size[i]} rows`)
      }
    }),
    check('splits until a leaf holds one row or equal rows', async () => {
      const random = createRandom(2, 'ties')
      const rows = matrix(
        Float32Array.from({ length: 900 }, () => random.integer(4)),
        300,
        3,
      )
      const model = await fit(rows, { seed: 1, trees: 20, sampleSize: 300, maxDepth: 'unlimited' })
      const { left, threshold, feature } = model.forest
      for (const { root } of treesOf(model)) {
        const held = new Map<number, string>()
        for (let k = 0; k < 300; k++) {
          const row = rows.data.subarray(3 * k, 3 * k + 3)
          let node = root
          while (left[node] !== node) node = left[node]! + Number(row[feature[node]!]! > threshold[node]!)
          ensure((held.get(node) ?? String(row)) === String(row), `leaf ${node} holds different rows`)
          held.set(node, String(row))
        }
      }
    }),
    check('cuts uniformly between the least and the greatest value', async () => {
      const rows = normalRows(200, 1, 6)
      const low = Math.min(...rows.data)
      const high = Math.max(...rows.data)
      const model = await fit(rows, { seed: 1, trees: 400, maxDepth: 1 })
      const distance = uniformDistance(
        treesOf(model).map(({ root }) => (model.forest.threshold[root]! - low) / (high - low)),
      )
      // Kolmogorov: beyond 1.95 with probability 0.001.
      ensure(distance < 1.95, `first cuts are not uniform: distance ${distance}`)
    }),
    check('chooses uniformly among the columns that vary', async () => {
      const rows = normalRows(200, 5, 7)
      for (let i = 0; i < 200; i++) {
        rows.data[5 * i + 1] = 4
        rows.data[5 * i + 3]! *= 1000
      }
      const model = await fit(rows, { seed: 1, trees: 400, maxDepth: 1 })
      const counts = [0, 0, 0, 0, 0]
      for (const { root } of treesOf(model)) counts[model.forest.feature[root]!]!++
      ensure(counts[1] === 0, 'a constant column is cut')
      // Binomial: 100 ± 8.7 of 400.
      for (const column of [0, 2, 3, 4]) ensure(Math.abs(counts[column]! - 100) < 35, `columns are cut ${counts} times`)
    }),
    check('scores by 2^(−mean path length / c(ψ))', async () => {
      const rows = normalRows(600, 3, 8)
      const model = await fit(rows, { seed: 1, trees: 20 })
      const scores = await model.score(rows)
      for (let k = 0; k < 600; k++) {
        const expected = plainScore(model.forest, Math.min(256, 600), rows.data.subarray(3 * k, 3 * k + 3))
        // 1e-13: a sum of 20 path lengths and one power.
        ensure(Math.abs(scores[k]! - expected) < 1e-13, `row ${k} scores ${scores[k]}, not ${expected}`)
      }
    }),
    check('rejects values that are not finite, in fitting and in scoring', async () => {
      const rows = normalRows(300, 2, 9)
      const model = await fit(rows, { seed: 1, trees: 5 })
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const wrong = matrix(rows.data.slice(), 300, 2)
        wrong.data[401] = bad
        for (const call of [() => fit(wrong, { seed: 1, trees: 5 }), () => model.score(wrong)]) {
          const error = await rejection(call)
          ensure(
            (error as { kind?: string })?.kind === 'numerical',
            `${bad} must be a NumericalError. Received ${String(error)}`,
          )
        }
      }
    }),
    ...capabilityChecks(forest),
  ]
}
