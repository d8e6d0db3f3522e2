export type { PieceSource } from './catalogue.ts'
export {
  asType,
  type Catalogue,
  type CatalogueBatchOptions,
  type CatalogueColumn,
  catalogueFrom,
  catalogueOf,
  numericAlternatives,
  tablePieces,
  typeOf,
  withSafeIntegers,
} from './catalogue.ts'
export { checkTable } from './check-table.ts'
export { sliceColumn } from './exact-batches.ts'
export { safeIntegers } from './safe-integers.ts'
export type { ColumnType, ColumnValues, Table, TableBatch, TableColumn } from './table.ts'
export { toldOnce } from './told-once.ts'
export { renamedWarning, uniqueNames } from './unique-names.ts'
