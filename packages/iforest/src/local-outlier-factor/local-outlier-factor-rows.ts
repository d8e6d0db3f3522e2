import { finiteRows, ParameterError, type RowSource, type RunOptions, ShapeError } from '@astronomaly/core'
import { type CheckedBatch, pacer } from '../read-batches.ts'

/** Most bytes that a fit may take. */
const mostBytes = 2 ** 31

/** Bytes that a fit takes: the rows, their copy for the search, and 12 bytes for each neighbour of each row. */
function bytesToFit(rows: number, columns: number, neighbours: number): number {
  return rows * (8 * columns + 12 * Math.min(neighbours, Math.max(1, rows - 1)) + 24)
}

function checkSize(rows: number, columns: number, neighbours: number): void {
  const bytes = bytesToFit(rows, columns, neighbours)
  if (bytes <= mostBytes) return
  throw new ParameterError(
    `local outlier factor, fit: rows, columns and neighbours must fit in ${mostBytes} bytes. ${rows} × ${columns} with ${neighbours} neighbours take ${bytes}.`,
  )
}

/**
 * The batches of a source, checked: number of columns, row numbers, values. Looks at the signal before each and reports
 * progress after each.
 */
export async function* readFiniteBatches(
  stage: 'fit' | 'score',
  source: RowSource,
  run: RunOptions,
): AsyncGenerator<CheckedBatch> {
  const { signal, onProgress } = run
  const subject = `local outlier factor, ${stage}`
  const pace = pacer()
  const { columns, rowCount: total } = source
  let done = 0
  signal?.throwIfAborted()
  for await (const { start, rows } of source.batches(signal ? { signal } : {})) {
    signal?.throwIfAborted()
    if (start !== done) {
      throw new ShapeError(`${subject}: batches must follow each other: row ${done}. Received row ${start}.`)
    }
    const count = rows.shape[0]
    if (total !== undefined && done + count > total) {
      throw new ShapeError(
        `${subject}: the source must give the ${total} rows that it promised. Received ${done + count} or more.`,
      )
    }
    yield { start, count, data: finiteRows(subject, rows, { columns, start }) }
    done += count
    onProgress?.({ stage, done, ...(total === undefined ? {} : { total }) })
    await pace()
  }
  signal?.throwIfAborted()
  if (total !== undefined && done !== total) {
    throw new ShapeError(`${subject}: the source must give the ${total} rows that it promised. Received ${done}.`)
  }
}

/**
 * All rows of a source, checked and copied.
 *
 * @throws ParameterError when the fit would not fit in memory, ShapeError for fewer than 2 rows and for what
 * {@link readFiniteBatches} finds.
 */
export async function collectFiniteRows(source: RowSource, neighbours: number, run: RunOptions): Promise<Float32Array> {
  const { columns, rowCount } = source
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new ShapeError(`local outlier factor, fit: needs at least 1 column. Received ${columns}.`)
  }
  if (rowCount !== undefined) {
    if (!(Number.isInteger(rowCount) && rowCount >= 0 && rowCount <= 0xffffffff)) {
      throw new ShapeError(
        `local outlier factor, fit: rowCount must be an integer from 0 to 2^32 - 1. Received ${rowCount}.`,
      )
    }
    checkSize(rowCount, columns, neighbours)
  }
  let all = new Float32Array((rowCount ?? 1024) * columns)
  let filled = 0
  for await (const { start, count, data } of readFiniteBatches('fit', source, run)) {
    checkSize(start + count, columns, neighbours)
    filled = (start + count) * columns
    if (filled > all.length) {
      const larger = new Float32Array(Math.max(filled, 2 * all.length))
      larger.set(all)
      all = larger
    }
    all.set(data, start * columns)
  }
  if (filled < 2 * columns) {
    throw new ShapeError(`local outlier factor, fit: needs at least 2 rows. Received ${filled / columns}.`)
  }
  return filled === all.length ? all : all.slice(0, filled)
}
