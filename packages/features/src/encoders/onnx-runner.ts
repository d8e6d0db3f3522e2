import { AstronomalyError, FormatError, ParameterError, UnsupportedError } from '@astronomaly/core'
import type { FeatureRunner } from './feature-runner.ts'
import { checkInputRange, type InputRange, toInputRange } from './input-range.ts'

/** A tensor as ONNX Runtime has it. */
export interface OnnxTensor {
  readonly type: string
  readonly data: unknown
  readonly dims: readonly number[]
}

/** Name, type and sizes of an input or output; a size that is left open is a text. */
export interface OnnxValueInfo {
  readonly name: string
  readonly isTensor: boolean
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

/** A loaded network. */
export interface OnnxSession {
  readonly inputMetadata: readonly OnnxValueInfo[]
  readonly outputMetadata: readonly OnnxValueInfo[]
  run(feeds: Record<string, OnnxTensor>, fetches: readonly string[]): Promise<Record<string, OnnxTensor>>
  release(): Promise<void>
}

/** What is used of `onnxruntime-node` (or `onnxruntime-web`). */
export interface OnnxRuntime {
  /** Name and version for the encoder's id, such as `'onnxruntime-node 1.30.0'`. */
  readonly engine: string
  createSession(bytes: Uint8Array, threads: number): Promise<OnnxSession>
  createTensor(data: Float32Array, dims: readonly number[]): OnnxTensor
}

/** Options of {@link createOnnxRunner}. */
export interface OnnxRunnerOptions {
  /**
   * Threads within one operation.
   * @defaultValue 1
   */
  readonly threads?: number
  /**
   * Name of the output that holds the features.
   * @defaultValue the first output
   */
  readonly output?: string
  /**
   * What the network takes for black and white.
   * @defaultValue [0, 1]
   */
  readonly inputRange?: InputRange
  /**
   * Height and width where the file leaves them open.
   * @defaultValue 224
   */
  readonly size?: number
  /**
   * The file, for messages.
   * @defaultValue 'onnx model'
   */
  readonly source?: string
}

interface InputLayout {
  readonly name: string
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly channelsFirst: boolean
  readonly batchSize: number
}

const isChannelCount = (size: number | string | undefined): size is number => size === 1 || size === 3 || size === 4

function readInput(session: OnnxSession, size: number, source: string): InputLayout {
  const [input, second] = session.inputMetadata
  if (!input || second) {
    throw new UnsupportedError(`${source}: network must have one input. Received ${session.inputMetadata.length}.`)
  }
  const shape = input.shape ?? []
  if (!input.isTensor || input.type !== 'float32' || shape.length !== 4) {
    throw new UnsupportedError(
      `${source}: input ${input.name} must be float32 with 4 axes. Received ${input.type} with [${shape}].`,
    )
  }
  const channelsFirst = isChannelCount(shape[1])
  if (!channelsFirst && !isChannelCount(shape[3])) {
    throw new UnsupportedError(
      `${source}: input ${input.name} must have 1, 3 or 4 channels on axis 1 or 3. Received [${shape}].`,
    )
  }
  const known = (value: number | string | undefined, otherwise: number) =>
    typeof value === 'number' && value > 0 ? value : otherwise
  const [height, width] = channelsFirst ? [shape[2], shape[3]] : [shape[1], shape[2]]
  return {
    name: input.name,
    shape: [known(height, size), known(width, size), (channelsFirst ? shape[1] : shape[3]) as number],
    channelsFirst,
    batchSize: known(shape[0], 1),
  }
}

function chooseOutput(session: OnnxSession, output: string | undefined, source: string): string {
  const names = session.outputMetadata.map((info) => info.name)
  const chosen = output ?? names[0]
  if (chosen === undefined || !names.includes(chosen)) {
    throw new ParameterError(`${source}: output must be one of ${names.join(', ')}. Received '${String(chosen)}'.`)
  }
  return chosen
}

function channelsFirstOf(pixels: Float32Array, batchSize: number, channels: number): Float32Array {
  const area = pixels.length / batchSize / channels
  const out = new Float32Array(pixels.length)
  for (let n = 0; n < batchSize; n++) {
    const base = n * area * channels
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++) out[base + c * area + p] = pixels[base + p * channels + c]!
    }
  }
  return out
}

/** Rows of features: 2 axes as they are, 4 axes averaged over the picture. */
function pooled(result: OnnxTensor, channelsFirst: boolean, batchSize: number, source: string): Float32Array {
  const { data, dims, type } = result
  if (!(data instanceof Float32Array) || (dims.length !== 2 && dims.length !== 4) || dims[0] !== batchSize) {
    throw new UnsupportedError(
      `${source}: output must be float32 with 2 or 4 axes, ${batchSize} pictures first. Received ${type} with [${dims}].`,
    )
  }
  if (dims.length === 2) return data
  const channels = (channelsFirst ? dims[1] : dims[3])!
  const area = data.length / (batchSize * channels)
  const out = new Float32Array(batchSize * channels)
  for (let n = 0; n < batchSize; n++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0
      for (let p = 0; p < area; p++) {
        sum += data[channelsFirst ? (n * channels + c) * area + p : (n * area + p) * channels + c]!
      }
      out[n * channels + c] = sum / area
    }
  }
  return out
}

/**
 * A network in ONNX format on ONNX Runtime.
 *
 * @param bytes - The whole file.
 * @throws FormatError when the runtime cannot read the bytes; UnsupportedError when the network does not take one float32
 * picture, `[n, channels, height, width]` or `[n, height, width, channels]`, or does not give vectors or maps; ParameterError
 * when there is no such output.
 * @remarks One picture at a time, unless the file fixes another batch size: on one thread larger batches gain nothing.
 */
export async function createOnnxRunner(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  options: OnnxRunnerOptions = {},
): Promise<FeatureRunner> {
  const { threads = 1, inputRange = [0, 1], size = 224, source = 'onnx model' } = options
  checkInputRange(source, inputRange)
  const formatError = (cause: unknown): unknown =>
    cause instanceof AstronomalyError
      ? cause
      : new FormatError(`onnx: the runtime must be able to run the network. Received ${String(cause)}`, {
          source,
          cause,
        })
  let session: OnnxSession
  try {
    session = await runtime.createSession(bytes, threads)
  } catch (cause) {
    throw formatError(cause)
  }
  const runWith = async (input: InputLayout, output: string, pixels: Float32Array): Promise<Float32Array> => {
    const [height, width, channels] = input.shape
    const scaled = toInputRange(pixels, inputRange)
    const fed = input.channelsFirst
      ? runtime.createTensor(channelsFirstOf(scaled, input.batchSize, channels), [
          input.batchSize,
          channels,
          height,
          width,
        ])
      : runtime.createTensor(scaled.slice(), [input.batchSize, height, width, channels])
    const results = await session.run({ [input.name]: fed }, [output])
    return pooled(results[output]!, input.channelsFirst, input.batchSize, source)
  }
  try {
    const input = readInput(session, size, source)
    const output = chooseOutput(session, options.output, source)
    const [height, width, channels] = input.shape
    const first = await runWith(input, output, new Float32Array(input.batchSize * height * width * channels))
    return {
      engine: runtime.engine,
      inputShape: input.shape,
      featureCount: first.length / input.batchSize,
      batchSize: input.batchSize,
      run: (pixels) => runWith(input, output, pixels),
      dispose: () => session.release(),
    }
  } catch (error) {
    await session.release()
    throw formatError(error)
  }
}
