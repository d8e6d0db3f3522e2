import { FormatError } from '@astronomaly/core'
import type { ByteSource, ReadBytesOptions } from '../bytes/byte-source.ts'

/** Bytes read at a time: enough for a disk or a server to be fast. */
const chunkBytes = 2 ** 22

/** Consecutive rows of a table's data. */
export interface RowChunk {
  /** Valid until the next chunk is asked for. */
  readonly bytes: Uint8Array
  /** Number of the first row among those asked for. */
  readonly first: number
  readonly rows: number
}

/** Rows of equal length in a source. */
export interface RowRange {
  /** Byte of the first row. */
  readonly offset: number
  readonly rowBytes: number
  readonly rows: number
}

/**
 * Reads rows in chunks of at most 4 MiB, or of one row where that is longer; while one is used, the next is being read.
 *
 * @throws FormatError when the source ends before the last row.
 */
export async function* rowChunks(
  source: ByteSource,
  { offset, rowBytes, rows }: RowRange,
  options: ReadBytesOptions,
): AsyncGenerator<RowChunk> {
  const perChunk = Math.min(rows, Math.max(1, Math.floor(chunkBytes / Math.max(1, rowBytes))))
  const buffers: Uint8Array[] = []
  let next: Promise<Uint8Array> | undefined
  const read = (first: number): Promise<Uint8Array> | undefined => {
    if (first >= rows) return undefined
    options.signal?.throwIfAborted()
    const start = offset + first * rowBytes
    const length = Math.min(perChunk, rows - first) * rowBytes
    const reading = source.readInto
      ? fill(source, buffers.shift() ?? new Uint8Array(perChunk * rowBytes), start, length, options)
      : source.slice(start, start + length, options)
    // An error is seen when the chunk is awaited, which may be later.
    reading.catch(() => {})
    return reading
  }
  next = read(0)
  for (let first = 0; first < rows; first += perChunk) {
    const bytes = await next!
    const count = Math.min(perChunk, rows - first)
    if (bytes.length < count * rowBytes) {
      const end = offset + first * rowBytes + bytes.length
      throw new FormatError(
        `FITS: rows must be ${rows} times ${rowBytes} bytes. The source ends in row ${first + 1 + Math.floor(bytes.length / rowBytes)}.`,
        {
          offset: end,
          source: source.name,
        },
      )
    }
    next = read(first + perChunk)
    yield { bytes, first, rows: count }
    if (source.readInto) buffers.push(new Uint8Array(bytes.buffer))
  }
}

async function fill(
  source: ByteSource,
  buffer: Uint8Array,
  start: number,
  length: number,
  options: ReadBytesOptions,
): Promise<Uint8Array> {
  const target = buffer.subarray(0, length)
  return target.subarray(0, await source.readInto!(target, start, options))
}
