export { type LegacySurveyCutout, legacySurveyUrl } from './download/legacy-survey-url.ts'
export { type UrlTemplate, urlTemplate } from './download/url-template.ts'
export { type CrossMatchMode, type CrossMatchOptions, crossMatch, type SkyMatches } from './match/cross-match.ts'
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
