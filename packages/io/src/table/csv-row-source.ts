import { type OptionRules, type RowSource, resolveOptions } from '@astronomaly/core'
import { catalogueRules, type OpenCatalogueOptions, openCatalogue } from './open-catalogue.ts'
import { type TableRowSourceOptions, tableRowRules, tableRowSource } from './table-row-source.ts'

/** How to read a text file as rows of numbers. */
export interface CsvRowSourceOptions
  extends TableRowSourceOptions,
    Pick<OpenCatalogueOptions, 'delimiter' | 'encoding' | 'onRagged' | 'onWarning' | 'signal'> {}

const { types: _types, table: _table, source: _source, ...textRules } = catalogueRules
const rowRules = { ...textRules, ...tableRowRules } satisfies OptionRules<CsvRowSourceOptions>

/**
 * The number columns of a text file with a header row (CSV, TSV, ECSV, also in gzip or bzip2) as a row source.
 *
 * @param paths - A file, or several whose rows follow one another, of the columns that all of them have.
 * @returns A source of known `rowCount` that can be iterated again and again; see {@link tableRowSource}. Values are rounded to f32; a
 * missing one is NaN.
 * @throws What `openCatalogue` and {@link tableRowSource} throw; FormatError, with the line, when a column that is named holds
 * something else than numbers.
 * @remarks The file is read once here, to find out its number columns and rows, and once for each iteration.
 */
export async function csvRowSource(
  paths: string | readonly string[],
  options: CsvRowSourceOptions = {},
): Promise<RowSource> {
  const { columns, ids, ...rest } = resolveOptions('csvRowSource', options, rowRules)
  const types = columns && Object.fromEntries(columns.map((name) => [name, 'float64' as const]))
  return tableRowSource(await openCatalogue(paths, { ...rest, types }), { columns, ids })
}
