import { StreamingPca } from '@astronomaly/features'
import { npyRowSource } from '@astronomaly/io/node'
import { type Benchmark, medianSeconds } from './benchmark.ts'
import { randomTable, writeNpy } from './random-table.ts'

/** PCA from 1,280 columns to 26: fitting from disk, and projecting. */
export const pca: Benchmark = async ({ rows = 8192, folder, peers, say }) => {
  const path = await writeNpy(folder, 'table.npy', randomTable(rows, 1280, 'pca'))
  const source = await npyRowSource(path)
  const millions = rows / 1e6
  const estimator = new StreamingPca({ components: 26 })
  say('ours: fit from disk, then project')
  const model = await estimator.fit(source)
  const stream = await medianSeconds(() => estimator.fit(source), 3)
  const transform = await medianSeconds(async () => {
    for await (const batch of source.batches()) model.transform(batch.rows)
  }, 3)
  const figures = await peers<Record<'stream' | 'transform', Record<string, number>>>('pca.py', { path })
  const perMillion = (seconds: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, value / millions]))
  return [
    {
      id: 'stream',
      value: stream / millions,
      unit: 's per million rows',
      better: 'lower',
      peers: perMillion(figures.stream),
    },
    {
      id: 'transform',
      value: transform / millions,
      unit: 's per million rows',
      better: 'lower',
      peers: perMillion(figures.transform),
    },
  ]
}
