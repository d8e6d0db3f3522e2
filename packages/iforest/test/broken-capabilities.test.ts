import { contiguousData, isMatrix, matrix, type RowBatch, type Rows, toRowSource } from '@astronomaly/core'
import { IsolationForest, type IsolationForestModel } from '@astronomaly/iforest'
import { describe } from 'vitest'
import { type BrokenForest, changed, expectCaught, fittedWith, fitWith, own } from './support/broken-forest.ts'

/** Forests that do wrongly what a forest does besides fitting and scoring, or that cannot stand company. */
const broken: BrokenForest[] = [
  [
    'repeats its trees when it is extended',
    {
      ...own,
      extend: async (model, rows, options) =>
        own.merge(model, await own.fit(rows, { ...options, trees: options.trees! - model.trees })),
    },
    'is extended to the forest that is fitted with all trees at once',
    /40 trees have only 25 /,
  ],
  [
    'extends by another seed',
    {
      ...own,
      extend: async (model, rows, options) =>
        own.merge(model, await own.fit(rows, { ...options, seed: 4, trees: options.trees! - model.trees })),
    },
    'is extended to the forest that is fitted with all trees at once',
    /another one/,
  ],
  [
    'grows all trees anew on other rows when it is extended',
    { ...own, extend: (_, rows, options) => own.fit(rows, { ...options, bootstrap: true }) },
    'is extended to the forest that is fitted with all trees at once',
    /another one/,
  ],
  [
    'keeps only the larger of two merged forests',
    { ...own, merge: (a, b) => (a.trees > b.trees ? a : b) },
    'merges into all trees of both forests',
    /become 30/,
  ],
  [
    'takes the mean score of merged forests',
    {
      ...own,
      merge: (a, b) =>
        changed(own.merge(a, b) as IsolationForestModel, {
          score: async (rows) => {
            const [x, y] = [await a.score(rows), await b.score(rows)]
            return x.map((score, i) => (score + y[i]!) / 2)
          },
        }),
    },
    'merges into all trees of both forests',
    /row 0 scores/,
  ],
  [
    'merges whatever it is given',
    { ...own, merge: (a) => a },
    'does not merge forests of other columns or another sample size',
    /Received undefined/,
  ],
  [
    'sends missing values to the left',
    fittedWith((model) => ({
      score: async (rows) =>
        model.score(
          matrix(
            Float32Array.from(contiguousData(rows as never), (x: number) => (Number.isNaN(x) ? -3e38 : x)),
            ...(rows as { shape: readonly [number, number] }).shape,
          ),
        ),
    })),
    'follows a missing value both ways',
    /row 0 scores/,
  ],
  [
    'drops incomplete rows before it grows',
    fitWith(async (rows, options, run) => {
      const data = contiguousData(rows as never) as Float32Array
      const { columns } = toRowSource(rows)
      const kept: number[] = []
      for (let at = 0; at < data.length; at += columns) {
        const row = data.subarray(at, at + columns)
        if (!row.some(Number.isNaN)) kept.push(...row)
      }
      const complete = kept.length > 0 ? kept : new Array<number>(columns).fill(0)
      return own.fit(matrix(Float32Array.from(complete), complete.length / columns, columns), options, run)
    }),
    'grows on rows with missing values, also where none is complete',
    /holds 1 rows/,
  ],
  [
    'explains by what the cuts cost',
    fittedWith((model) => ({ explain: (row) => model.explain(row).map((saved) => -saved) })),
    'explains a row by the path length that its cuts saved, column by column',
    /column 0 saved/,
  ],
  [
    'shares what was saved equally among the columns',
    fittedWith((model) => ({
      explain: (row) => {
        const saved = model.explain(row)
        return saved.fill(saved.reduce((a, b) => a + b) / saved.length)
      },
    })),
    'explains a row by the path length that its cuts saved, column by column',
    /column 0 saved/,
  ],
  [
    'writes seven digits of its thresholds to JSON',
    fittedWith((model) => ({
      toJSON: () => {
        const json = model.toJSON()
        const round = (t: number): number => Math.fround(Number(t.toPrecision(7)))
        return { ...json, trees: json.trees.map((tree) => ({ ...tree, threshold: tree.threshold.map(round) })) }
      },
    })),
    'comes back from JSON text bit for bit',
    /after a round trip/,
  ],
  [
    'keeps the last rows of a stream',
    fitWith(async (rows, options, run) => {
      if (isMatrix(rows)) return own.fit(rows, options, run)
      const last: number[] = []
      for await (const batch of rows.batches()) {
        last.push(...contiguousData(batch.rows))
        last.splice(0, last.length - 256 * rows.columns)
      }
      return own.fit(matrix(Float32Array.from(last), last.length / rows.columns, rows.columns), options, run)
    }),
    'draws from the whole of a stream that does not count its rows',
    /drew 1 of its rows/,
  ],
  [
    'ignores weights',
    fitWith((rows, options, { weights: _, ...run } = {}) => own.fit(rows, options, run)),
    'draws rows by their weights',
    /three times the weight/,
  ],
  [
    'takes weights for a yes or no',
    fitWith((rows, options, { weights, ...run } = {}) =>
      own.fit(rows, options, weights ? { ...run, weights: Array.from(weights, (w) => Number(w > 0)) } : run),
    ),
    'draws rows by their weights',
    /three times the weight/,
  ],
  [
    'draws its columns once for all trees',
    fitWith(async (rows, options, run) => {
      const one = (seed: number) => own.fit(rows, { ...options, seed, trees: 1 }, run)
      const first = await one(1)
      const used = new Set(first.forest.feature.filter((_, i) => first.forest.left[i] !== i))
      let all = first
      for (let seed = 2; all.trees < options.trees!; seed++) {
        const tree = await one(seed)
        const same = tree.forest.feature.every((column, i) => tree.forest.left[i] === i || used.has(column))
        all = same ? own.merge(all, tree) : own.merge(all, first)
      }
      return all
    }),
    'draws columns anew for each tree',
    /share 1 pairs/,
  ],
  [
    'draws its columns anew for each cut',
    fitWith((rows, { featuresPerTree: _, ...options }, run) => own.fit(rows, options, run)),
    'draws columns anew for each tree',
    /cuts 6 columns/,
  ],
  [
    'calls the least odd rows anomalies',
    fittedWith((model) => ({
      isAnomaly: async (rows) => {
        const scores = await model.score(rows)
        const bound = [...scores].sort((a, b) => a - b)[30]!
        return Uint8Array.from(scores, (score) => Number(score < bound))
      },
    })),
    'calls the share of anomalies that contamination asks for',
    /others score higher/,
  ],
  [
    'ignores contamination',
    fitWith((rows, { contamination: _, ...options }, run) => own.fit(rows, options, run)),
    'calls the share of anomalies that contamination asks for',
    /of 1000 rows are anomalies/,
  ],
  [
    'ignores penalizeRange',
    fitWith((rows, { penalizeRange: _, ...options }, run) => own.fit(rows, options, run)),
    'penalises rows beyond the range of a cut',
    /without a penalty/,
  ],
  [
    'mixes up fits that run at once',
    (() => {
      let kept: Rows | undefined
      return fitWith(async (rows, options, run) => {
        const before = kept
        kept = rows
        await Promise.resolve()
        const crowded = before !== undefined && isMatrix(rows) && rows.shape[0] === 300 && kept !== rows
        return own.fit(rows, crowded ? { ...options, seed: 99 } : options, run)
      })
    })(),
    'gives the same bits when several fits and applications run at once',
    /disturb each other/,
  ],
  [
    'learns from the rows that it scores',
    fitWith(async (rows, options, run) => {
      const model = await new IsolationForest(options).fit(rows, run)
      let calls = 0
      return changed(model, {
        score: async (r) => {
          calls++
          return (await model.score(r)).map((score) => score ** (1 + calls / 1000))
        },
      })
    }),
    'keeps its model whatever it is applied to and whatever becomes of the rows',
    /outputs differ afterwards/,
  ],
  [
    'reads on after an abort',
    fitWith((rows, options, run) => {
      const { signal, ...rest } = run ?? {}
      return own.fit(rows, options, signal?.aborted ? { ...rest, signal } : rest)
    }),
    'stops with the signal’s own reason when aborted',
    /between batches/,
  ],
  [
    'takes the word of a source for its columns',
    fitWith((rows, options, run) => {
      if (isMatrix(rows)) return own.fit(rows, options, run)
      const { columns } = rows
      const padded = async function* (): AsyncGenerator<RowBatch> {
        for await (const batch of rows.batches()) {
          const [n, width] = batch.rows.shape
          const data = new Float32Array(n * columns)
          for (let i = 0; i < data.length; i++) {
            data[i] = batch.rows.data[Math.floor(i / columns) * width + (i % columns)] ?? 0
          }
          yield { start: batch.start, rows: matrix(data, n, columns) }
        }
      }
      return own.fit({ columns, ...(rows.rowCount && { rowCount: rows.rowCount }), batches: padded }, options, run)
    }),
    'rejects a source that breaks its promises, or does not need them',
    /4 columns must be a ShapeError/,
  ],
]

describe('a forest that', () => {
  expectCaught(broken)
})
