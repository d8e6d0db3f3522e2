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
export { type EvaluateOptions, type Evaluation, evaluate, type LearnerEvaluation } from './evaluate/evaluate.ts'
export { type EvaluationTop, evaluationTop, type FoundInLooks, foundInLooks } from './evaluate/evaluation-top.ts'
export { type SimulateLabelsOptions, simulateLabels } from './evaluate/simulate-labels.ts'
export { type LabelOptions, type LabelSummary, label, type Rating } from './label/label.ts'
export type { LearnedScores } from './label/learned-scores.ts'
export type { RatingScale } from './label/rating-file.ts'
export { type ReportOptions, writeReport } from './report/build-report.ts'
export { renderReport } from './report/render-report.ts'
export type * from './report/report-data.ts'
export { pathWord, shellWord } from './report/shell-word.ts'
export { type Making, making, provenanceOf } from './run/provenance.ts'
export { openRun, type RunData } from './run/run-data.ts'
export { RunDirectory, type RunRecord, type StageName } from './run/run-directory.ts'
export { type Rejection, type ScanOptions, type SourceObject, scanFolder } from './run/scan-folder.ts'
export { readTruth, type Truth } from './run/truth.ts'
export { currentOrder, currentScore, type ExportOptions, exportRanking, nextOrder } from './run/write-ranking.ts'
export type { EncoderOptions, FeatureKind } from './stages/feature-maker.ts'
export { featureRows } from './stages/feature-rows.ts'
export { type RankSummary, rank } from './stages/rank.ts'
export type { RankOptions, ResolvedRankOptions } from './stages/rank-options.ts'
