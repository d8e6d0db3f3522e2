export {
  type AveragePathLengthOptions,
  averagePathLength,
  type PathLengthConvention,
} from './average-path-length.ts'
export type { IsolationForestJson, TreeJson } from './exchange/forest-json.ts'
export { type ForestToOnnxOptions, forestToOnnx } from './exchange/forest-onnx.ts'
export { type ForeignTree, type ImportTreesOptions, importTrees } from './exchange/import-trees.ts'
export type { FlatForest } from './flat-forest.ts'
export type { Fraction, IsolationForestOptions, ResolvedIsolationForestOptions } from './forest-options.ts'
export type { IsolationForestParts } from './forest-parts.ts'
export type { MissingRule } from './forest-rows.ts'
export { type FitOptions, type FitScore, IsolationForest, type StartOptions } from './isolation-forest.ts'
export { IsolationForestModel, type ScoreBatch } from './isolation-forest-model.ts'
export {
  LocalOutlierFactor,
  type LocalOutlierFactorOptions,
  type ResolvedLocalOutlierFactorOptions,
} from './local-outlier-factor/local-outlier-factor.ts'
export { LocalOutlierFactorModel } from './local-outlier-factor/local-outlier-factor-model.ts'
export type { LocalOutlierFactorParts } from './local-outlier-factor/local-outlier-factor-parts.ts'
export { ForestReservoirs } from './stream/forest-reservoirs.ts'
export { SlidingIsolationForest } from './stream/sliding-forest.ts'
export type { ResolvedSlidingOptions, SlidingIsolationForestOptions } from './stream/sliding-options.ts'
