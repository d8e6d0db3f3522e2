import { ParameterError, ShapeError } from '@astronomaly/core'

/** Rows per tree that `sampleSize: 'auto'` stands for. */
export const autoSampleSize = 256
/** Most trees of a forest. */
export const mostTrees = 100_000
/** Most bytes of rows that are held for the trees. */
const mostBytes = 2 ** 32
/** Most rows drawn by all trees together: a forest of twice as many nodes takes some 4 GB. */
export const mostDraws: number = 2 ** 26

/** @throws ParameterError when the trees would draw more rows than a forest can be grown on. */
export function checkDraws(trees: number, size: number): void {
  if (trees * size <= mostDraws) return
  throw new ParameterError(
    `IsolationForest: trees x sampleSize must be <= ${mostDraws}. Received ${trees} trees of ${size} rows.`,
  )
}

/** @throws ParameterError when oblique cuts of so many columns would take more memory than a forest may. */
export function checkDimensions(trees: number, size: number, dimensions: number): void {
  if (dimensions === 1 || trees * size * dimensions <= 2 * mostDraws) return
  throw new ParameterError(
    `IsolationForest: trees x sampleSize x dimensions must be <= ${2 * mostDraws}. ` +
      `Received ${trees} trees of ${size} rows with cuts of ${dimensions} columns.`,
  )
}

/** @throws ParameterError when that many rows do not fit in memory. */
export function checkRowMemory(rows: number, columns: number): void {
  if (rows * columns * 4 <= mostBytes) return
  throw new ParameterError(
    `isolation forest: the drawn rows must fit in ${mostBytes / 2 ** 30} GiB; take fewer trees or a smaller sampleSize. ` +
      `Received ${rows} rows of ${columns} columns.`,
  )
}

/** Room for so many rows. @throws ParameterError when they do not fit in memory. */
export function allocateRows(rows: number, columns: number): Float32Array {
  checkRowMemory(rows, columns)
  return new Float32Array(rows * columns)
}

/** @throws ShapeError when there is no row. */
export function requireRows(count: number): void {
  if (count < 1) throw new ShapeError('isolation forest, fit: needs at least 1 row. Received 0.')
}
