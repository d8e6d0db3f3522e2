import { type ThreadGroup, type Threads, threadGroup } from '@astronomaly/core/kernels'
import type { CompressedTile, TilePixels } from './compressed-tile.ts'
import { packTiles } from './pack-tiles.ts'
import type { TileResult, TileTask } from './tile-task.ts'

/** The threads of the process that decode tiles. */
export const tileThreads: ThreadGroup<WebAssembly.Module> = threadGroup(
  () => new URL('./tile-worker.js', import.meta.url),
)

/** What all tasks are about: nothing. */
const nothing = {}

/** Decodes tiles on a thread. Their bytes are copied. */
export function decodeOnThread(
  threads: Threads,
  tiles: readonly CompressedTile[],
  wide: boolean,
  spare: TilePixels | undefined,
): Promise<TileResult> {
  const packed = packTiles(tiles)
  const pixelCount = tiles.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
  const transfer: ArrayBuffer[] = [packed.bytes.buffer, packed.numbers.buffer]
  if (spare) transfer.push(spare.buffer as ArrayBuffer)
  const task: TileTask = { tiles: packed, pixelCount, wide, spare }
  return threads.run(nothing, task, transfer)
}
