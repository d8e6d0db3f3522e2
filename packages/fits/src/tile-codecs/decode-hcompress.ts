import { invertHTransform } from './invert-h-transform.ts'

/** Coefficients are below this: nothing overflows in the kernel's 64-bit integers, and doubles hold everything exactly here. */
const mostCoefficient = 2 ** 45
const headerBytes = 25

/** Huffman codes of the patterns of four bits that have 3, 4, 5 and 6 bits, by their value less the first of their length. */
const patterns = [
  [1, 2, 4, 8],
  [3, 5, 10, 12, 15],
  [6, 7, 9, 11, 13],
  [0, 14],
]

/** The bits of a code, highest first; behind its end there are zeros. */
class BitReader {
  at: number
  readonly #bytes: Uint8Array
  #buffer = 0
  #held = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** Whether bits behind the end have been asked for. */
  get isBeyond(): boolean {
    return this.at > this.#bytes.length
  }

  /** The next 1 to 8 bits. */
  take(count: number): number {
    if (this.#held < count) {
      this.#buffer = ((this.#buffer << 8) | (this.#bytes[this.at] ?? 0)) & 0xffff
      this.at++
      this.#held += 8
    }
    this.#held -= count
    return (this.#buffer >>> this.#held) & ((1 << count) - 1)
  }

  pattern(): number {
    let code = this.take(3)
    if (code < 4) return patterns[0]![code]!
    code = 2 * (code - 4) + this.take(1)
    if (code < 5) return patterns[1]![code]!
    // Codes of five bits begin at 11010, those of six at 111110.
    code = 2 * code + this.take(1)
    if (code < 15) return patterns[2]![code - 10]!
    return patterns[3]![this.take(1)]!
  }

  /** Goes on with the next whole byte. */
  align(): void {
    this.#held = 0
  }
}

interface Quadrant {
  /** Place of its first coefficient. */
  readonly corner: number
  readonly rows: number
  readonly columns: number
  readonly planes: number
}

const half = (n: number, times: number): number => Math.ceil(n / 2 ** times)

/**
 * Decodes HCOMPRESS: the TypeScript twin of the WebAssembly kernel.
 *
 * The code has a header of 25 bytes: 0xDD99, lengths of the axes, scale (4 bytes each), sum of the pixels (8 bytes) and the number of bit
 * planes of the quadrants. There follow the magnitudes of the coefficients of the H-transform, quadrant by quadrant and plane by
 * plane, each plane as patterns of two by two bits: plainly after a 0, or after a 15 as a quadtree in Huffman codes, every level of it from
 * its last pattern to its first. After four zero bits the signs of those that are not 0 begin on a whole byte.
 *
 * @param smooth - Whether coefficients that were rounded are interpolated from their neighbours, within their rounding.
 * @param out - Filled with `rows × columns` integers; those that 32 bits cannot hold become the nearest that they can.
 * @returns Whether the code is sound and that of a picture of such a size, 2 by 2 at least, with coefficients below 2^45.
 * @see FITS standard 4.0, section 10.4.4; White, Postman & Lattanzi 1992, "Compression of the Guide Star digitised Schmidt plates"
 */
export function decodeHcompress(
  bytes: Uint8Array,
  rows: number,
  columns: number,
  smooth: boolean,
  out: Int32Array,
): boolean {
  if (bytes.length < headerBytes + 1 || rows < 2 || columns < 2) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== 0xdd99 || view.getUint32(2) !== rows || view.getUint32(6) !== columns) return false
  const scale = view.getInt32(10)
  const sum = Number(view.getBigInt64(14))
  const times = Math.max(1, scale)
  if (scale < 0 || Math.abs(sum) * times >= mostCoefficient) return false
  const planes = [22, 23, 23, 24].map((at) => bytes[at]!)
  if (planes.some((count) => 2 ** count * times > mostCoefficient)) return false
  const reader = new BitReader(bytes, headerBytes)
  const coefficients = new Float64Array(rows * columns)
  const height = half(rows, 1)
  const width = half(columns, 1)
  const quadrants: readonly Quadrant[] = [
    { corner: 0, rows: height, columns: width, planes: planes[0]! },
    { corner: width, rows: height, columns: columns - width, planes: planes[1]! },
    { corner: height * columns, rows: rows - height, columns: width, planes: planes[2]! },
    { corner: height * columns + width, rows: rows - height, columns: columns - width, planes: planes[3]! },
  ]
  for (const quadrant of quadrants) {
    if (!readQuadrant(reader, bytes.length, quadrant, coefficients, columns)) return false
  }
  if (reader.take(4) !== 0) return false
  reader.align()
  for (let i = 0; i < coefficients.length; i++) {
    if (coefficients[i] !== 0 && reader.take(1) === 1) coefficients[i] = -coefficients[i]!
  }
  if (reader.isBeyond) return false
  if (times > 1) for (let i = 0; i < coefficients.length; i++) coefficients[i]! *= times
  const pixels = invertHTransform(coefficients, rows, columns, sum * times, smooth ? Math.floor(times / 2) : 0)
  for (let i = 0; i < out.length; i++) out[i] = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, pixels[i]!))
  return true
}

/** Adds up the bit planes of a quadrant. */
function readQuadrant(
  reader: BitReader,
  byteLength: number,
  quadrant: Quadrant,
  coefficients: Float64Array,
  stride: number,
): boolean {
  const { corner, rows, columns, planes } = quadrant
  let levels = 1
  while (half(Math.max(rows, columns), levels) > 1) levels++
  for (let plane = planes - 1; plane >= 0; plane--) {
    const kind = reader.take(4)
    let found: Uint8Array
    if (kind === 0) {
      const count = half(rows, 1) * half(columns, 1)
      if (count > 2 * (byteLength - reader.at) + 2) return false
      found = Uint8Array.from({ length: count }, () => reader.take(4))
    } else if (kind === 15) {
      found = Uint8Array.of(reader.pattern())
      if (found[0] === 0) continue
      for (let level = levels - 1; level >= 1; level--) {
        found = refine(reader, found, half(rows, level), half(columns, level))
        if (reader.isBeyond) return false
      }
    } else return false
    if (reader.isBeyond) return false
    const width = half(columns, 1)
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const pattern = found[(i >> 1) * width + (j >> 1)]!
        if ((pattern >> bitOf(i, j)) & 1) coefficients[corner + i * stride + j]! += 2 ** plane
      }
    }
  }
  return true
}

/** The bit of a pattern of two by two that stands for row i and column j: the highest for the first row and column, the lowest for the last. */
function bitOf(i: number, j: number): number {
  return 3 - 2 * (i & 1) - (j & 1)
}

/** One step of the quadtree: a pattern wherever the bit of the coarser ones is set. */
function refine(reader: BitReader, coarse: Uint8Array, rows: number, columns: number): Uint8Array {
  const fine = new Uint8Array(rows * columns)
  const width = half(columns, 1)
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      if ((coarse[(i >> 1) * width + (j >> 1)]! >> bitOf(i, j)) & 1) fine[i * columns + j] = reader.pattern()
    }
  }
  return fine
}
