/** Bits of some bytes, the highest of each byte first; beyond the end there are zeros. */
export class BitReader {
  readonly bytes: Uint8Array
  /** The byte that is taken in next. */
  at: number
  /** Bits taken in and not yet read: the lowest `count` of `hold`. */
  hold = 0
  count = 0

  /** @param bit - How many bits of the first byte are passed over, 0 to 7. */
  constructor(bytes: Uint8Array, bit: number) {
    this.bytes = bytes
    this.at = 0
    this.read(bit)
  }

  /** Bits read so far. */
  get position(): number {
    return 8 * this.at - this.count
  }

  /** Whether more was read than there is. */
  get isOver(): boolean {
    return this.position > 8 * this.bytes.length
  }

  /** The next bits as a number. @param length - At most 24. */
  read(length: number): number {
    while (this.count < length) {
      this.hold = (this.hold << 8) | (this.at < this.bytes.length ? this.bytes[this.at]! : 0)
      this.at++
      this.count += 8
    }
    this.count -= length
    return (this.hold >>> this.count) & ((1 << length) - 1)
  }
}
