import type { ElementRun } from './decode-numbers.ts'

/** The text of a fixed-width field: up to the first NUL, without trailing spaces. */
export function fieldText(bytes: Uint8Array, start: number, length: number): string {
  let end = start
  while (end < start + length && bytes[end] !== 0) end++
  while (end > start && bytes[end - 1] === 0x20) end--
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}

/** Most strings that are remembered; a power of two. */
const mostSlots = 1024
const longestRemembered = 32

/**
 * Makes a decoder of fixed-width fields: up to the first NUL, without trailing spaces, a byte a character.
 *
 * @param length - Bytes of a field.
 * @param count - Fields in all, about.
 * @returns Writes the strings of a run, whose elements are fields, to `out` from `to` on. Equal short fields become the same string
 * where they are near, so that a column of few different words takes the memory of few.
 */
export function textDecoder(length: number, count: number): (run: ElementRun, out: string[], to: number) => void {
  let slots = 1
  while (slots < mostSlots && slots < count) slots *= 2
  const remembers = length <= longestRemembered
  const known = new DataView(new ArrayBuffer(remembers ? slots * length : 0))
  const words = length - (length % 4)
  const texts: (string | undefined)[] = remembers ? new Array(slots).fill(undefined) : []
  return ({ view, at, stride, rows, repeat }, out, to) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    let k = to
    for (let row = 0, start = at; row < rows; row++, start += stride) {
      for (let from = start; from < start + length * repeat; from += length) {
        if (!remembers) {
          out[k++] = longText(bytes, from, length)
          continue
        }
        let hash = 0
        let i = 0
        for (; i < words; i += 4) hash = Math.imul(hash ^ view.getInt32(from + i), 0x01000193) ^ (hash >>> 15)
        for (; i < length; i++) hash = Math.imul(hash ^ bytes[from + i]!, 0x01000193)
        hash ^= hash >>> 16
        const slot = (hash ^ (hash >>> 10)) & (slots - 1)
        const own = slot * length
        let isKnown = texts[slot] !== undefined
        for (i = 0; i < words && isKnown; i += 4) isKnown = view.getInt32(from + i) === known.getInt32(own + i)
        for (; i < length && isKnown; i++) isKnown = bytes[from + i] === known.getUint8(own + i)
        if (!isKnown) {
          for (i = 0; i < length; i++) known.setUint8(own + i, bytes[from + i]!)
          texts[slot] = fieldText(bytes, from, length)
        }
        out[k++] = texts[slot]!
      }
    }
  }
}

const ascii = new TextDecoder('utf-8')

/** One field, as {@link fieldText} has it, fast where it is long. */
export function longText(bytes: Uint8Array, start: number, length: number): string {
  let end = start
  let bits = 0
  while (end < start + length && bytes[end] !== 0) bits |= bytes[end++]!
  while (end > start && bytes[end - 1] === 0x20) end--
  // ASCII is UTF-8; above it a byte is a character, which no TextDecoder of the web gives.
  return bits < 0x80 && end - start > longestRemembered
    ? ascii.decode(bytes.subarray(start, end))
    : fieldText(bytes, start, length)
}
