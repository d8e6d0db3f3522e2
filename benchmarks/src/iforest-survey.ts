import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Matrix, matrix, rowRange } from '@astronomaly/core'
import { IsolationForest } from '@astronomaly/iforest'
import { encodeNpy } from '@astronomaly/io'
import { npyRowSource } from '@astronomaly/io/node'
import { type Benchmark, type BenchmarkContext, type BenchmarkResult, medianSecondsOfEach } from './benchmark.ts'
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

const seconds = { unit: 's', better: 'lower', peers: {} } as const

/** The forest of a whole survey from a file, fitted and scored in one call with two workers; and how long reading alone takes. */
async function fromFile(
  id: string,
  tile: Matrix<Float32Array>,
  rows: number,
  { folder, say }: BenchmarkContext,
): Promise<BenchmarkResult[]> {
  const columns = tile.shape[1]
  const path = join(folder, `${id}.npy`)
  say(`writing ${rows} rows of ${columns} columns`)
  await writeRepeated(path, tile, rows)
  const source = await npyRowSource(path)
  const read = async (): Promise<void> => {
    for await (const _ of source.batches({ batchSize: Math.max(64, Math.floor(2 ** 18 / columns)) })) {
    }
  }
  const estimator = new IsolationForest({ trees, seed: 1 })
  const bodies = [() => estimator.fitScore(source, { workers: 2 }), read]
  say('fitting and scoring the file, and reading it')
  const [whole = 0, reading = 0] = await medianSecondsOfEach(bodies, rows * columns > 1e9 ? 1 : 5)
  const memory = Math.round(process.resourceUsage().maxRSS / 1024)
  return [
    { id: `${id}.file`, value: whole, ...seconds },
    { id: `${id}.file-reading-alone`, value: reading, ...seconds },
    { id: `${id}.file-memory`, value: memory, unit: 'MB', better: 'lower', peers: {} },
  ]
}

/** 26 principal components of the paper's survey: to be bounded by the scoring rate. */
export const iforestSurvey: Benchmark = async (context) => {
  const { rows = surveyRows, say } = context
  const columns = 26
  const tile = randomTable(Math.min(rows, 200_000), columns, 'iforest-survey')
  const results = await fromFile('survey', tile, rows, context)
  say('fitting and scoring a matrix, and scoring it')
  const data = new Float32Array(rows * columns)
  for (let at = 0; at < data.length; at += tile.data.length) data.set(tile.data.subarray(0, data.length - at), at)
  const table = matrix(data, rows, columns)
  const estimator = new IsolationForest({ trees, seed: 1 })
  const model = await estimator.fit(table)
  const run = { workers: 2 }
  const bodies = [() => estimator.fitScore(table, run), () => model.score(table, run)]
  const [whole = 0, scoring = 0] = await medianSecondsOfEach(bodies, 5)
  return [
    { id: 'survey.matrix', value: whole, ...seconds },
    { id: 'survey.matrix-scoring-alone', value: scoring, ...seconds },
    ...results,
  ]
}

/** All 1,280 features; the paper's survey is a file of 20 GB (`--rows 3884404`): to be bounded by reading it once. */
export const iforestWide: Benchmark = (context) =>
  fromFile('wide', randomTable(2000, 1280, 'iforest-survey'), context.rows ?? 100_000, context)
