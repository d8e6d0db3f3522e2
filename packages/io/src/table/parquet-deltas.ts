import { type ChunkReader, readVarInt, readZigZag } from './parquet-page-header.ts'

/** Bounds of what writers use (128 values in 4 parts); a block is allocated before it is read. */
const largestBlock = 2 ** 16

/**
 * Checks deltas (DELTA_BINARY_PACKED and what is built on it), on which the decoder relies when it allocates and loops.
 *
 * @param data - The page, unpacked.
 * @param start - Where its values begin.
 * @param fail - Called with the broken rule; must throw.
 */
export function checkDeltas(
  data: Uint8Array,
  start: number,
  encoding: string,
  count: number,
  fail: (rule: string) => never,
): void {
  const reader = { view: new DataView(data.buffer, data.byteOffset, data.byteLength), offset: start }
  checkDeltaHeader(reader, count, fail)
  if (encoding !== 'DELTA_BYTE_ARRAY') return
  const prefixes = readDeltas(reader, count)
  checkDeltaHeader(reader, count, fail)
  const suffixes = readDeltas(reader, count)
  let previous = 0
  let left = data.length - reader.offset
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [prefixes[i] as number, suffixes[i] as number]
    if (!(prefix >= 0 && prefix <= previous && suffix >= 0 && suffix <= left)) fail('text must end inside the page')
    previous = prefix + suffix
    left -= suffix
  }
}

function checkDeltaHeader(reader: ChunkReader, count: number, fail: (rule: string) => never): void {
  const at = reader.offset
  const [block, parts, values] = [0, 1, 2].map(() => readShortVarInt(reader)) as [number, number, number]
  if (!(parts > 0 && block > 0 && block <= largestBlock && block % parts === 0 && values === count)) {
    fail(`deltas must have blocks of up to ${largestBlock} values, ${count} in all`)
  }
  reader.offset = at
}

/** An unsigned integer of variable length; NaN when there is none of fewer than 2^35. */
function readShortVarInt(reader: ChunkReader): number {
  let value = 0
  for (let shift = 0; shift <= 28 && reader.offset < reader.view.byteLength; shift += 7) {
    const byte = reader.view.getUint8(reader.offset++)
    value += (byte % 128) * 2 ** shift
    if (byte < 128) return value
  }
  return Number.NaN
}

/** Reads `count` 32-bit integers, whose arithmetic wraps, and leaves the reader behind them. @throws RangeError at the page's end. */
function readDeltas(reader: ChunkReader, count: number): Int32Array {
  const block = readVarInt(reader)
  const parts = readVarInt(reader)
  readVarInt(reader)
  const perPart = block / parts
  const out = new Int32Array(count)
  let value = readZigZag(reader)
  out[0] = value
  for (let i = 1; i < count; ) {
    const least = readWideZigZag(reader)
    const widths = reader.offset
    reader.offset += parts
    for (let part = 0; part < parts && i < count; part++) {
      const width = reader.view.getUint8(widths + part)
      const end = reader.offset + (perPart * width) / 8
      for (let bit = 0, j = 0; j < perPart && i < count; j++, bit += width) {
        value = (value + least + bitsAt(reader, bit, width)) | 0
        out[i++] = value
      }
      // A part is as long as all its values would be, but parts behind the last value are left out.
      reader.offset = end
    }
  }
  return out
}

/** A signed integer of up to 33 bits, modulo 2^32. */
function readWideZigZag(reader: ChunkReader): number {
  const start = reader.offset
  const low = readVarInt(reader)
  const high = reader.offset - start === 5 ? (reader.view.getUint8(start + 4) >>> 4) & 1 : 0
  return ((low >>> 1) | (high << 31)) ^ -(low & 1)
}

/** The lowest 32 of `width` bits that begin `bit` bits behind the reader. */
function bitsAt({ view, offset }: ChunkReader, bit: number, width: number): number {
  let bits = 0
  for (let taken = 0; taken < width; ) {
    const at = bit + taken
    const some = Math.min(8 - (at & 7), width - taken)
    const byte = view.getUint8(offset + (at >> 3))
    if (taken < 32) bits |= ((byte >>> (at & 7)) & ((1 << some) - 1)) << taken
    taken += some
  }
  return bits
}
