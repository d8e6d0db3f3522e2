/** What {@link checkRuns} must find. */
export interface RunRule {
  /** Bits of each value, 0 to 32. */
  readonly width: number
  /** Values in all. */
  readonly count: number
  /** Largest value that is allowed. */
  readonly largest: number
}

/**
 * Walks a sequence of Parquet's run-length / bit-packing hybrid without expanding its runs.
 *
 * @param bytes - Holds the runs from `start` to `end`.
 * @param fail - Called with the broken rule; must throw.
 * @returns How many values are equal to `rule.largest`.
 * @remarks O(count) time and no memory. The decoder trusts the length of runs, which must therefore be checked before.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/ (RLE = 3)
 */
export function checkRuns(
  bytes: Uint8Array,
  start: number,
  end: number,
  rule: RunRule,
  fail: (what: string) => never,
): number {
  const { width, count, largest } = rule
  if (!(width <= 32)) fail(`values must have at most 32 bits. Received ${width}`)
  if (end > bytes.length) fail('runs must end inside their page')
  const range = 2 ** width
  let at = start
  let seen = 0
  let equal = 0
  while (seen < count) {
    let header = 0
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
      if (at >= end || shift > 28) fail('runs must cover all values of the page')
      byte = bytes[at++] as number
      header += (byte % 128) * 2 ** shift
    }
    const length = Math.floor(header / 2)
    if (header % 2 === 0) {
      let value = 0
      for (let i = 0; i < Math.ceil(width / 8); i++) value += (bytes[at++] as number) * 2 ** (8 * i)
      if (at > end || length > count - seen) fail('run must be as long as the page has values left')
      if (length > 0 && value > largest) fail(`value must be at most ${largest}. Received ${value}`)
      if (value === largest) equal += length
      seen += length
    } else {
      // The padding of the last group may be left out.
      if (length > 2 ** 26 || at + (length - 1) * width > end || (width === 0 && length * 8 > count + 7)) {
        fail('packed run must end inside the page')
      }
      const used = Math.min(8 * length, count - seen)
      for (let i = 0; i < used; i++) {
        const bit = i * width
        let byte = at + Math.floor(bit / 8)
        let value = (bytes[byte] ?? 0) >> (bit % 8)
        for (let have = 8 - (bit % 8); have < width; have += 8) value += (bytes[++byte] ?? 0) * 2 ** have
        value %= range
        if (value > largest) fail(`value must be at most ${largest}. Received ${value}`)
        if (value === largest) equal++
      }
      at += length * width
      seen += used
    }
  }
  return equal
}
