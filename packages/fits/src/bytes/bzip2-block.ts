import type { BitReader } from './bit-reader.ts'
import { PrefixCode } from './prefix-code.ts'

/** Bytes of a block for each step of the level, before runs are spread out. */
const levelBytes = 100_000
/** Symbols that are read by one code before the next is chosen. */
const groupLength = 50
const mostCodes = 6

/** Most packed bytes of a block: its header and, for each byte, a code of 20 bits. */
export function mostBlockBytes(level: number): number {
  return 2 ** 16 + Math.ceil((level * levelBytes * 20) / 8)
}

/**
 * One block of a bzip2 stream at a time: `read` undoes codes, move-to-front and sorting, `next` spreads out the runs piece by piece.
 *
 * @remarks Holds 4 bytes for each of the at most 900,000 of a block, whatever they stand for once runs are spread out.
 * @see Burrows & Wheeler 1994, SRC report 124; the format is that of bzip2 1.0.8.
 */
export class Bzip2Block {
  /** Of each byte of the block its value (8 bits) and the place of the one behind it (24 bits). */
  readonly #chain: Uint32Array
  readonly #fault: (rule: string) => Error
  #expected = 0
  #crc = 0
  #left = 0
  #place = 0
  #previous = -1
  /** Equal bytes one behind the other; after four comes a count. */
  #run = 0
  #copies = 0

  /** @param level - 1 to 9. @param fault - Makes the error about a rule that the block breaks. */
  constructor(level: number, fault: (rule: string) => Error) {
    this.#chain = new Uint32Array(level * levelBytes)
    this.#fault = fault
  }

  /** Reads a block from behind its mark. @returns The CRC that it announces. */
  read(bits: BitReader): number {
    this.#expected = bits.read(16) * 2 ** 16 + bits.read(16)
    if (bits.read(1) === 1) throw this.#fault('must not be scrambled, as bzip2 wrote before 1997')
    const first = bits.read(24)
    const values = this.#values(bits)
    const { selectors, codes } = this.#codes(bits, values.length + 2)
    const count = this.#symbols(bits, values, selectors, codes)
    if (first >= count) throw this.#fault(`must begin at one of its ${count} bytes. Received ${first}`)
    this.#link(count)
    this.#crc = 0xffffffff
    this.#left = count
    this.#place = this.#chain[first]! >>> 8
    this.#previous = -1
    this.#run = 0
    this.#copies = 0
    return this.#expected
  }

  /** The next bytes that the block stands for, at most `most`; undefined at its end. The CRC holds when the last ones come. */
  next(most: number): Uint8Array | undefined {
    if (this.#left === 0 && this.#copies === 0) return undefined
    const out = new Uint8Array(most)
    const length = this.#spread(out)
    const bytes = out.subarray(0, length)
    this.#crc = updateCrc(this.#crc, bytes)
    const ended = this.#left === 0 && this.#copies === 0
    if (ended && ~this.#crc >>> 0 !== this.#expected) throw this.#fault('must have the CRC that it announces')
    return bytes
  }

  /** The values that occur, ascending. */
  #values(bits: BitReader): number[] {
    const sixteens = bits.read(16)
    const values: number[] = []
    for (let i = 0; i < 16; i++) {
      if (((sixteens >> (15 - i)) & 1) === 0) continue
      const own = bits.read(16)
      for (let j = 0; j < 16; j++) if ((own >> (15 - j)) & 1) values.push(16 * i + j)
    }
    if (values.length === 0) throw this.#fault('must use at least one value')
    return values
  }

  /** The codes, and which of them each group of symbols is written in. */
  #codes(bits: BitReader, symbols: number): { selectors: Uint8Array; codes: PrefixCode[] } {
    const codeCount = bits.read(3)
    const selectors = new Uint8Array(bits.read(15))
    if (codeCount < 2 || codeCount > mostCodes || selectors.length === 0) {
      throw this.#fault(`must have 2 to ${mostCodes} codes and use them. Received ${codeCount}`)
    }
    const order = Uint8Array.from({ length: codeCount }, (_, i) => i)
    for (let i = 0; i < selectors.length; i++) {
      let rank = 0
      while (bits.read(1) === 1) if (++rank >= codeCount) throw this.#fault(`must use its ${codeCount} codes alone`)
      selectors[i] = toFront(order, rank)
    }
    const codes = Array.from({ length: codeCount }, () => {
      const lengths = new Uint8Array(symbols)
      let length = bits.read(5)
      for (let i = 0; i < symbols; i++) {
        while (bits.read(1) === 1) {
          length += bits.read(1) === 1 ? -1 : 1
          if (bits.isOver) throw this.#fault('must be whole')
        }
        if (length < 1 || length > 20) throw this.#fault(`must have codes of 1 to 20 bits. Received ${length}`)
        lengths[i] = length
      }
      const code = PrefixCode.of(lengths)
      if (!code) throw this.#fault('must have codes that can be told apart')
      return code
    })
    return { selectors, codes }
  }

  /** Reads the symbols: runs of the latest value, values by how lately they came, the end. @returns Bytes of the block. */
  #symbols(bits: BitReader, values: readonly number[], selectors: Uint8Array, codes: readonly PrefixCode[]): number {
    const chain = this.#chain
    const order = Uint8Array.from(values)
    const end = values.length + 1
    let count = 0
    let run = 0
    let weight = 1
    for (const selector of selectors) {
      const code = codes[selector]!
      for (let k = 0; k < groupLength; k++) {
        const symbol = code.read(bits)
        if (symbol < 0) throw this.#fault('must hold the symbols of its codes alone')
        if (symbol <= 1) {
          // Digits 1 and 2 of a number in base 2, lowest first.
          run += weight * (symbol + 1)
          weight *= 2
          if (run > chain.length) throw this.#fault(`must have at most ${chain.length} bytes. A run goes on beyond`)
          continue
        }
        if (count + run + (symbol === end ? 0 : 1) > chain.length) {
          throw this.#fault(`must have at most ${chain.length} bytes. It goes on beyond`)
        }
        if (run > 0) {
          chain.fill(order[0]!, count, count + run)
          count += run
          run = 0
          weight = 1
        }
        if (symbol === end) {
          if (bits.isOver) throw this.#fault('must be whole')
          return count
        }
        chain[count++] = toFront(order, symbol - 1)
      }
      if (bits.isOver) throw this.#fault('must be whole')
    }
    throw this.#fault('must end before its codes do')
  }

  /** Undoes the sorting: links each byte to the one behind it. */
  #link(count: number): void {
    const chain = this.#chain
    const starts = new Uint32Array(257)
    for (let i = 0; i < count; i++) starts[chain[i]! + 1]!++
    for (let value = 0; value < 256; value++) starts[value + 1]! += starts[value]!
    for (let i = 0; i < count; i++) {
      const value = chain[i]! & 255
      const place = starts[value]!++
      chain[place] = (chain[place]! | (i << 8)) >>> 0
    }
  }

  #spread(out: Uint8Array): number {
    const chain = this.#chain
    let [left, place, previous, run, copies] = [this.#left, this.#place, this.#previous, this.#run, this.#copies]
    let at = 0
    while (at < out.length && (left > 0 || copies > 0)) {
      if (copies > 0) {
        const length = Math.min(copies, out.length - at)
        out.fill(previous, at, at + length)
        at += length
        copies -= length
        continue
      }
      const link = chain[place]!
      const value = link & 255
      place = link >>> 8
      left--
      if (run === 4) {
        copies = value
        run = 0
      } else {
        run = value === previous ? run + 1 : 1
        previous = value
        out[at++] = value
      }
    }
    this.#left = left
    this.#place = place
    this.#previous = previous
    this.#run = run
    this.#copies = copies
    return at
  }
}

/** Moves what stands at a place to the front. @returns It. */
function toFront(order: Uint8Array, place: number): number {
  const value = order[place]!
  for (let i = place; i > 0; i--) order[i] = order[i - 1]!
  order[0] = value
  return value
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n << 24
  for (let k = 0; k < 8; k++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

/** bzip2's CRC-32, highest bit first. */
function updateCrc(crc: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ bytes[i]!]!
  return crc
}
