import { type Matrix, matrix } from '@astronomaly/core'
import type { EstimatorCheck } from '@astronomaly/core/testing'
import { averagePathLength } from '@astronomaly/iforest'
import { normalRows, sameBytes, uncounted } from './data.ts'
import { ensure, type FittedForest, type ForestUnderTest } from './forest-under-test.ts'
import { plainPathLength } from './plain-forest.ts'

const rootsOf = ({ forest }: FittedForest): number[] => Array.from(forest.roots.subarray(0, -1))

/** Mean path length of a row by plain recursion. */
function meanLength({ forest, trees }: FittedForest, row: ArrayLike<number>): number {
  let sum = 0
  for (let t = 0; t < trees; t++) sum += plainPathLength(forest, forest.roots[t]!, row)
  return sum / trees
}

function withHoles({ data, shape: [rows, columns] }: Matrix<Float32Array>): Matrix<Float32Array> {
  return matrix(
    data.map((x, i) => (i % 5 === 2 ? Number.NaN : x)),
    rows,
    columns,
  )
}

/** Halves of zeros and of ones: a tree shows in its first cut how much of each it drew. */
const halves = matrix(
  Float32Array.from({ length: 4000 }, (_, i) => Number(i >= 2000)),
  4000,
  1,
)

/** What an isolation forest can do besides fitting and scoring. */
export function capabilityChecks({ fit, fromJSON, extend, merge }: ForestUnderTest): EstimatorCheck[] {
  const check = (name: string, run: () => Promise<void>): EstimatorCheck => ({ name: `forest ${name}`, run })
  return [
    check('is extended to the forest that is fitted with all trees at once', async () => {
      const rows = normalRows(400, 3, 11)
      const few = await fit(rows, { seed: 3, trees: 15 })
      const all = await fit(rows, { seed: 3, trees: 40 })
      const extended = await extend(few, rows, { seed: 3, trees: 40 })
      const cuts = new Set(rootsOf(extended).map((root) => extended.forest.threshold[root]!))
      ensure(cuts.size === 40, `40 trees have only ${cuts.size} different first cuts`)
      ensure(sameBytes(extended.buffer, all.buffer), 'the extended forest is another one')
    }),
    check('merges into all trees of both forests', async () => {
      const rows = normalRows(300, 3, 12)
      const a = await fit(rows, { seed: 1, trees: 10 })
      const b = await fit(rows, { seed: 2, trees: 30 })
      const both = merge(a, b)
      ensure(both.trees === 40, `10 and 30 trees become ${both.trees}`)
      const scores = await both.score(rows)
      for (let k = 0; k < 50; k++) {
        const row = rows.data.subarray(3 * k, 3 * k + 3)
        const length = (10 * meanLength(a, row) + 30 * meanLength(b, row)) / 40
        const expected = 2 ** -(length / averagePathLength(256))
        // 1e-13: the same path lengths in another order, and one power.
        ensure(Math.abs(scores[k]! - expected) < 1e-13, `row ${k} scores ${scores[k]}, not ${expected}`)
      }
    }),
    check('does not merge forests of other columns or another sample size', async () => {
      const a = await fit(normalRows(300, 3, 12), { seed: 1, trees: 2 })
      for (const [columns, sampleSize] of [
        [4, 256],
        [3, 100],
      ] as const) {
        const b = await fit(normalRows(300, columns, 12), { seed: 2, trees: 2, sampleSize })
        let error: unknown
        try {
          merge(a, b)
        } catch (caught) {
          error = caught
        }
        ensure(
          (error as { kind?: string })?.kind === 'parameter',
          `must be a ParameterError. Received ${String(error)}`,
        )
      }
    }),
    check('follows a missing value both ways', async () => {
      const rows = withHoles(normalRows(400, 3, 13))
      const model = await fit(rows, { seed: 1, trees: 20, missing: 'both-ways' })
      const scores = await model.score(rows)
      for (let k = 0; k < 400; k++) {
        const expected = 2 ** -(meanLength(model, rows.data.subarray(3 * k, 3 * k + 3)) / averagePathLength(256))
        // 1e-13: as above.
        ensure(Math.abs(scores[k]! - expected) < 1e-13, `row ${k} scores ${scores[k]}, not ${expected}`)
      }
    }),
    check('grows on rows with missing values, also where none is complete', async () => {
      const rows = normalRows(300, 2, 14)
      for (let i = 0; i < 600; i++) if (i % 2 === (i >> 1) % 2) rows.data[i] = Number.NaN
      const model = await fit(rows, { seed: 1, trees: 20, missing: 'both-ways' })
      for (const root of rootsOf(model)) {
        ensure(model.forest.size[root] === 256, `a tree holds ${model.forest.size[root]} rows`)
      }
    }),
    check('explains a row by the path length that its cuts saved, column by column', async () => {
      const rows = normalRows(300, 3, 15)
      const model = await fit(rows, { seed: 1, trees: 20 })
      const { feature, threshold, left, size, roots } = model.forest
      for (let k = 0; k < 50; k++) {
        const row = rows.data.subarray(3 * k, 3 * k + 3)
        const expected = [0, 0, 0]
        for (let t = 0; t < model.trees; t++) {
          let i = roots[t]!
          while (left[i] !== i) {
            const child = left[i]! + Number(row[feature[i]!]! > threshold[i]!)
            expected[feature[i]!]! += (averagePathLength(size[i]!) - 1 - averagePathLength(size[child]!)) / model.trees
            i = child
          }
        }
        const saved = model.explain(row)
        for (let c = 0; c < 3; c++) {
          // 1e-12: some hundred additions, differences of depths that cancel.
          ensure(Math.abs(saved[c]! - expected[c]!) < 1e-12, `column ${c} saved ${saved[c]}, not ${expected[c]}`)
        }
      }
    }),
    check('comes back from JSON text bit for bit', async () => {
      const model = await fit(normalRows(300, 3, 16), { seed: 1, trees: 5 })
      const copy = fromJSON(JSON.parse(JSON.stringify(model.toJSON())))
      ensure(sameBytes(copy.buffer, model.buffer), 'buffers differ after a round trip')
    }),
    check('draws from the whole of a stream that does not count its rows', async () => {
      const model = await fit(uncounted(halves, 64), { seed: 1 })
      for (const root of rootsOf(model)) {
        const share = model.forest.size[model.forest.left[root]!]! / 256
        // A binomial share of 256 rows has a deviation of 0.03.
        ensure(Math.abs(share - 0.5) < 0.16, `a tree drew ${share} of its rows from the first half`)
      }
    }),
    check('draws rows by their weights', async () => {
      const weights = Float64Array.from({ length: 4000 }, (_, i) => (i < 2000 ? 3 : 1))
      const model = await fit(halves, { seed: 1, bootstrap: true }, { weights })
      let below = 0
      let all = 0
      for (const root of rootsOf(model)) {
        below += model.forest.size[model.forest.left[root]!]!
        all += model.forest.size[root]!
      }
      // Three in four rows are zeros; 25,600 draws have a deviation of 0.003, and some of them repeat each other.
      ensure(Math.abs(below / all - 0.75) < 0.02, `${below / all} of the rows have three times the weight`)
      const never = await fit(halves, { seed: 1 }, { weights: weights.map((w) => Number(w === 3)) })
      ensure(never.forest.left.length === never.trees, 'rows of weight 0 are drawn')
    }),
    check('draws columns anew for each tree', async () => {
      const model = await fit(normalRows(300, 6, 17), { seed: 1, trees: 60, featuresPerTree: 2 })
      const { roots, feature, left } = model.forest
      const sets = new Set<string>()
      for (let t = 0; t < model.trees; t++) {
        const cut = new Set<number>()
        for (let i = roots[t]!; i < roots[t + 1]!; i++) if (left[i] !== i) cut.add(feature[i]!)
        ensure(cut.size === 2, `a tree cuts ${cut.size} columns, not 2`)
        sets.add([...cut].sort().join())
      }
      // 15 pairs; 60 draws leave more than three of them out with probability 3e-4.
      ensure(sets.size >= 12, `60 trees share ${sets.size} pairs of columns`)
    }),
    check('calls the share of anomalies that contamination asks for', async () => {
      const rows = normalRows(1000, 2, 18)
      const model = await fit(rows, { seed: 1, contamination: 0.03 })
      const scores = await model.score(rows)
      const flags = await model.isAnomaly(rows)
      const count = flags.reduce((a, b) => a + b, 0)
      ensure(count === 30, `${count} of 1000 rows are anomalies, not 30`)
      const least = Math.min(...scores.filter((_, i) => flags[i] === 1))
      ensure(
        scores.every((s, i) => flags[i] === 1 || s <= least),
        'others score higher',
      )
    }),
    check('penalises rows beyond the range of a cut', async () => {
      const rows = normalRows(400, 2, 19)
      const strict = await fit(rows, { seed: 1, penalizeRange: true })
      const lax = await fit(rows, { seed: 1 })
      const far = matrix(Float32Array.of(100, 100, 0, 0), 2, 2)
      const [a, b] = [await strict.score(far), await lax.score(far)]
      ensure(a[0]! > b[0]! + 0.05, `a row far away scores ${a[0]}, and ${b[0]} without a penalty`)
    }),
  ]
}
