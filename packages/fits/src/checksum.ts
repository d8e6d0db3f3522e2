import { hostIsLittleEndian } from './bytes/byte-order.ts'

/** Words whose four bytes can be added up in two 16-bit halves each: 257 × 255 < 2^16. */
const lanes = 256

/**
 * The ones'-complement sum of big-endian 32-bit words, as DATASUM and CHECKSUM use it.
 *
 * @param bytes - Missing bytes of the last word count as zeros.
 * @param start - A sum to go on from.
 * @see FITS standard 4.0, appendix J
 */
export function onesComplementSum(bytes: Uint8Array, start = 0): number {
  const whole = bytes.length >>> 2
  let sum = start
  let done = 0
  if (hostIsLittleEndian && bytes.byteOffset % 4 === 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, whole)
    for (; done < whole; done += lanes) {
      const end = Math.min(whole, done + lanes)
      // Bytes 0 and 2 of each word, and bytes 1 and 3, side by side.
      let even = 0
      let odd = 0
      for (let i = done; i < end; i++) {
        const word = words[i]!
        even = (even + (word & 0x00ff00ff)) | 0
        odd = (odd + ((word >>> 8) & 0x00ff00ff)) | 0
      }
      sum = fold(sum + (even & 0xffff) * 2 ** 24 + (odd & 0xffff) * 2 ** 16 + (even >>> 16) * 2 ** 8 + (odd >>> 16))
    }
    done = whole
  }
  for (let at = 4 * done; at < bytes.length; at += 4) {
    let word = 0
    for (let k = 0; k < 4; k++) word = 256 * word + (bytes[at + k] ?? 0)
    sum = fold(sum + word)
  }
  return sum
}

/** Brings a sum below 2^32, the carries added at the lower end; below 2^53. Only 0 becomes 0. */
function fold(sum: number): number {
  let out = sum
  while (out > 0xffffffff) out = (out % 2 ** 32) + Math.floor(out / 2 ** 32)
  return out
}

/** The sum of bytes that come in pieces of any length. */
export class RunningSum {
  #sum = 0
  readonly #rest = new Uint8Array(4)
  #held = 0

  add(bytes: Uint8Array): void {
    let at = 0
    while (this.#held > 0 && this.#held < 4 && at < bytes.length) this.#rest[this.#held++] = bytes[at++]!
    if (this.#held === 4) {
      this.#sum = onesComplementSum(this.#rest, this.#sum)
      this.#held = 0
    }
    if (at === bytes.length) return
    const whole = at + Math.floor((bytes.length - at) / 4) * 4
    this.#sum = onesComplementSum(bytes.subarray(at, whole), this.#sum)
    for (at = whole; at < bytes.length; at++) this.#rest[this.#held++] = bytes[at]!
  }

  /** The sum so far, with zeros up to a whole word. */
  value(): number {
    return onesComplementSum(this.#rest.subarray(0, this.#held), this.#sum)
  }
}

/** The 16 characters that make an HDU whose sum was `sum`, with CHECKSUM set to 16 zeros, add up to all ones. */
export function encodeChecksum(sum: number): string {
  const complement = ~sum >>> 0
  const characters = new Array<number>(16)
  for (let i = 0; i < 4; i++) {
    const byte = (complement >>> (24 - 8 * i)) & 255
    const four = [0, 0, 0, 0].map((_, k) => (byte >> 2) + 48 + (k === 0 ? byte & 3 : 0))
    while (four.some(isPunctuation)) {
      const pair = four.findIndex(isPunctuation) & 2
      four[pair]!++
      four[pair + 1]!--
    }
    for (let k = 0; k < 4; k++) characters[4 * k + i] = four[k]!
  }
  // The value begins at byte 11 of its card, 3 modulo 4, so the characters are turned by one.
  return String.fromCharCode(characters[15]!, ...characters.slice(0, 15))
}

function isPunctuation(code: number): boolean {
  return (code >= 0x3a && code <= 0x40) || (code >= 0x5b && code <= 0x60)
}
