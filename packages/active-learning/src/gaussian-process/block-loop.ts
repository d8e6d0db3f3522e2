import type { RunOptions } from '@astronomaly/core'

/** Longest time that a learner keeps the event loop to itself, in milliseconds. */
const patience = 50

/** A pause to be awaited between pieces of work: checks the signal and, when the event loop has waited for long, yields to it. */
export function eventLoopTurn(run: RunOptions): () => Promise<void> {
  let turn = performance.now()
  return async () => {
    if (performance.now() - turn > patience) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
      turn = performance.now()
    }
    run.signal?.throwIfAborted()
  }
}

/**
 * Runs `body` over the ranges of 0 … `count` − 1, `size` long. Before each one the signal is checked and, when the event
 * loop has waited for long, it has its turn; afterwards progress is reported.
 */
export async function forEachBlock(
  stage: string,
  count: number,
  size: number,
  run: RunOptions,
  body: (start: number, end: number) => void,
): Promise<void> {
  const pause = eventLoopTurn(run)
  run.signal?.throwIfAborted()
  for (let start = 0; start < count; start += size) {
    await pause()
    const end = Math.min(count, start + size)
    body(start, end)
    run.onProgress?.({ stage, done: end, total: count })
  }
}
