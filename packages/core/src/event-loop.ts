/** Longest time that a computation keeps the event loop to itself, in milliseconds. */
const patience = 50

/** Lets timers and events run: an abort could not arrive otherwise. */
export function letEventsIn(): Promise<void> {
  // Node's setTimeout waits for a whole millisecond; browsers have no setImmediate.
  return new Promise((resolve) => (typeof setImmediate === 'function' ? setImmediate(resolve) : setTimeout(resolve)))
}

/**
 * A function to be awaited between the pieces of a long computation: it lets events in when 50 ms have passed since it last did, and looks
 * at the signal. Results never depend on it.
 *
 * @returns Rejects with `signal.reason` when aborted.
 */
export function pacer(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last >= patience) {
      await letEventsIn()
      last = performance.now()
    }
    signal?.throwIfAborted()
  }
}
