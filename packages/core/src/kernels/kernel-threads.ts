import { UnsupportedError } from '../errors.ts'

/** What a thread does once it has its module: it is given something to hold, and tasks that are about it. */
export interface ThreadWork {
  load(held: never): void
  work(task: never): { readonly result: object; readonly transfer: ArrayBuffer[] }
}

type ToThread =
  | { readonly module: WebAssembly.Module }
  | { readonly load: object }
  | { readonly id: number; readonly task: object }

type FromThread =
  | { readonly ready: true }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failed: string; readonly task: unknown }

/** A thread of Node or of a browser. */
interface Port {
  post(message: ToThread, transfer: ArrayBuffer[]): void
  listen(onMessage: (message: FromThread) => void, onError: (error: unknown) => void): void
  /** Whether the process waits for the thread. */
  hold(wait: boolean): void
  close(): void
}

/** What a thread runs. Sent as text: it may use nothing but its arguments and globals. */
function serve(
  begin: (module: WebAssembly.Module) => ThreadWork,
  reply: (message: FromThread, transfer: ArrayBuffer[]) => void,
): (message: ToThread) => void {
  let worker: ThreadWork
  return (message) => {
    if ('module' in message) {
      worker = begin(message.module)
      reply({ ready: true }, [])
    } else if ('load' in message) {
      worker.load(message.load as never)
    } else {
      const { id, task } = message
      try {
        const { result, transfer } = worker.work(task as never)
        reply({ id, result }, transfer)
      } catch (error) {
        reply({ id, failed: String(error), task }, [])
      }
    }
  }
}

/** The parts of Node's `Worker` that are used; asked of the process itself, so that bundles for browsers stay free of Node. */
interface NodeWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  on(event: string, listener: (value: never) => void): void
  ref(): void
  unref(): void
  terminate(): Promise<number>
}

/** Bundlers that keep the names of functions call this in their text. */
const shim = 'var __name = (body) => body\n'

/** @param begin - Text of an expression: a function as `serve` takes it. */
function openPort(begin: string): Port | undefined {
  const serving = `(${serve})(${begin}, (message, transfer) =>`
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (id: string) => unknown }
  }
  const threads = process?.getBuiltinModule?.('worker_threads') as
    | { Worker: new (source: string, options: { eval: true; execArgv: string[] }) => NodeWorker }
    | undefined
  if (threads) {
    const source = `${shim}const { parentPort } = require('worker_threads')
parentPort.on('message', ${serving} parentPort.postMessage(message, transfer)))`
    const worker = new threads.Worker(source, { eval: true, execArgv: [] })
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen(onMessage, onError) {
        worker.on('message', onMessage)
        worker.on('error', onError)
        worker.on('exit', (code: number) => onError(new Error(`kernel thread ended with code ${code}`)))
      },
      hold: (wait) => (wait ? worker.ref() : worker.unref()),
      close: () => void worker.terminate(),
    }
  }
  if (typeof Worker !== 'function' || typeof Blob !== 'function') return undefined
  const source = `${shim}const handle = ${serving} self.postMessage(message, transfer))
self.onmessage = ({ data }) => handle(data)`
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(url)
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => onMessage(data as FromThread)
      worker.onerror = (event) => onError(new Error(event.message))
    },
    hold: () => {},
    close() {
      worker.terminate()
      URL.revokeObjectURL(url)
    },
  }
}

interface Task {
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** A task that the thread could not do, such as for lack of memory: the caller has it back, and may do it itself. */
export class TaskFailed extends UnsupportedError {
  readonly task: unknown

  constructor(reason: string, task: unknown) {
    super(`kernel thread: must do its task. Received ${reason}.`)
    this.task = task
  }
}

/** A thread with what it holds and the tasks that it has not answered. */
class KernelThread {
  /** Whether the thread has begun; false when it could not. */
  readonly ready: Promise<boolean>
  /** Calls that may still send it tasks. */
  users = 0
  held: object | undefined
  readonly #port: Port
  readonly #idle: number
  readonly #onEnd: (thread: KernelThread) => void
  readonly #tasks = new Map<number, Task>()
  #next = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(port: Port, module: WebAssembly.Module, idle: number, onEnd: (thread: KernelThread) => void) {
    this.#port = port
    this.#idle = idle
    this.#onEnd = onEnd
    this.ready = new Promise((resolve) => {
      port.listen(
        (message) => ('ready' in message ? resolve(true) : this.#answer(message)),
        (error) => {
          resolve(false)
          this.end(error)
        },
      )
    })
    port.hold(true)
    this.ready.then(() => this.rest())
    port.post({ module }, [])
  }

  /** Tasks not answered yet. */
  get load(): number {
    return this.#tasks.size
  }

  run<Result>(held: object, task: object, transfer: ArrayBuffer[]): Promise<Result> {
    this.#port.hold(true)
    if (this.held !== held) this.#port.post({ load: held }, [])
    this.held = held
    const id = this.#next++
    return new Promise<Result>((resolve, reject) => {
      this.#tasks.set(id, { resolve, reject })
      this.#port.post({ id, task }, transfer)
    })
  }

  #answer(message: Exclude<FromThread, { readonly ready: true }>): void {
    const task = this.#tasks.get(message.id)
    this.#tasks.delete(message.id)
    this.rest()
    if ('failed' in message) task?.reject(new TaskFailed(message.failed, message.task))
    else task?.resolve(message.result as never)
  }

  /** Without tasks the process does not wait for the thread; without users, too, it ends after some time. */
  rest(): void {
    clearTimeout(this.#timer)
    if (this.#tasks.size > 0) return
    this.#port.hold(false)
    if (this.users > 0) return
    this.#timer = setTimeout(() => this.end(new Error('idle')), this.#idle)
    // Browsers count timers, Node has objects that keep the process alive.
    if (typeof this.#timer === 'object') this.#timer.unref()
  }

  end(cause: unknown): void {
    this.#onEnd(this)
    clearTimeout(this.#timer)
    this.#port.close()
    const error = new UnsupportedError('kernel thread: must live until it has answered. Received its end.', { cause })
    for (const { reject } of this.#tasks.values()) reject(error)
    this.#tasks.clear()
  }
}

/** Most threads worth having: as many as the machine runs at a time, where that is known. */
function mostThreads(): number {
  const { navigator, process } = globalThis as {
    navigator?: { hardwareConcurrency?: number }
    process?: { getBuiltinModule?: (id: string) => unknown }
  }
  const os = process?.getBuiltinModule?.('os') as { availableParallelism?: () => number } | undefined
  return Math.max(4, navigator?.hardwareConcurrency ?? os?.availableParallelism?.() ?? 4)
}

/** Some threads, for one call. */
export interface KernelThreads {
  readonly count: number
  /**
   * Sends a task to the thread that has least to do, after what it is about when the thread does not hold that already.
   *
   * @throws TaskFailed when the thread could not do it, UnsupportedError when the thread, or the last of them, has ended.
   */
  run<Result>(held: object, task: object, transfer: ArrayBuffer[]): Promise<Result>
  /** Lets the threads end when nobody else needs them. */
  release(): void
}

/**
 * Threads that run one program, shared by the process.
 *
 * @param begin - Text of an expression that uses nothing but globals: a function that takes the module and returns what works.
 * @param idle - Milliseconds after which a thread that nobody uses is ended.
 * @returns A function that gives the first `count` threads, started where there are fewer, but no more than the machine has use for;
 * undefined where threads cannot be had.
 */
export function threadGroup(
  begin: string,
  idle = 10_000,
): (count: number, module: WebAssembly.Module) => Promise<KernelThreads | undefined> {
  const threads: KernelThread[] = []
  const onEnd = (thread: KernelThread): void => {
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
  }
  return async (count, module) => {
    const wanted = Math.min(count, mostThreads())
    while (threads.length < wanted) {
      let port: Port | undefined
      try {
        port = openPort(begin)
      } catch {
        // A page's content security policy may forbid threads from text.
      }
      if (!port) break
      threads.push(new KernelThread(port, module, idle, onEnd))
    }
    const own = threads.slice(0, wanted)
    for (const thread of own) thread.users++
    const release = (): void => {
      for (const thread of own.splice(0)) {
        thread.users--
        thread.rest()
      }
    }
    const ready = await Promise.all(own.map((thread) => thread.ready))
    if (own.length === 0 || ready.includes(false)) {
      release()
      return undefined
    }
    return {
      count: own.length,
      async run<Result>(held: object, task: object, transfer: ArrayBuffer[]): Promise<Result> {
        const alive = own.filter((thread) => threads.includes(thread))
        if (alive.length === 0) throw new UnsupportedError('kernel threads: one must be alive. Received none.')
        const cost = (thread: KernelThread): number => thread.load + (thread.held === held ? 0 : 0.5)
        return alive.reduce((a, b) => (cost(b) < cost(a) ? b : a)).run(held, task, transfer)
      },
      release,
    }
  }
}
