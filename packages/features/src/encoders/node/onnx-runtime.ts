import type { OnnxRuntime, OnnxSession, OnnxTensor } from '../onnx-session.ts'
import type { OnnxElements, OnnxElementType } from '../onnx-tensors.ts'
import { importEngine } from './import-engine.ts'

/** What is used of ONNX Runtime's packages, which share their interface. */
interface OnnxModule {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>
  }
  readonly Tensor: new (type: OnnxElementType, data: OnnxElements, dims: readonly number[]) => OnnxTensor
  readonly env: { readonly versions: Readonly<Record<string, string | undefined>> }
}

function runtimeOf(ort: OnnxModule, platform: 'node' | 'web', executionProvider: 'cpu' | 'wasm'): OnnxRuntime {
  return {
    engine: `onnxruntime-${platform} ${ort.env.versions[platform]}`,
    createSession: (bytes, threads) =>
      ort.InferenceSession.create(bytes, {
        executionProviders: [executionProvider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // Errors only: warnings would go to the console.
        logSeverityLevel: 3,
      }),
    createTensor: (type, data, dims) => new ort.Tensor(type, data, dims),
  }
}

/**
 * ONNX Runtime: for `'wasm'` the WebAssembly build inside this package, for `'onnx'` the package `onnxruntime-node`.
 *
 * @throws UnsupportedError naming the command that installs it when it cannot be imported; the cause says why.
 */
export async function startOnnx(engine: 'wasm' | 'onnx'): Promise<OnnxRuntime> {
  if (engine === 'onnx') {
    return runtimeOf(await importEngine<OnnxModule>(engine, 'onnxruntime-node'), 'node', 'cpu')
  }
  const { startWasm } = await import('./engines/onnx.ts')
  return runtimeOf((await startWasm()) as unknown as OnnxModule, 'web', 'wasm')
}
