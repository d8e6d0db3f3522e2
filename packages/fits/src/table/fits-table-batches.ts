import { checkNumber, type UnsupportedError } from '@astronomaly/core'
import type { TableBatch } from '@astronomaly/core/table'
import type { FitsInput } from '../open-fits.ts'
import { type FitsTableColumn, tableColumnNames } from './column-plan.ts'
import { type FitsTableOptions, openTable, resolveTableOptions } from './open-table.ts'

/** How to read a table in batches. */
export interface FitsTableBatchesOptions extends FitsTableOptions {
  /**
   * Rows of each batch; the last has the rest.
   * @defaultValue 65536
   */
  readonly batchRows?: number | undefined
}

/**
 * Reads a table in batches of rows, with the types and values of {@link readFitsTable} whatever their size; truth values are f64 in the
 * batches in which one is undefined.
 *
 * @returns Batches that can be iterated again and again, each time from the first row; each is the caller's own.
 * @throws What `readFitsTable` throws, when the batch is asked for; ParameterError for the options at once.
 * @remarks Memory: the values of one batch, and what `readFitsTable` takes for its rows.
 */
export function fitsTableBatches(input: FitsInput, options: FitsTableBatchesOptions = {}): AsyncIterable<TableBatch> {
  const subject = 'fitsTableBatches'
  const resolved = resolveTableOptions(subject, options, ['batchRows'])
  const batchRows = checkNumber(`${subject}: batchRows`, options.batchRows ?? 65_536, { integer: true, min: 1 })
  return {
    async *[Symbol.asyncIterator]() {
      const { reader } = await openTable(subject, input, resolved)
      const { signal } = resolved
      for (let start = 0; start < reader.rowCount; start += batchRows) {
        signal?.throwIfAborted()
        const end = Math.min(reader.rowCount, start + batchRows)
        yield { start, rowCount: end - start, columns: await reader.read(start, end, signal ? { signal } : {}) }
      }
    },
  }
}

/** What a table of a FITS file holds, by its header. */
export interface FitsTableDescription {
  readonly rowCount: number
  readonly columns: readonly FitsTableColumn[]
  /** Names of all columns of the file in its order, also of those that are not wanted or cannot be read. */
  readonly names: readonly string[]
  /** Columns that cannot be read, and why; empty where columns are named. */
  readonly unreadable: ReadonlyMap<string, UnsupportedError>
}

/**
 * Describes the rows and columns of a table without reading any.
 *
 * @throws FormatError when the file contradicts itself, NotFoundError when it has no such HDU or column.
 */
export async function describeFitsTable(
  input: FitsInput,
  options: FitsTableOptions = {},
): Promise<FitsTableDescription> {
  const resolved = resolveTableOptions('describeFitsTable', options)
  const { hdu, reader } = await openTable('describeFitsTable', input, resolved)
  const columns = reader.columns.map(
    ({ name, type, width, ragged, isLong, shape, unit, description, ucd }): FitsTableColumn => ({
      ...{ name, type, width, ragged, isLong },
      ...(shape === undefined ? {} : { shape }),
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
      ...(ucd === undefined ? {} : { ucd }),
    }),
  )
  const names = tableColumnNames(hdu.header)
  return { rowCount: reader.rowCount, columns, names, unreadable: reader.unreadable }
}
