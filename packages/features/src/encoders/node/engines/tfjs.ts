// TensorFlow.js as published inside this package: core, both model loaders and the WebAssembly backend, on one thread.
import { dirname, sep } from 'node:path'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { setBackend } from '@tensorflow/tfjs-core'
import { wasmFile } from './wasm-file.ts'

export { loadGraphModel } from '@tensorflow/tfjs-converter'
export * from '@tensorflow/tfjs-core'
export { loadLayersModel, model } from '@tensorflow/tfjs-layers'

/** Makes the WebAssembly backend the one that computes. Returns whether it did. */
export function startWasm(): Promise<boolean> {
  setWasmPaths(dirname(wasmFile('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm')) + sep)
  return setBackend('wasm')
}
