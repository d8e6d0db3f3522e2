import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { UnsupportedError } from '@astronomaly/core'
import type * as core from '@tensorflow/tfjs-core'
import type { TfjsRuntime } from '../lower-tfjs.ts'

/** Where a computation can run, fastest first. */
export type TfjsBackend = 'native' | 'wasm' | 'cpu'

const require = createRequire(import.meta.url)

/** @tensorflow/tfjs-node calls a function that Node 23 removed. */
function restoreIsNullOrUndefined(): void {
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean }
  util.isNullOrUndefined ??= (value) => value === null || value === undefined
}

async function native(): Promise<TfjsRuntime> {
  const name = '@tensorflow/tfjs-node'
  require.resolve(name)
  restoreIsNullOrUndefined()
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  const found = await import(name)
  const tf = (found.default ?? found) as typeof core
  await tf.ready()
  if (!(await tf.setBackend('tensorflow')))
    throw new UnsupportedError(`${name}: backend tensorflow must start. Received failure.`)
  return { tf, engine: `tfjs-native ${tf.version_core}` }
}

async function wasm(): Promise<TfjsRuntime> {
  const [tf, backend] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-wasm')])
  if (!tf.findBackend('wasm')) {
    // The path must be ours: a bundler moves the script that the default is derived from.
    backend.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), sep))
  }
  if (!(await tf.setBackend('wasm'))) throw new UnsupportedError('tfjs: backend wasm must start. Received failure.')
  return { tf, engine: `tfjs-wasm ${tf.version_core}` }
}

async function cpu(): Promise<TfjsRuntime> {
  const [tf] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-cpu')])
  // Else the backend advises on the console to install another.
  tf.env().set('PROD', true)
  if (!(await tf.setBackend('cpu'))) throw new UnsupportedError('tfjs: backend cpu must start. Received failure.')
  return { tf, engine: `tfjs-cpu ${tf.version_core}` }
}

const starters: Readonly<Record<TfjsBackend, () => Promise<TfjsRuntime>>> = { native, wasm, cpu }
let started: Promise<TfjsRuntime> | undefined

async function startFirst(): Promise<TfjsRuntime> {
  const causes: unknown[] = []
  for (const start of Object.values(starters)) {
    try {
      return await start()
    } catch (cause) {
      causes.push(cause)
    }
  }
  throw new UnsupportedError('loadEncoder: engine tfjs must have a backend that starts. Received none.', {
    cause: new AggregateError(causes),
  })
}

/**
 * TensorFlow.js on the fastest backend that starts here: native, else wasm (SIMD, one thread), else cpu.
 *
 * @remarks Chosen once for the process, as a backend is.
 */
export function startTfjs(): Promise<TfjsRuntime> {
  started ??= startFirst()
  return started
}
