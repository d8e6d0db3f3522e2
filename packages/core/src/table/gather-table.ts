import { definedOnly } from '../options.ts'
import type { Catalogue, CatalogueBatchOptions, CatalogueColumn } from './catalogue.ts'
import { emptyValues } from './column-types.ts'
import type { Table, TableColumn } from './table.ts'

/** Which part of a catalogue to gather. */
export type GatherTableOptions = Omit<CatalogueBatchOptions, 'batchRows'>

/**
 * Reads a catalogue, or some of its rows and columns, to the end: one table in memory.
 *
 * @returns The columns in the order asked for; of no rows, empty ones of their types.
 * @throws What `batches` of the catalogue throws.
 * @remarks O(values). Memory: the table, and where the catalogue comes in several pieces the pieces as well.
 */
export async function gatherTable(catalogue: Catalogue, options: GatherTableOptions = {}): Promise<Table> {
  const batches = catalogue.batches({ ...options, batchRows: Number.MAX_SAFE_INTEGER })
  for await (const { rowCount, columns } of batches) return { rowCount, columns }
  const byName = new Map(catalogue.columns.map((column) => [column.name, column]))
  const names = options.columns ?? [...byName.keys()]
  return { rowCount: 0, columns: new Map(names.map((name) => [name, noRows(byName.get(name) as CatalogueColumn)])) }
}

function noRows({ name: _, type, ragged = true, ...rest }: CatalogueColumn): TableColumn {
  return definedOnly({
    ...rest,
    values: emptyValues(type),
    offsets: rest.width === 0 && ragged ? new Uint32Array(1) : undefined,
  }) as TableColumn
}
