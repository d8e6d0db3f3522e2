import {
  assertMatrix,
  checkNumber,
  contiguousData,
  finiteRows,
  type Matrix,
  matrix,
  type RowSource,
  type RunOptions,
  readRows,
  ShapeError,
} from '@astronomaly/core'
import type { EvaluatorRows } from '@astronomaly/core/kernels'

/** What a forest does with missing values (NaN). */
export type MissingRule = 'reject' | 'both-ways'

/** All of {@link MissingRule}. */
export const missingRules: readonly MissingRule[] = ['reject', 'both-ways']

/**
 * Makes sure that a forest can take the values: no ±Infinity, and NaN only where it is allowed.
 *
 * @param start - Number of the first row, for the message, or the numbers of all.
 * @throws NumericalError naming row and column.
 */
export function checkValues(
  subject: string,
  data: Float32Array,
  columns: number,
  start: number | Uint32Array,
  missing: MissingRule,
): void {
  const hint = (value: number): string =>
    Number.isNaN(value) ? ` With missing: 'both-ways' NaN is a missing value.` : ' Values are taken as 32-bit floats.'
  const allowMissing = missing === 'both-ways'
  finiteRows(subject, matrix(data, data.length / columns, columns), { columns, start, allowMissing, hint })
}

/**
 * The values of a matrix as f32, row-major, checked.
 *
 * @param start - Number of the first row, for the message.
 * @throws ShapeError for another rank or number of columns, NumericalError for a value that no forest can take.
 */
export function checkedRows(
  subject: string,
  rows: Matrix<Float32Array> | Matrix<Float64Array>,
  columns: number,
  start: number,
  missing: MissingRule,
): Float32Array {
  const data = rowsAsFloat32(subject, rows, columns)
  checkValues(subject, data, columns, start, missing)
  return data
}

/** The values of a matrix as f32, row-major. @throws ShapeError for another rank or number of columns. */
export function rowsAsFloat32(
  subject: string,
  rows: Matrix<Float32Array> | Matrix<Float64Array>,
  columns: number,
): Float32Array {
  assertMatrix(rows, `${subject}: rows`)
  if (rows.shape[1] !== columns) {
    throw new ShapeError(`${subject}: rows must have ${columns} columns. Received ${rows.shape[1]}.`)
  }
  const values = contiguousData(rows as Matrix<Float32Array | Float64Array>)
  return values instanceof Float32Array ? values : Float32Array.from(values)
}

/**
 * The number of rows that a source promises.
 *
 * @throws ShapeError unless it is an integer from 0 to 2³² − 1: row numbers are unsigned 32-bit.
 */
export function checkRowCount(subject: string, rowCount: number): number {
  if (Number.isInteger(rowCount) && rowCount >= 0 && rowCount <= 0xffffffff) return rowCount
  throw new ShapeError(`${subject}: rowCount must be an integer from 0 to 2^32 - 1. Received ${rowCount}.`)
}

/** @throws ParameterError unless `workers` is absent or an integer ≥ 0. */
export function checkWorkers(run: RunOptions): void {
  if (run.workers !== undefined) checkNumber('isolation forest: workers', run.workers, { integer: true, min: 0 })
}

/** The batches of a source, their values checked as `missing` says. */
export function readForestRows(
  stage: 'fit' | 'score' | 'explain',
  source: RowSource,
  missing: MissingRule,
  { signal, onProgress }: RunOptions,
): AsyncGenerator<EvaluatorRows> {
  const subject = `isolation forest, ${stage}`
  const check = (data: Float32Array, start: number): void => checkValues(subject, data, source.columns, start, missing)
  return readRows(subject, source, { stage, signal, onProgress, check })
}
