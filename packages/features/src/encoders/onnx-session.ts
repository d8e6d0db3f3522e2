import type { OnnxElements, OnnxElementType } from './onnx-tensors.ts'

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
  readonly type?: string | undefined
  readonly shape?: readonly (number | string)[] | undefined
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
  createTensor(type: OnnxElementType, data: OnnxElements, dims: readonly number[]): OnnxTensor
}
