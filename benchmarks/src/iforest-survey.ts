import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Matrix, rowRange } from '@astronomaly/core'
import { IsolationForest } from '@astronomaly/iforest'
import { encodeNpy } from '@astronomaly/io'
import { npyRowSource } from '@astronomaly/io/node'
import { type Benchmark, type BenchmarkResult, medianSeconds } from './benchmark.ts'
import { randomTable } from './random-table.ts'

/** Rows of the paper's survey. */
const surveyRows = 3_884_404
const trees = 100

/** Writes an .npy file of any size that repeats one table. */
async function writeRepeated(path: string, tile: Matrix<Float32Array>, rows: number): Promise<void> {
  const [tileRows, columns] = tile.shape
  // Only the number in the header differs from a small file's; its padding takes up the difference.
  const small = encodeNpy(rowRange(tile, 0, 1))
  const text = new TextDecoder('latin1').decode(small.subarray(0, small.length - 4 * columns))
  const shape = `(${rows}, ${columns})`
  const header = text.replace(/\(1, \d+\)(.*?) *\n$/s, (_, rest: string) => `${shape}${rest}`)
  const file = await open(path, 'w')
  try {
    await file.write(Buffer.from(`${header.padEnd(text.length - 1)}\n`, 'latin1'))
    for (let row = 0; row < rows; row += tileRows) {
      const { data } = rowRange(tile, 0, Math.min(tileRows, rows - row))
      await file.write(new Uint8Array(data.buffer, data.byteOffset, Math.min(tileRows, rows - row) * columns * 4))
    }
  } finally {
    await file.close()
  }
}

/** The forest of a whole survey, from a file, in one call: fitted and scored with two workers. */
async function survey(
  id: string,
  rows: number,
  columns: number,
  { folder, say }: { folder: string; say(text: string): void },
): Promise<BenchmarkResult[]> {
  const tile = randomTable(Math.min(rows, Math.floor(2 ** 23 / columns)), columns, 'iforest-survey')
  const path = join(folder, 'survey.npy')
  say(`writing ${rows} rows of ${columns} columns`)
  await writeRepeated(path, tile, rows)
  const source = await npyRowSource(path)
  const estimator = new IsolationForest({ trees, seed: 1 })
  say('scoring rows in memory')
  const model = await estimator.fit(source)
  const inMemory = await medianSeconds(() => model.score(tile, { workers: 2 }), 9)
  const alone = (inMemory * rows) / tile.shape[0]
  say('reading the file once')
  const start = performance.now()
  for await (const _ of source.batches({ batchSize: Math.max(64, Math.floor(2 ** 19 / columns)) })) {
  }
  const reading = (performance.now() - start) / 1000
  say('fitting and scoring the file in one call')
  const whole = await medianSeconds(() => estimator.fitScore(source, { workers: 2 }), rows * columns > 1e9 ? 1 : 3)
  const memory = Math.round(process.resourceUsage().maxRSS / 1024)
  const seconds = { unit: 's', better: 'lower', peers: {} } as const
  return [
    { id: `${id}.fit-score`, value: whole, ...seconds },
    { id: `${id}.scoring-alone`, value: alone, ...seconds },
    { id: `${id}.reading-alone`, value: reading, ...seconds },
    { id: `${id}.memory`, value: memory, unit: 'MB', better: 'lower', peers: {} },
  ]
}

/** 26 principal components of the paper's survey: to be bounded by the scoring rate. */
export const iforestSurvey: Benchmark = ({ rows = surveyRows, ...context }) => survey('survey', rows, 26, context)

/** All 1,280 features; the paper's survey is a file of 20 GB (`--rows 3884404`): to be bounded by reading it once. */
export const iforestWide: Benchmark = ({ rows = 100_000, ...context }) => survey('wide', rows, 1280, context)
