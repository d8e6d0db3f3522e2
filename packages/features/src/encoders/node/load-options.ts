import {
  choiceOption,
  describeValue,
  numberOption,
  ParameterError,
  passedOption,
  resolveOptions,
  type Warning,
} from '@astronomaly/core'
import type { ViewCount } from '../encoder.ts'
import { checkInputRange, type InputRange } from '../input-range.ts'
import { type TokenPooling, tokenPoolings } from '../pool-features.ts'
import { checkViews } from '../views.ts'

/** What runs a network: the WebAssembly inside this package, or a native package that is installed by hand. */
export type EncoderEngine = 'wasm' | 'onnx' | 'tfjs-node'

/** Every {@link EncoderEngine}, the default first. */
export const encoderEngines: readonly EncoderEngine[] = ['wasm', 'onnx', 'tfjs-node']

/** Options of `loadEncoder`. */
export interface LoadEncoderOptions {
  /**
   * What computes. `'wasm'`: WebAssembly on one thread, part of this package; it reads every format and gives the same bits on
   * every machine (ONNX Runtime for `.onnx`, TensorFlow.js for all else). The native ones are installed by hand, and their
   * last bits depend on the processor: `'onnx'` is the package `onnxruntime-node`, for all but `model.json`; `'tfjs-node'` is
   * `@tensorflow/tfjs-node`, for all but `.onnx`.
   * @defaultValue 'wasm'
   */
  readonly engine?: EncoderEngine | undefined
  /**
   * Symmetries of the square to average over; features are better by 5–15 % with 8, at eight times the time.
   * @defaultValue 1
   */
  readonly views?: ViewCount | undefined
  /**
   * Threads within one operation, for the engine `'onnx'` alone: wasm has one, tfjs-node its own setting. Part of the id when
   * > 1, as rounding may depend on it.
   * @defaultValue 1
   */
  readonly threads?: number | undefined
  /**
   * For `.onnx` and `model.json`: the output, tensor, layer or node that holds the features.
   * @defaultValue `.onnx`: its output, where there is one. `model.json`: its output when that is a map, else the last global pooling, else what the last dense layer reads, else
   * the model's output.
   */
  readonly output?: string | undefined
  /**
   * For `.onnx`, `model.json` and `.safetensors`: what the network takes for black and white.
   * @defaultValue what the file says: its first operations or layers (x/255 wants 0 … 255), the type uint8, or a Teachable Machine's
   * `metadata.json` ([-1, 1]); else [0, 1], with a warning
   */
  readonly inputRange?: InputRange | undefined
  /**
   * For `.onnx`, `model.json` and `.safetensors`: height and width where the file leaves them open.
   * @defaultValue 224
   */
  readonly size?: number | undefined
  /**
   * For `.onnx` and `model.json`: how the tokens of a transformer, `[n, tokens, features]`, become one vector. `'mean'`: their
   * average, without the first where it stands beside a square number of others. `'first'`: the first one, a class token.
   * @defaultValue 'mean', with a warning
   */
  readonly pooling?: TokenPooling | undefined
  /** Called with what a person should know: what was assumed of the network. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** Options with their defaults. */
export interface ResolvedLoadOptions extends Omit<LoadEncoderOptions, 'engine' | 'views' | 'threads'> {
  readonly engine: EncoderEngine
  readonly views: ViewCount
  readonly threads: number
}

/** The options of `loadEncoder` that say how a network's file is understood, where it does not say it itself. */
export type EncoderFileOptions = Pick<LoadEncoderOptions, 'output' | 'inputRange' | 'size' | 'pooling'>

const fileRules = {
  output: (value: string | undefined, subject: string) => {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new ParameterError(`${subject} must be a name. Received ${describeValue(value) || "''"}.`)
    }
    return value
  },
  inputRange: (value: InputRange | undefined, subject: string) =>
    value === undefined ? value : checkInputRange(subject, value),
  size: numberOption(undefined, { min: 1, integer: true }),
  pooling: choiceOption(tokenPoolings, undefined),
}

const rules = {
  engine: choiceOption(encoderEngines, 'wasm'),
  views: (value: ViewCount = 1) => {
    checkViews('loadEncoder', value, [1, 1, 1])
    return value
  },
  threads: numberOption(1, { min: 1, integer: true }),
  ...fileRules,
  onWarning: passedOption<(warning: Warning) => void>(),
}

/**
 * Checks what can be checked of {@link EncoderFileOptions} before the file is read.
 *
 * @param subject - Begins the message, such as `'rank: encoderOptions'`.
 * @throws ParameterError for an unknown key, or a value of another type or out of range.
 */
export function checkEncoderFileOptions(subject: string, options: EncoderFileOptions): void {
  resolveOptions(subject, options, fileRules)
}

/** Defaults and range checks. @throws ParameterError */
export function resolveLoadOptions(options: LoadEncoderOptions): ResolvedLoadOptions {
  const resolved = resolveOptions('loadEncoder', options, rules)
  const { threads, engine } = resolved
  if (threads > 1 && engine !== 'onnx') {
    throw new ParameterError(`loadEncoder: threads must be 1 for engine ${engine}. Received ${threads}.`)
  }
  return resolved
}

/** Rejects options that a file answers by itself. @throws ParameterError */
export function rejectOptions(
  path: string,
  options: ResolvedLoadOptions,
  names: readonly (keyof EncoderFileOptions)[],
): void {
  for (const name of names) {
    if (options[name] !== undefined) {
      throw new ParameterError(
        `loadEncoder: ${name} must be left out for ${path}, which states it. Received ${String(options[name])}.`,
      )
    }
  }
}
