import type { CompressedTile, TileFault, TilePixels } from './compressed-tile.ts'
import { type PackedTiles, unpackTile } from './pack-tiles.ts'

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

/**
 * Decodes the tiles of a task.
 *
 * @param decode - One of them; its pixels are copied at once.
 */
export function decodeTask(
  { tiles, pixelCount, wide, spare }: TileTask,
  decode: (tile: CompressedTile) => TilePixels | TileFault,
): TileResult {
  const fits = spare !== undefined && spare.length >= pixelCount
  const pixels = fits ? spare : wide ? new Float64Array(pixelCount) : new Float32Array(pixelCount)
  const faults = new Map<number, TileFault>()
  let at = 0
  for (let i = 0; i < tiles.count; i++) {
    const tile = unpackTile(tiles, i)
    const decoded = decode(tile)
    if (typeof decoded === 'string') faults.set(i, decoded)
    else pixels.set(decoded, at)
    at += tile.rows * tile.columns
  }
  return { pixels, faults }
}
