export { networkHash } from './content-hash.ts'
export { createEncoder, type EncoderIdentity } from './create-encoder.ts'
export { describeStateDict } from './describe-state-dict.ts'
export { type EfficientNetOptions, efficientNetB0 } from './efficientnet.ts'
export type { Encoder, ViewCount } from './encoder.ts'
export type { FeatureRunner } from './feature-runner.ts'
export { type FoldedConvolution, type FoldedLayer, type FoldedNetwork, foldNetwork } from './fold-network.ts'
export { type Galaxy10CnnOptions, galaxy10Cnn } from './galaxy10-cnn.ts'
export type { InputRange } from './input-range.ts'
export { lowerOnnx } from './lower-onnx.ts'
export { lowerTfjs, type TfjsRuntime } from './lower-tfjs.ts'
export { type MobileNetV2Options, mobileNetV2 } from './mobilenet-v2.ts'
export * from './network.ts'
export {
  createOnnxRunner,
  type OnnxRunnerOptions,
  type OnnxRuntime,
  type OnnxSession,
  type OnnxTensor,
  type OnnxValueInfo,
} from './onnx-runner.ts'
export type { OnnxElements, OnnxElementType } from './onnx-tensors.ts'
export type { TokenPooling } from './pool-features.ts'
export { readManifest } from './read-manifest.ts'
export { readSafetensors } from './read-safetensors.ts'
export { readTfjsModel, type TfjsArtifacts, type TfjsModelFile, type TfjsWeightSpec } from './read-tfjs-model.ts'
export { createTfjsModelRunner, type TfjsLoaders, type TfjsModelRunnerOptions } from './tfjs-model-runner.ts'
export { averageViews, squareViews } from './views.ts'
export type { WeightTensor, WeightTensors } from './weight-tensors.ts'
