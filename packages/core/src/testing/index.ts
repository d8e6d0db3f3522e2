export { checkEstimator, type EstimatorCheck, type EstimatorSpec } from './check-estimator.ts'
export { hasShared, sharedFile } from './shared-data.ts'
