import { setMaxListeners } from 'node:events'
import { UnsupportedError } from '../errors.ts'
import { checkNumber } from '../options.ts'
import { openPort } from './port.ts'
import { TaskFailed, Thread } from './thread.ts'

/** How to make a {@link Pool}. */
export interface PoolOptions {
  /** Most threads, ≥ 1. Each starts when there is a task for it. */
  readonly workers: number
  /** A module, as a `file:` URL. */
  readonly filename: string
  /**
   * The name under which the module exports the task function: it is called with the task and `{ signal }`, which is aborted when the
   * task is no longer wanted.
   */
  readonly exportName: string
}

/** Threads that run one task function. */
export interface Pool {
  /**
   * Runs one task; resolves with what the function returned.
   *
   * @throws What the function threw, errors of this project and of the language with their class, fields and cause; `signal.reason` as
   * soon as that is aborted; UnsupportedError when the thread has ended before it could answer.
   */
  run<T, R>(task: T, options?: { readonly signal?: AbortSignal | undefined }): Promise<R>
  /** Ends the threads; tasks in flight are given up. */
  close(): Promise<void>
}

/**
 * Runs a function in worker threads. Tasks go to them in the order of `run` calls, one at a time to each thread; the caller restores the
 * order of results.
 */
export function createPool(options: PoolOptions): Pool {
  const { filename, exportName } = options
  const workers = checkNumber('createPool: workers', options.workers, { integer: true, min: 1 })
  const threads = new Set<Thread>()
  const queue: ((thread: Thread | undefined) => void)[] = []
  let closed = false

  function free(): Thread | undefined {
    for (const thread of threads) if (thread.load === 0) return thread
    if (threads.size >= workers) return undefined
    const port = openPort(new URL('./pool-worker.js', import.meta.url), { inherit: true })!
    const thread = new Thread(port, { filename, exportName }, () => {
      if (thread.ended) threads.delete(thread)
      next()
    })
    threads.add(thread)
    return thread
  }

  function next(): void {
    while (queue.length > 0) {
      const thread = closed ? undefined : free()
      if (!thread && !closed) return
      queue.shift()!(thread)
    }
  }

  return {
    run: <T, R>(task: T, { signal }: { readonly signal?: AbortSignal | undefined } = {}) =>
      new Promise<R>((resolve, reject) => {
        const leave = (): void => {
          queue.splice(queue.indexOf(start), 1)
          reject(signal?.reason)
        }
        const start = (thread: Thread | undefined): void => {
          signal?.removeEventListener('abort', leave)
          if (!thread) {
            reject(closing())
            return
          }
          thread
            .run<R>(task, { signal })
            .then(resolve, (error) => reject(error instanceof TaskFailed ? error.cause : error))
        }
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        // Every task in flight listens to the signal, and Node warns from the eleventh listener on.
        if (signal) setMaxListeners(0, signal)
        signal?.addEventListener('abort', leave, { once: true })
        queue.push(start)
        next()
      }),
    async close() {
      closed = true
      next()
      await Promise.all([...threads].map((thread) => thread.end(closing())))
    },
  }
}

function closing(): UnsupportedError {
  return new UnsupportedError('pool: must be open until it has answered. Received its close.')
}
