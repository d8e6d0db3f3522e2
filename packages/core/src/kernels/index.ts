export {
  type GrownTree,
  IsolationTreeKernel,
  type IsolationTreeShape,
  sampleByKernel,
} from './isolation-tree-kernel.ts'
export type { KernelThreads, ThreadWork } from './kernel-threads.ts'
export { TaskFailed, threadGroup } from './kernel-threads.ts'
export type { Nearest, NearestTask } from './nearest-points.ts'
export { NeighbourSearch } from './neighbour-search.ts'
export { type TreeEnsemble, treeDepths } from './tree-ensemble.ts'
export { type EvaluatorRows, type EvaluatorSums, TreeEvaluator } from './tree-evaluator.ts'
