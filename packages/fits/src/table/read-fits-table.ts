import { type OptionRules, passedOption, resolveOptions } from '@astronomaly/core'
import { gatherTable, type Table } from '@astronomaly/core/table'
import type { FitsInput } from '../open-fits.ts'
import { openExactTable } from './open-fits-table.ts'
import { type FitsTableOptions, tableRules } from './open-table.ts'

/** How to read a table. */
export interface ReadFitsTableOptions extends FitsTableOptions {
  /**
   * Rows to read, `[from, to]`: from the first, 0-based, up to but without the last.
   * @defaultValue all
   */
  readonly rows?: readonly [number, number] | undefined
}

const readRules = {
  ...tableRules,
  rows: passedOption<readonly [number, number]>(),
} satisfies OptionRules<ReadFitsTableOptions>

/**
 * Reads a binary (BINTABLE) or ASCII (TABLE) table, or some of its rows and columns.
 *
 * | TFORM | values |
 * |---|---|
 * | `A` | strings up to the first NUL, without trailing spaces; a byte is a character |
 * | `L` | booleans; Float64Array of 1, 0 and NaN when one that is read is undefined |
 * | `X` | Uint8Array of 0 and 1, one a bit |
 * | `B` `I` `J` `K` | Uint8Array, Int16Array, Int32Array, BigInt64Array |
 * | `E` `D` | Float32Array, Float64Array |
 * | `C` `M` | the same, real and imaginary parts in turn |
 * | `P` `Q` | the same of their elements, with `offsets`; a cell of `A` is one string |
 * | ASCII `A` `I` `F` `E` `D` | strings, Int32Array (BigInt64Array from 10 characters on), Float64Array |
 *
 * The header alone decides types other than of `L`, so that they are the same for any rows of a table. TZERO that stands for the other sign makes `B`
 * Int16Array, `I` Int32Array, `J` Float64Array and `K` BigUint64Array; other columns with TSCAL or TZERO are f64. Integer columns
 * with TNULL are f64 with NaN (see `nulls`). Vector columns have `width` > 1, and a `shape` where TDIM gives them several axes.
 * TDISP changes nothing. A column without a name is `col1`, `col2` …; a name that occurs again gets its number: `flux_7`.
 *
 * @param input - Bytes, a Blob, a source, or a file that is open.
 * @returns Columns in the order of the file; where none are named, those that cannot be read are left out with a warning.
 * @throws FormatError when the file is truncated or contradicts itself, NotFoundError when it has no such HDU or column,
 * ParameterError when it has no such rows, UnsupportedError for what no array of JavaScript holds.
 * @remarks The whole of what `openFitsTable` gives in batches with types `'fits'`. Reads the bytes of the rows asked for, in chunks of 4 MiB, and of their cells in the heap. Memory: the values, two chunks,
 * and 12 bytes a cell of variable length.
 * @see FITS standard 4.0, sections 7.2 and 7.3
 */
export async function readFitsTable(input: FitsInput, options: ReadFitsTableOptions = {}): Promise<Table> {
  const { rows, ...rest } = resolveOptions('readFitsTable', options, readRules)
  return gatherTable(await openExactTable('readFitsTable', input, rest), { rows, signal: rest.signal })
}
