export type { Encoder, ViewCount } from './encoders/encoder.ts'
export { loadEncoder } from './encoders/node/load-encoder.ts'
export {
  checkEncoderFileOptions,
  type EncoderEngine,
  type EncoderFileOptions,
  encoderEngines,
  type LoadEncoderOptions,
} from './encoders/node/load-options.ts'
