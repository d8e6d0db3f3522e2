/** What a thread does once it has its module: it is given something to hold, and tasks that are about it. */
export interface ThreadWork {
  load(held: never): void
  work(task: never): { readonly result: object; readonly transfer: ArrayBuffer[] }
}

type ToThread =
  | { readonly module: WebAssembly.Module }
  | { readonly load: object }
  | { readonly id: number; readonly task: object }

interface FromThread {
  readonly id: number
  readonly result: unknown
}

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
    if ('module' in message) worker = begin(message.module)
    else if ('load' in message) worker.load(message.load as never)
    else {
      const { result, transfer } = worker.work(message.task as never)
      reply({ id: message.id, result }, transfer)
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
    const source = `const { parentPort } = require('worker_threads')
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
  const source = `const handle = ${serving} self.postMessage(message, transfer))
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

/** Milliseconds after which a thread that has nothing to do is ended. */
const idle = 10_000

/** A thread with what it holds and the tasks that it has not answered. */
export class KernelThread {
  readonly #port: Port
  readonly #among: KernelThread[]
  readonly #tasks = new Map<number, Task>()
  #held: object | undefined
  #next = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(port: Port, module: WebAssembly.Module, among: KernelThread[]) {
    this.#port = port
    this.#among = among
    port.listen(
      ({ id, result }) => {
        const task = this.#tasks.get(id)
        this.#tasks.delete(id)
        this.#rest()
        task?.resolve(result as never)
      },
      (error) => this.#end(error),
    )
    port.post({ module }, [])
    this.#rest()
  }

  /** Tasks not answered yet. */
  get load(): number {
    return this.#tasks.size
  }

  /** Sends a task, after what it is about when that is not what the thread holds already. */
  run<Result>(held: object, task: object, transfer: ArrayBuffer[]): Promise<Result> {
    clearTimeout(this.#timer)
    this.#port.hold(true)
    if (this.#held !== held) this.#port.post({ load: held }, [])
    this.#held = held
    const id = this.#next++
    return new Promise<Result>((resolve, reject) => {
      this.#tasks.set(id, { resolve, reject })
      this.#port.post({ id, task }, transfer)
    })
  }

  #rest(): void {
    if (this.#tasks.size > 0) return
    this.#port.hold(false)
    this.#timer = setTimeout(() => this.#end(new Error('kernel thread is closed')), idle)
    // Browsers count timers, Node has objects that keep the process alive.
    if (typeof this.#timer === 'object') this.#timer.unref()
  }

  #end(error: unknown): void {
    const at = this.#among.indexOf(this)
    if (at >= 0) this.#among.splice(at, 1)
    clearTimeout(this.#timer)
    this.#port.close()
    for (const { reject } of this.#tasks.values()) reject(error)
    this.#tasks.clear()
  }
}

/**
 * Threads that run one program, shared by the process.
 *
 * @param begin - Text of an expression that uses nothing but globals: a function that takes the module and returns what works.
 * @returns A function that gives the first `count` threads, started where there are fewer; fewer or none where threads cannot be had.
 */
export function threadGroup(begin: string): (count: number, module: WebAssembly.Module) => readonly KernelThread[] {
  const threads: KernelThread[] = []
  return (count, module) => {
    while (threads.length < count) {
      let port: Port | undefined
      try {
        port = openPort(begin)
      } catch {
        // A page's content security policy may forbid threads from text.
      }
      if (!port) break
      threads.push(new KernelThread(port, module, threads))
    }
    return threads.slice(0, count)
  }
}
