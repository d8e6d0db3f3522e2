import type { CompressedTile, TileFault, TilePixels } from './compressed-tile.ts'
import { decodeHcompress } from './decode-hcompress.ts'
import { decodePlio } from './decode-plio.ts'
import { decodeRice } from './decode-rice.ts'
import { restorePixels } from './restore-pixels.ts'

/** Byte k of the numbers of a tile: where number 0 has it, and how far the next number's is. */
function bytePlaces(
  count: number,
  width: number,
  shuffled: boolean,
): { readonly apart: number; readonly step: number } {
  return shuffled ? { apart: count, step: 1 } : { apart: 1, step: width }
}

/** Numbers as they stand, as f64. */
function unpack(
  tile: CompressedTile,
  bytes: Uint8Array,
  width: number,
  read: (view: DataView) => number,
): Float64Array {
  const count = tile.rows * tile.columns
  const { apart, step } = bytePlaces(count, width, tile.coding === 'shuffled')
  const own = new DataView(new ArrayBuffer(8))
  return Float64Array.from({ length: count }, (_, i) => {
    for (let k = 0; k < width; k++) own.setUint8(k, bytes[i * step + k * apart]!)
    return read(own)
  })
}

/** The integers of a tile; `undefined` when its code is not sound. */
function integersOf(tile: CompressedTile, bytes: Uint8Array): Int32Array | undefined {
  const { coding, rows, columns } = tile
  const stored = new Int32Array(rows * columns)
  if (coding === 'rice') return decodeRice(bytes, tile, stored) ? stored : undefined
  if (coding === 'hcompress') return decodeHcompress(bytes, rows, columns, tile.smooth, stored) ? stored : undefined
  if (coding === 'plio') return decodePlio(bytes, stored) ? stored : undefined
  const width = bytes.length / stored.length
  stored.set(
    unpack(tile, bytes, width, (view) =>
      width === 1 ? view.getUint8(0) : width === 2 ? view.getInt16(0) : view.getInt32(0),
    ),
  )
  return stored
}

/** Bytes of a number that is coded as it stands; undefined when the bytes are none of a tile. */
function rawWidth({ rows, columns, floatBytes }: CompressedTile, byteLength: number): number | undefined {
  const width = byteLength / (rows * columns)
  const sound = floatBytes > 0 ? width === floatBytes : width === 1 || width === 2 || width === 4
  return sound ? width : undefined
}

/**
 * Decodes a tile: the TypeScript twin of the WebAssembly kernel.
 *
 * @param bytes - Those of the tile, inflated.
 * @returns `[rows, columns]`, f64 when `wide`.
 */
export function decodeTile(tile: CompressedTile, bytes: Uint8Array, wide: boolean): TilePixels | TileFault {
  const count = tile.rows * tile.columns
  const out = wide ? new Float64Array(count) : new Float32Array(count)
  if (tile.coding === 'raw' || tile.coding === 'shuffled') {
    const width = rawWidth(tile, bytes.length)
    if (width === undefined) return 'length'
    if (tile.floatBytes > 0) {
      out.set(unpack(tile, bytes, width, (view) => (width === 8 ? view.getFloat64(0) : view.getFloat32(0))))
      return out
    }
  }
  const stored = integersOf(tile, bytes)
  if (!stored) return 'code'
  restorePixels(stored, tile, out)
  return out
}
