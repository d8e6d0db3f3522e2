import { memoryByteSource } from './byte-source.ts'
import { UnpackedByteSource } from './unpacked-byte-source.ts'

/**
 * Inflates gzip data; other data are an error.
 *
 * @returns The inflated bytes, at most `maxBytes`.
 * @throws FormatError when the data are corrupt or truncated, or inflate beyond `maxBytes`.
 */
export async function gunzip(
  bytes: Uint8Array,
  { maxBytes, source }: { readonly maxBytes: number; readonly source?: string | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  return new UnpackedByteSource(memoryByteSource(bytes, source), 'gzip', maxBytes).slice(0, maxBytes + 1)
}
