import { UnsupportedError } from '../errors.ts'
import { packError, unpackError } from './crossing-error.ts'
import type { FromThread } from './messages.ts'
import type { Port } from './port.ts'

/**
 * A task that the thread could not do, such as for lack of memory: the caller has it back, and may do it itself. The cause is what the
 * thread threw.
 */
export class TaskFailed extends UnsupportedError {
  readonly task: unknown

  constructor(cause: unknown, task: unknown) {
    super(`thread: must do its task. Received ${cause}.`, { cause })
    this.task = task
  }
}

interface Task {
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** How a thread is given a task. */
export interface TaskOptions {
  /** What it is about; sent when the thread does not hold that already. */
  readonly about?: object | undefined
  /** Memory that is moved and not copied. */
  readonly transfer?: ArrayBuffer[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A thread with what its tasks are about, and the tasks that it has not answered. */
export class Thread {
  /** Whether the thread has begun; false when it could not. */
  readonly ready: Promise<boolean>
  ended = false
  about: object | undefined
  readonly #port: Port
  readonly #onRest: (thread: Thread) => void
  readonly #tasks = new Map<number, Task>()
  #next = 0

  /**
   * @param given - What it begins with.
   * @param onRest - Called whenever it has begun, has answered its last task, or has ended.
   */
  constructor(port: Port, given: unknown, onRest: (thread: Thread) => void) {
    this.#port = port
    this.#onRest = onRest
    this.ready = new Promise((resolve) => {
      const fail = (error: unknown): void => {
        resolve(false)
        this.end(error)
      }
      port.listen(
        (message) => {
          if ('ready' in message) {
            resolve(true)
            this.#rest()
          } else if ('broken' in message) {
            fail(unpackError(message.broken))
          } else {
            this.#answer(message)
          }
        },
        (cause) => fail(new UnsupportedError('thread: must live until it has answered. Received its end.', { cause })),
      )
    })
    port.hold(true)
    port.post({ begin: given }, [])
  }

  /** Tasks not answered yet. */
  get load(): number {
    return this.#tasks.size
  }

  /**
   * Sends a task.
   *
   * @throws TaskFailed when the thread could not do it, UnsupportedError when the thread ends, why it could not
   * begin, and `signal.reason` as soon as
   * that is aborted; the thread is told, and done with the task when it answers.
   */
  run<Result>(task: unknown, { about, transfer = [], signal }: TaskOptions = {}): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (about && this.about !== about) this.#port.post({ load: about }, [])
      this.about = about
      const id = this.#next++
      const abort = (): void => {
        this.#port.post({ abort: id, reason: packError(signal?.reason) }, [])
        reject(signal?.reason)
      }
      this.#port.post({ id, task }, transfer)
      this.#port.hold(true)
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener('abort', abort)
          then(value)
        }
      this.#tasks.set(id, { resolve: settle(resolve), reject: settle(reject) })
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) abort()
    })
  }

  #answer(message: Extract<FromThread, { readonly id: number }>): void {
    const task = this.#tasks.get(message.id)
    this.#tasks.delete(message.id)
    this.#rest()
    if ('error' in message) task?.reject(new TaskFailed(unpackError(message.error), message.task))
    else task?.resolve(message.result as never)
  }

  /** Without tasks the process does not wait for the thread. */
  #rest(): void {
    if (this.#tasks.size > 0) return
    this.#port.hold(false)
    this.#onRest(this)
  }

  /** Ends the thread; its tasks reject with `error`. */
  async end(error: unknown): Promise<void> {
    if (this.ended) return
    this.ended = true
    const closed = this.#port.close()
    for (const { reject } of this.#tasks.values()) reject(error)
    this.#tasks.clear()
    this.#onRest(this)
    await closed
  }
}
