// ONNX Runtime as published inside this package: its WebAssembly build, on one thread.
import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-web/wasm'
import { wasmFile } from './wasm-file.ts'

/** ONNX Runtime, ready to make sessions. */
export async function startWasm(): Promise<typeof ort> {
  ort.env.logLevel = 'error'
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmBinary = await readFile(wasmFile('onnxruntime-web/ort-wasm-simd-threaded.wasm'))
  return ort
}
