export {
  type AveragePathLengthOptions,
  averagePathLength,
  type PathLengthConvention,
} from './average-path-length.ts'
export type { FlatForest } from './flat-forest.ts'
export type { IsolationForestJson, TreeJson } from './forest-json.ts'
export { type ForestToOnnxOptions, forestToOnnx } from './forest-onnx.ts'
export type { Fraction, IsolationForestOptions, ResolvedIsolationForestOptions } from './forest-options.ts'
export { ForestReservoirs } from './forest-reservoirs.ts'
export { type ForeignTree, type ImportTreesOptions, importTrees } from './import-trees.ts'
export { type FitOptions, type FitScore, IsolationForest, type StartOptions } from './isolation-forest.ts'
export { IsolationForestModel, type IsolationForestParts, type ScoreBatch } from './isolation-forest-model.ts'
export {
  LocalOutlierFactor,
  type LocalOutlierFactorOptions,
  type ResolvedLocalOutlierFactorOptions,
} from './local-outlier-factor.ts'
export { LocalOutlierFactorModel, type LocalOutlierFactorParts } from './local-outlier-factor-model.ts'
export type { MissingRule } from './read-batches.ts'
export { SlidingIsolationForest } from './sliding-forest.ts'
export type { ResolvedSlidingOptions, SlidingIsolationForestOptions } from './sliding-options.ts'
