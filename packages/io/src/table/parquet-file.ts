import {
  type OptionRules,
  ParameterError,
  passedOption,
  type RowSource,
  resolveOptions,
  UnsupportedError,
} from '@astronomaly/core'
import { catalogueFrom, type ValueKind } from '@astronomaly/core/table'
import { fileByteSource } from '@astronomaly/fits/node'
import type { SchemaTree } from 'hyparquet'
import { columnOf } from './parquet-column.ts'
import { parquetPieces } from './parquet-pieces.ts'
import { knownColumns, type ParquetOptions } from './parquet-table.ts'
import { tableRowSource } from './table-row-source.ts'

const rowRules = {
  columns: passedOption<readonly string[]>(),
} satisfies OptionRules<Pick<ParquetOptions, 'columns'>>

/**
 * The number columns of a Parquet file as a row source.
 *
 * @param options - `columns` names the columns, in their order. By default these are all floating point and decimal ones and the
 * integers of at most 32 bits, in the order of the file; 64-bit integers are mostly identifiers, and booleans flags: name them if
 * they are meant.
 * @returns A source of known `rowCount` that can be iterated again and again. Values are rounded to f32; a missing one is NaN.
 * @throws NotFoundError when the file or a column is missing; UnsupportedError for a column that is named and holds no plain
 * numbers, for encryption and unknown codecs; ParameterError when there is no column left or one is named twice; FormatError when the file is
 * damaged. Iterating throws FormatError when a row group is damaged or when those of one batch would expand to more than 64 MiB and 1,000
 * times the size of the file, and `signal.reason` when aborted.
 * @remarks Reads row group by row group, in each the wanted columns alone. Memory holds one row group and one of its columns, raw and
 * decoded.
 * @see https://parquet.apache.org/docs/file-format/
 */
export async function parquetRowSource(
  path: string,
  options: Pick<ParquetOptions, 'columns'> = {},
): Promise<RowSource> {
  const { columns } = resolveOptions('parquetRowSource', options, rowRules)
  const choose = (trees: ReadonlyMap<string, SchemaTree>): readonly string[] => chooseColumns(trees, columns, path)
  const pieces = await parquetPieces(() => fileByteSource(path), path, { choose, asNumbers: true })
  return tableRowSource(catalogueFrom(pieces))
}

function chooseColumns(
  byName: ReadonlyMap<string, SchemaTree>,
  wanted: readonly string[] | undefined,
  path: string,
): readonly string[] {
  const names = knownColumns(wanted ?? [...byName.keys()], byName).filter((name) => {
    const kind = plainKind(byName.get(name) as SchemaTree)
    if (!wanted) return kind !== undefined && kind !== 'text' && kind !== 'int64' && kind !== 'boolean'
    if (kind !== undefined && kind !== 'text') return true
    throw new UnsupportedError(
      `parquetRowSource: column ${name} must hold plain numbers. Received ${kind ?? 'another type'}.`,
    )
  })
  if (names.length > 0) return names
  throw new ParameterError(`parquetRowSource: needs at least one number column. Received none (${path}).`)
}

/** The kind of a column without lists; undefined for what a row cannot hold. */
function plainKind(tree: SchemaTree): ValueKind | undefined {
  try {
    const { kind, isList } = columnOf(tree)
    return isList ? undefined : kind
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}
