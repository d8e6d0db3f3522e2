import type { BitReader } from './bit-reader.ts'

const longest = 20
/** Codes up to this length are looked up, longer ones found by their length. */
const quickBits = 10

/** A canonical prefix code of at most 20 bits. */
export class PrefixCode {
  /** For the next ten bits: symbol × 32 + length; 0 where the code is longer or there is none. */
  readonly #quick = new Uint16Array(2 ** quickBits)
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array
  /** Of each length the first code that is longer, and what leads from a code to the place of its symbol. */
  readonly #ends = new Int32Array(longest + 1)
  readonly #bases = new Int32Array(longest + 1)

  private constructor(symbols: Uint16Array) {
    this.#symbols = symbols
  }

  /** The code whose symbols have these lengths, 1 to 20; undefined when there are too many short ones. */
  static of(lengths: Uint8Array): PrefixCode | undefined {
    const own = new PrefixCode(new Uint16Array(lengths.length))
    let code = 0
    let place = 0
    for (let length = 1; length <= longest; length++) {
      own.#bases[length] = place - code
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue
        if (code >= 2 ** length) return undefined
        if (length <= quickBits) {
          const first = code << (quickBits - length)
          own.#quick.fill(symbol * 32 + length, first, first + 2 ** (quickBits - length))
        }
        own.#symbols[place++] = symbol
        code++
      }
      own.#ends[length] = code
      code *= 2
    }
    return own
  }

  /** The next symbol; -1 when the bits are of none. */
  read(bits: BitReader): number {
    while (bits.count < longest) {
      bits.hold = (bits.hold << 8) | (bits.at < bits.bytes.length ? bits.bytes[bits.at]! : 0)
      bits.at++
      bits.count += 8
    }
    const found = this.#quick[(bits.hold >>> (bits.count - quickBits)) & (2 ** quickBits - 1)]!
    if (found > 0) {
      bits.count -= found & 31
      return found >> 5
    }
    for (let length = quickBits + 1; length <= longest; length++) {
      const code = (bits.hold >>> (bits.count - length)) & (2 ** length - 1)
      if (code >= this.#ends[length]!) continue
      bits.count -= length
      return this.#symbols[code + this.#bases[length]!]!
    }
    return -1
  }
}
