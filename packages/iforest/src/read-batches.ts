import {
  assertMatrix,
  checkNumber,
  contiguousData,
  type Matrix,
  NumericalError,
  type RowSource,
  type RunOptions,
  ShapeError,
} from '@astronomaly/core'

/** What a forest does with missing values (NaN). */
export type MissingRule = 'reject' | 'both-ways'

/** All of {@link MissingRule}. */
export const missingRules: readonly MissingRule[] = ['reject', 'both-ways']

/** Consecutive rows whose shape and values have been checked. */
export interface CheckedBatch {
  /** Number of the first row in the source. */
  readonly start: number
  readonly count: number
  /** `[count, columns]`, row-major. */
  readonly data: Float32Array
}

/**
 * The first place in `data` that no forest can take: ±Infinity, or NaN where it is not allowed.
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
  // x − x is 0 for finite x and NaN otherwise.
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!
  if (sum === 0) return
  for (let i = 0; i < data.length; i++) {
    const x = data[i]!
    if (Number.isFinite(x) || (Number.isNaN(x) && missing === 'both-ways')) continue
    const rule = missing === 'both-ways' ? 'finite or NaN' : 'finite'
    const hint = Number.isNaN(x) && missing === 'reject' ? ` With missing: 'both-ways' NaN is a missing value.` : ''
    const k = Math.floor(i / columns)
    const row = typeof start === 'number' ? start + k : start[k]
    throw new NumericalError(
      `${subject}: values must be ${rule} as 32-bit floats. Received ${x} in row ${row}, column ${i % columns}.${hint}`,
    )
  }
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
  assertMatrix(rows, `${subject}: rows`)
  if (rows.shape[1] !== columns) {
    throw new ShapeError(`${subject}: rows must have ${columns} columns. Received ${rows.shape[1]}.`)
  }
  const values = contiguousData(rows as Matrix<Float32Array | Float64Array>)
  const data = values instanceof Float32Array ? values : Float32Array.from(values)
  checkValues(subject, data, columns, start, missing)
  return data
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

/** Lets timers and events run: without it an abort could never arrive while rows come from memory. */
function pause(): Promise<void> {
  // Node's setTimeout waits for a whole millisecond; browsers have no setImmediate.
  return new Promise((resolve) => (typeof setImmediate === 'function' ? setImmediate(resolve) : setTimeout(resolve)))
}

/** A function that pauses when 50 ms have passed since it last did. Results never depend on it. */
export function pacer(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < 50) return
    await pause()
    last = performance.now()
  }
}

/** How {@link readBatches} reads. */
export interface ReadOptions {
  /** Most rows in a batch; the source's own default otherwise. */
  readonly batchSize?: number | undefined
  /** Begins the messages. @defaultValue 'isolation forest' */
  readonly name?: string | undefined
  /** Whether the values are checked here. @defaultValue true */
  readonly checked?: boolean | undefined
}

/**
 * The batches of a source, checked: number of columns, row numbers, values. Looks at the signal before each and reports
 * progress after each.
 */
export async function* readBatches(
  stage: 'fit' | 'score' | 'explain',
  source: RowSource,
  missing: MissingRule,
  run: RunOptions,
  { batchSize, name = 'isolation forest', checked = true }: ReadOptions = {},
): AsyncGenerator<CheckedBatch> {
  const { signal, onProgress } = run
  const subject = `${name}, ${stage}`
  const pace = pacer()
  const total = source.rowCount
  let done = 0
  signal?.throwIfAborted()
  for await (const batch of source.batches({ ...(signal && { signal }), ...(batchSize && { batchSize }) })) {
    signal?.throwIfAborted()
    const [count, columns] = batch.rows.shape
    if (columns !== source.columns) {
      throw new ShapeError(
        `${subject}: every batch must have ${source.columns} columns. Received ${columns} at row ${done}.`,
      )
    }
    if (batch.start !== done) {
      throw new ShapeError(`${subject}: batches must follow each other: row ${done}. Received row ${batch.start}.`)
    }
    if (total !== undefined && done + count > total) {
      throw new ShapeError(
        `${subject}: the source must give the ${total} rows that it promised. Received ${done + count} or more.`,
      )
    }
    const values: Float32Array | Float64Array = contiguousData(batch.rows)
    const data = values instanceof Float32Array ? values : Float32Array.from(values)
    if (checked) checkValues(subject, data, columns, done, missing)
    yield { start: done, count, data }
    done += count
    onProgress?.({ stage, done, ...(total === undefined ? {} : { total }) })
    await pace()
  }
  signal?.throwIfAborted()
  if (total !== undefined && done !== total) {
    throw new ShapeError(`${subject}: the source must give the ${total} rows that it promised. Received ${done}.`)
  }
}
