/** What the first bytes say that a file is packed with; a FITS file must be unpacked before it is parsed. */
export function packingOf(bytes: Uint8Array): 'gzip' | 'bzip2' | 'LZW (.Z)' | undefined {
  const [a, b, c] = bytes
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x1f && b === 0x9d) return 'LZW (.Z)'
  return a === 0x42 && b === 0x5a && c === 0x68 ? 'bzip2' : undefined
}
