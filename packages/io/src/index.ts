export {
  type Catalogue,
  type CatalogueBatchOptions,
  type CatalogueColumn,
  type ColumnType,
  type ColumnValues,
  catalogueOf,
  type Table,
  type TableBatch,
  type TableColumn,
} from '@astronomaly/core/table'
export {
  angularSeparationDeg,
  encodeFitsImage,
  encodeFitsTable,
  FitsHeader,
  listHdus,
  openFits,
  readFitsImage,
  readFitsTable,
  skyFrame,
  wcsFromHeader,
} from '@astronomaly/fits'
export { cutOut } from './cutout/cut-out.ts'
export type {
  Cutout,
  CutoutGrid,
  CutoutObject,
  RejectedCutout,
  RejectionReason,
} from './cutout/cutout.ts'
export type { CutoutOptions } from './cutout/cutout-options.ts'
export { type CutoutSideOptions, cutoutSide } from './cutout/cutout-side.ts'
export { encodeCutout } from './cutout/encode-cutout.ts'
export type { Interpolation } from './cutout/interpolation.ts'
export type { MosaicImage, MosaicInput } from './cutout/mosaic-image.ts'
export { type MosaicHit, type Mosaics, type OpenMosaicsOptions, openMosaics } from './cutout/mosaics.ts'
export type { PixelBlock } from './cutout/resample.ts'
export { type LegacySurveyCutout, legacySurveyUrl } from './download/legacy-survey-url.ts'
export { type UrlTemplate, urlTemplate } from './download/url-template.ts'
export { decodeNpy, encodeNpy, type NpyArray, type NpyData } from './npy/npy.ts'
export { type AdqlOptions, type AdqlQuery, countAdql, predicateAdql, renderAdql } from './selection/adql.ts'
export type { ColumnMapping } from './selection/bind-predicate.ts'
export { cutReportTable, formatCutReport } from './selection/cut-report.ts'
export {
  type CutCounts,
  type CutReport,
  type EvaluateCutsOptions,
  evaluateCuts,
  type RowCounts,
} from './selection/evaluate-cuts.ts'
export { evaluatePredicate, type PredicateOptions, predicateColumns } from './selection/evaluate-predicate.ts'
export { decamVectorColumns, paperCuts } from './selection/paper-cuts.ts'
export {
  absolute,
  allOf,
  anyOf,
  arithmetic,
  between,
  type Comparison,
  type Cut,
  column,
  compare,
  isMissing,
  logarithm10,
  not,
  oneOf,
  type Predicate,
  type Quantity,
  type QuantityLike,
  quantity,
  squareRoot,
} from './selection/predicate.ts'
export type { RowTag } from './selection/row-tag.ts'
export { type SelectedBatch, type SelectRowsOptions, selectRows } from './selection/select-rows.ts'
export type { TableSource } from './selection/table-source.ts'
export {
  type Cone,
  type ConeAnswer,
  type ConeSearchesOptions,
  type ConeSearchOptions,
  type ConeService,
  type ConeTable,
  coneSearch,
  coneSearches,
} from './services/cone-search.ts'
export type { TapIds, TapRangeQuery } from './services/id-ranges.ts'
export { queryTap, type TapTable } from './services/query-tap.ts'
export type { ServiceRequestOptions, TapFormat, TapOptions } from './services/service-options.ts'
export { type TapRangeOptions, tapBatches } from './services/tap-batches.ts'
export {
  type CataloguePositions,
  findIdColumn,
  findPositionColumns,
  idColumnNames,
  type NamedColumn,
  type PositionColumns,
  type PositionFrame,
  type PositionOptions,
  type PositionProblem,
  positionFrames,
  positionsOf,
  type RowPositions,
  readPositions,
} from './sky/catalogue-positions.ts'
export { type CrossMatchMode, type CrossMatchOptions, crossMatch, type SkyMatches } from './sky/cross-match.ts'
export type { AngleUnit } from './sky/parse-angle.ts'
export { SkyIndex, type SkyNeighbour, type SkyNeighbours } from './sky/sky-index.ts'
export type { SkyPositions, SkyRadius } from './sky/sky-positions.ts'
export { cellNumber, cellText, findColumn } from './table/cells.ts'
export { type CsvOptions, type CsvTableOptions, encodeCsv, parseCsvTable } from './table/csv-table.ts'
export { encodeEcsv } from './table/encode-ecsv.ts'
export { decodeParquetTable, encodeParquetTable, type ParquetOptions } from './table/parquet-table.ts'
export { type TableRowSourceOptions, tableRowSource } from './table/table-row-source.ts'
export type { TextEncoding } from './table/text-pieces.ts'
export { encodeVoTable } from './table/votable/encode-votable.ts'
export { parseVoTable, type VoTable, type VoTableOptions } from './table/votable/parse-votable.ts'
export type { VoDatatype, VoField, VoInfo, VoParam } from './table/votable/vo-field.ts'
