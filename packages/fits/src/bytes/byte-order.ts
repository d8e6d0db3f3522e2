import { reverseBytes } from '../byte-order/reverse-bytes.ts'

/** Whether the machine stores the least significant byte first, as FITS does not. */
export const hostIsLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * Turns big-endian elements into the machine's own order, or back, in place.
 *
 * @param bytes - Whole elements, that begin at a multiple of their size in the buffer.
 * @param size - Bytes of an element: 1, 2, 4 or 8.
 */
export function swapBigEndian(bytes: Uint8Array, size: number): void {
  if (hostIsLittleEndian && size > 1) reverseBytes(bytes, size as 2 | 4 | 8)
}
