/**
 * Items as they come, until an abort, which also ends the wait for an item that does not come.
 *
 * @throws `signal.reason`; the source is closed.
 */
export async function* untilAborted<T>(
  items: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  if (!(Symbol.asyncIterator in items)) {
    yield* items
    return
  }
  const source = items[Symbol.asyncIterator]()
  let state: 'waiting' | 'given' | 'ended' = 'given'
  try {
    for (;;) {
      state = 'waiting'
      const step = await next(source, signal)
      state = step.done ? 'ended' : 'given'
      if (step.done) return
      yield step.value
    }
  } finally {
    if (state !== 'ended') {
      const closing = source.return?.()
      // A source that is being waited for closes when it comes to it, if ever.
      if (state === 'given') await closing
      else closing?.catch(() => {})
    }
  }
}

function next<T>(source: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    source
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
