/**
 * The ones'-complement sum of big-endian 32-bit words, as DATASUM and CHECKSUM use it.
 *
 * @param bytes - A multiple of 4 bytes.
 * @param start - A sum to go on from.
 * @see FITS standard 4.0, appendix J
 */
export function onesComplementSum(bytes: Uint8Array, start = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let sum = start
  for (let at = 0; at < bytes.length; at += 4) {
    sum += view.getUint32(at)
    if (sum > 0xffffffff) sum -= 0xffffffff
  }
  return sum
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
