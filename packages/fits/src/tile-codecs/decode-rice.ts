const parameters = {
  1: { splitBits: 3, rawSplit: 6, rawBits: 8 },
  2: { splitBits: 4, rawSplit: 14, rawBits: 16 },
  4: { splitBits: 5, rawSplit: 25, rawBits: 32 },
} as const

/** How a tile is Rice-coded. */
export interface RiceCoding {
  /** Pixels coded with one number of split bits. */
  readonly blockSize: number
  /** Bytes of an uncompressed pixel. */
  readonly bytesPerPixel: 1 | 2 | 4
}

/** Most pixels that `byteLength` bytes of Rice code can stand for: a block of equal pixels takes its split bits alone. */
export function mostRicePixels(byteLength: number, { blockSize, bytesPerPixel }: RiceCoding): number {
  return Math.floor((8 * byteLength) / parameters[bytesPerPixel].splitBits) * blockSize
}

/**
 * Decodes Rice code: the TypeScript twin of the WebAssembly kernel.
 *
 * @param out - Filled with integers: unsigned for 1 byte a pixel, else signed.
 * @returns Whether the code stands for so many.
 * @see FITS standard 4.0, section 10.4.1
 */
export function decodeRice(bytes: Uint8Array, { blockSize, bytesPerPixel }: RiceCoding, out: Int32Array): boolean {
  const { splitBits, rawSplit, rawBits } = parameters[bytesPerPixel]
  const count = out.length
  const end = bytes.length
  let at: number = bytesPerPixel
  if (end < at) return false
  let last = 0
  for (let i = 0; i < bytesPerPixel; i++) last = (last << 8) | bytes[i]!
  const shift = 32 - 8 * bytesPerPixel
  /** The low `held` bits are still unread; at most 7 before a load. */
  let buffer = 0
  let held = 0
  for (let start = 0; start < count; start += blockSize) {
    while (held < splitBits) {
      if (at >= end) return false
      buffer = (buffer << 8) | bytes[at++]!
      held += 8
    }
    held -= splitBits
    const split = (buffer >>> held) - 1
    buffer &= (1 << held) - 1
    const stop = Math.min(count, start + blockSize)
    for (let i = start; i < stop; i++) {
      if (split >= 0) {
        let code = 0
        let low = split
        if (split >= rawSplit) low = rawBits
        else {
          while (buffer === 0) {
            if (at >= end) return false
            code += held
            buffer = bytes[at++]!
            held = 8
          }
          const zeros = held - (32 - Math.clz32(buffer))
          code += zeros
          held -= zeros + 1
          buffer &= (1 << held) - 1
        }
        while (low > 0) {
          const step = Math.min(low, 16)
          while (held < step) {
            if (at >= end) return false
            buffer = (buffer << 8) | bytes[at++]!
            held += 8
          }
          held -= step
          code = (code << step) | (buffer >>> held)
          buffer &= (1 << held) - 1
          low -= step
        }
        last = (last + (code & 1 ? ~(code >>> 1) : code >>> 1)) | 0
      }
      out[i] = last
    }
  }
  if (bytesPerPixel === 1) for (let i = 0; i < count; i++) out[i] = out[i]! & 255
  else if (shift > 0) for (let i = 0; i < count; i++) out[i] = (out[i]! << shift) >> shift
  return true
}
