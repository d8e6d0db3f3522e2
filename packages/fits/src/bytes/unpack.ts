import type { Warning } from '@astronomaly/core'
import { memoryByteSource } from './byte-source.ts'
import { unpackedByteSource } from './unpacked-byte-source.ts'

/** Bounds of {@link unpack}. */
export interface UnpackOptions {
  /** Most bytes to unpack to; more is an error, found before they are held. */
  readonly maxBytes: number
  /** Names the file in errors. */
  readonly source?: string | undefined
  /** Told of bytes behind the last member, which are ignored. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/**
 * What bytes hold that are packed with gzip or bzip2, told by their first bytes; other bytes as they are.
 *
 * @returns The unpacked bytes of all members one behind the other, at most `maxBytes`.
 * @throws FormatError when the data are corrupt or truncated, or unpack to more than `maxBytes`.
 * @remarks Holds at most `maxBytes` twice, and what `unpackedByteSource` holds besides, however far the data would unpack.
 */
export async function unpack(bytes: Uint8Array, options: UnpackOptions): Promise<Uint8Array> {
  const { source, ...bounds } = options
  const packed = memoryByteSource(bytes, source)
  const unpacked = await unpackedByteSource(packed, bounds)
  return unpacked === packed ? bytes : unpacked.slice(0, options.maxBytes + 1)
}
