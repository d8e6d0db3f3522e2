import {
  contiguousData,
  createRandom,
  isMatrix,
  matrix,
  type Random,
  type Rows,
  type RunOptions,
  toRowSource,
} from '@astronomaly/core'
import {
  averagePathLength,
  IsolationForest,
  IsolationForestModel,
  type IsolationForestOptions,
} from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { pathLengthFunction } from '../src/average-path-length.ts'
import { concatForests, type FlatForest } from '../src/flat-forest.ts'
import { drawRows } from '../src/grow/draw-rows.ts'
import { growTree } from '../src/grow/grow-tree.ts'
import { type BrokenForest, changed, expectCaught, fittedWith, fitWith, own } from './support/broken-forest.ts'
import { sameBytes } from './support/data.ts'
import { forestChecks } from './support/forest-checks.ts'
import type { FittedForest } from './support/forest-under-test.ts'
import { plainScore } from './support/plain-forest.ts'

/** Puts a forest together from the package's parts, with their random numbers changed. */
async function assemble(
  rows: Rows,
  options: IsolationForestOptions,
  run: RunOptions = {},
  change: (random: Random) => Random = (random) => random,
): Promise<IsolationForestModel> {
  const { trees, seed, bootstrap, sampleSize, missing, pathLength, maxDepth } = new IsolationForest(options).options
  const source = toRowSource(rows)
  const { columns } = source
  const drawn = await drawRows(
    source,
    { trees, sampleSize, bootstrap, missing, seed, randomOf: (tree) => createRandom(seed, 'iforest.rows', tree) },
    run,
  )
  const parts = drawn.trees.map(
    (tree, t): FlatForest =>
      growTree(drawn.data, columns, tree.slice(), change(createRandom(seed, 'iforest.tree', t)), {
        maxDepth:
          maxDepth === 'auto'
            ? Math.ceil(Math.log2(Math.max(drawn.sampleSize, 2)))
            : maxDepth === 'unlimited'
              ? Number.POSITIVE_INFINITY
              : maxDepth,
        features: Uint32Array.from({ length: columns }, (_, i) => i),
        pathLength: pathLengthFunction(drawn.sampleSize, pathLength),
      }),
  )
  return new IsolationForestModel({
    forest: concatForests(parts),
    columns,
    sampleSize: drawn.sampleSize,
    missing,
    pathLength,
    offset: 0.5,
  })
}

let count = 0

/** Forests that fit, score or pack wrongly. */
const broken: BrokenForest[] = [
  [
    'adds the number of the tree to the seed',
    fitWith(async (rows, { trees = 100, seed = 0, ...options }, run) => {
      const one = (t: number) => new IsolationForest({ ...options, trees: 1, seed: Number(seed) + t }).fit(rows, run)
      let all = await one(0)
      for (let t = 1; t < trees; t++) all = all.merge(await one(t))
      return all
    }),
    'shares no tree with the forest of a neighbouring seed',
    /120 trees have only 42 /,
  ],
  [
    'ignores its seed',
    fitWith((rows, options, run) => own.fit(rows, { ...options, seed: 1 }, run)),
    'gives unrelated models for neighbouring seeds',
    /same output/,
  ],
  [
    'takes another seed at each fit',
    fitWith((rows, options, run) => own.fit(rows, { ...options, seed: ++count }, run)),
    'gives the same bits for the same seed',
    /two fits with one seed differ/,
  ],
  [
    'gives each worker a seed of its own',
    fitWith((rows, options, run) => own.fit(rows, run?.workers ? { ...options, seed: run.workers } : options, run)),
    'does not depend on the number of workers',
    /0 and 2 workers differ/,
  ],
  [
    'takes the first 256 rows',
    fitWith((rows, options, run) => {
      if (!isMatrix(rows)) return own.fit(rows, options, run)
      const [n, columns] = rows.shape
      const first = Math.min(256, n)
      const data = Float32Array.from(contiguousData(rows as never)).slice(0, first * columns)
      return own.fit(matrix(data, first, columns), options, run)
    }),
    'draws its rows from the whole table',
    /from the first half/,
  ],
  [
    'looks at the first batch alone',
    fitWith(async (rows, options, run) => {
      for await (const batch of toRowSource(rows).batches()) return own.fit(batch.rows, options, run)
      return own.fit(rows, options, run)
    }),
    'does not depend on the batch size of its input',
    /batches of 1 change the output/,
  ],
  [
    'draws with replacement',
    fitWith((rows, options, run) => own.fit(rows, { ...options, bootstrap: true }, run)),
    'grows each tree on min(256, n) different rows',
    /a tree of 60 rows has/,
  ],
  [
    'grows on all rows',
    fitWith((rows, options, run) => own.fit(rows, { ...options, sampleSize: { fraction: 1 } }, run)),
    'grows each tree on min(256, n) different rows',
    /a tree of 1000 rows has 1000/,
  ],
  [
    'has no limit of depth',
    fitWith((rows, options, run) => own.fit(rows, { maxDepth: 'unlimited', ...options }, run)),
    'stops at the depth ⌈log2 ψ⌉ and reaches it',
    /deep, not 6/,
  ],
  [
    'stops one level early',
    fitWith((rows, options, run) => own.fit(rows, { maxDepth: 5, ...options }, run)),
    'stops at the depth ⌈log2 ψ⌉ and reaches it',
    /is 5 deep, not 6/,
  ],
  [
    'sends a tie to the right',
    fittedWith(({ forest }) => ({
      forest: {
        ...forest,
        threshold: forest.threshold.map((t) => (Number.isFinite(t) ? Math.fround(t * (1 - 2 ** -24)) : t)),
      },
    })),
    'counts in each node the training rows that its cuts send there',
    /claims/,
  ],
  [
    'cuts in the middle',
    fitWith((rows, options, run) => assemble(rows, options, run, (random) => ({ ...random, uniform: () => 0.5 }))),
    'cuts uniformly between the least and the greatest value',
    /not uniform/,
  ],
  [
    'cuts low values more often than high ones',
    fitWith((rows, options, run) =>
      assemble(rows, options, run, (random) => ({ ...random, uniform: () => random.uniform() ** 2 })),
    ),
    'cuts uniformly between the least and the greatest value',
    /not uniform/,
  ],
  [
    'always cuts the first column that varies',
    fitWith((rows, options, run) => assemble(rows, options, run, (random) => ({ ...random, integer: () => 0 }))),
    'chooses uniformly among the columns that vary',
    /columns are cut/,
  ],
  [
    'forgets the rows that a leaf still holds',
    fittedWith((model) => ({
      score: async (rows) => {
        const { forest, columns, sampleSize } = model
        const single = { ...forest, size: forest.size.map((size, i) => (forest.left[i] === i ? 1 : size)) }
        const data = contiguousData(rows as never) as Float32Array
        return Float64Array.from({ length: data.length / columns }, (_, k) =>
          plainScore(single, sampleSize, data.subarray(k * columns, (k + 1) * columns)),
        )
      },
    })),
    'scores by 2^(−mean path length / c(ψ))',
    /row 0 scores/,
  ],
  [
    'normalises by all rows, not by those of a tree',
    fittedWith((model, fitted) => ({
      score: async (rows) => {
        const exponent = averagePathLength(model.sampleSize) / averagePathLength(toRowSource(fitted).rowCount ?? 256)
        return (await model.score(rows)).map((score) => score ** exponent)
      },
    })),
    'scores by 2^(−mean path length / c(ψ))',
    /row 0 scores/,
  ],
  [
    'gives up while columns are left to cut',
    fitWith((rows, options, run) => own.fit(rows, { ...options, featuresPerTree: { fraction: 0.7 } }, run)),
    'splits until a leaf holds one row or equal rows',
    /holds different rows/,
  ],
  [
    'has its sign the wrong way',
    fittedWith((model) => ({ score: async (rows) => (await model.score(rows)).map((score) => 1 - score) })),
    'gives a far outlier the highest score',
    /does not come first/,
  ],
  [
    'scales the scores of a call to its own range',
    fittedWith((model) => ({
      score: async (rows) => {
        const scores = await model.score(rows)
        const low = Math.min(...scores)
        const range = Math.max(...scores) - low || 1
        return scores.map((score) => (score - low) / range)
      },
    })),
    'gives the output of each row whatever rows stand beside it',
    /alone differs/,
  ],
  [
    'centres its input in place',
    fitWith((rows, options, run) => {
      if (isMatrix(rows)) rows.data[0] = rows.data[0]! + 1
      return own.fit(rows, options, run)
    }),
    'leaves its input untouched',
    /wrote to the rows/,
  ],
  [
    'takes NaN for zero',
    fitWith(async (rows, options, run) => {
      const clean = (r: Rows): Rows =>
        isMatrix(r)
          ? matrix(
              Float32Array.from(contiguousData(r as never), (x: number) => x || 0),
              ...r.shape,
            )
          : r
      const model = await new IsolationForest(options).fit(clean(rows), run)
      return changed(model, { score: (r) => model.score(clean(r)) })
    }),
    'rejects values that are not finite, in fitting and in scoring',
    /NaN must be a NumericalError/,
  ],
  [
    'falls back to an empty model when its bytes are damaged',
    {
      ...own,
      from: (buffer) => {
        try {
          return own.from(buffer)
        } catch {
          return { buffer, score: async () => new Float64Array(0) } as unknown as FittedForest
        }
      },
    },
    'rejects a truncated or damaged buffer with a FormatError',
    /truncation to 0 must be a FormatError/,
  ],
  [
    'keeps its thresholds as 16 bits in its buffer',
    {
      ...own,
      from: (buffer) => {
        const { forest, columns, sampleSize, missing, pathLength, offset } = IsolationForestModel.from(buffer)
        const threshold = forest.threshold.map((t) => (Number.isFinite(t) ? Math.round(t * 256) / 256 : t))
        return new IsolationForestModel({
          forest: { ...forest, threshold },
          ...{ columns, sampleSize, missing, pathLength, offset },
        })
      },
    },
    'comes back from its buffer bit for bit',
    /after a round trip/,
  ],
]

describe('the package’s own forest', () => {
  for (const check of forestChecks(own)) it(check.name, check.run)
})

describe('a forest that', () => {
  it('is put together from the parts is the package’s own', async () => {
    const rows = matrix(
      Float32Array.from({ length: 900 }, (_, i) => Math.sin(i * i)),
      300,
      3,
    )
    const options = { seed: 3, trees: 10 }
    expect(sameBytes((await assemble(rows, options)).buffer, (await own.fit(rows, options)).buffer)).toBe(true)
  })

  expectCaught(broken)
})
