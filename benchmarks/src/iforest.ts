import { rowRange } from '@astronomaly/core'
import { IsolationForest } from '@astronomaly/iforest'
import { type Benchmark, medianSeconds, medianSecondsOfEach } from './benchmark.ts'
import { randomTable, writeNpy } from './random-table.ts'

/** What each peer reports, by its name and version. */
type PeerFigures = Readonly<Record<'score' | 'pair' | 'deep' | 'fit' | 'small', Readonly<Record<string, number>>>>

/** Fits of some milliseconds: so many that compilers and caches have settled, here and in the peers. */
const fits = 101

/** Isolation forest: scoring rate on one core and on two, fitting, and a call for ten rows. */
export const iforest: Benchmark = async ({ rows = 200_000, folder, peers, say }) => {
  const columns = 26
  const table = randomTable(rows, columns, 'iforest')
  const deepRows = rowRange(table, 0, Math.max(1, Math.floor(rows / 10)))
  const small = rowRange(table, 0, Math.min(10, rows))
  const path = await writeNpy(folder, 'table.npy', table)

  say('ours: 100 trees of 256 rows')
  const estimator = new IsolationForest({ trees: 100, sampleSize: 256, seed: 1 })
  const model = await estimator.fit(table)
  const fit = await medianSeconds(() => estimator.fit(table), fits)
  const inline = (): Promise<Float64Array> => model.score(table)
  const [score = 0, pair = 0] = await medianSecondsOfEach([inline, () => model.score(table, { workers: 2 })], 15)
  say(`ours: two workers are ${(score / pair).toFixed(2)} times as fast as one core`)
  const calls = 200
  const smallCall = await medianSeconds(() => {
    for (let i = 0; i < calls; i++) model.scoreMatrix(small)
  })
  say('ours: 1,024 trees of 1,024 rows')
  const deepModel = await new IsolationForest({ trees: 1024, sampleSize: 1024, seed: 1 }).fit(table)
  const deep = await medianSeconds(() => deepModel.score(deepRows), 3)
  const figures = await peers<PeerFigures>('iforest.py', { path, deepRows: deepRows.shape[0], fits })
  return [
    {
      id: 'score.core',
      value: (rows * 100) / score / 1e6,
      unit: 'M sample-trees/s',
      better: 'higher',
      peers: figures.score,
    },
    {
      id: 'score.two-workers',
      value: (rows * 100) / pair / 1e6,
      unit: 'M sample-trees/s',
      better: 'higher',
      peers: figures.pair,
    },
    {
      id: 'score.deep',
      value: (deepRows.shape[0] * 1024) / deep / 1e6,
      unit: 'M sample-trees/s',
      better: 'higher',
      peers: figures.deep,
    },
    { id: 'fit', value: fit * 1e3, unit: 'ms', better: 'lower', peers: figures.fit },
    { id: 'small-call', value: (smallCall / calls) * 1e6, unit: 'µs', better: 'lower', peers: figures.small },
  ]
}
