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
    blank: bitpix > 0 ? (header.integer('BLANK') ?? header.integer('ZBLANK')) : undefined,
  }
}

/** An array for `count` pixels of a file's type. */
export function pixelArray(bitpix: number, count: number): PixelArray {
  return bitpix === 8 || bitpix === 16 || bitpix === -32 ? new Float32Array(count) : new Float64Array(count)
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bitpix === 8) for (let i = 0; i < count; i++) out[i] = bytes[i]!
  else if (bitpix === 16) for (let i = 0; i < count; i++) out[i] = view.getInt16(2 * i)
  else if (bitpix === 32) for (let i = 0; i < count; i++) out[i] = view.getInt32(4 * i)
  else if (bitpix === -32) for (let i = 0; i < count; i++) out[i] = view.getFloat32(4 * i)
  else if (bitpix === -64) for (let i = 0; i < count; i++) out[i] = view.getFloat64(8 * i)
  else return decodeLong(view, out, scaling)
  scalePixels(out, out, 0, scaling)
  return out
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

/** 64-bit integers: blanks are compared and an integer BZERO is added before anything is rounded. */
function decodeLong(view: DataView, out: PixelArray, scaling: PixelScaling): PixelArray {
  const { scale, zero } = scaling
  const blank = scaling.blank === undefined ? undefined : BigInt(scaling.blank)
  const exact = scale === 1 && Number.isInteger(zero) ? BigInt(zero) : undefined
  for (let i = 0; i < out.length; i++) {
    const value = view.getBigInt64(8 * i)
    if (value === blank) out[i] = Number.NaN
    else out[i] = exact === undefined ? zero + scale * Number(value) : Number(value + exact)
  }
  return out
}
