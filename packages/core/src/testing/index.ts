export { checkEstimator, type EstimatorCheck, type EstimatorSpec } from './check-estimator.ts'
