import { hostIsLittleEndian } from '../bytes/byte-order.ts'

/** Where the elements of a column are: `rows` rows `stride` bytes apart, `repeat` elements one after the other in each. */
export interface ElementRun {
  readonly view: DataView
  /** Byte of the first element. */
  readonly at: number
  readonly stride: number
  readonly rows: number
  readonly repeat: number
}

/** Decodes 8-bit integers, adding `offset`. */
export function decodeBytes(
  { view, at, stride, rows, repeat }: ElementRun,
  out: Uint8Array | Int16Array | Float64Array,
  to: number,
  offset: number,
): void {
  let k = to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + repeat; i++) out[k++] = view.getUint8(i) + offset
  }
}

/** Decodes 16-bit integers, adding `offset`. */
export function decodeShorts(
  { view, at, stride, rows, repeat }: ElementRun,
  out: Int16Array | Int32Array | Float64Array,
  to: number,
  offset: number,
): void {
  let k = to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 2 * repeat; i += 2) out[k++] = view.getInt16(i) + offset
  }
}

/** Decodes 32-bit integers. */
export function decodeIntegers(
  { view, at, stride, rows, repeat }: ElementRun,
  out: Int32Array | Float64Array,
  to: number,
): void {
  let k = to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 4 * repeat; i += 4) out[k++] = view.getInt32(i)
  }
}

/** Places of the higher and the lower half of a 64-bit integer in memory. */
const [highPlace, lowPlace] = hostIsLittleEndian ? [1, 0] : [0, 1]

/**
 * Decodes 64-bit integers, in halves: a `bigint` each would take five times as long.
 *
 * @param out - The memory of the integers, which begin at number `to`.
 * @param flip - Changes bits of the higher half: −2^31 where they are stored less 2^63.
 */
export function decodeLongs(
  { view, at, stride, rows, repeat }: ElementRun,
  out: Int32Array,
  to: number,
  flip: number,
): void {
  let k = 2 * to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 8 * repeat; i += 8, k += 2) {
      out[k + highPlace!] = view.getInt32(i) ^ flip
      out[k + lowPlace!] = view.getInt32(i + 4)
    }
  }
}

/** Decodes single-precision numbers. */
export function decodeFloats(
  { view, at, stride, rows, repeat }: ElementRun,
  out: Float32Array | Float64Array,
  to: number,
): void {
  let k = to
  if (repeat === 1) {
    for (let row = 0, start = at; row < rows; row++, start += stride) out[k++] = view.getFloat32(start)
    return
  }
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 4 * repeat; i += 4) out[k++] = view.getFloat32(i)
  }
}

/** Decodes double-precision numbers. */
export function decodeDoubles({ view, at, stride, rows, repeat }: ElementRun, out: Float64Array, to: number): void {
  let k = to
  if (repeat === 1) {
    for (let row = 0, start = at; row < rows; row++, start += stride) out[k++] = view.getFloat64(start)
    return
  }
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 8 * repeat; i += 8) out[k++] = view.getFloat64(i)
  }
}

/** Decodes bits, the most significant one of each byte first; each row begins a byte. */
export function decodeBits({ view, at, stride, rows, repeat }: ElementRun, out: Uint8Array, to: number): void {
  let k = to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let bit = 0; bit < repeat; bit++) out[k++] = (view.getUint8(start + (bit >> 3)) >> (7 - (bit & 7))) & 1
  }
}

/**
 * Decodes truth values: `T` is 1, the undefined value 0 is 2, anything else 0.
 *
 * @returns Whether one is undefined.
 */
export function decodeLogicals({ view, at, stride, rows, repeat }: ElementRun, out: Uint8Array, to: number): boolean {
  let k = to
  let isUndefined = false
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + repeat; i++) {
      const byte = view.getUint8(i)
      isUndefined ||= byte === 0
      out[k++] = byte === 0x54 ? 1 : byte === 0 ? 2 : 0
    }
  }
  return isUndefined
}
