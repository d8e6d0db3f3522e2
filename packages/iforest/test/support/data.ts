import { createRandom, type Matrix, matrix, type RowSource, type Rows, toRowSource } from '@astronomaly/core'

/** `[rows, columns]` of standard normal numbers. */
export function normalRows(rows: number, columns: number, seed = 1): Matrix<Float32Array> {
  const random = createRandom(seed, 'normal-rows')
  return matrix(
    Float32Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  )
}

/** One column that holds the number of the row. */
export function numberedRows(rows: number): Matrix<Float32Array> {
  return matrix(
    Float32Array.from({ length: rows }, (_, i) => i),
    rows,
    1,
  )
}

/** Σ (observed − expected)² / expected, less its mean and in units of its standard deviation. */
export function chiSquaredSigmas(counts: readonly number[], expected: number): number {
  const chi2 = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
  const freedom = counts.length - 1
  return (chi2 - freedom) / Math.sqrt(2 * freedom)
}

/** The same rows, from a source that does not know how many they are. */
export function uncounted(rows: Rows, batchSize = 100): RowSource {
  const source = toRowSource(rows)
  return { columns: source.columns, batches: (options) => source.batches({ ...options, batchSize }) }
}

/** The same rows in batches of another size, from a source that cannot seek. */
export function inBatchesOf(batchSize: number, rows: Rows): RowSource {
  const { gather: _, ...source } = toRowSource(rows)
  return { ...source, batches: (options) => source.batches({ ...options, batchSize }) }
}

/** What a promise or a generator throws. */
export async function rejection(run: () => unknown): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  return undefined
}

/** sqrt of the mean squared difference. */
export function rmsDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return Math.sqrt(sum / a.length)
}

/** Whether two buffers hold the same bytes: a thousand times faster than comparing typed arrays as values. */
export function sameBytes(a: ArrayBuffer, b: ArrayBuffer): boolean {
  return Buffer.from(a).equals(Buffer.from(b))
}
