import util from 'node:util'
import { UnsupportedError } from '@astronomaly/core'
import type * as core from '@tensorflow/tfjs-core'
import type { TfjsRuntime } from '../lower-tfjs.ts'
import type { TfjsLoaders } from '../tfjs-model-runner.ts'
import { importEngine } from './import-engine.ts'

/** TensorFlow.js with its model loaders. */
interface FullRuntime extends TfjsRuntime {
  readonly tf: typeof core & TfjsLoaders
}

/** @tensorflow/tfjs-node calls a function that Node 23 removed. */
function restoreIsNullOrUndefined(): void {
  const found = util as { isNullOrUndefined?: (value: unknown) => boolean }
  found.isNullOrUndefined ??= (value) => value === null || value === undefined
}

async function native(): Promise<FullRuntime> {
  restoreIsNullOrUndefined()
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  const tf = await importEngine<FullRuntime['tf']>('tfjs-node', '@tensorflow/tfjs-node')
  await tf.ready()
  if (!(await tf.setBackend('tensorflow'))) {
    throw new UnsupportedError('loadEncoder: engine tfjs-node needs its backend. Received one that fails.')
  }
  return { tf, engine: `tfjs-node ${tf.version_core}` }
}

async function wasm(): Promise<FullRuntime> {
  const tf = await import('./engines/tfjs.ts')
  if (!(await tf.startWasm())) {
    throw new UnsupportedError('loadEncoder: engine wasm needs WebAssembly with SIMD. Received a backend that fails.')
  }
  return { tf, engine: `tfjs-wasm ${tf.version_core}` }
}

const started = new Map<string, Promise<FullRuntime>>()

/**
 * TensorFlow.js: for `'wasm'` the one inside this package (SIMD, one thread), for `'tfjs-node'` the package
 * `@tensorflow/tfjs-node`.
 *
 * @throws UnsupportedError naming the command that installs it when it cannot be imported; the cause says why.
 */
export async function startTfjs(engine: 'wasm' | 'tfjs-node'): Promise<FullRuntime> {
  const found = started.get(engine) ?? (engine === 'wasm' ? wasm() : native())
  started.set(engine, found)
  try {
    return await found
  } catch (error) {
    started.delete(engine)
    throw error
  }
}
