export { AstronomalyError, type Progress, type RunOptions, type Seed, type Warning } from '@astronomaly/core'
export { type PositionFrame, positionFrames } from '@astronomaly/io/sky'
export type { CatalogueObjectsOptions } from './acquire/catalogue-objects.ts'
export type { CutPicturesOptions } from './acquire/cut-options.ts'
export { type CutPicturesSummary, cutPictures } from './acquire/cut-pictures.ts'
export {
  type DownloadPicturesOptions,
  type DownloadPicturesSummary,
  type DownloadSettings,
  downloadPictures,
  type LegacySurveyPictures,
} from './acquire/download-pictures.ts'
export type { Length, PictureSize } from './acquire/picture-size.ts'
export { type EvaluateOptions, type Evaluation, evaluate, type LearnerEvaluation } from './evaluate.ts'
export { type EvaluationTop, evaluationTop, type FoundInLooks, foundInLooks } from './evaluation-top.ts'
export type { EncoderOptions, FeatureKind } from './feature-maker.ts'
export { featureRows } from './feature-rows.ts'
export { type LabelOptions, type LabelSummary, label, type Rating } from './label.ts'
export type { LearnedScores } from './learned-scores.ts'
export { type Making, making, provenanceOf } from './provenance.ts'
export { type RankSummary, rank } from './rank.ts'
export type { RankOptions, ResolvedRankOptions } from './rank-options.ts'
export type { RatingScale } from './rating-file.ts'
export { type ReportOptions, writeReport } from './report/build-report.ts'
export { renderReport } from './report/render-report.ts'
export type * from './report/report-data.ts'
export { pathWord, shellWord } from './report/shell-word.ts'
export { openRun, type RunData } from './run-data.ts'
export { RunDirectory, type RunRecord, type StageName } from './run-directory.ts'
export { type Rejection, type ScanOptions, type SourceObject, scanFolder } from './scan-folder.ts'
export { type SimulateLabelsOptions, simulateLabels } from './simulate-labels.ts'
export { readTruth, type Truth } from './truth.ts'
export { currentOrder, currentScore, type ExportOptions, exportRanking, nextOrder } from './write-ranking.ts'
