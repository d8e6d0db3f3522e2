import { readFileSync } from 'node:fs'
import { createRandom, type Matrix, matrix, ParameterError, UnsupportedError } from '@astronomaly/core'
import {
  type ForeignTree,
  type ForestToOnnxOptions,
  forestToOnnx,
  IsolationForest,
  type IsolationForestModel,
  importTrees,
} from '@astronomaly/iforest'
import * as runtime from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { normalRows } from '../support/data.ts'
import { awkwardRows, randomTree } from '../support/plain-forest.ts'

/** What ONNX Runtime makes of an exported model. */
async function runOnnx(
  model: IsolationForestModel,
  rows: Matrix<Float32Array>,
  options: ForestToOnnxOptions = {},
): Promise<Float32Array> {
  const session = await runtime.InferenceSession.create(forestToOnnx(model, options), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const name = options.output === 'path-length' ? 'path_length' : 'score'
  expect([session.inputNames, session.outputNames]).toEqual([['rows'], [name]])
  const out = (await session.run({ rows: new runtime.Tensor('float32', rows.data, rows.shape) }))[name]!
  expect(out.dims).toEqual([rows.shape[0], 1])
  await session.release()
  return out.data as Float32Array
}

function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length)
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)))
}

describe('forestToOnnx', () => {
  it('sends awkward rows of odd trees to the leaves that the model sends them to', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed, 'onnx')
      const lean = seed % 4 === 0 ? 1 : 0.5
      const trees = Array.from({ length: 5 }, (_, t) => randomTree(random, 4, 9 * t, lean))
      const model = importTrees(trees, { columns: 4, sampleSize: 256 })
      const rows = matrix(awkwardRows(seed, 200, 4), 200, 4)
      // 2e-5: five sums of up to 40 as 32-bit floats, whose last digit is 4e-6 there. Another leaf is 0.03 away at least.
      expect(worst(await runOnnx(model, rows, { output: 'path-length' }), await model.pathLengths(rows))).toBeLessThan(
        2e-5,
      )
      expect(worst(await runOnnx(model, rows), await model.score(rows))).toBeLessThan(1e-6)
    }
  })

  it('agrees on every tie of values that are thresholds', async () => {
    const random = createRandom(1, 'onnx-ties')
    const values = [1, 1 + 2 ** -23, 1 + 2 ** -22]
    const rows = matrix(
      Float32Array.from({ length: 900 }, () => values[random.integer(3)]!),
      300,
      3,
    )
    const model = await new IsolationForest({ seed: 1 }).fit(rows)
    // 1e-6: as above.
    expect(worst(await runOnnx(model, rows), await model.score(rows))).toBeLessThan(1e-6)
  })

  it('agrees for forests of all shapes, and for any number of rows', async () => {
    const rows = normalRows(300, 5)
    for (const options of [
      { trees: 100 },
      { trees: 1 },
      { trees: 400, sampleSize: 300, maxDepth: 'unlimited', pathLength: 'exact' },
      { trees: 10, maxDepth: 0 },
      { trees: 3, sampleSize: 1 },
    ] as const) {
      const model = await new IsolationForest({ ...options, seed: 1 }).fit(rows)
      const scores = await model.score(rows)
      // 1e-6 and 1e-5: sums of some hundred 32-bit floats around 0, and the rounding of 10 itself.
      expect(worst(await runOnnx(model, rows), scores)).toBeLessThan(1e-6)
      expect(worst(await runOnnx(model, rows, { output: 'path-length' }), await model.pathLengths(rows))).toBeLessThan(
        1e-5,
      )
      const one = matrix(rows.data.slice(10, 15), 1, 5)
      expect(worst(await runOnnx(model, one), scores.subarray(2, 3))).toBeLessThan(1e-6)
    }
  })

  it.skipIf(!hasShared).each(['toy', 'toy_contam', 'closed_form', 'closed_form_maxfeat'])(
    'gives the scores of the scikit-learn forest %s',
    async (name) => {
      const text = readFileSync(sharedFile('golden/sklearn_iforest.json'), 'utf8')
      const golden = JSON.parse(text)[name] as {
        X?: number[][]
        n: number
        d: number
        max_samples: number
        score_samples: number[]
        trees: Record<'left' | 'right' | 'feature' | 'threshold' | 'n_node_samples' | 'features', number[]>[]
      }
      const closedForm = (i: number, j: number): number =>
        Math.sin(1.3 * i + 0.7 * j * j + 0.1 * i * j) + 0.3 * Math.cos(0.05 * i * (j + 1))
      const table =
        golden.X ??
        Array.from({ length: golden.n }, (_, i) => Array.from({ length: golden.d }, (_, j) => closedForm(i, j)))
      const columns = table[0]!.length
      const trees = golden.trees.map((t): ForeignTree => ({ ...t, size: t.n_node_samples, columns: t.features }))
      const model = importTrees(trees, { columns, sampleSize: golden.max_samples })
      const scores = await runOnnx(model, matrix(Float32Array.from(table.flat()), table.length, columns))
      // 1e-6: sums of 100 32-bit floats.
      expect(
        worst(
          scores,
          golden.score_samples.map((s) => -s),
        ),
      ).toBeLessThan(1e-6)
    },
  )

  it('rejects what a TreeEnsembleRegressor cannot express, with the reason', async () => {
    const rows = normalRows(50, 3)
    const both = await new IsolationForest({ trees: 2, missing: 'both-ways' }).fit(rows)
    expect(() => forestToOnnx(both)).toThrow(UnsupportedError)
    expect(() => forestToOnnx(both)).toThrow(/both children/)
    for (const [options, reason] of [
      [{ dimensions: 2 }, /sum of columns/],
      [{ penalizeRange: true }, /more than the leaf/],
      [{ penalizeRange: true, dimensions: 2, missing: 'both-ways' }, /both children.*; oblique.*; penalizeRange/],
    ] as const) {
      const variant = await new IsolationForest({ trees: 2, ...options }).fit(rows)
      expect(() => forestToOnnx(variant)).toThrow(UnsupportedError)
      expect(() => forestToOnnx(variant)).toThrow(reason)
    }
    const model = await new IsolationForest({ trees: 2 }).fit(rows)
    expect(() => forestToOnnx(model, { output: 'depth' as 'score' })).toThrow(ParameterError)
    expect(() => forestToOnnx(model, { opset: 9 } as ForestToOnnxOptions)).toThrow(ParameterError)
  })
})
