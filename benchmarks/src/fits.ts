import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '@astronomaly/core'
import { encodeFitsImage, encodeFitsTable, readFitsImage, readFitsTable } from '@astronomaly/io'
import { type Benchmark, medianSeconds } from './benchmark.ts'

/** Reading FITS: a large picture, a RICE-compressed one, and a table. */
export const fits: Benchmark = async ({ rows = 200_000, folder, shared, peers, say }) => {
  const side = 4000
  const random = createRandom('fits', 'benchmarks.fits')
  const large = join(folder, 'large.fits')
  await writeFile(
    large,
    encodeFitsImage({ data: Float32Array.from({ length: side * side }, () => random.uniform()), shape: [side, side] }),
  )
  const rice = shared('data/B_fits/tile_compression/m13_rice.fits')
  const table = join(folder, 'table.fits')
  const column = (): { values: Float64Array; width: number } => ({
    values: Float64Array.from({ length: rows }, () => random.uniform()),
    width: 1,
  })
  const columns = new Map(['ra', 'dec', 'flux_g', 'flux_r', 'flux_z'].map((name) => [name, column()]))
  await writeFile(table, encodeFitsTable({ rowCount: rows, columns }))

  say('ours: read, decompress, table')
  const readBytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(path))
  const read = await medianSeconds(async () => readFitsImage(await readBytes(large)))
  const tiles = await medianSeconds(async () => readFitsImage(await readBytes(rice)))
  const { data } = await readFitsImage(await readBytes(rice))
  const tabular = await medianSeconds(async () => readFitsTable(await readBytes(table), { source: table }))
  const megabytes = (await stat(large)).size / 1e6
  const figures = await peers<Record<'read' | 'rice' | 'table', Record<string, number>>>('fits.py', {
    large,
    rice,
    table,
  })
  const each = (seconds: Record<string, number>, amount: number): Record<string, number> =>
    Object.fromEntries(Object.entries(seconds).map(([name, s]) => [name, amount / s]))
  return [
    { id: 'read', value: megabytes / read, unit: 'MB/s', better: 'higher', peers: each(figures.read, megabytes) },
    {
      id: 'rice',
      value: data.length / tiles / 1e6,
      unit: 'M pixels/s',
      better: 'higher',
      peers: each(figures.rice, data.length / 1e6),
    },
    {
      id: 'table',
      value: rows / tabular / 1e6,
      unit: 'M rows/s',
      better: 'higher',
      peers: each(figures.table, rows / 1e6),
    },
  ]
}
