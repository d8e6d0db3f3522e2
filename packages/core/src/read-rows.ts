import { concatArrays } from './concat-arrays.ts'
import { ShapeError } from './errors.ts'
import { pacer } from './event-loop.ts'
import { type BatchOptions, isMatrix, type RowSource, type Rows, toFloat32 } from './row-source.ts'
import type { RunOptions } from './run-options.ts'
import { contiguousData, type Matrix, matrix } from './tensor.ts'

/**
 * The batches of a source, checked: columns, row numbers, as many rows as it promised. The one way to read rows that somebody else gives.
 *
 * @param subject - Begins the messages; progress is reported as `stage`.
 * @param options - `check` is called with the values of each batch, row-major, and the number of its first row, and throws for those
 * that the caller cannot take.
 * @returns Rows as f32, `[count, columns]` row-major, in memory that the source may use again.
 * @throws {@link ShapeError} for what a source must not do, what `check` and the source throw, and `signal.reason` when aborted.
 * @remarks Events are let in between batches, so that an abort can arrive while rows come from memory.
 */
export async function* readRows(
  subject: string,
  source: RowSource,
  options: BatchOptions &
    Pick<RunOptions, 'onProgress'> & {
      readonly stage?: string | undefined
      readonly check?: ((data: Float32Array, start: number) => void) | undefined
    } = {},
): AsyncGenerator<{ readonly start: number; readonly count: number; readonly data: Float32Array }> {
  const { batchSize, signal, onProgress, stage = subject, check } = options
  const pace = pacer(signal)
  const { columns, rowCount: total } = source
  let done = 0
  signal?.throwIfAborted()
  for await (const batch of source.batches({ batchSize, signal })) {
    signal?.throwIfAborted()
    const [count, width] = batch.rows.shape
    if (width !== columns) {
      throw new ShapeError(`${subject}: every batch must have ${columns} columns. Received ${width} at row ${done}.`)
    }
    if (batch.start !== done) {
      throw new ShapeError(`${subject}: batches must follow each other: row ${done}. Received row ${batch.start}.`)
    }
    if (total !== undefined && done + count > total) {
      throw new ShapeError(
        `${subject}: the source must give the ${total} rows that it promised. Received ${done + count} or more.`,
      )
    }
    const data = toFloat32(contiguousData(batch.rows))
    check?.(data, done)
    yield { start: done, count, data }
    done += count
    onProgress?.({ stage, done, total })
    await pace()
  }
  signal?.throwIfAborted()
  if (total !== undefined && done !== total) {
    throw new ShapeError(`${subject}: the source must give the ${total} rows that it promised. Received ${done}.`)
  }
}

/**
 * All rows as one contiguous matrix in memory.
 *
 * @throws What {@link readRows} throws.
 * @remarks O(rows × columns) memory: for data that is known to fit.
 */
export async function collectRows(rows: Rows, options: BatchOptions = {}): Promise<Matrix<Float32Array>> {
  if (isMatrix(rows)) {
    const [count, columns] = rows.shape
    return matrix(toFloat32(contiguousData(rows as Matrix<Float32Array>)), count, columns)
  }
  const parts: Float32Array[] = []
  // A copy: a source may use the memory of a batch again.
  for await (const { data } of readRows('collectRows', rows, options)) parts.push(data.slice())
  const all = concatArrays(Float32Array, parts)
  return matrix(all, rows.columns === 0 ? 0 : all.length / rows.columns, rows.columns)
}
