export type { GaussianProcessKernel } from './covariance.ts'
export { createLearner, learnerNames } from './create-learner.ts'
export { type DirectRegressionOptions, directRegressionLearner } from './direct-regression-learner.ts'
export { type ExpectedImprovementOptions, logExpectedImprovement } from './expected-improvement.ts'
export { type ForestGpOptions, forestGpLearner } from './forest-gp-learner.ts'
export { GaussianProcess } from './gaussian-process.ts'
export {
  GaussianProcessModel,
  type GaussianProcessPrediction,
  type LogMarginalLikelihood,
} from './gaussian-process-model.ts'
export type {
  GaussianProcessBounds,
  GaussianProcessOptions,
  GaussianProcessPriors,
  HyperparameterRange,
  LogNormal,
} from './gaussian-process-options.ts'
export { isRating, type Label, ratingRange } from './label.ts'
export type { Learner, LearnerInput, Ranking } from './learner.ts'
export { nearestLabelDistance } from './nearest-label.ts'
export { type NeighbourScoreInput, neighbourFactor, neighbourScore, scaleScores } from './neighbour-score.ts'
export { type NeighbourScoreOptions, neighbourScoreLearner } from './neighbour-score-learner.ts'
export {
  type ProtocolBatch,
  type ProtocolOptions,
  type ProtocolOrder,
  type ProtocolResult,
  playProtocol,
} from './play-protocol.ts'
export { RandomForestModel, type RandomForestOptions, RandomForestRegressor } from './random-forest-regressor.ts'
export { forestOnlyLearner, randomLearner } from './simple-learners.ts'
