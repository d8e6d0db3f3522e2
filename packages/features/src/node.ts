export type { Encoder, ViewCount } from './encoders/encoder.ts'
export { loadEncoder } from './encoders/node/load-encoder.ts'
export { type EncoderEngine, encoderEngines, type LoadEncoderOptions } from './encoders/node/load-options.ts'
