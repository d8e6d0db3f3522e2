import { UnsupportedError } from '../errors.ts'
import { mostThreads, openPort } from './port.ts'
import { Thread } from './thread.ts'

/** Some threads, for one call. */
export interface Threads {
  readonly count: number
  /**
   * Sends a task to the thread that has least to do, after what it is about when the thread does not hold that already.
   *
   * @throws TaskFailed when the thread could not do it, UnsupportedError when the thread, or the last of them, has ended.
   */
  run<Result>(about: object, task: object, transfer: ArrayBuffer[]): Promise<Result>
  /** Lets the threads end when nobody else needs them. */
  release(): void
}

/** Gives the first `count` threads of a group, each begun with `given`; undefined where threads cannot be had. */
export type ThreadGroup<Given> = (count: number, given: Given) => Promise<Threads | undefined>

/** A thread of the group. */
interface Member {
  readonly thread: Thread
  /** Calls that may still send it tasks. */
  users: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/**
 * Threads that run one program, shared by the process: started where there are fewer than a call wants, but no more than the machine has
 * use for.
 *
 * @param entry - Where the program is: `() => new URL('./some-worker.js', import.meta.url)`, the built module of a file that calls
 * `serveThread`.
 * @param idle - Milliseconds after which a thread that nobody uses is ended.
 */
export function threadGroup<Given>(entry: () => URL, idle = 10_000): ThreadGroup<Given> {
  const members: Member[] = []

  function rest(member: Member): void {
    const { thread } = member
    clearTimeout(member.timer)
    if (thread.ended) {
      const at = members.indexOf(member)
      if (at >= 0) members.splice(at, 1)
      return
    }
    if (thread.load > 0 || member.users > 0) return
    member.timer = setTimeout(() => {
      if (member.users > 0) return
      thread.end(new UnsupportedError('thread: must be used. Received its end for lack of tasks.'))
    }, idle)
    // Browsers count timers, Node has objects that keep the process alive.
    if (typeof member.timer === 'object') member.timer.unref()
  }

  /** Starts a thread. @returns Whether it could be done. */
  function start(given: Given): boolean {
    try {
      // A bundle may be no module, or nowhere: then there is no such URL.
      const port = openPort(entry())
      if (!port) return false
      const member: Member = { thread: new Thread(port, given, () => rest(member)), users: 0, timer: undefined }
      members.push(member)
      return true
    } catch {
      return false
    }
  }

  return async (count, given) => {
    const wanted = Math.min(count, mostThreads())
    while (members.length < wanted && start(given));
    const mine = members.slice(0, wanted)
    for (const member of mine) {
      member.users++
      clearTimeout(member.timer)
    }
    const release = (): void => {
      for (const member of mine.splice(0)) {
        member.users--
        rest(member)
      }
    }
    const ready = await Promise.all(mine.map(({ thread }) => thread.ready))
    if (mine.length === 0 || ready.includes(false)) {
      release()
      return undefined
    }
    return {
      count: mine.length,
      async run<Result>(about: object, task: object, transfer: ArrayBuffer[]): Promise<Result> {
        const alive = mine.filter(({ thread }) => !thread.ended)
        if (alive.length === 0) throw new UnsupportedError('threads: one must be alive. Received none.')
        const cost = ({ thread }: Member): number => thread.load + (thread.about === about ? 0 : 0.5)
        const member = alive.reduce((a, b) => (cost(b) < cost(a) ? b : a))
        return member.thread.run<Result>(task, { about, transfer })
      },
      release,
    }
  }
}
