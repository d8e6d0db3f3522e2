import { FormatError } from '@astronomaly/core'
import type { ByteRange, ByteSource, ReadBytesOptions } from './byte-source.ts'

/** How ranges are joined to longer ones. */
export interface JoinRangesOptions {
  /** Most bytes between two ranges that are read although nobody wants them. */
  readonly gap: number
  /** Most bytes of a joined range; a single wanted one may be longer. */
  readonly most: number
}

/** A range to be read, and which of the wanted ones lie in it. */
export interface JoinedRange extends ByteRange {
  /** Numbers of the first wanted range in it and of the one after its last. */
  readonly first: number
  readonly last: number
}

/** Joins neighbours that follow each other closely, so that fewer reads are needed. */
export function joinRanges(ranges: readonly ByteRange[], { gap, most }: JoinRangesOptions): JoinedRange[] {
  const joined: { start: number; end: number; first: number; last: number }[] = []
  for (const [number, { start, end }] of ranges.entries()) {
    const before = joined.at(-1)
    const near =
      before && start >= before.start && start - before.end <= gap && Math.max(end, before.end) - before.start <= most
    if (near) {
      before.end = Math.max(before.end, end)
      before.last = number + 1
    } else joined.push({ start, end, first: number, last: number + 1 })
  }
  return joined
}

/** How to read many ranges. */
export interface ReadRangesOptions extends ReadBytesOptions, Partial<JoinRangesOptions> {
  /** Memory for the bytes of all ranges, one after the other: they are read into it where the source can and no ranges are joined. */
  readonly into?: Uint8Array | undefined
}

/**
 * The bytes of many ranges, those that are near to each other by one read.
 *
 * @param ranges - In ascending order, where they are to be joined. With `gap` (default 4,096 bytes, what is copied as fast as another
 * call is made) and `most` (default 4 MiB).
 * @returns Not to be changed: neighbours may share memory.
 * @throws FormatError when the source ends before a range does.
 */
export async function readRanges(
  source: ByteSource,
  ranges: readonly ByteRange[],
  { gap = 4096, most = 2 ** 22, signal, into }: ReadRangesOptions = {},
): Promise<Uint8Array[]> {
  const options = signal ? { signal } : {}
  const joined = joinRanges(ranges, { gap, most })
  const read = source.slices
    ? await source.slices(joined, into && joined.length === ranges.length ? { ...options, into } : options)
    : await eachRange(joined, ({ start, end }) => source.slice(start, end, options))
  const out: Uint8Array[] = []
  for (const [k, { start, end, first, last }] of joined.entries()) {
    const bytes = read[k]!
    if (bytes.length !== end - start) {
      throw new FormatError(`bytes: source must have ${end} bytes. It ends after ${start + bytes.length}.`, {
        offset: start + bytes.length,
        source: source.name,
      })
    }
    for (let number = first; number < last; number++) {
      out.push(bytes.subarray(ranges[number]!.start - start, ranges[number]!.end - start))
    }
  }
  return out
}

async function eachRange(
  ranges: readonly ByteRange[],
  read: (range: ByteRange) => Promise<Uint8Array>,
): Promise<Uint8Array[]> {
  const out: Uint8Array[] = []
  for (const range of ranges) out.push(await read(range))
  return out
}
