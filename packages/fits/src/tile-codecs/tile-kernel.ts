import type { CompressedTile, TileFault, TilePixels } from './compressed-tile.ts'

/** One WebAssembly instance with its memory. */
export interface TileKernel {
  /**
   * Decodes a tile.
   *
   * @param bytes - Those of the tile, inflated.
   * @returns `[rows, columns]`, f64 when `wide`: a view of the memory, until the next call.
   * @throws RangeError when the memory cannot grow.
   */
  decode(tile: CompressedTile, bytes: Uint8Array, wide: boolean): TilePixels | TileFault
  /** Bytes of the memory. */
  readonly byteLength: number
}

/**
 * Instantiates the kernel.
 *
 * @remarks The memory holds, from 1,024 on: random numbers, code, integers, and then pixels or what HCOMPRESS works with. It grows and
 * never shrinks.
 */
export function instantiateTileKernel(module: WebAssembly.Module): TileKernel {
  const page = 65_536
  const memory = new WebAssembly.Memory({ initial: 2 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  type Call = (...args: (number | boolean)[]) => number
  const decodeRice = exports.decodeRice as Call
  const decodeHcompress = exports.decodeHcompress as Call
  const decodePlio = exports.decodePlio as Call
  const unpackIntegers = exports.unpackIntegers as Call
  const unpackFloats = exports.unpackFloats as Call
  const restore = exports.restore as Call
  const randomAt = 1024
  const codeAt = 1024 + 40_960
  // Behind the code there must be zeros, since it is read by words.
  const slack = 32
  ;(exports.fillRandom as Call)(randomAt)
  let all = new Uint8Array(memory.buffer)
  return {
    get byteLength() {
      return memory.buffer.byteLength
    },
    decode(tile, bytes, wide) {
      const { coding, rows, columns, floatBytes } = tile
      const count = rows * columns
      const integersAt = Math.ceil((codeAt + bytes.length + slack) / 16) * 16
      const outAt = Math.ceil((integersAt + 4 * count) / 16) * 16 + slack
      const room = coding === 'hcompress' ? 19 * (rows + 1) * (columns + 1) : 8 * count
      const top = outAt + room + slack
      if (top > 2 ** 32) throw new RangeError('tile kernel: memory must not exceed 4 GiB')
      const missing = top - memory.buffer.byteLength
      if (missing > 0) {
        memory.grow(Math.ceil(missing / page))
        all = new Uint8Array(memory.buffer)
      }
      all.set(bytes, codeAt)
      all.fill(0, codeAt + bytes.length, codeAt + bytes.length + slack)
      const out = wide ? new Float64Array(memory.buffer, outAt, count) : new Float32Array(memory.buffer, outAt, count)
      let sound: number | boolean
      if (coding === 'raw' || coding === 'shuffled') {
        const width = bytes.length / count
        const fits = floatBytes > 0 ? width === floatBytes : width === 1 || width === 2 || width === 4
        if (!fits) return 'length'
        if (floatBytes > 0) {
          unpackFloats(codeAt, count, width, coding === 'shuffled', wide, outAt)
          return out
        }
        unpackIntegers(codeAt, count, width, coding === 'shuffled', integersAt)
        sound = true
      } else if (coding === 'rice') {
        sound = decodeRice(codeAt, bytes.length, count, tile.blockSize, tile.bytesPerPixel, integersAt)
      } else if (coding === 'hcompress') {
        sound = decodeHcompress(codeAt, bytes.length, rows, columns, tile.smooth, outAt, integersAt)
      } else {
        sound = decodePlio(codeAt, bytes.length, count, integersAt)
      }
      if (!sound) return 'code'
      const { dither, scale, zero, blank, sequence } = tile
      const hasBlank = blank !== undefined && blank === (blank | 0)
      restore(integersAt, count, dither, scale, zero, hasBlank, blank ?? 0, randomAt, sequence, wide, outAt)
      return out
    },
  }
}
