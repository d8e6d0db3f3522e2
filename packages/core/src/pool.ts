import { setMaxListeners } from 'node:events'
import { Tinypool } from 'tinypool'
import { checkNumber } from './options.ts'

/** How to make a {@link Pool}. */
export interface PoolOptions {
  /** Threads, ≥ 1. */
  readonly workers: number
  /** A module, as a `file:` URL. */
  readonly filename: string
  /** The name under which the module exports the task function. */
  readonly exportName: string
  /** Sent to every thread once, before its first task (`workerData` of tinypool). */
  readonly data?: unknown | undefined
}

/** Threads that run one task function. */
export interface Pool {
  /** Runs one task; resolves with what the function returned. */
  run<T, R>(task: T, options?: { readonly signal?: AbortSignal | undefined }): Promise<R>
  /** Ends the threads; tasks in flight are given up. */
  close(): Promise<void>
}

/** Starts worker threads. Tasks go to them in the order of `run` calls; the caller restores the order of results. */
export function createPool(options: PoolOptions): Pool {
  const workers = checkNumber('createPool: workers', options.workers, { integer: true, min: 1 })
  const pool = new Tinypool({
    filename: options.filename,
    name: options.exportName,
    minThreads: workers,
    maxThreads: workers,
    workerData: options.data,
    isolateWorkers: false,
  })
  return {
    run: (task, { signal } = {}) => {
      // Every task in flight listens to the signal, and Node warns from the eleventh listener on.
      if (signal) setMaxListeners(0, signal)
      return pool.run(task, signal ? { signal } : {})
    },
    close: () => pool.destroy(),
  }
}
