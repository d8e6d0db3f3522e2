import { blockAt, byteOrderKernel, convertedAt, fewBytes } from './byte-order-kernel.ts'

/**
 * value = zero + scale × integer; integers equal to `blank` become NaN.
 *
 * @internal
 */
export interface IntegerScaling {
  readonly scale: number
  readonly zero: number
  readonly blank?: number | undefined
}

/** Bytes at a time: single bytes become four times as many. */
const blockBytes = 2 ** 14

/** No integer of 16 bits. */
const noBlank = 2 ** 31 - 1

/**
 * Big-endian integers as floating-point numbers, scaled: unsigned bytes and signed ones of 16 bits as f32, those of 32 bits as f64.
 *
 * @param bytes - Whole integers; as many as `out` has elements.
 * @param out - Float32Array for 1 and 2 bytes, Float64Array for 4.
 * @remarks Computed in double precision and rounded once. By WebAssembly where it can be had; its TypeScript twin gives the same bits.
 *
 * @internal
 */
export function convertIntegers(
  bytes: Uint8Array,
  size: 1 | 2 | 4,
  out: Float32Array | Float64Array,
  scaling: IntegerScaling,
): void {
  const kernel = bytes.length < fewBytes ? null : byteOrderKernel()
  if (!kernel) {
    convertIntegersSlowly(bytes, size, out, scaling)
    return
  }
  const { scale, zero, blank } = scaling
  const block = new Uint8Array(kernel.memory.buffer, blockAt, blockBytes)
  const most = blockBytes / size
  const converted =
    size === 4
      ? new Float64Array(kernel.memory.buffer, convertedAt, most)
      : new Float32Array(kernel.memory.buffer, convertedAt, most)
  const convert = size === 1 ? kernel.convert1 : size === 2 ? kernel.convert2 : kernel.convert4
  const missing =
    size === 4 ? (blank ?? Number.NaN) : blank !== undefined && Math.abs(blank) < 2 ** 16 ? blank : noBlank
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const own = bytes.subarray(at, at + blockBytes)
    block.set(own)
    convert(blockAt, blockAt + own.length, convertedAt, scale, zero, missing)
    const count = own.length / size
    out.set(count === most ? converted : converted.subarray(0, count), at / size)
  }
}

/** The TypeScript twin of the WebAssembly kernel. */
export function convertIntegersSlowly(
  bytes: Uint8Array,
  size: 1 | 2 | 4,
  out: Float32Array | Float64Array,
  { scale, zero, blank }: IntegerScaling,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < out.length; i++) {
    const value = size === 1 ? bytes[i]! : size === 2 ? view.getInt16(2 * i) : view.getInt32(4 * i)
    out[i] = value === blank ? Number.NaN : zero + scale * value
  }
}
