import type { FromThread, ToThread } from './messages.ts'

/** A thread of Node or of a browser. */
export interface Port {
  post(message: ToThread, transfer: ArrayBuffer[]): void
  listen(onMessage: (message: FromThread) => void, onError: (error: unknown) => void): void
  /** Whether the process waits for the thread. */
  hold(wait: boolean): void
  close(): Promise<void>
}

/** How to open a {@link Port}. */
export interface PortOptions {
  /** Whether Node's thread takes over the options of its process, such as loaders, which make it slower to start. */
  readonly inherit?: boolean | undefined
}

/** Node's own module; asked of the process itself, so that bundles for browsers stay free of Node. */
function nodeModule<T>(id: string): T | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  return process?.getBuiltinModule?.(id) as T | undefined
}

/**
 * Starts a thread.
 *
 * @param entry - Where its module is, which calls `serveThread`.
 * @returns Undefined where there are no threads.
 * @throws Whatever forbids it, such as the content security policy of a page.
 */
export function openPort(entry: URL, { inherit = false }: PortOptions = {}): Port | undefined {
  const threads = nodeModule<typeof import('node:worker_threads')>('worker_threads')
  if (threads) {
    const worker = new threads.Worker(entry, inherit ? {} : { execArgv: [] })
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen(onMessage, onError) {
        worker.on('message', onMessage)
        worker.on('messageerror', onError)
        worker.on('error', onError)
        worker.on('exit', (code: number) => onError(new Error(`thread ended with code ${code}`)))
      },
      hold: (wait) => (wait ? worker.ref() : worker.unref()),
      async close() {
        await worker.terminate()
      },
    }
  }
  if (typeof Worker !== 'function') return undefined
  const worker = new Worker(entry, { type: 'module' })
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => onMessage(data as FromThread)
      worker.onmessageerror = () => onError(new Error('thread sent what cannot be read'))
      worker.onerror = (event) => onError(new Error(event.message))
    },
    hold: () => {},
    async close() {
      worker.terminate()
    },
  }
}

/** Most threads worth having: as many as the machine runs at a time, where that is known. */
export function mostThreads(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } }
  const os = nodeModule<{ availableParallelism?: () => number }>('os')
  return Math.max(4, navigator?.hardwareConcurrency ?? os?.availableParallelism?.() ?? 4)
}
