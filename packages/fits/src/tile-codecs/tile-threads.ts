import { type KernelThreads, type ThreadWork, threadGroup } from '@astronomaly/core/kernels'
import type { CompressedTile, TileFault, TilePixels } from './compressed-tile.ts'
import { findGunzip, type GunzipTile } from './gunzip-tile.ts'
import { type PackedTiles, packTiles, unpackTile } from './pack-tiles.ts'
import { instantiateTileKernel, type TileKernel } from './tile-kernel.ts'

/** Tiles for a thread. */
export interface TileTask {
  readonly tiles: PackedTiles
  /** Pixels of all of them. */
  readonly pixelCount: number
  /** Whether pixels are f64. */
  readonly wide: boolean
  /** Memory for the pixels; moved there, and back with them. */
  readonly spare?: TilePixels | undefined
}

/** What a thread makes of them. */
export interface TileResult {
  /** One after the other; there may be more room than they need. */
  readonly pixels: TilePixels
  /** What is wrong with the tiles that could not be decoded, by their number among these. */
  readonly faults: ReadonlyMap<number, TileFault>
}

/** What a thread runs. Sent as text: it may use nothing but its arguments and globals. */
function begin(
  instantiate: (module: WebAssembly.Module) => TileKernel,
  find: () => GunzipTile | undefined,
  unpack: (tiles: PackedTiles, i: number) => CompressedTile,
): (module: WebAssembly.Module) => ThreadWork {
  return (module) => {
    const kernel = instantiate(module)
    const gunzip = find()
    return {
      load() {},
      work({ tiles, pixelCount, wide, spare }: TileTask) {
        const fits = spare !== undefined && spare.length >= pixelCount
        const pixels = fits ? spare : wide ? new Float64Array(pixelCount) : new Float32Array(pixelCount)
        const faults = new Map<number, TileFault>()
        let at = 0
        for (let i = 0; i < tiles.count; i++) {
          const tile = unpack(tiles, i)
          let bytes: Uint8Array | TileFault = tile.bytes
          if (tile.gzipped) {
            // Whoever sends gzipped tiles knows that they can be inflated.
            bytes = gunzip!(bytes, tile.rows * tile.columns * (tile.floatBytes || 4))
          }
          const found = typeof bytes === 'string' ? bytes : kernel.decode(tile, bytes, wide)
          if (typeof found === 'string') faults.set(i, found)
          else pixels.set(found, at)
          at += tile.rows * tile.columns
        }
        return { result: { pixels, faults }, transfer: [pixels.buffer as ArrayBuffer] }
      },
    }
  }
}

/** The first `count` threads of the process that decode tiles; undefined where threads cannot be had. */
export const tileThreads: (count: number, module: WebAssembly.Module) => Promise<KernelThreads | undefined> =
  threadGroup(`(${begin})(${instantiateTileKernel}, ${findGunzip}, ${unpackTile})`)

/** What all tasks are about: nothing. */
const held = {}

/** Decodes tiles on a thread. Their bytes are copied. */
export function decodeOnThread(
  threads: KernelThreads,
  tiles: readonly CompressedTile[],
  wide: boolean,
  spare: TilePixels | undefined,
): Promise<TileResult> {
  const packed = packTiles(tiles)
  const pixelCount = tiles.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
  const transfer: ArrayBuffer[] = [packed.bytes.buffer, packed.numbers.buffer]
  if (spare) transfer.push(spare.buffer as ArrayBuffer)
  const task: TileTask = { tiles: packed, pixelCount, wide, spare }
  return threads.run(held, task, transfer)
}
