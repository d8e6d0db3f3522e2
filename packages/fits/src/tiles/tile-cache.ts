import type { TilePixels } from '../tile-codecs/compressed-tile.ts'

/** Decoded tiles by their number; the one that was not asked for longest goes first. */
export class TileCache {
  readonly #mostBytes: number
  readonly #tiles = new Map<number, TilePixels>()
  #bytes = 0

  /** @param mostBytes - Bytes of all tiles together, at most. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  get(row: number): TilePixels | undefined {
    const pixels = this.#tiles.get(row)
    if (pixels) {
      this.#tiles.delete(row)
      this.#tiles.set(row, pixels)
    }
    return pixels
  }

  /** Keeps a copy, where there is room for it. */
  keep(row: number, pixels: TilePixels): void {
    if (pixels.byteLength > this.#mostBytes || this.#tiles.has(row)) return
    this.#tiles.set(row, pixels.slice())
    this.#bytes += pixels.byteLength
    for (const [oldest, { byteLength }] of this.#tiles) {
      if (this.#bytes <= this.#mostBytes) break
      this.#tiles.delete(oldest)
      this.#bytes -= byteLength
    }
  }
}
