import { readFileSync } from 'node:fs'
import { type Matrix, matrix } from '@astronomaly/core'
import { type ForeignTree, importTrees } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'

interface SklearnForest {
  readonly X?: number[][]
  readonly n: number
  readonly d: number
  readonly trees: (Record<'left' | 'right' | 'feature' | 'threshold' | 'n_node_samples' | 'features', number[]> &
    object)[]
  readonly max_samples: number
  readonly offset: number
  readonly score_samples: number[]
  readonly decision_function: number[]
  readonly predict: number[]
}

interface LinkedInForest {
  readonly numSamples: number
  readonly trees: Record<'left' | 'right' | 'feature' | 'threshold' | 'numInstances', number[]>[]
}

function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(sharedFile(`golden/${name}`), 'utf8')) as T
}

function closedForm(n: number, d: number): number[][] {
  return Array.from({ length: n }, (_, i) =>
    Array.from(
      { length: d },
      (_, j) => Math.sin(1.3 * i + 0.7 * j * j + 0.1 * i * j) + 0.3 * Math.cos(0.05 * i * (j + 1)),
    ),
  )
}

function toMatrix(rows: number[][]): Matrix<Float64Array> {
  return matrix(Float64Array.from(rows.flat()), rows.length, rows[0]!.length)
}

describe.skipIf(!hasShared)('importTrees', () => {
  it.each(['toy', 'toy_contam', 'closed_form', 'closed_form_maxfeat'])(
    'reproduces the scikit-learn forest %s',
    async (name) => {
      const golden = readGolden<Record<string, SklearnForest>>('sklearn_iforest.json')[name]!
      const rows = toMatrix(golden.X ?? closedForm(golden.n, golden.d))
      const trees = golden.trees.map((t): ForeignTree => ({ ...t, size: t.n_node_samples, columns: t.features }))
      const model = importTrees(trees, {
        columns: rows.shape[1],
        sampleSize: golden.max_samples,
        offset: -golden.offset,
      })
      const scores = await model.score(rows)
      const anomalies = await model.isAnomaly(rows)
      expect(scores).toHaveLength(golden.score_samples.length)
      for (let i = 0; i < scores.length; i++) {
        // 1e-12: both add up the same path lengths in doubles.
        expect(Math.abs(scores[i]! + golden.score_samples[i]!)).toBeLessThan(1e-12)
        expect(Math.abs(scores[i]! - model.offset + golden.decision_function[i]!)).toBeLessThan(1e-12)
        // A row on the threshold itself is decided by the last bit of either program.
        if (Math.abs(golden.decision_function[i]!) > 1e-12) {
          expect(anomalies[i]).toBe(golden.predict[i]! === -1 ? 1 : 0)
        }
      }
      expect(model.forest.size[0]).toBe(golden.trees[0]!.n_node_samples[0])
    },
  )

  it('reproduces the scores of LinkedIn’s mammography forest', async () => {
    const golden = readGolden<LinkedInForest>('linkedin_mammography_forest.json')
    const lines = readFileSync(sharedFile('golden/linkedin_mammography_scores.csv'), 'utf8').trim().split('\n').slice(1)
    const table = lines.map((line) => line.split(',').map(Number))
    const model = importTrees(
      golden.trees.map((t) => ({ ...t, size: t.numInstances })),
      { columns: 6, sampleSize: golden.numSamples, split: '<', pathLength: 'linkedin' },
    )
    const scores = await model.score(toMatrix(table.map((row) => row.slice(4))))
    expect(scores).toHaveLength(11_183)
    // 3e-7: LinkedIn adds path lengths as 32-bit floats, whose last digit is 6e-8 of the whole, 100 times.
    table.forEach((row, i) => {
      expect(Math.abs(scores[i]! - row[1]!)).toBeLessThan(3e-7)
    })
  })

  it('loads LinkedIn’s shuttle forest, whose leaves hold 256 rows in every tree', () => {
    const golden = readGolden<LinkedInForest>('linkedin_shuttle_forest.json')
    const model = importTrees(
      golden.trees.map((t) => ({ ...t, size: t.numInstances })),
      { columns: 9, sampleSize: golden.numSamples, split: '<', pathLength: 'linkedin' },
    )
    expect(model.trees).toBe(100)
    for (let t = 0; t < model.trees; t++) expect(model.forest.size[model.forest.roots[t]!]).toBe(256)
  })
})
