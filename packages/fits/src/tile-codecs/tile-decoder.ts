import type { RunOptions } from '@astronomaly/core'
import { checkNumber } from '@astronomaly/core'
import { lazyKernel, TaskFailed, withMemory } from '@astronomaly/core/kernels'
import { type CompressedTile, mostRawBytes, type TileFault, type TilePixels } from './compressed-tile.ts'
import { decodeTile } from './decode-tile.ts'
import { findGunzip } from './gunzip-tile.ts'
import { instantiateTileKernel } from './tile-kernel.ts'
import { decodeTask, type TileResult, type TileTask } from './tile-task.ts'
import { decodeOnThread, tileThreads } from './tile-threads.ts'
import { tilesWasm } from './tiles-wasm.ts'

/** Pixels that a thread is given at a time, at least: a task's own cost is that of some thousand. */
const taskPixels = 2 ** 18
/** Most bytes of memory that an instance may have to be kept. */
const mostKept = 2 ** 26

const tileKernel = lazyKernel(tilesWasm, instantiateTileKernel)
const gunzip = findGunzip()

/** Whether gzipped tiles can be decoded; where not, they are to be inflated before. */
export const canGunzip: boolean = gunzip !== undefined

/** Decodes here. */
function decodeInline(tile: CompressedTile, wide: boolean): TilePixels | TileFault {
  const bytes = tile.gzipped ? gunzip!(tile.bytes, mostRawBytes(tile)) : tile.bytes
  if (typeof bytes === 'string') return bytes
  const kernel = tileKernel.instance()
  return (kernel && withMemory(() => kernel.decode(tile, bytes, wide))) ?? decodeTile(tile, bytes, wide)
}

/** How to decode tiles. */
export interface DecodeTilesOptions extends Pick<RunOptions, 'signal' | 'workers'> {
  /** Whether pixels are f64. */
  readonly wide: boolean
}

/** A tile, decoded. */
export interface DecodedTile<T> {
  readonly tile: T
  /** Pixels, `[rows, columns]`, or what is wrong with the tile. */
  readonly found: TilePixels | TileFault
  /**
   * As `found`, without a copy: to be used at once, since the memory is shared with other calls and written over as soon as something is
   * waited for.
   */
  readonly view: TilePixels | TileFault
}

/** A tile that is decoded when it is asked for. */
class LazyTile<T extends CompressedTile> implements DecodedTile<T> {
  readonly tile: T
  readonly #decode: (tile: T) => TilePixels | TileFault

  constructor(tile: T, decode: (tile: T) => TilePixels | TileFault) {
    this.tile = tile
    this.#decode = decode
  }

  get view(): TilePixels | TileFault {
    return this.#decode(this.tile)
  }

  get found(): TilePixels | TileFault {
    const { view } = this
    return typeof view === 'string' ? view : view.slice()
  }
}

/**
 * Decodes tiles, in their order: by WebAssembly where it can be had, else by its TypeScript twin, with the same bits.
 *
 * @param options - With `workers`, that many threads work, two tasks of 2^18 pixels or one tile each in flight; the bits are the same.
 * The signal is looked at before each tile or task.
 */
export async function* decodeTiles<T extends CompressedTile>(
  tiles: AsyncIterable<T>,
  options: DecodeTilesOptions,
): AsyncGenerator<DecodedTile<T>> {
  const { wide, signal } = options
  const workers = checkNumber('decodeTiles: workers', options.workers ?? 0, { integer: true, min: 0 })
  const module = workers > 0 ? tileKernel.module() : null
  const threads = module ? await tileThreads(workers, module) : undefined
  if (!threads) {
    try {
      const decode = (tile: T): TilePixels | TileFault => decodeInline(tile, wide)
      for await (const tile of tiles) {
        signal?.throwIfAborted()
        yield new LazyTile(tile, decode)
      }
    } finally {
      tileKernel.dropIf(({ byteLength }) => byteLength > mostKept)
    }
    return
  }
  const flying: { readonly tiles: readonly T[]; readonly done: Promise<TileResult> }[] = []
  /** Memory that has come back: fresh memory costs as much as decoding. */
  const spare: TilePixels[] = []
  let next: T[] = []
  let pixels = 0
  const send = (): void => {
    const done = decodeOnThread(threads, next, wide, spare.pop()).catch((error) => decodeFailed(error))
    done.catch(() => {}) // Whoever stops iterating does not wait for it.
    flying.push({ tiles: next, done })
    next = []
    pixels = 0
  }
  async function* land(): AsyncGenerator<DecodedTile<T>> {
    const { tiles: landed, done } = flying.shift()!
    const result = await done
    signal?.throwIfAborted()
    let at = 0
    for (const [i, tile] of landed.entries()) {
      const end = at + tile.rows * tile.columns
      const view = result.faults.get(i) ?? result.pixels.subarray(at, end)
      yield new LazyTile(tile, () => view)
      at = end
    }
    spare.push(result.pixels)
  }
  try {
    for await (const tile of tiles) {
      next.push(tile)
      pixels += tile.rows * tile.columns
      if (pixels < taskPixels) continue
      send()
      if (flying.length >= 2 * threads.count) yield* land()
    }
    if (next.length > 0) send()
    while (flying.length > 0) yield* land()
  } finally {
    threads.release()
  }
}

/** Does here what a thread could not do, such as for lack of memory. */
function decodeFailed(error: unknown): TileResult {
  if (!(error instanceof TaskFailed)) throw error
  const task = error.task as TileTask
  return decodeTask(task, (tile) => decodeInline(tile, task.wide))
}
