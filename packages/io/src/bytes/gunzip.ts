import { memoryByteSource } from './byte-source.ts'
import { GzipByteSource } from './gzip-byte-source.ts'

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
 * @remarks Holds at most `maxBytes` twice, and what 32 KiB inflate to, however far the data would inflate.
 */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes, source } = options
  const inflated = new GzipByteSource(memoryByteSource(bytes, source), maxBytes)
  return inflated.slice(0, maxBytes + 1)
}
