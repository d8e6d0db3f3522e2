import { pacer, type RunOptions } from '@astronomaly/core'

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
  const pause = pacer(run.signal)
  run.signal?.throwIfAborted()
  for (let start = 0; start < count; start += size) {
    await pause()
    const end = Math.min(count, start + size)
    body(start, end)
    run.onProgress?.({ stage, done: end, total: count })
  }
}
