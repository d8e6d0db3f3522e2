import { describeValue, ParameterError } from '@astronomaly/core'
import type { Catalogue, Table, TableBatch } from '@astronomaly/core/table'
import { sliceColumn } from '@astronomaly/core/table'

/** A table in memory, a catalogue, or batches in the order of the rows. */
export type TableSource = Table | Catalogue | AsyncIterable<TableBatch> | Iterable<TableBatch>

/** How a source is read. */
export interface ReadSourceOptions {
  /** Given the columns that the source has, those that are wanted; asked once. */
  readonly choose: (names: readonly string[]) => readonly string[]
  readonly batchRows: number | undefined
  readonly signal: AbortSignal | undefined
}

/** The batches of a source, in order; of a catalogue, with the chosen columns alone. */
export async function* readSource(
  subject: string,
  source: TableSource,
  options: ReadSourceOptions,
): AsyncGenerator<TableBatch, void, undefined> {
  const { signal, batchRows } = options
  let next = 0
  for await (const batch of batchesOf(subject, source, options)) {
    signal?.throwIfAborted()
    if (!(Number.isSafeInteger(batch.start) && batch.start >= next)) {
      throw new ParameterError(
        `${subject}: batches must come in order, from row ${next}. Received start ${batch.start}.`,
      )
    }
    next = batch.start + batch.rowCount
    if (batchRows === undefined || batch.rowCount <= batchRows) yield batch
    else for (let from = 0; from < batch.rowCount; from += batchRows) yield sliceBatch(batch, from, from + batchRows)
  }
  signal?.throwIfAborted()
}

function batchesOf(
  subject: string,
  source: TableSource,
  { choose, batchRows, signal }: ReadSourceOptions,
): AsyncIterable<TableBatch> | Iterable<TableBatch> {
  if (typeof source !== 'object' || source === null) {
    throw new ParameterError(
      `${subject}: source must be a table, a catalogue or batches. Received ${describeValue(source)}.`,
    )
  }
  if (Symbol.asyncIterator in source || Symbol.iterator in source) return source
  if ('batches' in source) {
    const names = source.columns.map(({ name }) => name)
    const chosen = choose(names)
    return source.batches({
      // Rows are counted by some column when none is needed.
      columns: names.length === 0 ? undefined : chosen.length > 0 ? chosen : names.slice(0, 1),
      batchRows,
      signal,
    })
  }
  if (source.columns instanceof Map) return [{ ...source, start: 0 }]
  throw new ParameterError(`${subject}: source must be a table, a catalogue or batches. Received something else.`)
}

function sliceBatch(batch: TableBatch, from: number, to: number): TableBatch {
  const end = Math.min(to, batch.rowCount)
  const columns = [...batch.columns].map(([name, column]) => [name, sliceColumn(column, from, end)] as const)
  return { start: batch.start + from, rowCount: end - from, columns: new Map(columns) }
}
