import { FormatError } from '@astronomaly/core'

/** Parameters of a Rice-compressed tile. */
export interface RiceOptions {
  /** Pixels coded with one number of split bits. */
  readonly blockSize: number
  /** Bytes of an uncompressed pixel. */
  readonly bytesPerPixel: 1 | 2 | 4
  readonly source?: string
}

const parameters = {
  1: { splitBits: 3, rawSplit: 6, rawBits: 8 },
  2: { splitBits: 4, rawSplit: 14, rawBits: 16 },
  4: { splitBits: 5, rawSplit: 25, rawBits: 32 },
} as const

/** Most pixels that `byteLength` bytes of Rice code can stand for: a block of equal pixels takes its split bits alone. */
export function mostRicePixels(byteLength: number, options: RiceOptions): number {
  return Math.floor((8 * byteLength) / parameters[options.bytesPerPixel].splitBits) * options.blockSize
}

/**
 * Decodes one Rice-compressed tile.
 *
 * @returns `count` integers: unsigned for 1 byte a pixel, else signed.
 * @throws FormatError when the code ends before `count` pixels.
 * @see FITS standard 4.0, section 10.4.1
 */
export function decodeRice(bytes: Uint8Array, count: number, options: RiceOptions): Int32Array {
  const { blockSize, bytesPerPixel } = options
  const { splitBits, rawSplit, rawBits } = parameters[bytesPerPixel]
  const out = new Int32Array(count)
  const end = bytes.length
  let at = bytesPerPixel
  if (end < at) throw endsEarly(0, count, options)
  let last = 0
  for (let i = 0; i < bytesPerPixel; i++) last = (last << 8) | bytes[i]!
  const shift = 32 - 8 * bytesPerPixel
  /** The low `held` bits are still unread; at most 7 before a load. */
  let buffer = 0
  let held = 0
  for (let start = 0; start < count; start += blockSize) {
    while (held < splitBits) {
      if (at >= end) throw endsEarly(start, count, options)
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
            if (at >= end) throw endsEarly(i, count, options)
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
            if (at >= end) throw endsEarly(i, count, options)
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
  return out
}

function endsEarly(done: number, count: number, options: RiceOptions): FormatError {
  return new FormatError(`FITS: Rice code must stand for ${count} pixels. It ends after ${done}.`, {
    ...(options.source === undefined ? {} : { source: options.source }),
  })
}
