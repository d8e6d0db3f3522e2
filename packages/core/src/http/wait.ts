/** Waits so many milliseconds. @throws `signal.reason`. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/**
 * Settles as `work` does; after `ms` milliseconds it aborts with an error and rejects, whether or not `work` heeds the abort.
 *
 * @throws The reason of the controller's abort, whoever aborts.
 */
export function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  controller: AbortController,
  late: () => Error,
): Promise<T> {
  const { signal } = controller
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    const timer = setTimeout(() => controller.abort(late()), ms)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    })
  })
}
