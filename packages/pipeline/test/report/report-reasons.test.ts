import { mkdir, writeFile } from 'node:fs/promises'
import { createRandom, type Matrix, matrix } from '@astronomaly/core'
import { PcaModel, StreamingPca, type StreamingPcaOptions } from '@astronomaly/features'
import { IsolationForest } from '@astronomaly/iforest'
import { encodeNpy } from '@astronomaly/io'
import { describe, expect, it } from 'vitest'
import { featureShares } from '../../src/report/feature-shares.ts'
import { findReasons } from '../../src/report/find-reasons.ts'
import { nameReasons } from '../../src/report/name-reasons.ts'
import { contentHash } from '../../src/run/content-hash.ts'
import type { RunData } from '../../src/run/run-data.ts'
import { RunDirectory } from '../../src/run/run-directory.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const columns = 6

/** Normal rows, each column with a unit of its own; columns 4 and 5 say the same thing. Row 0 is `odd` standard deviations off in one column. */
function table(oddColumn: number, odd: number, units = [1, 5, 0.2, 2, 1, 1]): Matrix<Float32Array> {
  const random = createRandom(3, 'reasons.test')
  const data = new Float32Array(500 * columns)
  for (let i = 0; i < 500; i++) {
    const row = Array.from({ length: columns }, () => random.normal())
    row[5] = row[4]! + 0.1 * row[5]!
    if (i === 0) {
      row.fill(0)
      row[oddColumn] = odd
    }
    data.set(
      row.map((v, j) => v * units[j]! + 3),
      i * columns,
    )
  }
  return matrix(data, 500, columns)
}

async function explain(rows: Matrix<Float32Array>, options: StreamingPcaOptions) {
  const pca = await new StreamingPca({ components: columns, ...options }).fit(rows)
  const reduced = pca.transform(rows)
  const forest = await new IsolationForest({ trees: 200, seed: 1 }).fit(reduced)
  const row = rows.data.subarray(0, columns)
  return { pca, forest, row, shares: featureShares(pca, forest, row), z: reduced.data.subarray(0, pca.columns) }
}

const ways: readonly (readonly [name: string, options: StreamingPcaOptions, units?: number[]])[] = [
  ['standardised', { standardise: true }],
  ['as they are', { standardise: false }, [1, 1.1, 0.9, 1, 1, 1]],
  ['two kinds', { groups: [{ columns: 2 }, { columns: 4, standardise: true }] }],
  [
    'two kinds, both standardised',
    {
      groups: [
        { columns: 3, standardise: true },
        { columns: 3, standardise: true },
      ],
    },
  ],
]

describe('featureShares', () => {
  for (const [name, options, units] of ways) {
    for (const odd of [9, -9]) {
      it(`gives most to the one column that is odd (${name}, ${odd} σ)`, async () => {
        for (const column of [1, 3]) {
          const { shares } = await explain(table(column, odd, units), options)
          const total = shares.reduce((a, b) => a + b, 0)
          expect(shares[column]! / total).toBeGreaterThan(0.6)
          for (const share of shares) expect(share).toBeGreaterThanOrEqual(0)
        }
      })
    }
  }

  it('shares out what the components on which the object is odd saved, and no more', async () => {
    const { shares, forest, z } = await explain(table(1, 9), { standardise: true })
    const saved = forest.explain(z).reduce((sum, e) => sum + Math.max(0, e), 0)
    // Sums of some ten numbers of about 1 in double precision.
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(saved, 12)
  })

  it('is no z-score: a column that the components leave out gets nothing, however far it lies', async () => {
    const rows = table(2, 40, [1, 1, 1e-4, 1, 1, 1])
    rows.data[0] = 9
    const pca = await new StreamingPca({ components: { variance: 0.999 } }).fit(rows)
    const forest = await new IsolationForest({ trees: 100, seed: 1 }).fit(pca.transform(rows))
    const shares = featureShares(pca, forest, rows.data.subarray(0, columns))
    expect(shares[2]! / shares.reduce((a, b) => a + b, 0)).toBeLessThan(0.01)
  })

  it('gives a constant column nothing', async () => {
    const rows = table(1, 9)
    for (let i = 0; i < 500; i++) rows.data[i * columns] = 7
    const { shares } = await explain(rows, { standardise: true })
    expect(shares[0]).toBe(0)
    expect(shares[1]).toBeGreaterThan(0)
  })

  it('works on the model that a run directory keeps', async () => {
    const { pca, forest, row, shares } = await explain(table(3, 9), { standardise: true })
    expect(featureShares(PcaModel.from(pca.buffer), forest, row)).toEqual(shares)
  })
})

describe('findReasons', () => {
  const record = (kinds: readonly (readonly [folder: string, columns: number, names: string[] | null])[]) => ({
    features: kinds.map(([folder, count, names]) => ({ folder, columns: count, names })),
  })

  it('finds the named columns of a run whose first kind is a network', async () => {
    const rows = table(4, 9)
    const { pca, forest } = await explain(rows, { groups: [{ columns: 3 }, { columns: 3, standardise: true }] })
    const run = new RunDirectory(await temporaryFolder())
    const part = (from: number) =>
      matrix(
        Float32Array.from([0, 1, 2], (j) => rows.data[from + j]!),
        1,
        3,
      )
    for (const [folder, from] of [
      ['features', 0],
      ['morphology', 3],
    ] as const) {
      await mkdir(run.file(folder))
      await writeFile(run.shard(folder, 0, 'npy'), encodeNpy(part(from)))
    }
    const shard = { key: 'k', transient: false, columns: [], checksums: [], rejected: [], warnings: [] }
    const row = { id: 'a', files: ['a.fits'], picture: '', stamp: '' }
    await writeFile(run.shard('features', 0, 'json'), JSON.stringify({ ...shard, rows: [row] }))
    await writeFile(run.file('forest.model'), new Uint8Array(forest.buffer))
    const kinds = record([
      ['features', 3, null],
      ['morphology', 3, ['gini', 'edge', 'peaks']],
    ])
    const ranked = { ...kinds, stages: { features: contentHash(['k']) } }
    const reasonsOf = await findReasons({ run, ids: ['a', 'gone'], record: ranked } as unknown as RunData, pca)
    const [first] = await reasonsOf(0)
    expect(first).toMatchObject({ feature: 'edge', text: 'runs over the edge of the picture', value: rows.data[4] })
    expect(first!.deviation).toBeGreaterThan(5)
    expect(await reasonsOf(1)).toEqual([{ text: 'nothing that has a name stands out' }])
    const other = { ...kinds, stages: { features: contentHash(['another call']) } }
    const none = await findReasons({ run, ids: ['a'], record: other } as unknown as RunData, pca)
    expect((await none(0))[0]?.text).toContain('of another call of rank')
  })

  it('says of a network alone that its features have no names', async () => {
    const reasonsOf = await findReasons(
      { record: record([['features', 3, null]]) } as unknown as RunData,
      {} as PcaModel,
    )
    expect(await reasonsOf(0)).toEqual([{ text: 'no words: a network’s features have no names' }])
  })
})

describe('nameReasons', () => {
  const names = ['gini', 'ellipse_90_aspect', 'ellipse_0_aspect', 'edge', 'no_such_feature']
  const named = names.map((name, column) => ({ name, column }))
  const scale = { mean: new Float64Array(5), deviation: new Float64Array(5).fill(1) }
  const reasons = (row: number[], shares: number[]) => nameReasons(named, scale, row, Float64Array.from(shares))

  it('puts the weightiest first, in the words of the side that the value lies on', () => {
    expect(reasons([3, 0, 0, -2, 0], [1, 0, 0, 2, 0])).toEqual([
      { text: 'clear of the edge of the picture', feature: 'edge', value: -2, deviation: -2 },
      { text: 'most of the light in few pixels', feature: 'gini', value: 3, deviation: 3 },
    ])
  })

  it('makes one reason of features that say the same, of the weight of all', () => {
    const [first, ...rest] = reasons([5, -3, -4, 0, 0], [2, 1.5, 1.4, 0, 0])
    expect(first).toMatchObject({ feature: 'ellipse_90_aspect', text: 'the brightest 10 % is long and thin' })
    expect(rest).toMatchObject([{ feature: 'gini' }])
  })

  it('leaves out what did little and what is ordinary', () => {
    expect(reasons([3, 3, 3, 3, 3], [100, 1, 1, 4, 0]).map(({ feature }) => feature)).toEqual(['gini'])
    expect(reasons([0.9, 0.9, 0.9, 0.9, 0.9], [1, 1, 1, 1, 1])).toEqual([])
    expect(reasons([3, 3, 3, 3, 3], [0, 0, 0, 0, 0])).toEqual([])
    const flat = { mean: new Float64Array(5), deviation: new Float64Array(5) }
    expect(nameReasons(named, flat, [1, 0, 0, 0, 0], Float64Array.of(1, 0, 0, 0, 0))).toEqual([])
  })

  it('counts the shares of columns without a name as part of the whole', () => {
    expect(nameReasons(named.slice(0, 1), scale, [3, 3], Float64Array.of(1, 99))).toEqual([])
  })

  it('goes by the name where a feature of another version has no entry', () => {
    expect(reasons([0, 0, 0, 0, -2], [0, 0, 0, 0, 1])).toMatchObject([{ text: 'no_such_feature low' }])
  })
})
