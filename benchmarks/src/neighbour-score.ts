import { nearestLabelDistance, neighbourScoreLearner } from '@astronomaly/active-learning'
import { createRandom, type Matrix } from '@astronomaly/core'
import { type Benchmark, medianSeconds } from './benchmark.ts'
import { randomTable, writeNpy } from './random-table.ts'

/** Detector scores and ratings that follow the first column, the same for both sides. */
function scoresOf(table: Matrix<Float32Array>): Float64Array {
  const [rows, columns] = table.shape
  return Float64Array.from({ length: rows }, (_, i) => Math.abs(table.data[i * columns]!))
}

/** The neighbour score: one retraining with 10,000 labels, and the nearest labelled object alone. */
export const neighbourScore: Benchmark = async ({ rows = 50_000, folder, peers, say }) => {
  const columns = 26
  const table = randomTable(rows, columns, 'neighbour-score')
  const labelCount = Math.min(10_000, rows >> 1)
  const labelled = createRandom('neighbour-score', 'benchmarks.labels').sample(rows, labelCount).sort()
  const scores = scoresOf(table)
  const ratings = Float64Array.from(labelled, (row) => Math.min(5, scores[row]!))
  const labels = Array.from(labelled, (row, i) => ({ row, rating: ratings[i]! }))
  const path = await writeNpy(folder, 'table.npy', table)
  say(`ours: retrain with ${labelCount} labels`)
  const learner = neighbourScoreLearner()
  const retrain = await medianSeconds(() => learner.rank({ features: table, scores, labels }), 1)
  const nearest = await medianSeconds(() => nearestLabelDistance(table, labelled), 1)
  const figures = await peers<Record<'retrain' | 'nearest', Record<string, number>>>('neighbour_score.py', {
    path,
    labelled: Array.from(labelled),
    ratings: Array.from(ratings),
  })
  const each = (seconds: Record<string, number>, f: (s: number) => number): Record<string, number> =>
    Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, f(value)]))
  const perMillion = (seconds: number): number => (seconds / rows) * 1e6
  const rate = (seconds: number): number => (rows * labelCount) / seconds / 1e6
  return [
    {
      id: 'retrain',
      value: perMillion(retrain),
      unit: 's per million rows',
      better: 'lower',
      peers: each(figures.retrain, perMillion),
    },
    {
      id: 'nearest',
      value: rate(nearest),
      unit: 'M distances/s',
      better: 'higher',
      peers: each(figures.nearest, rate),
    },
  ]
}
