import {
  type BatchOptions,
  checkNumber,
  contiguousData,
  type Matrix,
  matrix,
  type RowBatch,
  type Rows,
  rowRange,
  toRowSource,
} from '@astronomaly/core'

/** A batch whose rows may be doubles. */
export interface UnroundedBatch extends Omit<RowBatch, 'rows'> {
  readonly rows: Matrix<Float32Array> | Matrix<Float64Array>
}

const isDoubles = (rows: Rows): rows is Matrix<Float64Array> => 'data' in rows && rows.data instanceof Float64Array

/** The batches of rows; those of an f64 matrix as they are, where `toRowSource` would round them to f32. */
export async function* unroundedBatches(rows: Rows, options: BatchOptions = {}): AsyncGenerator<UnroundedBatch> {
  if (!isDoubles(rows)) {
    yield* toRowSource(rows).batches(options)
    return
  }
  const { signal } = options
  const batchSize = checkNumber('batchSize', options.batchSize ?? 4096, { integer: true, min: 1 })
  const [count, columns] = rows.shape
  for (let start = 0; start < count; start += batchSize) {
    signal?.throwIfAborted()
    const part = rowRange(rows, start, Math.min(count, start + batchSize))
    yield { start, rows: matrix(contiguousData(part), part.shape[0], columns) }
  }
}
