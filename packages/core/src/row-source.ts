import { ParameterError, ShapeError } from './errors.ts'
import { contiguousData, type Matrix, matrix, rowRange } from './tensor.ts'

/** A run of consecutive rows. */
export interface RowBatch {
  /** Number of the first row, 0-based, in the whole source. */
  readonly start: number
  /** Object identifiers of the rows, when the source knows them. */
  readonly ids?: readonly string[]
  readonly rows: Matrix<Float32Array>
}

/** How to iterate a {@link RowSource}. */
export interface BatchOptions {
  /**
   * Most rows in a batch.
   * @defaultValue 4096
   */
  readonly batchSize?: number
  readonly signal?: AbortSignal
}

/** Rows that can be iterated again and again without being held in memory at once. */
export interface RowSource {
  readonly columns: number
  /** Number of rows, when it is known before reading. */
  readonly rowCount?: number
  batches(options?: BatchOptions): AsyncIterable<RowBatch>
}

/** What every estimator fits and scores: a row source, or a matrix in memory. */
export type Rows = RowSource | Matrix<Float32Array> | Matrix<Float64Array>

/** Whether `rows` is a matrix in memory. */
export function isMatrix(rows: Rows): rows is Matrix<Float32Array> | Matrix<Float64Array> {
  return 'shape' in rows && 'data' in rows
}

/** The one matrix as a row source; f64 data are rounded to f32. A row source is returned as it is. */
export function toRowSource(rows: Rows): RowSource {
  if (!isMatrix(rows)) return rows
  if (rows.shape.length !== 2) throw new ShapeError(`rows: must have 2 axes. Received shape [${rows.shape}].`)
  const [count, columns] = rows.shape
  return {
    columns,
    rowCount: count,
    async *batches({ batchSize = 4096, signal }: BatchOptions = {}): AsyncGenerator<RowBatch> {
      if (!(Number.isInteger(batchSize) && batchSize > 0)) {
        throw new ParameterError(`batchSize must be an integer > 0. Received ${batchSize}.`)
      }
      for (let start = 0; start < count; start += batchSize) {
        signal?.throwIfAborted()
        const part = rowRange(rows as Matrix<Float32Array>, start, Math.min(count, start + batchSize))
        yield { start, rows: matrix(toFloat32(contiguousData(part)), part.shape[0], columns) }
      }
    },
  }
}

function toFloat32(data: Float32Array | Float64Array): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data)
}

/**
 * All rows as one contiguous matrix in memory.
 *
 * @remarks O(rows × columns) memory: for data that is known to fit.
 */
export async function collectRows(rows: Rows, options: BatchOptions = {}): Promise<Matrix<Float32Array>> {
  if (isMatrix(rows)) {
    const [count, columns] = rows.shape
    return matrix(toFloat32(contiguousData(rows as Matrix<Float32Array>)), count, columns)
  }
  const parts: Float32Array[] = []
  let length = 0
  for await (const batch of rows.batches(options)) {
    const data = contiguousData(batch.rows)
    parts.push(data)
    length += data.length
  }
  const all = new Float32Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return matrix(all, rows.columns === 0 ? 0 : length / rows.columns, rows.columns)
}
