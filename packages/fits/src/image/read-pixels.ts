import type { ByteRange, ReadBytesOptions } from '../bytes/byte-source.ts'
import { readRanges } from '../bytes/read-ranges.ts'
import type { FitsHdu } from '../describe-hdu.ts'
import { assertDataAtHand, type FitsFile, truncated } from '../open-fits.ts'
import { decodePixelsInto, type PixelArray, pixelArray, pixelBytes, pixelScaling } from './decode-pixels.ts'
import { type FitsSection, sectionRuns, sectionShape } from './image-section.ts'

/** Bytes of a read. */
const chunkBytes = 2 ** 21

/**
 * Reads under way at a time. What a file's bytes cost, where the system has them in memory, is for the most part the first touch of the
 * picture's own memory, which several threads share so.
 */
const together = 4

/** Bytes of a run that is worth reads of its own. */
const longRun = 2 ** 20

/** Most ranges that are asked for at once. */
const mostRanges = 4096

/**
 * A section of a plain picture.
 *
 * @throws FormatError when the file ends before the picture does.
 * @remarks Floating-point pixels are read right into their places. Besides the picture, at most four chunks of 2 MiB are held.
 */
export async function readPixels(
  file: FitsFile,
  hdu: FitsHdu,
  section: FitsSection,
  options: ReadBytesOptions & { readonly out?: PixelArray | undefined },
): Promise<PixelArray> {
  await assertDataAtHand(file, hdu, options)
  const count = sectionShape(section).reduce((a, b) => a * b, 1)
  const out = options.out ?? pixelArray(hdu.bitpix, count)
  const size = Math.abs(hdu.bitpix) / 8
  let at = 0
  let starts: number[] = []
  for (const { start, length } of sectionRuns(hdu.shape, section)) {
    if (length === count || length * size > longRun) {
      await readRun(file, hdu, start, out.subarray(at, at + length) as PixelArray, options)
      at += length
      continue
    }
    starts.push(start)
    if (starts.length < mostRanges && starts.length * length * size < chunkBytes) continue
    at = await readRuns(file, hdu, starts, length, out, at, options)
    starts = []
  }
  if (starts.length > 0) await readRuns(file, hdu, starts, (count - at) / starts.length, out, at, options)
  return out
}

/** Pixels that stand one behind the other, from pixel `first` on, chunk by chunk; all of `out`. */
async function readRun(
  file: FitsFile,
  hdu: FitsHdu,
  first: number,
  out: PixelArray,
  options: ReadBytesOptions,
): Promise<void> {
  const { source } = file
  const { bitpix, dataOffset } = hdu
  const size = Math.abs(bitpix) / 8
  const scaling = pixelScaling(hdu.header, bitpix)
  const chunk = chunkBytes / size
  const buffers: Uint8Array[] = []
  const read = async (at: number): Promise<Uint8Array> => {
    const to = Math.min(out.length, at + chunk)
    const start = dataOffset + (first + at) * size
    const length = (to - at) * size
    options.signal?.throwIfAborted()
    if (!source.readInto) {
      const bytes = await source.slice(start, start + length, options)
      if (bytes.length < length) throw truncated(file, hdu, start + bytes.length)
      return bytes
    }
    const target =
      bitpix < 0
        ? pixelBytes(out, at, to)
        : (buffers.pop() ?? new Uint8Array(Math.min(chunkBytes, out.length * size))).subarray(0, length)
    const done = await source.readInto(target, start, options)
    if (done < length) throw truncated(file, hdu, start + done)
    return target
  }
  const underWay: Promise<Uint8Array>[] = []
  let next = 0
  for (let at = 0; at < out.length; at += chunk) {
    for (; next < out.length && underWay.length < together; next += chunk) {
      const reading = read(next)
      // A failure is met when its turn comes, or it is second to another.
      reading.catch(() => {})
      underWay.push(reading)
    }
    const bytes = await underWay.shift()!
    decodePixelsInto(bytes, bitpix, out, at, scaling)
    if (bitpix > 0 && source.readInto) buffers.push(new Uint8Array(bytes.buffer as ArrayBuffer))
  }
}

/** Runs of `length` pixels into `out` from `at` on. @returns Where the next ones go. */
async function readRuns(
  file: FitsFile,
  hdu: FitsHdu,
  starts: readonly number[],
  length: number,
  out: PixelArray,
  at: number,
  options: ReadBytesOptions,
): Promise<number> {
  const { bitpix, dataOffset } = hdu
  const size = Math.abs(bitpix) / 8
  const ranges: ByteRange[] = starts.map((start) => ({
    start: dataOffset + start * size,
    end: dataOffset + (start + length) * size,
  }))
  const to = at + starts.length * length
  const gathered = bitpix < 0 ? pixelBytes(out, at, to) : new Uint8Array((to - at) * size)
  const read = await readRanges(file.source, ranges, {
    signal: options.signal,
    into: gathered,
  })
  for (const [i, bytes] of read.entries()) {
    const place = i * length * size
    const isThere = bytes.buffer === gathered.buffer && bytes.byteOffset === gathered.byteOffset + place
    if (!isThere) gathered.set(bytes, place)
  }
  decodePixelsInto(gathered, bitpix, out, at, pixelScaling(hdu.header, bitpix))
  return to
}
