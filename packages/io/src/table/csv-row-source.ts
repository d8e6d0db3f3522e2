import { assertKnownKeys, type RowSource } from '@astronomaly/core'
import { type OpenCatalogueOptions, openCatalogue } from './open-catalogue.ts'
import { type TableRowSourceOptions, tableRowSource } from './table-row-source.ts'

/** How to read a text file as rows of numbers. */
export interface CsvRowSourceOptions
  extends TableRowSourceOptions,
    Pick<OpenCatalogueOptions, 'delimiter' | 'encoding' | 'onRagged' | 'onWarning' | 'signal'> {}

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
  assertKnownKeys('csvRowSource', options, [
    'columns',
    'ids',
    'delimiter',
    'encoding',
    'onRagged',
    'onWarning',
    'signal',
  ])
  const { columns, ids, ...rest } = options
  const types = Object.fromEntries((columns ?? []).map((name) => [name, 'float64' as const]))
  const catalogue = await openCatalogue(paths, columns ? { ...rest, types } : rest)
  return tableRowSource(catalogue, { ...(columns ? { columns } : {}), ...(ids === undefined ? {} : { ids }) })
}
