import { checkNumber, numberOption, type OptionRules, resolveOptions } from '../options.ts'

/** Bounds of a {@link RateLimiter}; a bound that is not given is none. */
export interface RateLimiterOptions {
  /** Starts a second, evenly spaced: two starts are never closer than its inverse. May be below 1. */
  readonly requestsPerSecond?: number | undefined
  /** Turns that are taken and not given back. */
  readonly concurrency?: number | undefined
}

const rules = {
  requestsPerSecond: numberOption(undefined, { above: 0 }),
  concurrency: numberOption(undefined, { integer: true, min: 1 }),
} satisfies OptionRules<RateLimiterOptions>

interface Waiter {
  readonly go: () => void
}

/**
 * Gives turns in the order in which they were asked for, at most so many a second and so many at once.
 *
 * @remarks O(1) a turn. Starts are spaced and not saved up: after a silence there is no burst. Timers have a grain of one millisecond, so
 * rates of several hundred a second are not quite reached; they are never exceeded.
 */
export class RateLimiter {
  readonly #interval: number
  readonly #concurrency: number
  readonly #waiters = new Set<Waiter>()
  #active = 0
  #next = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @throws ParameterError for a bound that is not positive. */
  constructor(options: RateLimiterOptions = {}) {
    const { requestsPerSecond, concurrency } = resolveOptions('RateLimiter', options, rules)
    this.#interval = requestsPerSecond === undefined ? 0 : 1000 / requestsPerSecond
    this.#concurrency = concurrency ?? Number.POSITIVE_INFINITY
  }

  /** Turns that are taken. */
  get active(): number {
    return this.#active
  }

  /** Turns that are waited for. */
  get waiting(): number {
    return this.#waiters.size
  }

  /**
   * Waits for a turn.
   *
   * @returns Gives the turn back; calling it again does nothing.
   * @throws `signal.reason`; the place in the queue is given up.
   */
  acquire(signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const abort = (): void => {
        this.#waiters.delete(waiter)
        // A long pause that nobody waits for any more would keep the process alive.
        if (this.#waiters.size === 0) this.#stopTimer()
        reject(signal?.reason)
      }
      const waiter: Waiter = {
        go: () => {
          signal?.removeEventListener('abort', abort)
          let taken = true
          resolve(() => {
            if (!taken) return
            taken = false
            this.#active--
            this.#grant()
          })
        },
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiters.add(waiter)
      this.#grant()
    })
  }

  /** Starts nothing for so many milliseconds, as a server may ask for; a longer pause under way is kept. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + checkNumber('RateLimiter: pause', ms, { min: 0 }))
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #grant(): void {
    if (this.#timer !== undefined) return
    for (const waiter of this.#waiters) {
      if (this.#active >= this.#concurrency) return
      const now = performance.now()
      if (now < this.#next) {
        this.#timer = setTimeout(
          () => {
            this.#timer = undefined
            this.#grant()
          },
          Math.min(Math.ceil(this.#next - now), 2 ** 31 - 1),
        )
        return
      }
      this.#next = now + this.#interval
      this.#waiters.delete(waiter)
      this.#active++
      waiter.go()
    }
  }
}
