import { GaussianProcess } from '@astronomaly/active-learning'
import { createRandom, matrix } from '@astronomaly/core'
import { type Benchmark, medianSeconds } from './benchmark.ts'
import { randomTable, writeNpy } from './random-table.ts'

/** Direct regression: mean and standard deviation of every row from 500 labels, and a fit. */
export const gp: Benchmark = async ({ rows = 50_000, folder, peers, say }) => {
  const columns = 26
  const table = randomTable(rows, columns, 'gp')
  const labels = Math.min(500, rows >> 1)
  const labelled = createRandom('gp', 'benchmarks.labels').sample(rows, labels).sort()
  const known = matrix(new Float32Array(labels * columns), labels, columns)
  labelled.forEach((row, i) => {
    known.data.set(table.data.subarray(row * columns, (row + 1) * columns), i * columns)
  })
  const ratings = Float64Array.from({ length: labels }, (_, i) => Math.min(5, Math.abs(known.data[i * columns]!)))
  const path = await writeNpy(folder, 'table.npy', table)
  const knownPath = await writeNpy(folder, 'known.npy', known)
  say(`ours: fit ${labels} labels, predict ${rows} rows`)
  const estimator = new GaussianProcess({ seed: 1 })
  const model = await estimator.fit(known, ratings)
  const fit = await medianSeconds(() => estimator.fit(known, ratings), 1)
  const predict = await medianSeconds(() => model.predict(table), 3)
  const figures = await peers<Record<'predict' | 'fit', Record<string, number>>>('gp.py', {
    path,
    knownPath,
    ratings: Array.from(ratings),
  })
  const perMillion = (seconds: number): number => (seconds / rows) * 1e6
  return [
    {
      id: `predict-${labels}`,
      value: perMillion(predict),
      unit: 's per million rows',
      better: 'lower',
      peers: Object.fromEntries(Object.entries(figures.predict).map(([name, s]) => [name, perMillion(s)])),
    },
    { id: `fit-${labels}`, value: fit, unit: 's', better: 'lower', peers: figures.fit },
  ]
}
