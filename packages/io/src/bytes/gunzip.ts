import { FormatError } from '@astronomaly/core'

/** Bounds of {@link gunzip}. */
export interface GunzipOptions {
  /** Most bytes to inflate to; more is an error, found before they are held. */
  readonly maxBytes: number
  /** Names the file in errors. */
  readonly source?: string
}

/** Whether `bytes` begin as gzip data do. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Inflates gzip data.
 *
 * @returns The inflated bytes, at most `maxBytes`.
 * @throws FormatError when the data are corrupt or truncated, or inflate beyond `maxBytes`.
 * @remarks Holds at most `maxBytes` and one chunk, however far the data would inflate.
 */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array<ArrayBuffer>> {
  const place = options.source === undefined ? {} : { source: options.source }
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  // A failure of the writing side shows again on the reading side, where it is handled.
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(() => {})
  writer.close().catch(() => {})
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new FormatError('gzip: data must be whole and sound.', { ...place, cause })
    })
    if (done) break
    length += value.length
    if (length > options.maxBytes) {
      reader.cancel().catch(() => {})
      throw new FormatError(`gzip: data must inflate to at most ${options.maxBytes} bytes. They go on beyond.`, place)
    }
    chunks.push(value)
  }
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
