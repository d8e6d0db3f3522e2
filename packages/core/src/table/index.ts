export type { Catalogue, CatalogueBatchOptions, CatalogueColumn, PieceOptions, PieceSource } from './catalogue.ts'
export { catalogueFrom, piecesOf } from './catalogue-from.ts'
export { checkTable } from './check-table.ts'
export {
  alternativesOf,
  asType,
  emptyValues,
  noteOddities,
  type Oddities,
  settledType,
  typeOf,
  type ValueKind,
  valuesAs,
} from './column-types.ts'
export { sliceColumn } from './exact-batches.ts'
export { type GatherTableOptions, gatherTable } from './gather-table.ts'
export { catalogueOf, tablePieces } from './memory-catalogue.ts'
export type { ColumnType, ColumnValues, Table, TableBatch, TableColumn } from './table.ts'
export { toldOnce } from './told-once.ts'
export { renamedWarning, uniqueNames } from './unique-names.ts'
export { isInexact, valueText, withSafeIntegers } from './values.ts'
