import { definedOnly, UnsupportedError } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import type { ReadBytesOptions } from '../bytes/byte-source.ts'
import type { FitsTableColumn, NullPolicy } from './column-plan.ts'

/** A table of a FITS file that is ready to be read by rows. */
export interface TableReader {
  readonly rowCount: number
  /** The columns that are read. */
  readonly columns: readonly FitsTableColumn[]
  /** Why columns are left out. */
  readonly unreadable: ReadonlyMap<string, UnsupportedError>
  /** The rows from `from` up to but without `to`, which lie in the table. */
  read(from: number, to: number, options: ReadBytesOptions): Promise<Map<string, TableColumn>>
}

/** What a reader heeds besides the file. */
export interface TableReaderOptions {
  /** Tells which columns are read. */
  readonly isWanted: (name: string) => boolean
  /** Whether a wanted column that cannot be read is left out. */
  readonly mayLeaveOut: boolean
  readonly nulls: NullPolicy
  /** Most values in cells of variable length, in one read. */
  readonly maxValues: number
}

/**
 * Plans the wanted columns.
 *
 * @param plan - Plans the column of that index.
 * @throws What `plan` throws, unless such a column may be left out.
 */
export function planColumns<P>(
  names: readonly string[],
  { isWanted, mayLeaveOut }: TableReaderOptions,
  plan: (index: number, name: string) => P,
): { readonly plans: readonly P[]; readonly unreadable: ReadonlyMap<string, UnsupportedError> } {
  const plans: P[] = []
  const unreadable = new Map<string, UnsupportedError>()
  for (const [i, name] of names.entries()) {
    if (!isWanted(name)) continue
    try {
      plans.push(plan(i, name))
    } catch (error) {
      if (!(mayLeaveOut && error instanceof UnsupportedError)) throw error
      unreadable.set(name, error)
    }
  }
  return { plans, unreadable }
}

/** What of a column's description goes with its values. */
export function wordsOf({ unit, description, ucd, shape }: FitsTableColumn): Omit<TableColumn, 'values' | 'width'> {
  return definedOnly({ shape, unit, description, ucd })
}
