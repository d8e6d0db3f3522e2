import type { TfjsRuntime } from '../lower-tfjs.ts'
import type { TfjsLoaders } from '../tfjs-model-runner.ts'

/** The model loaders that go with a runtime: its own where it has them, as the native package does, else the separate packages. */
export async function tfjsLoaders(runtime: TfjsRuntime): Promise<TfjsLoaders> {
  const own = runtime.tf as unknown as Partial<TfjsLoaders>
  if (own.loadLayersModel && own.model && own.loadGraphModel) {
    return { loadLayersModel: own.loadLayersModel, model: own.model, loadGraphModel: own.loadGraphModel }
  }
  const [{ loadLayersModel, model }, { loadGraphModel }] = await Promise.all([
    import('@tensorflow/tfjs-layers'),
    import('@tensorflow/tfjs-converter'),
  ])
  return { loadLayersModel, model, loadGraphModel }
}
