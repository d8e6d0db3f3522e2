export { concatArrays } from './concat-arrays.ts'
export { describeValue } from './describe-value.ts'
export * from './errors.ts'
export { letEventsIn, pacer } from './event-loop.ts'
export { finiteRows } from './finite-rows.ts'
export { decodeModel, encodeModel, type ModelArray, type ModelContent } from './model-buffer.ts'
export * from './options.ts'
export * from './random.ts'
export { collectRows, readRows } from './read-rows.ts'
export {
  type BatchOptions,
  checkRowNumbers,
  type GatherOptions,
  isMatrix,
  type RowBatch,
  type RowSource,
  type Rows,
  streamRows,
  toRowSource,
} from './row-source.ts'
export * from './run-options.ts'
export { meanAndStd, median, medianInPlace, quantile } from './statistics.ts'
export * from './tensor.ts'
