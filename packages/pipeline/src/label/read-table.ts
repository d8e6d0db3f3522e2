import { definedOnly } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { type OpenCatalogueOptions, openCatalogue } from '@astronomaly/io/node'
import type { KnownColumn } from '../acquire/catalogue-columns.ts'

/** The whole table of a file that `openCatalogue` reads. */
export async function readTable(path: string, options: OpenCatalogueOptions = {}): Promise<Table> {
  const catalogue = await openCatalogue(path, options)
  for await (const batch of catalogue.batches({ batchRows: 2 ** 31 - 1 })) return batch
  return { rowCount: 0, columns: new Map(catalogue.columns.map(({ name, width }) => [name, { values: [], width }])) }
}

/** A table's columns, as they are known before rows are read. */
export function columnsOf({ columns }: Table): KnownColumn[] {
  return Array.from(columns, ([name, { width, unit, ucd }]) => definedOnly({ name, width, unit, ucd }))
}
