import { convertIntegers } from '../byte-order/convert-integers.ts'
import { swapBigEndian } from '../bytes/byte-order.ts'
import type { FitsHeader } from '../header/fits-header.ts'

/** Pixels in memory: f32 where it holds every value of the file's type, else f64. */
export type PixelArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

/** value = zero + scale × stored; integers equal to `blank` are missing. */
export interface PixelScaling {
  readonly scale: number
  readonly zero: number
  readonly blank: number | bigint | undefined
}

/** BSCALE, BZERO and BLANK (ZBLANK where the picture is compressed) of a header. */
export function pixelScaling(header: FitsHeader, bitpix: number): PixelScaling {
  return {
    scale: header.number('BSCALE') ?? 1,
    zero: header.number('BZERO') ?? 0,
    blank: bitpix > 0 ? (wholeNumber(header, 'BLANK') ?? wholeNumber(header, 'ZBLANK')) : undefined,
  }
}

/** An integer of any length: those of 64 bits are seldom safe as doubles. @throws FormatError when it is something else. */
function wholeNumber(header: FitsHeader, keyword: string): number | bigint | undefined {
  const value = header.get(keyword)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return value
  throw header.fault(keyword, `must be an integer. Received ${String(value)}`)
}

/** An array for `count` pixels of a file's type. */
export function pixelArray(bitpix: number, count: number): PixelArray {
  return bitpix === 8 || bitpix === 16 || bitpix === -32 ? new Float32Array(count) : new Float64Array(count)
}

/** The memory of `out`'s elements `[from, to)`: floating-point pixels are read right into it, and put in order there. */
export function pixelBytes(out: PixelArray, from: number, to: number): Uint8Array<ArrayBuffer> {
  const size = out.BYTES_PER_ELEMENT
  return new Uint8Array(out.buffer, out.byteOffset + from * size, (to - from) * size)
}

/**
 * Decodes big-endian pixels.
 *
 * @param bytes - At least `count` pixels.
 * @returns Scaled values, computed in double precision and rounded once; NaN for blank ones.
 * @remarks 64-bit integers beyond 2^53 are rounded.
 */
export function decodePixels(bytes: Uint8Array, bitpix: number, count: number, scaling: PixelScaling): PixelArray {
  const out = pixelArray(bitpix, count)
  decodePixelsInto(bytes.subarray(0, (count * Math.abs(bitpix)) / 8), bitpix, out, 0, scaling)
  return out
}

/**
 * Decodes all the big-endian pixels of `bytes` into `out` from `at` on.
 *
 * @param bytes - Not changed, but where it is the very memory of floating-point pixels' places in `out`.
 */
export function decodePixelsInto(
  bytes: Uint8Array,
  bitpix: number,
  out: PixelArray,
  at: number,
  scaling: PixelScaling,
): void {
  const count = (8 * bytes.length) / Math.abs(bitpix)
  const target = out.subarray(at, at + count) as PixelArray
  if (bitpix < 0) {
    const own = pixelBytes(out, at, at + count)
    if (bytes.buffer !== own.buffer || bytes.byteOffset !== own.byteOffset) own.set(bytes)
    swapBigEndian(own, bitpix === -32 ? 4 : 8)
    scalePixels(target, target, 0, scaling)
  } else if (bitpix === 64) decodeLong(bytes, target, scaling)
  else {
    const { scale, zero, blank } = scaling
    const missing = blank === undefined ? undefined : Number(blank)
    convertIntegers(bytes, (bitpix / 8) as 1 | 2 | 4, target, { scale, zero, blank: missing })
  }
}

/** Writes `stored`, scaled, into `out` from `at` on. */
export function scalePixels(stored: ArrayLike<number>, out: PixelArray, at: number, scaling: PixelScaling): void {
  const { scale, zero } = scaling
  const blank = scaling.blank === undefined ? Number.NaN : Number(scaling.blank)
  const plain = scale === 1 && zero === 0
  if (plain && scaling.blank === undefined) {
    if (stored !== out) out.set(stored, at)
    return
  }
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i]!
    out[at + i] = value === blank ? Number.NaN : plain ? value : zero + scale * value
  }
}

/**
 * 64-bit integers: blanks are compared and an integer BZERO is added before anything is rounded.
 *
 * @remarks An integer whose upper half is a mere sign extension, or small, is put together from two halves exactly; big integers are
 * used for the others alone.
 */
function decodeLong(bytes: Uint8Array, out: PixelArray, scaling: PixelScaling): void {
  const { scale, zero } = scaling
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blank = scaling.blank === undefined ? undefined : BigInt(scaling.blank)
  const blankNumber = blank === undefined || !isExact(blank) ? undefined : Number(blank)
  const exact = scale === 1 && Number.isInteger(zero) ? BigInt(zero) : undefined
  for (let i = 0; i < out.length; i++) {
    const high = view.getInt32(8 * i)
    if (high >= -(2 ** 20) && high < 2 ** 20 && Math.abs(zero) < 2 ** 52) {
      const value = high * 2 ** 32 + view.getUint32(8 * i + 4)
      out[i] = value === blankNumber ? Number.NaN : zero + scale * value
      continue
    }
    const value = view.getBigInt64(8 * i)
    if (value === blank) out[i] = Number.NaN
    else out[i] = exact === undefined ? zero + scale * Number(value) : Number(value + exact)
  }
}

function isExact(value: bigint): boolean {
  return BigInt(Number(value)) === value
}
