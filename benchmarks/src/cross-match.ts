import { join } from 'node:path'
import { createRandom, matrix, type Random } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeNpy } from '@astronomaly/io'
import type { SkyPositions } from '@astronomaly/io/sky'
import { crossMatch } from '@astronomaly/survey'
import { type Benchmark, medianSeconds } from './benchmark.ts'

type PeerFigures = Readonly<Record<'nearest' | 'all', Readonly<Record<string, number>>>>

const radiusArcsec = 2

/** Sources as a survey finds them: clusters in a field of 40 by 30 degrees. */
function clustered(rows: number, random: Random): SkyPositions {
  const [raDeg, decDeg] = [new Float64Array(rows), new Float64Array(rows)]
  let [ra, dec, size] = [0, 0, 0]
  for (let i = 0; i < rows; i++) {
    if (i % 50 === 0) {
      ra = 160 + 40 * random.uniform()
      dec = 30 * random.uniform()
      size = 0.02 + 0.2 * random.uniform()
    }
    raDeg[i] = ra + size * random.normal()
    decDeg[i] = dec + size * random.normal()
  }
  return { raDeg, decDeg }
}

/** Half of the rows again with errors of measurement, in another order, and as many rows of its own. */
function secondEpoch(first: SkyPositions, random: Random): SkyPositions {
  const second = clustered(first.raDeg.length, random)
  const half = first.raDeg.length >> 1
  for (const [i, row] of random.sample(first.raDeg.length, half).entries()) {
    second.raDeg[i] = (first.raDeg[row] as number) + (0.3 / 3600) * random.normal()
    second.decDeg[i] = (first.decDeg[row] as number) + (0.3 / 3600) * random.normal()
  }
  return second
}

/** Two catalogues matched within two seconds of arc: nearest rows and all pairs, with what is built for it. */
export const crossMatchBenchmark: Benchmark = async ({ rows = 1_000_000, folder, peers, say }) => {
  const random = createRandom('cross-match', 'benchmarks.cross-match')
  const left = clustered(rows, random)
  const right = secondEpoch(left, random)
  const write = async (name: string, { raDeg, decDeg }: SkyPositions): Promise<string> => {
    const path = join(folder, name)
    const both = new Float64Array(2 * rows)
    both.set(raDeg)
    both.set(decDeg, rows)
    await writeFileAtomic(path, encodeNpy(matrix(both, 2, rows)))
    return path
  }
  const paths = { left: await write('left.npy', left), right: await write('right.npy', right) }
  const figures = await peers<PeerFigures>('cross_match.py', { ...paths, radiusArcsec })
  const rate = (seconds: number): number => rows / seconds / 1e6
  say('ours: nearest, all pairs')
  const nearest = await medianSeconds(() => crossMatch(left, right, { radiusArcsec }), 3)
  const all = await medianSeconds(() => crossMatch(left, right, { radiusArcsec, mode: 'all' }), 3)
  return (
    [
      ['nearest', nearest, figures.nearest],
      ['all-pairs', all, figures.all],
    ] as const
  ).map(([id, seconds, peer]) => ({
    id,
    value: rate(seconds),
    unit: 'M rows/s',
    better: 'higher',
    peers: Object.fromEntries(Object.entries(peer).map(([name, s]) => [name, rate(s)])),
  }))
}
