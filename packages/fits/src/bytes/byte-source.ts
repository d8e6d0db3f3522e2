import { FormatError, ParameterError } from '@astronomaly/core'

/** Options of one read. */
export interface ReadBytesOptions {
  /** An abort rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** Bytes `[start, end)` of a source. */
export interface ByteRange {
  /** First byte, 0-based. */
  readonly start: number
  /** The byte after the last. */
  readonly end: number
}

/**
 * Bytes that can be read by range, wherever they are: a file, a Blob, memory, a server.
 *
 * @remarks Whoever reads asks only for what is needed. `byteLength` and `slice` are all that a source must have; the others are for
 * sources with a faster way.
 */
export interface ByteSource {
  /** Names the source in errors: a path or an address. */
  readonly name?: string | undefined
  /** Bytes in all. */
  readonly byteLength: number
  /**
   * The bytes from `start` to `end`, fewer where the source ends before.
   *
   * @param start - 0 ≤ start ≤ end.
   * @returns Not to be changed: they may be the source's own.
   */
  slice(start: number, end: number, options?: ReadBytesOptions): Promise<Uint8Array>
  /**
   * What `slice` gives for each of the ranges, in their order.
   *
   * @param options - With `into`, memory for all of them, one after the other: a source that reads into memory of its caller's reads there.
   */
  slices?(
    ranges: readonly ByteRange[],
    options?: ReadBytesOptions & { readonly into?: Uint8Array },
  ): Promise<Uint8Array[]>
  /** Fills `target` with the bytes from `start` on. @returns How many there were. */
  readInto?(target: Uint8Array, start: number, options?: ReadBytesOptions): Promise<number>
  /** Frees what the source holds; it is not read any more. */
  close?(): Promise<void>
}

/** What can be read as bytes. */
export type ByteInput = Uint8Array | Blob | ByteSource

/** Bytes in memory as a source; nothing is copied. */
export function memoryByteSource(bytes: Uint8Array, name?: string): ByteSource {
  return {
    name,
    byteLength: bytes.length,
    slice: async (start, end) => bytes.subarray(start, end),
  }
}

/** A Blob, such as a file chosen in a browser, as a source. */
export function blobByteSource(blob: Blob, name?: string): ByteSource {
  const own = name ?? (blob as { name?: unknown }).name
  return {
    name: typeof own === 'string' ? own : undefined,
    byteLength: blob.size,
    slice: async (start, end, { signal } = {}) => {
      signal?.throwIfAborted()
      return new Uint8Array(await blob.slice(start, end).arrayBuffer())
    },
  }
}

/**
 * Bytes, a Blob or a source as a source.
 *
 * @param name - Names it in errors, in place of its own name.
 * @throws ParameterError for anything else.
 */
export function toByteSource(input: ByteInput, name?: string): ByteSource {
  if (input instanceof Uint8Array) return memoryByteSource(input, name)
  if (typeof Blob === 'function' && input instanceof Blob) return blobByteSource(input, name)
  const source = input as ByteSource
  const kind = Object.prototype.toString.call(input).slice(8, -1)
  // Buffers and other arrays have a byteLength and a slice as well.
  const isMemory = ArrayBuffer.isView(input) || kind.endsWith('ArrayBuffer')
  if (isMemory || !Number.isFinite(source?.byteLength) || typeof source.slice !== 'function') {
    throw new ParameterError(`bytes: must be a Uint8Array, a Blob or a ByteSource. Received ${kind}.`)
  }
  if (name === undefined || name === source.name) return source
  return {
    name,
    get byteLength() {
      return source.byteLength
    },
    slice: (start, end, options) => source.slice(start, end, options),
    ...(source.slices ? { slices: source.slices.bind(source) } : {}),
    ...(source.readInto ? { readInto: source.readInto.bind(source) } : {}),
    ...(source.close ? { close: source.close.bind(source) } : {}),
  }
}

/**
 * The bytes `[start, end)`, all of them.
 *
 * @throws FormatError when the source ends before `end`.
 */
export async function readExactly(
  source: ByteSource,
  start: number,
  end: number,
  options: ReadBytesOptions = {},
): Promise<Uint8Array> {
  const bytes = await source.slice(start, end, options)
  if (bytes.length === end - start) return bytes
  throw new FormatError(`bytes: source must have ${end} bytes. It ends after ${start + bytes.length}.`, {
    offset: start + bytes.length,
    source: source.name,
  })
}
