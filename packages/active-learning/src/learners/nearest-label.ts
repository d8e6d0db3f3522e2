import { contiguousData, type Matrix, matrix, pacer, type RunOptions } from '@astronomaly/core'
import { type NearestTask, NeighbourSearch } from '@astronomaly/core/kernels'
import { takeRows } from './take-rows.ts'

/** Rows of a task: what is done between two looks at the signal. */
const rowBlock = 512

/** Rows whose nearest label is searched. */
interface LabelTask extends NearestTask {
  /** `[count]`, their numbers. */
  readonly rows: Uint32Array
}

/**
 * The Euclidean distance of every row to the nearest labelled row.
 *
 * @param features - `[rows, columns]`, finite: a row with NaN gets NaN.
 * @param labelled - Row numbers of `features`, at least one.
 * @param run - With `workers` that many threads search; the bits are the same.
 * @returns One distance per row; exactly 0 for labelled rows.
 * @throws ShapeError when no row is labelled.
 * @remarks Exact: coordinates are subtracted before they are squared, in double precision, and summed in the order of the columns.
 * O(rows · labels · columns) time at worst, O(rows) memory. Progress stage `'nearest-label'`.
 */
export async function nearestLabelDistance(
  features: Matrix<Float32Array>,
  labelled: Uint32Array,
  run: RunOptions = {},
): Promise<Float64Array> {
  const [count, columns] = features.shape
  const distance = new Float64Array(count)
  if (count === 0 || columns === 0) return distance
  const rows = matrix(contiguousData(features), count, columns)
  const search = new NeighbourSearch(takeRows(rows, labelled).data, columns)
  const pause = pacer(run.signal)
  let done = 0
  for await (const { task, found } of search.nearestOf(labelTasks(search, rows), run)) {
    task.rows.forEach((row, i) => {
      distance[row] = Math.sqrt(found.squares[i]!)
    })
    done += task.count
    run.onProgress?.({ stage: 'nearest-label', done, total: count })
    await pause()
  }
  return distance
}

/** Each row once, in blocks of rows that lie close to each other: most labels are too far from all of a block. */
function* labelTasks(search: NeighbourSearch, features: Matrix<Float32Array>): Generator<LabelTask> {
  const order = search.orderOf(features.data)
  for (let start = 0; start < order.length; start += rowBlock) {
    const rows = order.subarray(start, start + rowBlock)
    yield { queries: takeRows(features, rows).data, count: rows.length, k: 1, rows }
  }
}
