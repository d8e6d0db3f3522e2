export {
  type AveragePathLengthOptions,
  averagePathLength,
  type PathLengthConvention,
} from './average-path-length.ts'
export type { FlatForest } from './flat-forest.ts'
export type { Fraction, IsolationForestOptions, ResolvedIsolationForestOptions } from './forest-options.ts'
export { type ForeignTree, type ImportTreesOptions, importTrees } from './import-trees.ts'
export { IsolationForest } from './isolation-forest.ts'
export { IsolationForestModel, type IsolationForestParts, type ScoreBatch } from './isolation-forest-model.ts'
export type { MissingRule } from './read-batches.ts'
