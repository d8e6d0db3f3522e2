import type { RunOptions } from '@astronomaly/core'

/** Longest time that a learner keeps the event loop to itself, in milliseconds. */
const patience = 50

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
  let turn = performance.now()
  run.signal?.throwIfAborted()
  for (let start = 0; start < count; start += size) {
    if (performance.now() - turn > patience) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
      turn = performance.now()
    }
    run.signal?.throwIfAborted()
    const end = Math.min(count, start + size)
    body(start, end)
    run.onProgress?.({ stage, done: end, total: count })
  }
}
