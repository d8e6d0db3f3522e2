import { rowRange } from '@astronomaly/core'
import { IsolationForest, LocalOutlierFactor } from '@astronomaly/iforest'
import { type Benchmark, type BenchmarkResult, medianSeconds } from './benchmark.ts'
import { randomTable, writeNpy } from './random-table.ts'

/** What each peer reports, by its name and version: seconds of a fit for each number of rows, and rows per second. */
type PeerFigures = Readonly<Record<'fit' | 'novelty', Readonly<Record<string, Readonly<Record<string, number>>>>>>

const neighbours = 50
const newRows = 4096

/** Local outlier factor on one core: fits of growing size, new rows scored against the largest, and what a forest takes there. */
export const lof: Benchmark = async ({ rows = 40_000, folder, peers, say }) => {
  const columns = 26
  const table = randomTable(rows, columns, 'lof')
  const fresh = randomTable(newRows, columns, 'lof.new')
  const sizes = [8, 4, 2, 1].map((part) => Math.floor(rows / part)).filter((size) => size > neighbours)
  const paths = {
    path: await writeNpy(folder, 'table.npy', table),
    newPath: await writeNpy(folder, 'new.npy', fresh),
  }
  const estimator = new LocalOutlierFactor({ neighbours })
  const forest = new IsolationForest({ seed: 1 })
  const figures = await peers<PeerFigures>('lof.py', { ...paths, sizes, neighbours })
  const results: BenchmarkResult[] = []
  for (const size of sizes) {
    say(`ours: ${size} rows`)
    const part = rowRange(table, 0, size)
    const name = size === rows ? '' : `.${size}`
    results.push({
      id: `fit${name}`,
      value: await medianSeconds(() => estimator.fit(part), Math.ceil(rows / size)),
      unit: 's',
      better: 'lower',
      peers: figures.fit[size]!,
    })
    results.push({
      id: `forest${name}`,
      value: await medianSeconds(async () => (await forest.fit(part)).score(part), 3),
      unit: 's',
      better: 'lower',
      peers: {},
    })
  }
  const model = await estimator.fit(table)
  results.push({
    id: 'novelty',
    value: newRows / (await medianSeconds(() => model.score(fresh), 3)),
    unit: 'rows/s',
    better: 'higher',
    peers: figures.novelty[rows] ?? {},
  })
  return results
}
