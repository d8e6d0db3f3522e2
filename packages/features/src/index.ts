export { type CentralRegion, type CentralRegionOptions, centralRegion } from './central-region.ts'
export { centreCrop, centreSquare, zoom } from './crop.ts'
export { lumaWeights, planesBlueToRed, repeatPlane, toGreyscale } from './greyscale.ts'
export { type LuptonRgbOptions, luptonRgb } from './lupton-rgb.ts'
export { type MaskedSky, type MaskSkyOptions, maskSky, type Sky } from './mask-sky.ts'
export { type Ellipse, ellipseResidual, fitEllipse } from './morphology/fit-ellipse.ts'
export { gini } from './morphology/gini.ts'
export { describeFeature, type FeatureDescription, morphologyGlossary } from './morphology/glossary.ts'
export {
  createMorphologyExtractor,
  type Morphology,
  type MorphologyExtractor,
  type MorphologyOptions,
} from './morphology/morphology-extractor.ts'
export { type LeadingEigenCount, leadingEigen } from './pca/leading-eigen.ts'
export { type ColumnGroup, type ResolvedPcaOptions, StreamingPca, type StreamingPcaOptions } from './pca.ts'
export { PcaModel, type PcaParts } from './pca-model.ts'
export { type Preprocessed, preprocess } from './preprocess.ts'
export type { PreprocessOptions, Scale } from './preprocess-options.ts'
export { type ResizeMethod, type ResizeOptions, resize } from './resize.ts'
export { ScatterMatrix } from './scatter-matrix.ts'
export { type SigmaClipOptions, type SigmaClipResult, sigmaClip } from './sigma-clip.ts'
export {
  type AsinhStretchOptions,
  asinhStretch,
  type LogStretchOptions,
  logStretch,
  minMaxScale,
  type PercentileClipOptions,
  percentileClip,
} from './stretch.ts'
export { type ZScaleOptions, zScale, zScaleLimits } from './z-scale.ts'
