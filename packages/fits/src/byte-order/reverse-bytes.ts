import { blockAt, blockBytes, byteOrderKernel, fewBytes } from './byte-order-kernel.ts'

/**
 * Reverses the bytes of every element in place: from one byte order to the other.
 *
 * @param bytes - Whole elements, that begin at a multiple of their size in the buffer.
 * @param size - Bytes of an element.
 * @remarks Bit patterns are moved and never numbers, so that a NaN keeps its payload. By WebAssembly where it can be had, in blocks of
 * 32 KiB.
 *
 * @internal
 */
export function reverseBytes(bytes: Uint8Array, size: 2 | 4 | 8): void {
  const kernel = bytes.length < fewBytes ? null : byteOrderKernel()
  if (!kernel) {
    reverseBytesSlowly(bytes, size)
    return
  }
  const reverse = size === 2 ? kernel.reverse2 : size === 4 ? kernel.reverse4 : kernel.reverse8
  const block = new Uint8Array(kernel.memory.buffer, blockAt, blockBytes)
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const own = bytes.subarray(at, at + blockBytes)
    block.set(own)
    // What stands behind the last element, up to 16 bytes, is turned too and not read.
    reverse(blockAt, blockAt + own.length)
    own.set(own.length === blockBytes ? block : block.subarray(0, own.length))
  }
}

/** The TypeScript twin of the WebAssembly kernel. */
export function reverseBytesSlowly(bytes: Uint8Array, size: 2 | 4 | 8): void {
  const { buffer, byteOffset, byteLength } = bytes
  if (size === 2) {
    const words = new Uint16Array(buffer, byteOffset, byteLength / 2)
    for (let i = 0; i < words.length; i++) words[i] = (words[i]! << 8) | (words[i]! >>> 8)
    return
  }
  const words = new Int32Array(buffer, byteOffset, byteLength / 4)
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const pairs = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff)
    words[i] = (pairs << 16) | (pairs >>> 16)
  }
  if (size === 4) return
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i]!
    words[i] = words[i + 1]!
    words[i + 1] = word
  }
}
