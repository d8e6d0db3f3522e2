import type { NearestTask, NeighbourSearch } from '@astronomaly/core/kernels'

/** Rows of a block of the search: what is done between two looks at the signal. */
export const blockRows = 512

/** Rows whose neighbours are searched. */
export interface NeighbourTask extends NearestTask {
  /** `[count]`, their numbers. */
  readonly rows: Uint32Array
}

/**
 * Each row once, in blocks of rows that lie close to each other.
 *
 * @param data - `[n, columns]`, row-major.
 * @param own - Whether the rows are those that are searched, and no neighbours of themselves.
 */
export function* neighbourTasks(
  search: NeighbourSearch,
  data: Float32Array,
  k: number,
  own: boolean,
): Generator<NeighbourTask> {
  const { columns } = search
  const order = search.orderOf(data)
  for (let start = 0; start < order.length; start += blockRows) {
    const rows = order.slice(start, start + blockRows)
    const queries = new Float32Array(rows.length * columns)
    for (const [q, i] of rows.entries()) queries.set(data.subarray(i * columns, (i + 1) * columns), q * columns)
    yield { queries, count: rows.length, k, rows, own: own ? rows : undefined }
  }
}
