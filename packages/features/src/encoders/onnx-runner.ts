import { AstronomalyError, FormatError, UnsupportedError, type Warning } from '@astronomaly/core'
import type { FeatureRunner } from './feature-runner.ts'
import { checkInputRange, type InputRange, toInputRange } from './input-range.ts'
import { channelAxisByShape, channelAxisOf } from './network-graph.ts'
import { withOnnxOutput } from './onnx-data.ts'
import { chooseOnnxOutput, onnxWarnings, readOnnxInput } from './onnx-layout.ts'
import type { OnnxRuntime, OnnxSession, OnnxTensor } from './onnx-session.ts'
import { fromElements, toElements } from './onnx-tensors.ts'
import { type PoolingRule, poolFeatures, poolingWarning, type TokenPooling } from './pool-features.ts'
import { readOnnx } from './read-onnx.ts'

/** Options of {@link createOnnxRunner}. */
export interface OnnxRunnerOptions {
  /**
   * Threads within one operation.
   * @defaultValue 1
   */
  readonly threads?: number | undefined
  /**
   * The tensor that holds the features: an output, or any other result of an operation.
   * @defaultValue the output, where there is one
   */
  readonly output?: string | undefined
  /**
   * What the network takes for black and white.
   * @defaultValue what the file's first operations say (such as x/255 − 0.5 of pixels up to 255); [0, 255] for uint8; else [0, 1], with
   * a warning
   */
  readonly inputRange?: InputRange | undefined
  /**
   * Height and width where the file leaves them open.
   * @defaultValue 224
   */
  readonly size?: number | undefined
  /**
   * How the tokens of a transformer become one vector.
   * @defaultValue 'mean', with a warning
   */
  readonly pooling?: TokenPooling | undefined
  /**
   * The file, for messages.
   * @defaultValue 'onnx model'
   */
  readonly source?: string | undefined
  /** Called with what was assumed because neither the file nor an option says it. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
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

/**
 * A network in ONNX format on ONNX Runtime.
 *
 * @param bytes - The whole file, its weights inside.
 * @throws FormatError when the file is damaged or the runtime cannot run it; UnsupportedError when the network does not take one picture,
 * `[n, channels, height, width]` or `[n, height, width, channels]`, does not give vectors, tokens or maps, or does not tell which axis
 * is which; ParameterError when there is no such output, or there are several and none was named.
 * @remarks One picture at a time, unless the file fixes another batch size: on one thread larger batches gain nothing. What is
 * done to the pixels, and where channels lie, is read from the operations, not only from the sizes.
 */
export async function createOnnxRunner(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  options: OnnxRunnerOptions = {},
): Promise<FeatureRunner> {
  const { threads = 1, size = 224, source = 'onnx model', pooling } = options
  if (options.inputRange !== undefined) checkInputRange(`${source}: inputRange`, options.inputRange)
  const file = readOnnx(bytes, source)
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
  try {
    const input = readOnnxInput(session, file, size, source)
    const output = chooseOnnxOutput(session, file, options.output, source)
    if (!session.outputMetadata.some(({ name }) => name === output)) {
      const wider = await runtime.createSession(withOnnxOutput(bytes, output), threads)
      await session.release()
      session = wider
    }
    const inputRange = options.inputRange ?? input.range ?? [0, 1]
    const axis = channelAxisOf(file.graph, output)
    const { batchSize, channelsFirst, name, type } = input
    const [height, width, channels] = input.shape
    const dims = channelsFirst ? [batchSize, channels, height, width] : [batchSize, height, width, channels]
    const subject = `${source}: output ${output}`
    const ruleFor = (shape: readonly number[]): PoolingRule => ({
      channelAxis: axis ?? channelAxisByShape(shape),
      pooling,
      subject,
    })
    const runOnce = async (pixels: Float32Array): Promise<OnnxTensor> => {
      const scaled = toInputRange(pixels, inputRange)
      const ordered = channelsFirst ? channelsFirstOf(scaled, batchSize, channels) : scaled
      const results = await session.run({ [name]: runtime.createTensor(type, toElements(ordered, type), dims) }, [
        output,
      ])
      return results[output]!
    }
    const vectorsOf = (result: OnnxTensor): Float32Array => {
      if (result.dims[0] !== batchSize) {
        throw new UnsupportedError(`${subject}: must give ${batchSize} pictures first. Received [${result.dims}].`)
      }
      return poolFeatures(fromElements(result.type, result.data, subject), result.dims, ruleFor(result.dims))
    }
    const first = await runOnce(new Float32Array(batchSize * height * width * channels))
    const featureCount = vectorsOf(first).length / batchSize
    for (const warning of onnxWarnings(file, { input, output }, options, source)) options.onWarning?.(warning)
    const pooled = poolingWarning(first.dims, ruleFor(first.dims))
    if (pooled) options.onWarning?.(pooled)
    return {
      engine: runtime.engine,
      inputShape: input.shape,
      featureCount,
      batchSize,
      run: async (pixels) => vectorsOf(await runOnce(pixels)),
      dispose: () => session.release(),
    }
  } catch (error) {
    await session.release()
    throw formatError(error)
  }
}
