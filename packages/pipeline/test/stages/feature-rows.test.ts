import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectRows, createRandom, FormatError, matrix, NotFoundError, rowRange, streamRows } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import { IsolationForest } from '@astronomaly/iforest'
import { encodeNpy, encodeParquetTable } from '@astronomaly/io'
import { npyRowSource, parquetRowSource } from '@astronomaly/io/node'
import { describe, expect, it } from 'vitest'
import { featureRows, openRun, rank } from '../../src/index.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

describe('featureRows', () => {
  it('gives the rows that the forest of the run was fitted to and scored', async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    await writeSky(join(folder, 'images'), 40)
    await rank({ folder: join(folder, 'images'), out, trees: 20, sampleSize: 16, shardSize: 16, seed: 3 })
    const run = await openRun(out)
    const rows = await featureRows(out)
    const features = await run.features()
    expect(rows).toMatchObject({ rowCount: 40, columns: features.shape[1] })
    expect((await collectRows(rows)).data).toEqual(features.data)
    const { scores } = await new IsolationForest({ trees: 20, sampleSize: 16, seed: 3 }).fitScore(rows)
    expect(scores).toEqual(run.forestScore)

    await expect(featureRows(folder)).rejects.toThrow(NotFoundError)
    const path = join(out, 'run.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, JSON.stringify({ ...JSON.parse(text), stages: {} }))
    await expect(featureRows(out)).rejects.toThrow('has no features yet')
    await writeFile(path, JSON.stringify({ ...JSON.parse(text), rows: 41 }))
    await expect(featureRows(out)).rejects.toThrow(FormatError)
    await writeFile(path, text)
    await rm(join(out, 'reduced', '00001.npy'))
    await expect(featureRows(out)).rejects.toThrow(NotFoundError)
  })
})

it('a forest has the same bits and scores whatever its rows come from: memory, .npy shards, Parquet, an iterable', async () => {
  const folder = await temporaryFolder()
  const random = createRandom(1, 'rows')
  const rows = matrix(
    Float32Array.from({ length: 6000 }, () => random.normal()),
    2000,
    3,
  )
  const paths = [0, 700, 701].map((_, i) => join(folder, `${i}.npy`))
  for (const [i, [start, end]] of [
    [0, 700],
    [700, 701],
    [701, 2000],
  ].entries()) {
    const part = rows.data.slice(3 * start!, 3 * end!)
    await writeFile(paths[i]!, encodeNpy(matrix(part, end! - start!, 3)))
  }
  const table = join(folder, 'rows.parquet')
  const columns = [0, 1, 2].map((c): [string, TableColumn] => [
    `f${c}`,
    { values: Float32Array.from({ length: 2000 }, (_, i) => rows.data[3 * i + c]!), width: 1 },
  ])
  await writeFile(table, encodeParquetTable({ rowCount: 2000, columns: new Map(columns) }))
  function* parts() {
    for (let start = 0; start < 2000; start += 300) yield rowRange(rows, start, Math.min(2000, start + 300))
  }
  const forest = new IsolationForest({ trees: 10, seed: 2 })
  const { model, scores } = await forest.fitScore(rows)
  for (const source of [await npyRowSource(paths), await parquetRowSource(table)]) {
    const other = await forest.fitScore(source)
    expect(Buffer.from(other.model.buffer).equals(Buffer.from(model.buffer))).toBe(true)
    expect(other.scores).toEqual(scores)
  }
  const streamed = await forest.fit(streamRows(3, parts(), { rowCount: 2000 }))
  expect(Buffer.from(streamed.buffer).equals(Buffer.from(model.buffer))).toBe(true)
  expect(await streamed.score(streamRows(3, parts()))).toEqual(scores)
})
