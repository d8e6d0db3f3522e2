/** Words before the instructions of a line list of the old and of the new kind. */
const oldHeader = 3
const newHeader = 7
const longestRun = 4095

/** Most pixels that `byteLength` bytes of line list can stand for; pixels after the last run are 0. */
export function mostPlioPixels(byteLength: number): number {
  return Math.floor(byteLength / 2) * longestRun
}

/**
 * Decodes IRAF's line list of a mask, 16-bit big-endian words: the TypeScript twin of the WebAssembly kernel.
 *
 * @param out - Filled with integers; pixels after the last run are 0.
 * @returns Whether the list is as long as it says, and stands for no more pixels.
 * @see FITS standard 4.0, section 10.4.3
 */
export function decodePlio(bytes: Uint8Array, out: Int32Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = Math.floor(bytes.length / 2)
  const word = (i: number): number => view.getInt16(2 * i)
  if (words < oldHeader) return false
  const isOld = word(2) > 0
  if (!isOld && words < newHeader) return false
  const length = isOld ? word(2) : (word(4) << 15) + word(3)
  let at = isOld ? oldHeader : word(1)
  if (at < oldHeader || length > words) return false
  out.fill(0)
  let value = 1
  let next = 0
  for (; at < length; at++) {
    const operand = word(at) & 0xfff
    const operation = (word(at) >> 12) & 0xf
    if (operation === 1) {
      if (at + 1 >= length) return false
      value = ((word(++at) << 12) + operand) | 0
      continue
    }
    if (operation === 2 || operation === 6) value = (value + operand) | 0
    else if (operation === 3 || operation === 7) value = (value - operand) | 0
    else if (operation !== 0 && operation !== 4 && operation !== 5) return false
    if (operation === 2 || operation === 3) continue
    const run = operation >= 6 ? 1 : operand
    if (next + run > out.length) return false
    if (operation === 4) out.fill(value, next, next + run)
    else if (operation >= 5 && run > 0) out[next + run - 1] = value
    next += run
  }
  return true
}
