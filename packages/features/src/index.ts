export { type Ellipse, ellipseResidual, fitEllipse } from './morphology/fit-ellipse.ts'
export { gini } from './morphology/gini.ts'
export { describeFeature, type FeatureDescription, morphologyGlossary } from './morphology/glossary.ts'
export { type MaskedSky, type MaskSkyOptions, maskSky, type Sky } from './morphology/mask-sky.ts'
export {
  createMorphologyExtractor,
  type Morphology,
  type MorphologyExtractor,
  type MorphologyOptions,
} from './morphology/morphology-extractor.ts'
export { type ColumnGroup, type ResolvedPcaOptions, StreamingPca, type StreamingPcaOptions } from './pca/pca.ts'
export { PcaModel, type PcaParts } from './pca/pca-model.ts'
export { ScatterMatrix } from './pca/scatter-matrix.ts'
export { type CentralRegion, type CentralRegionOptions, centralRegion } from './picture/central-region.ts'
export { centreCrop, centreSquare, zoom } from './picture/crop.ts'
export { lumaWeights, planesBlueToRed, repeatPlane, toGreyscale } from './picture/greyscale.ts'
export { type LuptonRgbOptions, luptonRgb } from './picture/lupton-rgb.ts'
export { type Preprocessed, preprocess } from './picture/preprocess.ts'
export type { PreprocessOptions, Scale } from './picture/preprocess-options.ts'
export { type ResizeMethod, type ResizeOptions, resize } from './picture/resize.ts'
export { type SigmaClipOptions, type SigmaClipResult, sigmaClip } from './picture/sigma-clip.ts'
export {
  type AsinhStretchOptions,
  asinhStretch,
  type LogStretchOptions,
  logStretch,
  minMaxScale,
  type PercentileClipOptions,
  percentileClip,
} from './picture/stretch.ts'
export { type ZScaleOptions, zScale, zScaleLimits } from './picture/z-scale.ts'
