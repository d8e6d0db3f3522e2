import { packError, unpackError } from './crossing-error.ts'
import type { FromThread, ToThread } from './messages.ts'

/** The answer of a thread to a task. */
export interface ThreadAnswer {
  readonly result: unknown
  /** Memory that is moved and not copied. */
  readonly transfer?: ArrayBuffer[] | undefined
}

/** What a thread does once it has begun: it is given what tasks are about, and tasks. One after the other. */
export interface ThreadWork {
  load?(about: never): void
  /** @param signal - Aborted when the task is no longer wanted. */
  work(task: never, signal: AbortSignal): ThreadAnswer | Promise<ThreadAnswer>
}

/** The way back to whoever started this thread, of Node or of a browser. */
interface Parent {
  postMessage(message: FromThread, transfer: ArrayBuffer[]): void
  listen(onMessage: (message: ToThread) => void): void
}

function parentOfThread(): Parent {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  const threads = process?.getBuiltinModule?.('worker_threads') as typeof import('node:worker_threads') | undefined
  const port = threads?.parentPort
  if (port) {
    return {
      postMessage: (message, transfer) => port.postMessage(message, transfer),
      listen: (onMessage) => port.on('message', onMessage),
    }
  }
  const scope = globalThis as unknown as Worker
  return {
    postMessage: (message, transfer) => scope.postMessage(message, transfer),
    listen(onMessage) {
      scope.onmessage = ({ data }) => onMessage(data as ToThread)
    },
  }
}

/**
 * What the entry of a worker calls: serves the tasks that its {@link threadGroup} sends.
 *
 * @param begin - Makes what works, from what the group gives to every thread.
 */
export function serveThread(begin: (given: never) => ThreadWork | Promise<ThreadWork>): void {
  const parent = parentOfThread()
  const running = new Map<number, AbortController>()
  let worker: ThreadWork | undefined
  /** Why what the tasks are about could not be taken. */
  let fault: { readonly error: unknown } | undefined

  async function work(id: number, task: unknown): Promise<void> {
    const { signal } = running.get(id)!
    try {
      if (fault) throw fault.error
      signal.throwIfAborted()
      const { result, transfer = [] } = await worker!.work(task as never, signal)
      parent.postMessage({ id, result }, transfer)
    } catch (error) {
      parent.postMessage({ id, error: packError(error), task }, [])
    } finally {
      running.delete(id)
    }
  }

  async function serve(message: Exclude<ToThread, { readonly abort: number }>): Promise<void> {
    if ('begin' in message) {
      try {
        worker = await begin(message.begin as never)
        parent.postMessage({ ready: true }, [])
      } catch (error) {
        parent.postMessage({ broken: packError(error) }, [])
      }
    } else if ('load' in message) {
      fault = undefined
      try {
        worker!.load?.(message.load as never)
      } catch (error) {
        fault = { error }
      }
    } else {
      await work(message.id, message.task)
    }
  }

  let turn = Promise.resolve()
  parent.listen((message) => {
    if ('abort' in message) {
      running.get(message.abort)?.abort(unpackError(message.reason))
      return
    }
    if ('id' in message) running.set(message.id, new AbortController())
    turn = turn.then(() => serve(message))
  })
}
