import { FormatError } from '@astronomaly/core'

/** Words before the instructions of a line list of either age. */
const oldHeader = 3
const longestRun = 4095

/** Most pixels that `byteLength` bytes of line list can stand for. */
export function mostPlioPixels(byteLength: number): number {
  return Math.floor(byteLength / 2) * longestRun
}

/**
 * Decodes one PLIO-compressed tile, IRAF's line list of a mask.
 *
 * @param bytes - Big-endian 16-bit words.
 * @returns `count` integers ≥ 0; pixels after the last run are 0.
 * @throws FormatError when the list is shorter than it says, or stands for more than `count` pixels.
 * @see FITS standard 4.0, section 10.4.3
 */
export function decodePlio(bytes: Uint8Array, count: number, source?: string): Int32Array {
  const fault = (rule: string): FormatError =>
    new FormatError(`FITS: PLIO list must ${rule}.`, source === undefined ? {} : { source })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = Math.floor(bytes.length / 2)
  const word = (i: number): number => view.getInt16(2 * i)
  if (words < oldHeader) throw fault(`have a header. Received ${words} words`)
  const isOld = word(2) > 0
  if (!isOld && words < 7) throw fault(`have a header. Received ${words} words`)
  const length = isOld ? word(2) : (word(4) << 15) + word(3)
  const out = new Int32Array(count)
  let at = isOld ? oldHeader : word(1)
  if (at < oldHeader || length > words) throw fault(`have ${length} words. Received ${words}`)
  let value = 1
  let next = 0
  for (; at < length; at++) {
    const operand = word(at) & 0xfff
    const operation = (word(at) >> 12) & 0xf
    if (operation === 1) {
      if (at + 1 >= length) throw fault('hold both halves of a value')
      value = (word(++at) << 12) + operand
      continue
    }
    if (operation === 2 || operation === 6) value += operand
    else if (operation === 3 || operation === 7) value -= operand
    else if (operation !== 0 && operation !== 4 && operation !== 5)
      throw fault(`hold known instructions. Received ${operation}`)
    if (operation === 2 || operation === 3) continue
    const run = operation >= 6 ? 1 : operand
    if (next + run > count) throw fault(`stand for at most ${count} pixels. It goes on beyond`)
    if (operation === 4) out.fill(value, next, next + run)
    else if (operation >= 5 && run > 0) out[next + run - 1] = value
    next += run
  }
  return out
}
