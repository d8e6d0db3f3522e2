import type { ByteRange, ByteSource } from '../../src/bytes/index.ts'

/** A source over bytes that remembers what was read of it. */
export interface CountingByteSource extends ByteSource {
  /** The ranges in the order in which they were asked for. */
  readonly reads: ByteRange[]
  /** Bytes that were given. */
  bytesRead(): number
}

/** @param many - Whether it has `slices`, each of whose ranges counts as a read. */
export function countingByteSource(bytes: Uint8Array, name?: string, many = false): CountingByteSource {
  const reads: ByteRange[] = []
  const slice = async (start: number, end: number): Promise<Uint8Array> => {
    reads.push({ start, end: Math.min(end, bytes.length) })
    return bytes.slice(start, end)
  }
  return {
    ...(name === undefined ? {} : { name }),
    byteLength: bytes.length,
    reads,
    bytesRead: () => reads.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0),
    slice,
    ...(many
      ? { slices: (ranges: readonly ByteRange[]) => Promise.all(ranges.map(({ start, end }) => slice(start, end))) }
      : {}),
  }
}
