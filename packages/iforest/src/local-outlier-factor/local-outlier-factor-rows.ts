import {
  finiteRows,
  matrix,
  ParameterError,
  type RowSource,
  type RunOptions,
  readRows,
  ShapeError,
} from '@astronomaly/core'
import type { EvaluatorRows } from '@astronomaly/core/kernels'
import { checkRowCount } from '../forest-rows.ts'

const name = 'local outlier factor'
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
    `${name}, fit: rows, columns and neighbours must fit in ${mostBytes} bytes. ` +
      `Received ${rows} × ${columns} with ${neighbours} neighbours, which take ${bytes}.`,
  )
}

/** The batches of a source, checked; every value is finite. */
export function readFiniteBatches(
  stage: 'fit' | 'score',
  source: RowSource,
  { signal, onProgress }: RunOptions,
): AsyncGenerator<EvaluatorRows> {
  const { columns } = source
  const subject = `${name}, ${stage}`
  const check = (data: Float32Array, start: number): void => {
    finiteRows(subject, matrix(data, data.length / columns, columns), { columns, start })
  }
  return readRows(subject, source, { stage, signal, onProgress, check })
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
    throw new ShapeError(`${name}, fit: needs at least 1 column. Received ${columns}.`)
  }
  if (rowCount !== undefined) {
    checkSize(checkRowCount(`${name}, fit`, rowCount), columns, neighbours)
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
    throw new ShapeError(`${name}, fit: needs at least 2 rows. Received ${filled / columns}.`)
  }
  return filled === all.length ? all : all.slice(0, filled)
}
