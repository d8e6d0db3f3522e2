import { checkNumber, FormatError } from '@astronomaly/core'
import type { ByteSource, ReadBytesOptions } from './byte-source.ts'

/** Bounds of {@link gzipByteSource}. */
export interface GzipByteSourceOptions {
  /**
   * Most bytes to inflate to; a read that would inflate more is an error.
   * @defaultValue 2^30 + 2^20
   */
  readonly maxBytes?: number
}

const blockBytes = 2 ** 20
const packedBytes = 2 ** 14

/** Deflate cannot shrink data further than this. */
const mostDeflate = 1032

/**
 * What a gzipped source holds, inflated from its beginning up to where it is read and no further.
 *
 * @remarks gzip can be inflated only from the beginning on. What was inflated is kept, so that reading back costs nothing; that is at
 * most `maxBytes`. The inflated length shows only at the end (the trailer tells it modulo 2^32, of the last member alone):
 * until then `byteLength` is the most that the packed bytes could inflate to, and a read beyond the end gives fewer bytes. Several members
 * one behind the other are one stream where the platform inflates them so, as Node does.
 */
export function gzipByteSource(packed: ByteSource, options: GzipByteSourceOptions = {}): ByteSource {
  return new GzipByteSource(
    packed,
    checkNumber('gzipByteSource: maxBytes', options.maxBytes ?? 2 ** 30 + 2 ** 20, { integer: true, min: 0 }),
  )
}

/** See {@link gzipByteSource}. */
export class GzipByteSource implements ByteSource {
  readonly name?: string
  readonly #packed: ByteSource
  readonly #maxBytes: number
  readonly #blocks: Uint8Array[] = []
  #inflater: Inflater | undefined
  #failure: FormatError | undefined
  #length = 0
  #ended = false
  /** The inflating that is under way; the next one waits for it. */
  #turn: Promise<void> = Promise.resolve()

  constructor(packed: ByteSource, maxBytes: number) {
    if (packed.name !== undefined) this.name = packed.name
    this.#packed = packed
    this.#maxBytes = maxBytes
  }

  get byteLength(): number {
    return this.#ended ? this.#length : Math.max(this.#length, this.#packed.byteLength * mostDeflate)
  }

  async slice(start: number, end: number, options: ReadBytesOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    await this.#inflateTo(end, options)
    const out = new Uint8Array(Math.max(0, Math.min(end, this.#length) - start))
    this.#copy(out, start)
    return out
  }

  async readInto(target: Uint8Array, start: number, options: ReadBytesOptions = {}): Promise<number> {
    await this.#inflateTo(start + target.length, options)
    const there = Math.max(0, Math.min(target.length, this.#length - start))
    this.#copy(target.subarray(0, there), start)
    return there
  }

  async close(): Promise<void> {
    await this.#inflater?.cancel()
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

  async #inflateTo(end: number, { signal }: ReadBytesOptions): Promise<void> {
    signal?.throwIfAborted()
    if (end <= this.#length || this.#ended) return
    const before = this.#turn
    const own = before.catch(() => {}).then(() => this.#inflate(end, signal))
    this.#turn = own
    return own
  }

  async #inflate(end: number, signal: AbortSignal | undefined): Promise<void> {
    const place = this.name === undefined ? {} : { source: this.name }
    this.#inflater ??= inflate(this.#packed, (cause) => {
      this.#failure = new FormatError(
        `gzip: data must be whole and sound. They fail after ${this.#length} bytes of what they hold.`,
        { ...place, cause },
      )
      return this.#failure
    })
    while (this.#length < end && !this.#ended) {
      if (this.#failure) throw this.#failure
      signal?.throwIfAborted()
      const piece = await this.#inflater.next()
      if (!piece) this.#ended = true
      else if (this.#length + piece.length <= this.#maxBytes) this.#append(piece)
      else {
        this.#append(piece.subarray(0, this.#maxBytes - this.#length))
        await this.#inflater.cancel()
        this.#failure = new FormatError(
          `gzip: data must inflate to at most ${this.#maxBytes} bytes. They go on beyond.`,
          place,
        )
      }
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

/** Inflated pieces as they are asked for. */
interface Inflater {
  /** The next piece; undefined at the end. */
  next(): Promise<Uint8Array | undefined>
  cancel(): Promise<void>
}

/**
 * Inflates a source, which is read and handed on in small pieces, each when what came of those before is used up.
 *
 * @param damaged - Makes the error about packed bytes that cannot be inflated; what the source itself fails with stays as it is.
 * @remarks Node's DecompressionStream takes whatever it is offered and queues up to 16,384 pieces, so that it must not be offered more.
 */
function inflate(packed: ByteSource, damaged: (cause: unknown) => Error): Inflater {
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader()
  let at = 0
  let closed = false
  let reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined
  let offering: Promise<void> | undefined
  let failure: { readonly cause: unknown } | undefined
  const offer = async (): Promise<void> => {
    try {
      const piece = await packed.slice(at, Math.min(at + packedBytes, packed.byteLength))
      at += piece.length
      closed = piece.length === 0
      // What is wrong with the bytes shows on the reading side.
      await (closed ? writer.close() : writer.write(piece as Uint8Array<ArrayBuffer>)).catch(() => {})
    } catch (cause) {
      failure = { cause }
    }
    offering = undefined
  }
  return {
    async next() {
      reading ??= reader.read()
      let arrived = false
      const marked = reading.then(
        () => {
          arrived = true
        },
        () => {
          arrived = true
        },
      )
      while (!arrived) {
        if (failure) {
          const { cause } = failure
          failure = undefined
          throw cause
        }
        if (!closed) offering ??= offer()
        await (offering ? Promise.race([marked, offering]) : marked)
      }
      const own = reading
      reading = undefined
      const { done, value } = await own.catch((cause: unknown) => {
        throw damaged(cause)
      })
      return done ? undefined : value
    },
    async cancel() {
      await reader.cancel().catch(() => {})
    },
  }
}
