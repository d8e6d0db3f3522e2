/** How a file can be packed as a whole and is unpacked here. */
export type Packing = 'gzip' | 'bzip2'

/** Bytes that tell how a file is packed. */
export const packingBytes = 4

/** What the first four bytes say that a file is packed with; LZW (`.Z`) is known, so that it can be named, but not unpacked. */
export function packingOf(bytes: Uint8Array): Packing | 'LZW (.Z)' | undefined {
  const [a, b, c, level] = bytes
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x1f && b === 0x9d) return 'LZW (.Z)'
  const isBzip2 = a === 0x42 && b === 0x5a && c === 0x68 && level !== undefined && level >= 0x31 && level <= 0x39
  return isBzip2 ? 'bzip2' : undefined
}

/** What each packing adds to a file's name. */
export const packingEndings = { gzip: '.gz', bzip2: '.bz2' } as const

/** What a packed file's name ends in, after the ending of what it holds; `.fz` is that of tile-compressed FITS. */
export const packedEnding: RegExp = /\.(gz|bz2|fz)$/i

/** A file's name without the ending that says how it is packed: `.gz`, `.bz2`, or `.fz` of tile-compressed FITS. */
export function unpackedName(name: string): string {
  return name.replace(packedEnding, '')
}
