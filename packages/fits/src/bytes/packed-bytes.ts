import type { ByteSource } from './byte-source.ts'

/** Bytes that are read at a time. */
const pieceBytes = 2 ** 14

/** A source that is read from its beginning, with as many bytes in sight as its reader needs. */
export class PackedBytes {
  /** Place in the source of the first byte in sight. */
  at = 0
  /** The bytes in sight. */
  bytes: Uint8Array = new Uint8Array(0)
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Bytes of the source from `at` on. */
  get left(): number {
    return Math.max(0, this.#source.byteLength - this.at)
  }

  /** Brings at least `count` bytes in sight, fewer where the source ends before. */
  async need(count: number): Promise<Uint8Array> {
    while (this.bytes.length < count) {
      const from = this.at + this.bytes.length
      const to = Math.min(from + Math.max(pieceBytes, count - this.bytes.length), this.#source.byteLength)
      const piece = from < to ? await this.#source.slice(from, to) : this.bytes.subarray(0, 0)
      if (piece.length === 0) break
      if (this.bytes.length === 0) this.bytes = piece
      else {
        const both = new Uint8Array(this.bytes.length + piece.length)
        both.set(this.bytes)
        both.set(piece, this.bytes.length)
        this.bytes = both
      }
    }
    return this.bytes
  }

  /** Leaves the first bytes in sight behind. */
  pass(count: number): void {
    this.bytes = this.bytes.subarray(count)
    this.at += count
  }
}
