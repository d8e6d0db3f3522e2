import { AstronomalyError, FormatError, UnsupportedError } from '@astronomaly/core'
import type { loadGraphModel } from '@tensorflow/tfjs-converter'
import type * as core from '@tensorflow/tfjs-core'
import type { loadLayersModel, model } from '@tensorflow/tfjs-layers'
import { cutLayersModel } from './cut-layers-model.ts'
import type { FeatureRunner } from './feature-runner.ts'
import { findFeatureNode, type GraphTopology } from './find-feature-node.ts'
import { checkInputRange, type InputRange, toInputRange } from './input-range.ts'
import type { TfjsRuntime } from './lower-tfjs.ts'
import type { TfjsModelFile } from './read-tfjs-model.ts'

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
   * @defaultValue the last global pooling, else what the last dense layer reads, else the model's output
   */
  readonly output?: string
  /**
   * What the network takes for black and white.
   * @defaultValue [0, 1]
   */
  readonly inputRange?: InputRange
  /**
   * Height and width where the model leaves them open.
   * @defaultValue 224
   */
  readonly size?: number
  /**
   * The file, for messages.
   * @defaultValue 'model.json'
   */
  readonly source?: string
}

/** A model cut at its features. */
interface CutModel {
  readonly inputShape: readonly (number | null)[]
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
  output: string | undefined,
) => Promise<CutModel>

const cutLayers: Cutter = async (tf, artifacts, loaders, output) => {
  const loaded = await loaders.loadLayersModel(tf.io.fromMemory(artifacts))
  return orDispose(loaded, () => ({
    inputShape: loaded.inputs[0]?.shape ?? [],
    apply: cutLayersModel(loaded, loaders.model, output),
  }))
}

const cutGraph: Cutter = async (tf, artifacts, loaders, output) => {
  const loaded = await loaders.loadGraphModel(tf.io.fromMemory(artifacts))
  return orDispose(loaded, () => {
    const [input] = loaded.inputs
    const node = findFeatureNode(artifacts.modelTopology as GraphTopology, loaded.outputNodes, output)
    return {
      inputShape: input?.shape ?? [],
      apply: (pictures) => loaded.execute({ [input!.name]: pictures }, node) as core.Tensor,
    }
  })
}

function readInputShape(
  shape: readonly (number | null)[],
  size: number,
  source: string,
): readonly [number, number, number] {
  const [, height, width, channels] = shape
  if (shape.length !== 4 || !channels || channels < 1) {
    throw new UnsupportedError(
      `${source}: input must be [n, height, width, channels]. Received [${shape.map(String)}].`,
    )
  }
  return [height && height > 0 ? height : size, width && width > 0 ? width : size, channels]
}

/** Features as `[n, count]`: maps are averaged over rows and columns. */
function pool(tf: typeof core, features: core.Tensor, source: string): core.Tensor {
  if (features.rank === 2) return features
  if (features.rank === 4) return tf.mean(features, [1, 2])
  throw new UnsupportedError(`${source}: features must have 2 or 4 axes. Received shape [${features.shape}].`)
}

/**
 * A TensorFlow.js layers or graph model, cut at its features.
 *
 * @throws FormatError when TensorFlow.js cannot build the model; UnsupportedError when it does not take pictures or give
 * vectors or maps; ParameterError when there is no such `output`.
 * @remarks One picture at a time.
 */
export async function createTfjsModelRunner(
  runtime: TfjsRuntime,
  loaders: TfjsLoaders,
  file: TfjsModelFile,
  options: TfjsModelRunnerOptions = {},
): Promise<FeatureRunner> {
  const tf = runtime.tf as typeof core
  const { inputRange = [0, 1], size = 224, source = 'model.json' } = options
  checkInputRange(source, inputRange)
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
      options.output,
    )
  } catch (cause) {
    throw formatError(cause)
  }
  try {
    const inputShape = readInputShape(cut.inputShape, size, source)
    const [height, width, channels] = inputShape
    const run = async (pixels: Float32Array): Promise<Float32Array> => {
      const out = tf.tidy(() => {
        const pictures = tf.tensor4d(toInputRange(pixels, inputRange).slice(), [1, height, width, channels])
        return pool(tf, cut.apply(pictures), source)
      })
      try {
        return (await out.data()).slice() as Float32Array
      } finally {
        out.dispose()
      }
    }
    const first = await run(new Float32Array(height * width * channels))
    return {
      engine: runtime.engine,
      inputShape,
      featureCount: first.length,
      batchSize: 1,
      run,
      dispose: async () => cut.dispose(),
    }
  } catch (error) {
    cut.dispose()
    throw formatError(error)
  }
}
