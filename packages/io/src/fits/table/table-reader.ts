import type { ReadBytesOptions } from '../../bytes/byte-source.ts'
import type { TableColumn } from '../../table/table.ts'
import type { FitsTableColumn } from './column-plan.ts'

/** A table of a FITS file that is ready to be read by rows. */
export interface TableReader {
  readonly rowCount: number
  /** The columns that are read. */
  readonly columns: readonly FitsTableColumn[]
  /** The rows from `from` up to but without `to`, which lie in the table. */
  read(from: number, to: number, options: ReadBytesOptions): Promise<Map<string, TableColumn>>
}

/** What a reader heeds besides the file. */
export interface TableReaderOptions {
  /** Tells which columns are read. */
  readonly isWanted: (name: string) => boolean
  readonly nulls: 'nan' | 'keep'
  /** Most values in cells of variable length, in one read. */
  readonly maxValues: number
}

/** What of a column's description goes with its values. */
export function wordsOf({ unit, description, ucd, shape }: FitsTableColumn): Omit<TableColumn, 'values' | 'width'> {
  return {
    ...(shape === undefined ? {} : { shape }),
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(ucd === undefined ? {} : { ucd }),
  }
}
