import { AstronomalyError, FormatError, UnsupportedError, type Warning } from '@astronomaly/core'
import type { loadGraphModel } from '@tensorflow/tfjs-converter'
import type * as core from '@tensorflow/tfjs-core'
import type { loadLayersModel, model } from '@tensorflow/tfjs-layers'
import { cutLayersModel } from './cut-layers-model.ts'
import type { FeatureRunner } from './feature-runner.ts'
import { findFeatureNode, type GraphTopology } from './find-feature-node.ts'
import { followLayers, layersChannelAxis } from './follow-layers.ts'
import { checkInputRange, type InputRange, inputRangeOf, toInputRange, unknownRangeMessage } from './input-range.ts'
import { readableTopology } from './keras-topology.ts'
import type { TfjsRuntime } from './lower-tfjs.ts'
import { channelAxisByShape, channelAxisOf, followInput, type InputMeaning } from './network-graph.ts'
import { type PoolingRule, poolFeatures, poolingWarning, type TokenPooling } from './pool-features.ts'
import type { TfjsModelFile } from './read-tfjs-model.ts'
import { tfjsGraph } from './tfjs-graph.ts'

/**
 * The loaders that belong to the TensorFlow.js of a runtime: `loadLayersModel` and `model` of `@tensorflow/tfjs-layers`,
 * `loadGraphModel` of `@tensorflow/tfjs-converter`; any module that re-exports them is one.
 */
export interface TfjsLoaders {
  readonly loadLayersModel: unknown
  readonly model: unknown
  readonly loadGraphModel: unknown
}

interface TypedLoaders {
  readonly loadLayersModel: typeof loadLayersModel
  readonly model: typeof model
  readonly loadGraphModel: typeof loadGraphModel
}

/** Options of {@link createTfjsModelRunner}. */
export interface TfjsModelRunnerOptions {
  /**
   * Layer or node that holds the features.
   * @defaultValue the model's output when that is a map; else the last global pooling, else what the last dense layer reads, else the model's output
   */
  readonly output?: string | undefined
  /**
   * What the network takes for black and white.
   * @defaultValue what the first layers or operations say, such as Rescaling or Normalization; [0, 255] for integers; else [0, 1],
   * with a warning
   */
  readonly inputRange?: InputRange | undefined
  /**
   * Height and width where the model leaves them open.
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
   * @defaultValue 'model.json'
   */
  readonly source?: string | undefined
  /** Called with what was assumed because neither the file nor an option says it. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** A model cut at its features. */
interface CutModel {
  /** Names of its inputs. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly inputShape: readonly (number | null)[]
  readonly integers: boolean
  readonly meaning: InputMeaning
  /** On which axis a map has its features; undefined where nothing says. */
  readonly channelAxis: number | undefined
  apply(pictures: core.Tensor4D): core.Tensor
  dispose(): void
}

/** What `cut` makes of a loaded model, which is freed when that fails. */
function orDispose(loaded: { dispose(): unknown }, cut: () => Omit<CutModel, 'dispose'>): CutModel {
  const dispose = (): void => {
    loaded.dispose()
  }
  try {
    return { ...cut(), dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

type Cutter = (
  tf: typeof core,
  artifacts: core.io.ModelArtifacts,
  loaders: TypedLoaders,
  options: { readonly output: string | undefined; readonly source: string },
) => Promise<CutModel>

const cutLayers: Cutter = async (tf, given, loaders, { output }) => {
  const { artifacts, normalizations } = readableTopology(given)
  const loaded = await loaders.loadLayersModel(tf.io.fromMemory(artifacts))
  return orDispose(loaded, () => {
    const { apply, all, kept } = cutLayersModel(loaded, loaders.model, output)
    return {
      inputs: loaded.inputs.map(({ name }) => name),
      outputs: loaded.outputNames,
      inputShape: loaded.inputs[0]?.shape ?? [],
      integers: false,
      meaning: followLayers(all, normalizations),
      channelAxis: layersChannelAxis(kept),
      apply,
    }
  })
}

const cutGraph: Cutter = async (tf, artifacts, loaders, { output, source }) => {
  const graph = tfjsGraph(artifacts, source)
  const loaded = await loaders.loadGraphModel(tf.io.fromMemory(artifacts))
  return orDispose(loaded, () => {
    const [input] = loaded.inputs
    const outputs = loaded.outputNodes
    const isMap = outputs.length === 1 && channelAxisOf(graph, outputs[0]!) !== undefined
    const topology = artifacts.modelTopology as GraphTopology
    const node = isMap && output === undefined ? outputs[0]! : findFeatureNode(topology, outputs, output)
    return {
      inputs: loaded.inputNodes,
      outputs,
      inputShape: input?.shape ?? [],
      integers: input?.dtype === 'int32',
      meaning: followInput(graph, input?.name ?? ''),
      channelAxis: channelAxisOf(graph, node.replace(/:\d+$/, '')),
      apply: (pictures) => loaded.execute({ [input!.name]: pictures }, node) as core.Tensor,
    }
  })
}

/** What the engine gives. */
interface Result {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

interface PictureInput {
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly channelsFirst: boolean
}

function readInput({ inputs, inputShape, meaning }: CutModel, size: number, source: string): PictureInput {
  if (inputs.length !== 1) {
    throw new UnsupportedError(`${source}: model must have one input. Received ${inputs.join(', ') || 'none'}.`)
  }
  // Where no layer says it, TensorFlow's own order: channels last.
  const axis = meaning.channelAxis ?? (inputShape[1] === 3 && inputShape[3] !== 3 ? 1 : 3)
  const channels = inputShape[axis]
  if (inputShape.length !== 4 || (axis !== 1 && axis !== 3) || !channels || channels < 1) {
    throw new UnsupportedError(
      `${source}: input must be [n, height, width, channels] or [n, channels, height, width]. Received [${inputShape.map(String)}].`,
    )
  }
  const [height, width] = axis === 1 ? inputShape.slice(2) : inputShape.slice(1)
  return {
    shape: [height && height > 0 ? height : size, width && width > 0 ? width : size, channels],
    channelsFirst: axis === 1,
  }
}

/**
 * A TensorFlow.js layers or graph model, cut at its features.
 *
 * @throws FormatError when TensorFlow.js cannot build the model; UnsupportedError when it does not take pictures, give
 * vectors, tokens or maps, or has operations with channels first in a graph; ParameterError when there is no such `output`.
 * @remarks One picture at a time.
 */
export async function createTfjsModelRunner(
  runtime: TfjsRuntime,
  loaders: TfjsLoaders,
  file: TfjsModelFile,
  options: TfjsModelRunnerOptions = {},
): Promise<FeatureRunner> {
  const tf = runtime.tf as typeof core
  const { size = 224, source = 'model.json', output, pooling } = options
  if (options.inputRange !== undefined) checkInputRange(`${source}: inputRange`, options.inputRange)
  const formatError = (cause: unknown): unknown =>
    cause instanceof AstronomalyError
      ? cause
      : new FormatError(`model.json: TensorFlow.js must be able to run the model. Received ${String(cause)}`, {
          source,
          cause,
        })
  let cut: CutModel
  try {
    cut = await (file.kind === 'layers' ? cutLayers : cutGraph)(
      tf,
      file.artifacts as core.io.ModelArtifacts,
      loaders as TypedLoaders,
      { output, source },
    )
  } catch (cause) {
    throw formatError(cause)
  }
  try {
    const { shape, channelsFirst } = readInput(cut, size, source)
    const [height, width, channels] = shape
    const stated = cut.integers ? ([0, 255] as const) : inputRangeOf(cut.meaning)
    const inputRange = options.inputRange ?? stated ?? [0, 1]
    const ruleFor = (dims: readonly number[]): PoolingRule => ({
      channelAxis: cut.channelAxis ?? channelAxisByShape(dims),
      pooling,
      subject: `${source}: ${output === undefined ? 'the model' : `output ${output}`}`,
    })
    const runOnce = async (pixels: Float32Array): Promise<Result> => {
      const out = tf.tidy(() => {
        const values = toInputRange(pixels, inputRange)
        const data = cut.integers ? Int32Array.from(values, Math.round) : values.slice()
        const pictures = tf.tensor4d(data, [1, height, width, channels], cut.integers ? 'int32' : 'float32')
        return cut.apply(channelsFirst ? tf.transpose(pictures, [0, 3, 1, 2]) : pictures)
      })
      try {
        return { data: (await out.data()).slice() as Float32Array, dims: out.shape }
      } finally {
        out.dispose()
      }
    }
    const vectorOf = ({ data, dims }: Result): Float32Array => poolFeatures(data, dims, ruleFor(dims))
    const first = await runOnce(new Float32Array(height * width * channels))
    const featureCount = vectorOf(first).length
    if (!options.inputRange && !stated) options.onWarning?.({ message: unknownRangeMessage(source) })
    if (output === undefined && cut.outputs.length > 1) {
      const names = cut.outputs.join(', ')
      options.onWarning?.({
        message: `${source} has the outputs ${names}: features are taken before them; output names another layer.`,
      })
    }
    const pooled = poolingWarning(first.dims, ruleFor(first.dims))
    if (pooled) options.onWarning?.(pooled)
    return {
      engine: runtime.engine,
      inputShape: shape,
      featureCount,
      batchSize: 1,
      run: async (pixels) => vectorOf(await runOnce(pixels)),
      dispose: async () => cut.dispose(),
    }
  } catch (error) {
    cut.dispose()
    throw formatError(error)
  }
}
