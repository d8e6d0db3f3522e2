import {
  assertRank,
  contiguousData,
  type ImageBatch,
  type Matrix,
  matrix,
  ParameterError,
  ShapeError,
  tensor,
} from '@astronomaly/core'
import type { ViewCount } from './encoder.ts'

/**
 * Every picture of a batch as seen under symmetries of the square.
 *
 * @param batch - `[n, side, side, channels]`; NaN is carried along. With one view any height and width.
 * @param views - 4: rotations by 0, 90, 180 and 270° anticlockwise; 8: the same four, then the four of the mirror image
 * (left and right exchanged).
 * @returns `[n * views, side, side, channels]`, the views of one picture beside each other.
 * @throws ShapeError when the rank is not 4; ParameterError for another number of views, or when pictures to
 * be rotated are not square.
 * @remarks O(n · views · pixels).
 */
export function squareViews(batch: ImageBatch, views: ViewCount): ImageBatch {
  assertRank(batch, 4, 'squareViews')
  checkViews('squareViews', views, batch.shape)
  const [n, height, width, channels] = batch.shape
  const data = contiguousData(batch)
  if (views === 1) return tensor(data, [n, height, width, channels])
  const side = height
  const end = side - 1
  const size = side * side * channels
  const out = new Float32Array(n * views * size)
  for (let view = 0; view < views; view++) {
    const turns = view & 3
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const fromY = turns === 0 ? y : turns === 1 ? x : turns === 2 ? end - y : end - x
        let fromX = turns === 0 ? x : turns === 1 ? end - y : turns === 2 ? end - x : y
        if (view >= 4) fromX = end - fromX
        const from = (fromY * side + fromX) * channels
        const to = (y * side + x) * channels
        for (let i = 0; i < n; i++) {
          for (let c = 0; c < channels; c++) out[(i * views + view) * size + to + c] = data[i * size + from + c]!
        }
      }
    }
  }
  return tensor(out, [n * views, side, side, channels])
}

/**
 * The mean of every `views` neighbouring rows, in double precision.
 *
 * @param rows - `[n * views, columns]`.
 * @returns `[n, columns]`.
 * @throws ShapeError when the rows are no multiple of `views`.
 */
export function averageViews(rows: Matrix<Float32Array>, views: ViewCount): Matrix<Float32Array> {
  const [count, columns] = rows.shape
  if (count % views !== 0) {
    throw new ShapeError(`averageViews: rows must be a multiple of ${views}. Received ${count}.`)
  }
  const data = contiguousData(rows)
  const out = new Float32Array((count / views) * columns)
  for (let i = 0; i < count / views; i++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0
      for (let v = 0; v < views; v++) sum += data[(i * views + v) * columns + c]!
      out[i * columns + c] = sum / views
    }
  }
  return matrix(out, count / views, columns)
}

/** Whether pictures of a shape ending in `[height, width, channels]` have these views. @throws ParameterError */
export function checkViews(subject: string, views: ViewCount, shape: readonly number[]): void {
  if (views !== 1 && views !== 4 && views !== 8) {
    throw new ParameterError(`${subject}: views must be 1, 4 or 8. Received ${String(views)}.`)
  }
  const [height, width] = shape.slice(-3)
  if (views > 1 && height !== width) {
    throw new ParameterError(
      `${subject}: views must be 1 for pictures that are not square. Received ${views} for ${height} x ${width}.`,
    )
  }
}
