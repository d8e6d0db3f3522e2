import { UnsupportedError } from '@astronomaly/core'
import type { OnnxRuntime, OnnxSession, OnnxTensor } from '../onnx-runner.ts'
import type { OnnxElements, OnnxElementType } from '../onnx-tensors.ts'

interface OnnxModule {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>
  }
  readonly Tensor: new (type: OnnxElementType, data: OnnxElements, dims: readonly number[]) => OnnxTensor
  readonly env: { readonly versions?: { readonly node?: string; readonly common?: string } }
}

/**
 * ONNX Runtime's package for Node.
 *
 * @throws UnsupportedError naming the package when it cannot be imported; the cause says why.
 */
export async function importOnnxRuntime(): Promise<OnnxRuntime> {
  const name = 'onnxruntime-node'
  let ort: OnnxModule
  try {
    const found = await import(name)
    ort = found.default ?? found
  } catch (cause) {
    throw new UnsupportedError(`loadEncoder: engine onnx needs the package ${name}: npm install ${name}.`, { cause })
  }
  return {
    engine: `${name} ${ort.env.versions?.node ?? ort.env.versions?.common ?? 'unknown'}`,
    createSession: (bytes, threads) =>
      ort.InferenceSession.create(bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // Errors only: warnings would go to the console.
        logSeverityLevel: 3,
      }),
    createTensor: (type, data, dims) => new ort.Tensor(type, data, dims),
  }
}
