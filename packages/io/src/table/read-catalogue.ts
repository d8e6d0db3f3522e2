import { gatherTable, type Table } from '@astronomaly/core/table'
import { type CatalogueInput, type OpenCatalogueOptions, openInputs } from './open-catalogue.ts'

/**
 * Reads a catalogue of any format as a whole: what `openCatalogue` gives in batches, as one table in memory.
 *
 * @param input - As of `openCatalogue`; also pipes and other paths that can be read only once, such as `/dev/stdin`.
 * @returns All columns that a table can hold; the others are left out with a warning. How each format gives types and missing values: `openFitsTable`,
 * `decodeParquetTable`, `parseVoTable`, `parseCsvTable`. 64-bit integers are the same in all of them:
 * Float64Array when every one of a column lies within ±(2^53 - 1), else text.
 * @throws What `openCatalogue` throws, but for such paths; FormatError when the file is damaged.
 */
export async function readCatalogue(
  input: CatalogueInput | readonly CatalogueInput[],
  options: OpenCatalogueOptions = {},
): Promise<Table> {
  return gatherTable(await openInputs(input, options, true), { signal: options.signal })
}
