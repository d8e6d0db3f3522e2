export type { GaussianProcessKernel } from './gaussian-process/covariance.ts'
export { type ExpectedImprovementOptions, logExpectedImprovement } from './gaussian-process/expected-improvement.ts'
export { GaussianProcess } from './gaussian-process/gaussian-process.ts'
export {
  GaussianProcessModel,
  type GaussianProcessPrediction,
  type LogMarginalLikelihood,
} from './gaussian-process/gaussian-process-model.ts'
export type {
  GaussianProcessBounds,
  GaussianProcessOptions,
  GaussianProcessPriors,
  HyperparameterRange,
  LogNormal,
} from './gaussian-process/gaussian-process-options.ts'
export { isRating, type Label, ratingRange } from './labels/label.ts'
export { createLearner, learnerNames } from './learners/create-learner.ts'
export { type DirectRegressionOptions, directRegressionLearner } from './learners/direct-regression-learner.ts'
export { type ForestGpOptions, forestGpLearner } from './learners/forest-gp-learner.ts'
export type { Learner, LearnerInput, Ranking } from './learners/learner.ts'
export { nearestLabelDistance } from './learners/nearest-label.ts'
export { type NeighbourScoreInput, neighbourFactor, neighbourScore, scaleScores } from './learners/neighbour-score.ts'
export { type NeighbourScoreOptions, neighbourScoreLearner } from './learners/neighbour-score-learner.ts'
export {
  type ProtocolBatch,
  type ProtocolOptions,
  type ProtocolOrder,
  type ProtocolResult,
  playProtocol,
} from './learners/play-protocol.ts'
export { forestOnlyLearner, randomLearner } from './learners/simple-learners.ts'
export {
  RandomForestModel,
  type RandomForestOptions,
  RandomForestRegressor,
} from './random-forest/random-forest-regressor.ts'
