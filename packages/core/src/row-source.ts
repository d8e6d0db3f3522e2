import { describeValue } from './describe-value.ts'
import { ParameterError, ShapeError, UnsupportedError } from './errors.ts'
import { checkNumber, numberOption, resolveOptions } from './options.ts'
import { assertMatrix, contiguousData, type Matrix, matrix, rowRange } from './tensor.ts'

/** A run of consecutive rows. */
export interface RowBatch {
  /** Number of the first row, 0-based, in the whole source. */
  readonly start: number
  /** Object identifiers of the rows, when the source knows them. */
  readonly ids?: readonly string[] | undefined
  readonly rows: Matrix<Float32Array>
}

/** How to iterate a {@link RowSource}. */
export interface BatchOptions {
  /**
   * Most rows in a batch.
   * @defaultValue 4096
   */
  readonly batchSize?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Rows that can be iterated again and again without being held in memory at once. */
export interface RowSource {
  readonly columns: number
  /** Number of rows, when it is known before reading. */
  readonly rowCount?: number | undefined
  batches(options?: BatchOptions): AsyncIterable<RowBatch>
  /**
   * Some rows, where they can be had without reading all. Only sources that can seek have it, and they know their `rowCount`.
   *
   * @param rows - Row numbers, ascending, each once, below `rowCount`.
   * @returns `[rows.length, columns]`, in the order of the numbers: the values that `batches` gives for these rows.
   * @throws ParameterError for numbers in another order or too large, and `signal.reason` when aborted.
   */
  gather?(rows: Uint32Array, options?: GatherOptions): Promise<Matrix<Float32Array>>
}

/** How to gather rows. */
export interface GatherOptions {
  readonly signal?: AbortSignal | undefined
}

/** What every estimator fits and scores: a row source, or a matrix in memory. */
export type Rows = RowSource | Matrix<Float32Array> | Matrix<Float64Array>

/** Whether `rows` is a matrix in memory. */
export function isMatrix(rows: Rows): rows is Matrix<Float32Array> | Matrix<Float64Array> {
  return 'shape' in rows && 'data' in rows
}

/** The one matrix as a row source; f64 data are rounded to f32. A row source is returned as it is. */
export function toRowSource(rows: Rows): RowSource {
  if (typeof rows !== 'object' || rows === null || !('batches' in rows || 'data' in rows)) {
    throw new ParameterError(
      `rows: must be a matrix, { data, shape, stride, offset }, or a row source. Received ${describeValue(rows)}.`,
    )
  }
  if (!isMatrix(rows)) return rows
  assertMatrix(rows, 'rows')
  const [count, columns] = rows.shape
  return {
    columns,
    rowCount: count,
    async gather(numbers: Uint32Array, { signal }: GatherOptions = {}): Promise<Matrix<Float32Array>> {
      signal?.throwIfAborted()
      checkRowNumbers('gather', numbers, count)
      const { data, offset } = rows
      const [down, across] = rows.stride as [number, number]
      const out = new Float32Array(numbers.length * columns)
      let at = 0
      for (const row of numbers) {
        const from = offset + row * down
        for (let c = 0; c < columns; c++) out[at++] = data[from + c * across]!
      }
      return matrix(out, numbers.length, columns)
    },
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

/**
 * Makes sure that row numbers are what {@link RowSource} asks of those to gather.
 *
 * @throws ParameterError
 * @remarks O(numbers).
 */
export function checkRowNumbers(subject: string, numbers: Uint32Array, rowCount: number): void {
  for (let i = 0; i < numbers.length; i++) {
    if (i > 0 && numbers[i]! <= numbers[i - 1]!) {
      throw new ParameterError(
        `${subject}: row numbers must ascend. Received ${numbers[i - 1]} before ${numbers[i]}, at ${i - 1}.`,
      )
    }
  }
  const last = numbers.at(-1)
  if (last !== undefined && last >= rowCount) {
    throw new ParameterError(`${subject}: row numbers must be below ${rowCount}. Received ${last}.`)
  }
}

/**
 * Any iterable of matrices as a row source: rows as they come from a socket, a database or a generator.
 *
 * @param columns - Of every matrix.
 * @param parts - Consecutive rows, `[n, columns]` each, n ≥ 0; f64 data are rounded to f32. An array, a generator or an async one.
 * @param options - `rowCount` is the number of rows: where it is known, an estimator may draw its rows before it has seen them.
 * @returns A source that can be iterated once. What has been passed is held by nobody.
 * @throws ParameterError for `columns` or `rowCount` below 0 or not an integer, and for an unknown option. Iterating throws ShapeError for a matrix with
 * another number of columns, UnsupportedError the second time, and `signal.reason` when aborted.
 * @remarks Matrices larger than the batch size are passed on in pieces, smaller ones as they are. Breaking off ends the iterable.
 */
export function streamRows(
  columns: number,
  parts:
    | AsyncIterable<Matrix<Float32Array> | Matrix<Float64Array>>
    | Iterable<Matrix<Float32Array> | Matrix<Float64Array>>,
  options: { readonly rowCount?: number | undefined } = {},
): RowSource {
  const { rowCount } = resolveOptions('streamRows', options, {
    rowCount: numberOption(undefined, { integer: true, min: 0 }),
  })
  checkNumber('streamRows: columns', columns, { integer: true, min: 0 })
  let used = false
  return {
    columns,
    rowCount,
    async *batches({ batchSize = 4096, signal }: BatchOptions = {}): AsyncGenerator<RowBatch> {
      if (used) {
        throw new UnsupportedError(
          'streamRows: rows that come from an iterable can be read once. Received a second reading; a call that reads twice ' +
            'needs a matrix or a file.',
        )
      }
      used = true
      let start = 0
      for await (const part of parts) {
        signal?.throwIfAborted()
        if (part.shape.length !== 2 || part.shape[1] !== columns) {
          throw new ShapeError(`streamRows: every matrix must have ${columns} columns. Received shape [${part.shape}].`)
        }
        for await (const batch of toRowSource(part).batches({ batchSize, signal })) {
          yield { start: start + batch.start, rows: batch.rows }
        }
        start += part.shape[0]
      }
    },
  }
}

/** The values as f32, the same memory where they are. */
export function toFloat32(data: Float32Array | Float64Array): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data)
}
