import { concatArrays } from '@astronomaly/core'
import type { CompressedTile } from './compressed-tile.ts'

/** Tiles as a thread is sent them: messages of many objects take longer than decoding. */
export interface PackedTiles {
  readonly count: number
  /** What `unpackTile` understands, `[count, 15]`. */
  readonly numbers: Float64Array<ArrayBuffer>
  /** The bytes of all tiles, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

const fields = 15
const codings = ['rice', 'hcompress', 'plio', 'raw', 'shuffled'] as const

/** Packs tiles. Their bytes are copied. */
export function packTiles(tiles: readonly CompressedTile[]): PackedTiles {
  const numbers = new Float64Array(fields * tiles.length)
  let at = 0
  for (let i = 0; i < tiles.length; i++) {
    const tile = tiles[i]!
    const described = [
      at,
      tile.bytes.length,
      codings.indexOf(tile.coding),
      Number(tile.gzipped),
      tile.rows,
      tile.columns,
      tile.floatBytes,
      tile.blockSize,
      tile.bytesPerPixel,
      Number(tile.smooth),
      tile.dither,
      tile.scale,
      tile.zero,
      tile.blank ?? Number.NaN,
      tile.sequence,
    ]
    numbers.set(described, i * fields)
    at += tile.bytes.length
  }
  const bytes = concatArrays(
    Uint8Array,
    tiles.map((tile) => tile.bytes),
  )
  return { count: tiles.length, numbers, bytes }
}

/** Tile `i`, with a view of its bytes. */
export function unpackTile({ numbers, bytes }: PackedTiles, i: number): CompressedTile {
  const [at, length, coding, gzipped, rows, columns, floatBytes, blockSize, bytesPerPixel, smooth, ...pixels] =
    numbers.subarray(fields * i, fields * (i + 1)) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      CompressedTile['floatBytes'],
      number,
      CompressedTile['bytesPerPixel'],
      number,
      CompressedTile['dither'],
      number,
      number,
      number,
      number,
    ]
  const [dither, scale, zero, blank, sequence] = pixels
  return {
    coding: codings[coding]!,
    bytes: bytes.subarray(at, at + length),
    gzipped: gzipped === 1,
    rows,
    columns,
    floatBytes,
    blockSize,
    bytesPerPixel,
    smooth: smooth === 1,
    dither,
    scale,
    zero,
    blank: Number.isNaN(blank) ? undefined : blank,
    sequence,
  }
}
