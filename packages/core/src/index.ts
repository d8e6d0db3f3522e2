export { describeValue } from './describe-value.ts'
export * from './elementary.ts'
export * from './errors.ts'
export { type FiniteRowsOptions, finiteRows } from './finite-rows.ts'
export {
  type GrownTree,
  IsolationTreeKernel,
  type IsolationTreeShape,
  sampleByKernel,
} from './kernels/isolation-tree-kernel.ts'
export type { Nearest, NearestTask } from './kernels/nearest-points.ts'
export { NeighbourSearch } from './kernels/neighbour-search.ts'
export { type TreeEnsemble, treeDepths } from './kernels/tree-ensemble.ts'
export { type EvaluatorRows, type EvaluatorSums, TreeEvaluator } from './kernels/tree-evaluator.ts'
export { type LeadingEigenCount, leadingEigen } from './leading-eigen.ts'
export * from './linear-algebra.ts'
export * from './model-buffer.ts'
export { type OnnxAttribute, type OnnxFileOptions, OnnxGraph } from './onnx-graph.ts'
export * from './options.ts'
export { powerOfTwo } from './power-of-two.ts'
export * from './random.ts'
export * from './ranking-metrics.ts'
export * from './row-source.ts'
export * from './run-options.ts'
export * from './statistics.ts'
export * from './tensor.ts'
