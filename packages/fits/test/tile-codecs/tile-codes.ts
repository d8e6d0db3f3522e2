/** Bits one after the other, the highest first. */
export class BitWriter {
  readonly #bits: number[] = []

  put(value: number, count: number): void {
    for (let k = count - 1; k >= 0; k--) this.#bits.push(Math.floor(value / 2 ** k) & 1)
  }

  align(): void {
    while (this.#bits.length % 8 > 0) this.#bits.push(0)
  }

  bytes(): Uint8Array {
    this.align()
    return Uint8Array.from({ length: this.#bits.length / 8 }, (_, i) =>
      this.#bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0),
    )
  }
}

/** Rice code of integers, with the numbers of split bits that are asked for: −1 for a block of equal ones, where they are equal. */
export function encodeRice(
  values: Int32Array,
  { blockSize, bytesPerPixel }: { readonly blockSize: number; readonly bytesPerPixel: 1 | 2 | 4 },
  splitOf: (block: number) => number,
): Uint8Array {
  const { splitBits, rawSplit } = {
    1: { splitBits: 3, rawSplit: 6 },
    2: { splitBits: 4, rawSplit: 14 },
    4: { splitBits: 5, rawSplit: 25 },
  }[bytesPerPixel]
  const bits = 8 * bytesPerPixel
  const shift = 32 - bits
  const out = new BitWriter()
  let last = values[0] ?? 0
  out.put(last >>> 0, bits)
  for (let start = 0; start < values.length; start += blockSize) {
    const codes = Array.from(values.subarray(start, start + blockSize), (value) => {
      const difference = ((value - last) << shift) >> shift
      last = value
      return difference < 0 ? ~(2 * difference) >>> 0 : (2 * difference) >>> 0
    })
    const equal = codes.every((code) => code === 0)
    let split = splitOf(start / blockSize)
    if (split < 0 && !equal) split = 0
    // So long a row of zeros would only take time.
    while (split >= 0 && split < rawSplit && codes.some((code) => code / 2 ** split > 200)) split++
    split = Math.min(split, rawSplit)
    out.put(split + 1, splitBits)
    if (split < 0) continue
    for (const code of codes) {
      if (split === rawSplit) out.put(code, bits)
      else {
        out.put(1, Math.floor(code / 2 ** split) + 1)
        out.put(code % 2 ** split, split)
      }
    }
  }
  return out.bytes()
}

const huffman: Readonly<Record<number, readonly [code: number, bits: number]>> = {
  0: [0x3e, 6],
  1: [0, 3],
  2: [1, 3],
  3: [8, 4],
  4: [2, 3],
  5: [9, 4],
  6: [0x1a, 5],
  7: [0x1b, 5],
  8: [3, 3],
  9: [0x1c, 5],
  10: [10, 4],
  11: [0x1d, 5],
  12: [11, 4],
  13: [0x1e, 5],
  14: [0x3f, 6],
  15: [12, 4],
}

/** The HCOMPRESS code of coefficients, `[rows, columns]`; the first is `sum` and not among them. */
export function encodeHcompress(
  coefficients: readonly number[],
  [rows, columns]: readonly [number, number],
  { sum, scale, isTree }: { readonly sum: number; readonly scale: number; readonly isTree: (plane: number) => boolean },
): Uint8Array {
  const height = Math.ceil(rows / 2)
  const width = Math.ceil(columns / 2)
  const quadrants = [
    [0, 0, height, width],
    [0, width, height, columns - width],
    [height, 0, rows - height, width],
    [height, width, rows - height, columns - width],
  ] as const
  const planesOf = (numbers: readonly number[]): number =>
    numbers.reduce((most, q) => {
      const [top, left, h, w] = quadrants[q]!
      let planes = most
      for (let i = top; i < top + h; i++)
        for (let j = left; j < left + w; j++) while (2 ** planes <= Math.abs(coefficients[i * columns + j]!)) planes++
      return planes
    }, 0)
  const planes = [planesOf([0]), planesOf([1, 2]), planesOf([3])]
  const header = new DataView(new ArrayBuffer(25))
  header.setUint16(0, 0xdd99)
  header.setInt32(2, rows)
  header.setInt32(6, columns)
  header.setInt32(10, scale)
  header.setBigInt64(14, BigInt(sum))
  for (const [i, count] of planes.entries()) header.setUint8(22 + i, count)
  const out = new BitWriter()
  for (const [q, [top, left, h, w]] of quadrants.entries()) {
    for (let plane = planes[Math.ceil(q / 2)]! - 1; plane >= 0; plane--) {
      const bit = (i: number, j: number): number =>
        i < h && j < w ? Math.floor(Math.abs(coefficients[(top + i) * columns + left + j]!) / 2 ** plane) & 1 : 0
      // Patterns of two by two bits, again and again, up to one.
      const levels: number[][] = []
      let [r, c, at] = [h, w, bit]
      do {
        const [nextRows, nextColumns] = [Math.ceil(r / 2), Math.ceil(c / 2)]
        const finer = at
        levels.push(
          Array.from({ length: nextRows * nextColumns }, (_, n) => {
            const [i, j] = [2 * Math.floor(n / nextColumns), 2 * (n % nextColumns)]
            return 8 * finer(i, j) + 4 * finer(i, j + 1) + 2 * finer(i + 1, j) + finer(i + 1, j + 1)
          }),
        )
        const patterns = levels.at(-1)!
        at = (i, j) => (i < nextRows && j < nextColumns && patterns[i * nextColumns + j]! > 0 ? 1 : 0)
        r = nextRows
        c = nextColumns
      } while (r > 1 || c > 1)
      out.put(isTree(plane) ? 15 : 0, 4)
      if (!isTree(plane)) for (const pattern of levels[0]!) out.put(pattern, 4)
      else {
        out.put(...huffman[levels.at(-1)![0]!]!)
        for (const level of levels.slice(0, -1).reverse()) {
          for (const pattern of [...level].reverse()) if (pattern > 0) out.put(...huffman[pattern]!)
        }
      }
    }
  }
  out.put(0, 4)
  out.align()
  for (const value of coefficients) if (value !== 0) out.put(value < 0 ? 1 : 0, 1)
  const code = out.bytes()
  const bytes = new Uint8Array(25 + code.length)
  bytes.set(new Uint8Array(header.buffer))
  bytes.set(code, 25)
  return bytes
}
