import { FormatError, numberOption, type OptionRules, resolveOptions, runRules, type Warning } from '@astronomaly/core'
import type { ByteSource, ReadBytesOptions } from './byte-source.ts'
import { type Packing, packingBytes, packingOf } from './packing.ts'
import { unpackedPieces } from './unpacked-pieces.ts'

/** Bounds of {@link unpackedByteSource}. */
export interface UnpackedByteSourceOptions {
  /**
   * Most bytes to unpack to; a read that would unpack more is an error.
   * @defaultValue 2^30 + 2^20
   */
  readonly maxBytes?: number | undefined
  /** Told of bytes behind the last member, which are ignored, when the end is come to. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

const unpackRules = {
  maxBytes: numberOption(2 ** 30 + 2 ** 20, { integer: true, min: 0 }),
  onWarning: runRules.onWarning,
  signal: runRules.signal,
} satisfies OptionRules<UnpackedByteSourceOptions & ReadBytesOptions>

const blockBytes = 2 ** 20

/** Bytes that a packed byte can stand for: deflate's bound; in bzip2 180,000 runs of 255 in a block, whose header alone has over 16 bytes. */
const mostUnpacked = { gzip: 1032, bzip2: (180_000 * 255) / 16 } as const

/**
 * What a source holds that is packed with gzip or bzip2, told by its first bytes; any other source itself.
 *
 * @throws FormatError, from its reads, when the data are corrupt or truncated, or unpack to more than `maxBytes`.
 * @remarks Packed data are unpacked from their beginning up to where they are read and no further. What was unpacked is kept, so that
 * reading back costs nothing; that is at most `maxBytes`, beside which gzip holds what 16 KiB inflate to and bzip2 7 MB. The unpacked
 * length shows only at the end: until then `byteLength` is the most that the packed bytes could stand for, and a read beyond the end gives
 * fewer bytes. Several members (gzip) or streams (bzip2) one behind the other are one; in a browser gzip must be of one member.
 */
export async function unpackedByteSource(
  source: ByteSource,
  options: UnpackedByteSourceOptions & ReadBytesOptions = {},
): Promise<ByteSource> {
  const { maxBytes, onWarning, signal } = resolveOptions('unpackedByteSource', options, unpackRules)
  const begin = await source.slice(0, Math.min(packingBytes, source.byteLength), { signal })
  const packing = packingOf(begin)
  if (packing !== 'gzip' && packing !== 'bzip2') return source
  return new UnpackedByteSource(source, packing, maxBytes, onWarning)
}

/** See {@link unpackedByteSource}. */
export class UnpackedByteSource implements ByteSource {
  readonly name?: string
  readonly #packed: ByteSource
  readonly #packing: Packing
  readonly #maxBytes: number
  readonly #onWarning: ((warning: Warning) => void) | undefined
  readonly #blocks: Uint8Array[] = []
  #pieces: AsyncGenerator<Uint8Array> | undefined
  /** Bytes that come again after the packed source failed and is read once more. */
  #again = 0
  #failure: FormatError | undefined
  #length = 0
  #ended = false
  /** The unpacking that is under way; the next one waits for it. */
  #turn: Promise<void> = Promise.resolve()

  constructor(packed: ByteSource, packing: Packing, maxBytes: number, onWarning?: (warning: Warning) => void) {
    if (packed.name !== undefined) this.name = packed.name
    this.#packed = packed
    this.#packing = packing
    this.#maxBytes = maxBytes
    this.#onWarning = onWarning
  }

  get byteLength(): number {
    return this.#ended ? this.#length : Math.max(this.#length, this.#packed.byteLength * mostUnpacked[this.#packing])
  }

  /** Bytes that have been unpacked and are kept. */
  get keptBytes(): number {
    return this.#length
  }

  async slice(start: number, end: number, options: ReadBytesOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    await this.#unpackTo(end, options)
    const out = new Uint8Array(Math.max(0, Math.min(end, this.#length) - start))
    this.#copy(out, start)
    return out
  }

  async readInto(target: Uint8Array, start: number, options: ReadBytesOptions = {}): Promise<number> {
    await this.#unpackTo(start + target.length, options)
    const there = Math.max(0, Math.min(target.length, this.#length - start))
    this.#copy(target.subarray(0, there), start)
    return there
  }

  async close(): Promise<void> {
    await this.#pieces?.return(undefined)
    await this.#packed.close?.()
  }

  #copy(out: Uint8Array, start: number): void {
    for (let at = 0; at < out.length; ) {
      const from = (start + at) % blockBytes
      const piece = this.#blocks[Math.floor((start + at) / blockBytes)]!.subarray(from, from + out.length - at)
      out.set(piece, at)
      at += piece.length
    }
  }

  async #unpackTo(end: number, { signal }: ReadBytesOptions): Promise<void> {
    signal?.throwIfAborted()
    if (end <= this.#length || this.#ended) return
    const before = this.#turn
    const own = before.catch(() => {}).then(() => this.#unpack(end, signal))
    this.#turn = own
    return own
  }

  async #unpack(end: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.#length < end && !this.#ended) {
      if (this.#failure) throw this.#failure
      signal?.throwIfAborted()
      const piece = await this.#next()
      if (!piece) this.#ended = true
      else if (this.#length + piece.length <= this.#maxBytes) this.#append(piece)
      else {
        this.#append(piece.subarray(0, this.#maxBytes - this.#length))
        await this.#pieces?.return(undefined)
        this.#failure = new FormatError(
          `${this.#packing}: data must unpack to at most ${this.#maxBytes} bytes. They go on beyond.`,
          this.name === undefined ? {} : { source: this.name },
        )
      }
    }
  }

  /** The next piece; undefined at the end. Damage stays; what the packed source itself fails with may pass. */
  async #next(): Promise<Uint8Array | undefined> {
    this.#pieces ??= unpackedPieces(this.#packed, this.#packing, this.#onWarning)
    try {
      for (;;) {
        const { value, done } = await this.#pieces.next()
        if (done) return undefined
        const known = Math.min(this.#again, value.length)
        this.#again -= known
        if (known < value.length) return value.subarray(known)
      }
    } catch (error) {
      this.#pieces = undefined
      this.#again = this.#length
      if (error instanceof FormatError) this.#failure = error
      throw error
    }
  }

  #append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const to = this.#length % blockBytes
      if (to === 0) this.#blocks.push(new Uint8Array(Math.min(blockBytes, this.#maxBytes - this.#length)))
      const piece = bytes.subarray(at, at + blockBytes - to)
      this.#blocks.at(-1)!.set(piece, to)
      this.#length += piece.length
      at += piece.length
    }
  }
}
