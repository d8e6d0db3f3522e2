import { definedOnly } from '../options.ts'
import type { Catalogue, CatalogueColumn, PieceSource } from './catalogue.ts'
import { catalogueFrom } from './catalogue-from.ts'
import { checkTable } from './check-table.ts'
import { alternativesOf, asType, typeOf } from './column-types.ts'
import { sliceColumn } from './exact-batches.ts'
import type { Table, TableColumn } from './table.ts'
import { withSafeIntegers } from './values.ts'

/**
 * A table in memory as a catalogue.
 *
 * @param table - Not copied: batches that are whole columns share it.
 * @returns Its rows; 64-bit integers by the rule of {@link CatalogueColumn.type}.
 * @throws ParameterError, ShapeError when the table's columns are not as long as it says.
 */
export function catalogueOf(table: Table): Catalogue {
  if (table.columns.size > 0) checkTable('catalogueOf', table, true)
  return catalogueFrom(tablePieces(withSafeIntegers(table)))
}

/** The pieces of a table in memory. */
export function tablePieces(table: Table): PieceSource {
  return {
    columns: Array.from(
      table.columns,
      ([name, { values, offsets: _, ...rest }]): CatalogueColumn =>
        definedOnly({ ...rest, name, type: typeOf(values) }),
    ),
    rowCount: table.rowCount,
    alternatives: new Map(Array.from(table.columns, ([name, { values }]) => [name, alternativesOf(typeOf(values))])),
    async *pieces(columns, { rows: [from, to], batchRows, signal }) {
      const last = Math.min(to, table.rowCount)
      for (let start = from; start < last; start += batchRows) {
        signal?.throwIfAborted()
        const end = Math.min(last, start + batchRows)
        const part = columns.map(({ name, type }): [string, TableColumn] => {
          const column = sliceColumn(table.columns.get(name) as TableColumn, start, end)
          return [name, asType(column, type)]
        })
        yield { start, rowCount: end - start, columns: new Map(part) }
      }
    },
  }
}
